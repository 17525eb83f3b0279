"""A sandbox Shopify shop served over real HTTP, and a client that shows its token."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from orderferry.sandbox.server import Server
from orderferry.sandbox.shopify import ShopifyShop

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
TOKEN = "shpat_test"
SHARED = Path(__file__).parents[3] / "shared"

FEED = """
query Feed($first: Int!, $after: String, $query: String) {
  orders(first: $first, after: $after, query: $query, sortKey: UPDATED_AT) {
    pageInfo { hasNextPage hasPreviousPage endCursor }
    nodes { id updatedAt }
  }
}
"""


@dataclass
class Time:
    """A clock that a test moves."""

    at: datetime = NOW

    def __call__(self) -> datetime:
        return self.at

    def pass_by(self, **span: float) -> None:
        """Moves the clock on."""
        self.at += timedelta(**span)


def at(text: str) -> datetime:
    """Returns the instant of a UTC time like "2026-11-01 10:00:00"."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def gid(number: int, kind: str = "Order") -> str:
    """Returns a global id."""
    return f"gid://shopify/{kind}/{number}"


def shop_at(time: Time | None = None, **switches: Any) -> ShopifyShop:
    """Returns a shop whose clock stands still and whose bucket is never empty."""
    return ShopifyShop(
        **{"now": time or Time(), "token": TOKEN, "maximum_available": 1e6, **switches}
    )


@dataclass
class Api:
    """A client of the shop."""

    server: Server
    http: httpx.Client
    version: str = "2026-10"
    headers: dict[str, str] = field(default_factory=lambda: {"X-Shopify-Access-Token": TOKEN})

    def send(self, document: str, **variables: Any) -> httpx.Response:
        """Returns the answer to a document, whatever it is."""
        return self.http.post(
            f"/admin/api/{self.version}/graphql.json",
            json={"query": document, "variables": variables},
            headers=self.headers,
        )

    def ask(self, document: str, **variables: Any) -> dict[str, Any]:
        """Returns the JSON of a 200."""
        answer = self.send(document, **variables)
        assert answer.status_code == 200, answer.text
        body: dict[str, Any] = answer.json()
        return body

    def data(self, document: str, **variables: Any) -> Any:
        """Returns `data` of an answer without errors."""
        body = self.ask(document, **variables)
        assert "errors" not in body, body["errors"]
        return body["data"]

    def code(self, document: str, **variables: Any) -> str:
        """Returns the code of the only error of a document that was refused."""
        body = self.ask(document, **variables)
        assert "data" not in body
        (error,) = body["errors"]
        return str(error.get("extensions", {}).get("code", error["message"]))

    def found(self, query: str | None = None, first: int = 250) -> list[int]:
        """Returns the ids of the first page of the feed."""
        rows = self.data(FEED, first=first, query=query)["orders"]["nodes"]
        return [int(row["id"].rpartition("/")[2]) for row in rows]

    def order(self, order_id: int, fields: str) -> Any:
        """Returns fields of one order."""
        return self.data(f"query($id: ID!) {{ order(id: $id) {{ {fields} }} }}", id=gid(order_id))[
            "order"
        ]

    def amounts(self, order_id: int, *names: str) -> list[str | None]:
        """Returns sets of an order, in the customer's currency."""
        asked = " ".join(f"{name} {{ presentmentMoney {{ amount }} }}" for name in names)
        order = self.order(order_id, asked)
        return [order[name] and order[name]["presentmentMoney"]["amount"] for name in names]


@contextlib.contextmanager
def serving(shop: ShopifyShop, version: str = "2026-10") -> Iterator[Api]:
    """Serves the shop and yields a client with its static token."""
    with Server(shop.handle) as server, httpx.Client(base_url=server.url, timeout=20) as http:
        yield Api(server, http, version)


def shared(*parts: str) -> Path:
    """Returns a file beside the repository; skips the test where there is none."""
    path = SHARED.joinpath(*parts)
    if not path.exists():
        pytest.skip(f"no {path.name} beside the repository")
    return path
