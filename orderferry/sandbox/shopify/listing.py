"""Lists of orders: filtered, sorted, cut into pages, and never deeper than the platform goes."""

from __future__ import annotations

import bisect
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from itertools import islice
from typing import Any

from orderferry.sandbox.shopify.books import Books, OrderView
from orderferry.sandbox.shopify.connection import Connection
from orderferry.sandbox.shopify.cursor import bad_cursor, read_cursor, write_cursor
from orderferry.sandbox.shopify.index import Index, Row
from orderferry.sandbox.shopify.order_search import order_vocabulary, read_time
from orderferry.sandbox.shopify.records import Head
from orderferry.sandbox.shopify.search import Search, compile_search


@dataclass(frozen=True, slots=True)
class Reach:
    """What one caller can list."""

    version: str
    zone: tzinfo
    created_since: datetime | None
    """Older orders are not there for this caller; None: all are."""
    deepest: int
    """Objects of one connection that can be paged through."""


@dataclass(slots=True)
class Listing:
    """One list of orders, as its arguments describe it."""

    books: Books
    reach: Reach
    search: Search
    index: Index
    sort: str
    reverse: bool
    name: tuple[object, ...]
    """Tells this list from others."""

    def page(self, first: int, after: str | None) -> Connection:
        """Returns a page; Refusal if the cursor is not one of this list."""
        last = self._last(after)
        start = 0 if last is None else self._position(after, last)
        allowed = max(min(first, self.reach.deepest - start), 0)
        found = list(islice(self.rows(last), allowed + 1))
        shown = found[:allowed]
        end = start + len(shown)
        has_next = len(found) > allowed and end < self.reach.deepest
        if has_next and shown:
            self.books.positions[(*self.name, self._cursor(shown[-1]))] = end
        heads = {row[1]: row for row in shown}
        return Connection(
            self.books.views(row[1] for row in shown),
            lambda view: self._cursor(heads[_id(view)]),
            has_next,
            last is not None,
        )

    def rows(self, last: Row | None = None) -> Iterator[Row]:
        """Yields the rows behind a row in the list's own order."""
        matches, since, heads = self.search.matches, self.reach.created_since, self.index.heads
        for row in self._candidates(last):
            head = heads[row[1]]
            if (since is None or head.created_at >= since) and matches(head):
                yield row

    def count(self, limit: int | None) -> tuple[int, bool]:
        """Returns how many there are, and whether that is all of them."""
        if limit is None:
            return sum(1 for _ in self.rows()), True
        found = sum(1 for _ in islice(self.rows(), limit + 1))
        return min(found, limit), found <= limit

    def _candidates(self, last: Row | None) -> Iterator[Row]:
        rows = self.index.rows(self.sort)
        if self.reverse:
            end = len(rows) if last is None else bisect.bisect_left(rows, last)
            return (rows[at] for at in range(end - 1, -1, -1))
        start = self._first() if last is None else bisect.bisect_right(rows, last)
        return (rows[at] for at in range(start, len(rows)))

    def _first(self) -> int:
        # a feed begins near the end of a long list: the lower bound says where
        at = read_time(self.search.floors.get(self.sort.lower(), ""), self.reach.zone)
        if at is None:
            return 0
        return bisect.bisect_left(self.index.rows(self.sort), (self.index.value(at), 0))

    def _last(self, after: str | None) -> Row | None:
        if after is None:
            return None
        last_id, value = read_cursor(after)
        rows = self.index.rows(self.sort)
        if rows and type(rows[0][0]) is not type(value):
            raise bad_cursor()  # of another list
        return value, last_id

    def _position(self, after: str | None, last: Row) -> int:
        known = self.books.positions.get((*self.name, after))
        if known is not None:
            return known
        return sum(1 for row in self.rows() if (row >= last if self.reverse else row <= last))

    def _cursor(self, row: Row) -> str:
        return write_cursor(row[1], row[0])


def order_listing(books: Books, reach: Reach, args: Mapping[str, Any]) -> Listing:
    """Returns the list that the arguments of `orders` or `ordersCount` describe."""
    text = args.get("query") or ""
    search = compile_search(text, order_vocabulary(reach.version, reach.zone))
    sort, reverse = args.get("sortKey", "PROCESSED_AT"), bool(args.get("reverse"))
    return Listing(
        books=books,
        reach=reach,
        search=search,
        index=books.searched if text.strip() else books.database,
        sort=sort,
        reverse=reverse,
        name=(text, sort, reverse),
    )


def visible(head: Head, reach: Reach) -> bool:
    """Returns whether the order is there for this caller at all."""
    return reach.created_since is None or head.created_at >= reach.created_since


def _id(view: OrderView) -> int:
    return view.head.id
