"""A shop served over real HTTP, a connector to it, and time that passes only by sleeping."""

from __future__ import annotations

import contextlib
import ssl
import threading
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from pydantic import SecretStr

from connectors import Page, RawOrder, Surroundings, Vault, Window
from connectors.shopify import ShopifyConnector, ShopifySettings
from connectors.shopify.client import ShopClient
from orderferry.sandbox.server import Handler, Server
from orderferry.sandbox.shopify import ShopifyShop

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
TOKEN = "shpat_test0123456789"
HOURS = Window(NOW - timedelta(hours=5), NOW - timedelta(seconds=15))


@cache
def _system_ssl() -> ssl.SSLContext:
    return ssl.create_default_context()


class MemoryVault:
    """A vault that notes what happens to it."""

    def __init__(self) -> None:
        self.values: dict[str, str] = {}
        self.locked = threading.Lock()
        self.put_alone: list[bool] = []
        """Whether each value was put under the lock."""

    def get(self, name: str) -> str | None:
        return self.values.get(name)

    def put(self, name: str, value: str | None) -> None:
        self.put_alone.append(self.locked.locked())
        if value is None:
            self.values.pop(name, None)
        else:
            self.values[name] = value

    def lock(self, name: str) -> AbstractContextManager[Any]:
        del name
        return self.locked


class World:
    """Time that stands still between sleeps; they are noted down."""

    def __init__(self, vault: Vault | None = None) -> None:
        self.now = NOW
        self.slept: list[float] = []
        self._lock = threading.Lock()
        self.surroundings = Surroundings(
            now=lambda: self.now,
            sleep=self._sleep,
            random=lambda: 0.5,
            ssl=lambda _bundle: _system_ssl(),
            user_agent="orderferry-tests/0",
            vault=vault,
        )

    def _sleep(self, seconds: float) -> None:
        with self._lock:
            self.slept.append(seconds)
            self.now += timedelta(seconds=seconds)


def shop_at(world: World, **switches: Any) -> ShopifyShop:
    """Returns a shop that has the world's time."""
    return ShopifyShop(now=lambda: world.now, **{"token": TOKEN, **switches})


def settings(url: str, **more: Any) -> ShopifySettings:
    """Returns settings as the configuration would make them, with a static token by default."""
    if "client_id" not in more:
        more.setdefault("access_token", SecretStr(TOKEN))
    given = {"shop": "acme", "base_url": url, **more}
    return ShopifySettings.model_validate(given)


@contextlib.contextmanager
def connected(
    shop: ShopifyShop, world: World, handler: Handler | None = None, **more: Any
) -> Iterator[tuple[ShopifyConnector, Server]]:
    """Serves the shop and yields a connector to it."""
    with Server(handler or shop.handle) as server:
        connector = ShopifyConnector(settings(server.url, **more), world.surroundings)
        try:
            yield connector, server
        finally:
            connector.close()


@contextlib.contextmanager
def client_of(handler: Handler, world: World, **more: Any) -> Iterator[tuple[ShopClient, Server]]:
    """Serves a handler and yields a client for it."""
    with Server(handler) as server:
        client = ShopClient(settings(server.url, **more), world.surroundings)
        try:
            yield client, server
        finally:
            client.close()


def ago(**span: float) -> datetime:
    """Returns an instant before NOW."""
    return NOW - timedelta(**span)


def fill(shop: ShopifyShop, count: int, **fields: Any) -> list[str]:
    """Adds shipped orders, changed one every ten seconds from four hours ago; returns their ids."""
    return [
        str(
            shop.add_order(
                **{
                    "created_at": ago(days=2),
                    "updated_at": ago(hours=4) + timedelta(seconds=10 * number),
                    "trackings": [("DHL", f"JD{number:08}")],
                    **fields,
                }
            )
        )
        for number in range(count)
    ]


def orders(pages: Iterable[Page]) -> dict[str, RawOrder]:
    """Returns the orders on the pages by id."""
    return {order.id: order for page in pages for order in page.orders}


def asked(shop: ShopifyShop) -> list[str]:
    """Returns the names of the queries the shop answered or refused."""
    return [name for name, *_ in shop.queries]
