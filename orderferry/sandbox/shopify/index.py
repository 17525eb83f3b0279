"""Orders in order: the database's own lists, and those of the search index, which lag."""

from __future__ import annotations

import bisect
import heapq
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final

from orderferry.sandbox.shopify.records import Head

Row = tuple[Any, int]
"""(sort value, id)"""

_INSTANTS: Final[dict[str, Callable[[Head], datetime]]] = {
    "CREATED_AT": lambda head: head.created_at,
    "PROCESSED_AT": lambda head: head.processed_at,
    "UPDATED_AT": lambda head: head.updated_at,
}


def _number(head: Head) -> int:
    return int("".join(char for char in head.name if char.isdigit()) or 0)


class Index:
    """
    Heads by id, and lists of them by sort key, kept sorted.

    Attributes:
        heads: As this index knows them.

    """

    def __init__(self) -> None:
        self.heads: dict[int, Head] = {}
        self._lists: dict[str, list[Row]] = {}

    def put(self, head: Head) -> None:
        """Adds a head, or replaces it."""
        old = self.heads.get(head.id)
        self.heads[head.id] = head
        for sort, rows in self._lists.items():
            if old is not None:
                del rows[bisect.bisect_left(rows, self.row(old, sort))]
            bisect.insort(rows, self.row(head, sort))

    def remove(self, order_id: int) -> None:
        """Forgets a head."""
        head = self.heads.pop(order_id, None)
        for sort, rows in self._lists.items():
            if head is not None:
                del rows[bisect.bisect_left(rows, self.row(head, sort))]

    def rows(self, sort: str) -> list[Row]:
        """Returns all rows in ascending order; not to be changed."""
        if sort not in self._lists:
            self._lists[sort] = sorted(self.row(head, sort) for head in self.heads.values())
        return self._lists[sort]

    def row(self, head: Head, sort: str) -> Row:
        """Returns where a head stands in a list."""
        if sort == "ID":
            return head.id, head.id
        if sort == "ORDER_NUMBER":
            return _number(head), head.id
        return self.value(_INSTANTS[sort](head)), head.id

    def value(self, at: datetime) -> Any:  # noqa: ANN401 - whatever sorts
        """Returns the sort value of an instant: microseconds count, written as SQL does."""
        return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")


class SearchIndex(Index):
    """
    The index behind every `query:`; it hears of a change when its lag is over.

    Its sort values are milliseconds at whole seconds (recorded), so that within a second
    the id decides.
    """

    def __init__(self) -> None:
        super().__init__()
        self._heard: list[tuple[datetime, int, Head]] = []
        self._count = 0

    def hear(self, head: Head, at: datetime) -> None:
        """Notes a change that happened at an instant."""
        self._count += 1  # of equal instants the later change counts
        heapq.heappush(self._heard, (at, self._count, head))

    def settle(self, until: datetime) -> None:
        """Takes in what changed until then."""
        while self._heard and self._heard[0][0] <= until:
            self.put(heapq.heappop(self._heard)[2])

    def remove(self, order_id: int) -> None:
        """Forgets a head, and what was heard of it."""
        super().remove(order_id)
        self._heard = [item for item in self._heard if item[2].id != order_id]
        heapq.heapify(self._heard)

    def value(self, at: datetime) -> Any:  # noqa: ANN401 - whatever sorts
        """Returns the sort value of an instant: milliseconds at the whole second."""
        return int(at.timestamp()) * 1000
