"""
Which orders there are, by creation: the list that a sweep compares.

A keyset by (creation, id), and neither of them ever changes: rows that enter or
leave shift nothing, so the list can be read from its beginning.
"""

from __future__ import annotations

from collections.abc import Iterator

from connectors.base import OrderStamp, Window
from connectors.errors import Contract, Transient
from connectors.shopify.client import ShopClient
from connectors.shopify.documents import COUNT, STAMPS
from connectors.shopify.feed import MOST_ROWS
from connectors.shopify.shape import instant, number
from connectors.shopify.windows import halves, search, whole_seconds


class StampReader:
    """Lists the stamps of one shop."""

    def __init__(self, client: ShopClient, page: int) -> None:
        self._client = client
        self._page = page

    def read(self, window: Window) -> Iterator[tuple[OrderStamp, ...]]:
        """Yields the stamps of all orders created in the window, shipped or not."""
        waiting = [whole_seconds(window)]
        while waiting:
            part = waiting.pop()
            if self._at_least(part) <= MOST_ROWS:
                yield from self._pages(part)
                continue
            cut = halves(part)
            if cut is None:
                raise Contract(
                    f"More than {MOST_ROWS} orders were created in the second {part.since}.",
                    "Read them by their ids: orderferry backfill --order.",
                )
            waiting += reversed(cut)

    def _at_least(self, window: Window) -> int:
        variables = {"search": search(window, "created_at")}
        return int(self._client.ask(COUNT, variables).data["ordersCount"]["count"])

    def _pages(self, window: Window) -> Iterator[tuple[OrderStamp, ...]]:
        after: str | None = None
        for _ in range(MOST_ROWS):
            variables = {
                "first": self._page,
                "after": after,
                "search": search(window, "created_at"),
            }
            rows = self._client.ask(STAMPS, variables).data["orders"]
            yield tuple(
                OrderStamp(str(number(row["id"])), instant(row["updatedAt"]))
                for row in rows["nodes"]
            )
            info = rows["pageInfo"]
            if not info["hasNextPage"]:
                return
            if info["endCursor"] == after:
                break
            after = str(info["endCursor"])
        raise Transient(
            f"{self._client.where} does not come to the end of its list.",
            "It is tried again by itself.",
        )
