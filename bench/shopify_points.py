"""
Prints what reading a Shopify shop costs in query points, beside one big query (`make points`).

The simulator counts, by the published rule. "Requested" is what must be in the
bucket before a query runs, "spent" what it came to. Ends with status 1 if a
bound is broken.
"""

from __future__ import annotations

import ssl
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from pydantic import SecretStr

from connectors import Surroundings, Window
from connectors.shopify import ShopifyConnector, ShopifySettings
from connectors.shopify.client import ShopClient
from connectors.shopify.documents import ORDERS, Document
from connectors.shopify.windows import search
from orderferry.sandbox.server import Server
from orderferry.sandbox.shopify import ShopifyShop

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
WINDOW = Window(NOW - timedelta(hours=5), NOW - timedelta(hours=1))
CHANGED, LINES = 1000, 5
BIG_PAGE, BIG_LINES = 50, 50
BIG = Document(
    "Big",
    ORDERS.text.replace(
        "query Orders($ids: [ID!]!, ", "query Big($search: String!, $after: String, "
    ).replace(
        "nodes(ids: $ids) {\n    ... on Order {",
        f"orders(first: {BIG_PAGE}, after: $after, query: $search, sortKey: UPDATED_AT) {{\n"
        "    pageInfo { hasNextPage endCursor }\n    nodes {",
    ),
    lambda _given: 1000,
)
"""What a client asks that reads orders whole and at once: the same fields."""


@dataclass(slots=True)
class Time:
    """A clock that only sleeping moves."""

    at: datetime = NOW

    def sleep(self, seconds: float) -> None:
        """Moves the clock."""
        self.at += timedelta(seconds=seconds)


@dataclass(frozen=True, slots=True)
class Cost:
    """What one way of reading came to."""

    orders: int
    queries: int
    requested: int
    spent: int


Read = Callable[[ShopifySettings, Surroundings], int]


def in_two_steps(settings: ShopifySettings, surroundings: Surroundings) -> int:
    """Returns how many orders the connector finds."""
    connector = ShopifyConnector(settings, surroundings)
    try:
        return sum(len(page.orders) for page in connector.changed(WINDOW))
    finally:
        connector.close()


def in_one(settings: ShopifySettings, surroundings: Surroundings) -> int:
    """Returns how many orders the big query finds, page by page."""
    client, found, after, more = ShopClient(settings, surroundings), 0, None, True
    given = {"search": search(WINDOW), "lines": BIG_LINES, "customs": True}
    try:
        while more:
            orders = client.ask(BIG, given | {"after": after}).data["orders"]
            found += len(orders["nodes"])
            after, more = orders["pageInfo"]["endCursor"], orders["pageInfo"]["hasNextPage"]
    finally:
        client.close()
    return found


def measure(read: Read, changed: int) -> Cost:
    """Returns the cost of reading a shop in whose window so many orders were changed."""
    time, context = Time(), ssl.create_default_context()
    shop = ShopifyShop(now=lambda: time.at)
    for number in range(changed):
        at = WINDOW.since + timedelta(seconds=10 * number)
        shop.add_order(updated_at=at, trackings=[("DHL", f"JD{number:08}")], lines=[{}] * LINES)
    with Server(shop.handle) as server:
        settings = ShopifySettings(
            shop="acme", base_url=server.url, access_token=SecretStr(shop.token)
        )
        found = read(
            settings,
            Surroundings(
                now=lambda: time.at,
                sleep=time.sleep,
                random=lambda: 0.5,
                ssl=lambda _bundle: context,
                user_agent="orderferry-bench/0",
            ),
        )
    requested = sum(query[1] for query in shop.queries)
    return Cost(found, len(shop.queries), requested, shop.points_spent)


def main() -> int:
    """Prints the table; returns the exit status."""
    kept = True
    print(f"{'':<46}{'queries':>8}{'requested':>11}{'spent':>7}{'bound':>7}")
    for what, changed, bound in (
        (f"{CHANGED:,} changed orders of {LINES} lines", CHANGED, 2500),
        ("a poll with nothing new", 0, 15),
    ):
        cost = measure(in_two_steps, changed)
        big = measure(in_one, changed)
        kept = kept and cost.requested <= bound and cost.orders == big.orders == changed
        for name, one, limit in (
            (what, cost, f"{bound:,}"),
            (f"  by big queries, {BIG_PAGE} orders x {BIG_LINES} lines", big, ""),
        ):
            print(f"{name:<46}{one.queries:>8,}{one.requested:>11,}{one.spent:>7,}{limit:>7}")
    if not kept:
        print("A bound is broken, or not every order was found.")
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
