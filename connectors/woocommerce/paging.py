"""The orders of a window, read so that none is skipped while the shop changes."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, tzinfo
from itertools import pairwise
from typing import Final

from connectors.base import Window
from connectors.errors import Contract, Transient
from connectors.woocommerce.client import Answer, Params, ShopClient
from connectors.woocommerce.isolation import Namer, count_rows
from connectors.woocommerce.lanes import LANES, Cut, Rows, read_in_lanes
from connectors.woocommerce.pieces import PieceReader
from connectors.woocommerce.windows import (
    Time,
    bounds,
    require_within,
    slices,
    whole_seconds,
)

_MOST_PAGES: Final = 20  # deep pages are slow in the shop, and drift has more time there
_PAGES: Final = 16  # of a slice, on average, so that few have to be cut again
_READS: Final = 3  # times a window is read when orders enter it meanwhile

_LOG: Final = logging.getLogger(__name__)


class OrderList:
    """The orders of one window in the shipped statuses, ids ascending."""

    def __init__(  # noqa: PLR0913 - what a list is chosen by
        self,
        client: ShopClient,
        window: Window,
        *,
        statuses: Sequence[str],
        zone: tzinfo,
        rendering: Params,
        by: Time = "modified",
    ) -> None:
        """
        Describe the list.

        Args:
            client: The shop.
            window: Whole seconds.
            statuses: Slugs without the prefix `wc-`.
            zone: The shop's.
            rendering: Parameters that say how orders are rendered (`_fields`, `dp`).
            by: Which of the orders' times the window is of; it must be among the fields.

        """
        self._client = client
        self._window = window
        self._rendering = rendering
        self._by: Time = by
        self._filter = {
            **bounds(window, zone, by),
            "status": ",".join(statuses),
            "orderby": "id",
            "order": "asc",
        }

    def page(self, number: int, size: int) -> Answer:
        """Returns a page, certain that it lies within the window."""
        params = {**self._filter, **self._rendering, "per_page": size, "page": number}
        answer = self._client.rows("wc/v3/orders", params)
        found = [row for row in answer.body if isinstance(row, dict)]
        require_within(found, self._window, "The shop", self._by)
        if answer.total is not None and len(found) < min(size, answer.total - (number - 1) * size):
            # a plugin may hide rows from this key, or add what is no order
            _LOG.warning(
                "The shop counts more orders than it shows: page %d has %d rows of %d.",
                number,
                len(found),
                answer.total,
                extra={"action": "rows_withheld"},
            )
        return answer

    def among(self, ids: Sequence[int]) -> Answer:
        """Returns those of the ids that are in the list."""
        listed: Params = {"include": ",".join(map(str, ids)), "per_page": len(ids), "_fields": "id"}
        return self._client.rows("wc/v3/orders", {**self._filter, **listed})

    def count(self) -> int | None:
        """Returns the number of orders in the list, None if the shop does not tell."""
        lean: Params = {**self._filter, "_fields": "id", "per_page": 1}
        return count_rows(
            self._client,
            lambda position: self._client.rows("wc/v3/orders", {**lean, "page": position}),
        )

    def namer(self) -> Namer:
        """Returns what names orders of this list that the shop cannot render."""
        return Namer(self._client, lambda place: self.page(place, 1), self.among, self._newest)

    def _newest(self, position: int) -> Answer:
        order: Params = {"status": "any", "orderby": "id", "order": "desc"}
        where: Params = {"per_page": 1, "page": position, "_fields": "id"}
        return self._client.rows("wc/v3/orders", {**order, **where})


class WindowReader:
    """
    Reads the orders modified in a window.

    WooCommerce has offset pages only. In a closed window with ids ascending rows
    can only leave: a change moves them past the end. Every shift therefore moves
    an unread row to a lower position, and the pages are read from the last to
    the first: rows repeat, none is skipped (tried on a real shop: forward lost
    27 of 2,050 orders, backward none). That order is kept within a slice; slices
    are windows of their own, and several are read at the same time.
    """

    def __init__(
        self,
        client: ShopClient,
        pieces: Sequence[PieceReader],
        *,
        statuses: Sequence[str],
        zone: tzinfo,
        rendering: Params,
    ) -> None:
        self._client = client
        self._pieces = pieces
        self._statuses = statuses
        self._zone = zone
        self._rendering = rendering

    def read(self, window: Window) -> Iterator[Rows]:
        """Yields the window's rows, in slices where it is too large."""
        whole = whole_seconds(window)
        for found in self._slice(0, whole):
            if isinstance(found, Cut):
                pages = read_in_lanes(found.slices, self._slice)
            else:
                pages = iter((found,))
            for page in pages:
                until = page.complete_until
                # a whole second may end after the window does
                yield replace(page, complete_until=until and min(until, window.until))

    def _slice(self, lane: int, window: Window) -> Iterator[Rows | Cut]:
        """Yields a slice's pages, or how to cut it."""
        orders, pieces = self.list(window), self._pieces[lane]
        first, total = pieces.first(orders.page)
        cut = self._cut(window, first, total)
        if cut is not None:
            yield Cut(cut)
        elif first is not None and (total is None or total <= pieces.largest):
            yield Rows(tuple(first.body), complete_until=window.until)
        else:
            yield from self._backwards(pieces, orders, total or 0, window.until)

    def list(self, window: Window) -> OrderList:
        """Returns the list of a window of whole seconds."""
        return OrderList(
            self._client,
            window,
            statuses=self._statuses,
            zone=self._zone,
            rendering=self._rendering,
        )

    def _cut(
        self, window: Window, first: Answer | None, total: int | None
    ) -> tuple[Window, ...] | None:
        """Returns the slices of the window if it must be cut."""
        size = self._pieces[0].largest
        if total is None:
            if first is not None and len(first.body) < size:
                return None
            cut = slices(window, 2, self._zone)
            if cut is None:
                raise Contract(
                    "The shop does not tell how many orders there are (X-WP-Total is missing).",
                    "Let X-WP-Total and X-WP-TotalPages through the proxy before the shop.",
                )
            return cut
        if total <= size * _MOST_PAGES:
            return None
        # as many for every lane, so that none reads the rest alone
        parts = LANES * -(-total // (size * _PAGES * LANES))
        return slices(window, parts, self._zone)

    def _backwards(
        self, pieces: PieceReader, orders: OrderList, total: int, until: datetime
    ) -> Iterator[Rows]:
        name = orders.namer().name
        for _ in range(_READS):
            fewest, grew = total, False
            for number in range(max(1, -(-total // pieces.largest)), 0, -1):
                piece = pieces.read(number, orders.page, name)
                totals = (fewest, *piece.totals)
                fewest, grew = totals[-1], any(b > a for a, b in pairwise(totals))
                if grew:
                    break
                yield Rows(piece.rows, piece.unreadable, until if number == 1 else None)
            if not grew:
                return
            total = fewest
        raise Transient(
            f"Orders keep entering a window of the past (read {_READS} times).",
            "It is tried again by itself; if it lasts, check the shop's clock with `check`.",
        )
