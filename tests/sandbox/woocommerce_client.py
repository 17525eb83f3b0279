"""A sandbox shop served over real HTTP, with a client that is logged in by its read key."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import httpx

from orderferry.sandbox.server import Server
from orderferry.sandbox.woocommerce import ApiKey, WooCommerceShop

NOW = datetime(2026, 6, 15, 12, 0, tzinfo=UTC)


def at(text: str) -> datetime:
    """Returns the instant of a UTC time like "2026-06-01 10:00:00"."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def shop_at(now: datetime = NOW, **switches: Any) -> WooCommerceShop:
    """Returns a shop whose clock stands still, behind a proxy that ends HTTPS."""
    shop = WooCommerceShop(now=lambda: now, **switches)
    shop.behind_tls_proxy = True
    return shop


@contextlib.contextmanager
def client_of(url: str, key: ApiKey | None) -> Iterator[httpx.Client]:
    """Yields a client for the shop's API; without a key it shows none."""
    auth = (key.key, key.secret) if key else None
    transport = httpx.HTTPTransport(verify=False)
    base = f"{url}/wp-json/wc/v3/"
    with httpx.Client(base_url=base, auth=auth, transport=transport, timeout=10) as client:
        yield client


@contextlib.contextmanager
def serving(shop: WooCommerceShop) -> Iterator[httpx.Client]:
    """Serves the shop and yields a client with its first key."""
    with Server(shop.handle) as server, client_of(server.url, shop.keys[0]) as client:
        yield client


def ids(response: httpx.Response) -> list[int]:
    """Returns the ids of a list answer, in order."""
    assert response.status_code == 200, response.text
    return [row["id"] for row in response.json()]


def problem(response: httpx.Response) -> tuple[int, str, str]:
    """Returns status, code and message of an error answer."""
    body = response.json()
    return response.status_code, body["code"], body["message"]
