"""Surroundings that a test controls, shops served over real HTTP, and a search for leaks."""

from __future__ import annotations

import contextlib
import ssl
import traceback
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from pydantic import SecretStr

from connectors import Page, Surroundings, Window
from connectors.woocommerce import WooCommerceConnector, WooCommerceSettings
from connectors.woocommerce.client import ShopClient
from orderferry.sandbox.server import Handler, Request, Response, Server
from orderferry.sandbox.woocommerce import WooCommerceShop

NOW = datetime(2026, 6, 15, 12, 0, tzinfo=UTC)
KEY = "ck_test0123456789"
SECRET = "cs_test9876543210"


@cache
def _system_ssl() -> ssl.SSLContext:
    return ssl.create_default_context()


class World:
    """Time that stands still, sleeps that are only noted down."""

    def __init__(self, trusting: ssl.SSLContext | None = None) -> None:
        self.now = NOW
        self.slept: list[float] = []
        self.surroundings = Surroundings(
            now=lambda: self.now,
            sleep=self.slept.append,
            random=lambda: 0.5,
            ssl=lambda _bundle: trusting or _system_ssl(),
            user_agent="orderferry-tests/0",
        )


def settings(url: str, key: str = KEY, secret: str = SECRET, **more: Any) -> WooCommerceSettings:
    """Returns settings as the configuration would make them."""
    keys = {"consumer_key": SecretStr(key), "consumer_secret": SecretStr(secret)}
    return WooCommerceSettings.model_validate({"url": url, **keys, **more})


def shop_at(now: datetime = NOW, **switches: Any) -> WooCommerceShop:
    """Returns a shop whose clock stands still, behind a proxy that ends HTTPS."""
    shop = WooCommerceShop(now=lambda: now, **switches)
    shop.behind_tls_proxy = True
    return shop


@contextlib.contextmanager
def connected(
    shop: WooCommerceShop, world: World | None = None, handler: Handler | None = None, **more: Any
) -> Iterator[tuple[WooCommerceConnector, Server]]:
    """Serves the shop and yields a connector with its read key, logged in by Basic."""
    key = shop.keys[0]
    with Server(handler or shop.handle) as server:
        chosen = settings(server.url, key.key, key.secret, **{"auth": "basic", **more})
        connector = WooCommerceConnector(chosen, (world or World()).surroundings)
        try:
            yield connector, server
        finally:
            connector.close()


@contextlib.contextmanager
def client_at(
    url: str, world: World | None = None, key: str = KEY, secret: str = SECRET, **more: Any
) -> Iterator[ShopClient]:
    """Yields a client for the shop at an address."""
    client = ShopClient(settings(url, key, secret, **more), (world or World()).surroundings)
    try:
        yield client
    finally:
        client.close()


@contextlib.contextmanager
def client_of(handler: Handler, world: World | None = None, **more: Any) -> Iterator[ShopClient]:
    """Serves a handler and yields a client for it, logged in by Basic."""
    with Server(handler) as server, client_at(server.url, world, **{"auth": "basic", **more}) as it:
        yield it


def always(
    status: int, body: bytes | str = b"", content_type: str = "application/json", **headers: str
) -> Handler:
    """Returns a handler with one answer; header names have underscores for hyphens."""
    raw = body.encode() if isinstance(body, str) else body
    named = {name.replace("_", "-"): value for name, value in headers.items()}

    def handle(_request: Request) -> Response:
        return Response(status, raw, {"Content-Type": content_type, **named})

    return handle


def read(connector: WooCommerceConnector, window: Window) -> list[str]:
    """Returns the ids that the window yields, in their order, repeats included."""
    return ids(connector.changed(window))


def ids(pages: Iterator[Page]) -> list[str]:
    """Returns the ids of the orders on the pages."""
    return [order.id for page in pages for order in page.orders]


def ago(**span: float) -> datetime:
    """Returns an instant before NOW."""
    return NOW - timedelta(**span)


def assert_tells_no_secret(error: BaseException, *secrets: str) -> None:
    """Fails if the error, what it is chained to, or its traceback as text tells a secret."""
    seen: list[BaseException] = []
    waiting: list[BaseException | None] = [error]
    while waiting:
        one = waiting.pop()
        if one is None or one in seen:
            continue
        seen.append(one)
        waiting += [one.__cause__, one.__context__]
        assert not hasattr(one, "request"), f"{one!r} carries its request"
    text = "".join(traceback.format_exception(error)) + "".join(f"{e!s} {e!r}" for e in seen)
    for secret in (KEY, SECRET, *secrets):
        assert secret not in text
