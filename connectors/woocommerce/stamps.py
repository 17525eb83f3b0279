"""Which shipped orders there are, by creation: the list that a sweep compares."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import tzinfo
from typing import Final

from connectors.base import OrderStamp, Window
from connectors.errors import Contract
from connectors.woocommerce.client import Answer, ShopClient
from connectors.woocommerce.paging import OrderList
from connectors.woocommerce.pieces import Piece, PieceReader
from connectors.woocommerce.windows import modified_at, slices, whole_seconds

_RENDERING: Final = {"_fields": "id,date_created_gmt,date_modified_gmt"}


class StampReader:
    """
    Lists the stamps of one shop.

    Into a window of creation time orders enter and from it they leave, whenever
    one is completed or reopened: no direction of paging is safe there. The window
    is cut so that each slice fits into one answer, which is one query of the
    database and therefore whole. Slices are made for half a page on average, so
    that few of them have to be cut again.
    """

    def __init__(
        self, client: ShopClient, page_size: int, *, statuses: Sequence[str], zone: tzinfo
    ) -> None:
        self._client = client
        self._pieces = PieceReader(client, page_size)
        self._size = page_size
        self._statuses = statuses
        self._zone = zone

    def read(self, window: Window) -> Iterator[tuple[OrderStamp, ...]]:
        """Yields the stamps of the orders created in the window, a slice at a time."""
        waiting = [whole_seconds(window)]
        while waiting:
            part = waiting.pop()
            orders = self._list(part)
            first, total = self._pieces.first(orders.page)
            if not self._fits(first, total):
                cut = slices(part, 2 if total is None else -(-2 * total // self._size), self._zone)
                if cut is not None:
                    waiting += reversed(cut)
                    continue
                if total is None:
                    raise Contract(
                        "The shop does not tell how many orders there are (X-WP-Total is missing).",
                        "Let X-WP-Total and X-WP-TotalPages through the proxy before the shop.",
                    )
            if first is not None and self._fits(first, total):
                yield _stamps(Piece.of(first))
            else:
                yield from self._in_pieces(orders, total or 0)

    def _list(self, window: Window) -> OrderList:
        return OrderList(
            self._client,
            window,
            statuses=self._statuses,
            zone=self._zone,
            rendering=_RENDERING,
            by="created",
        )

    def _fits(self, first: Answer | None, total: int | None) -> bool:
        if total is None:
            return first is not None and len(first.body) < self._size
        return total <= self._size

    def _in_pieces(self, orders: OrderList, total: int) -> Iterator[tuple[OrderStamp, ...]]:
        """Yields a slice that the shop cannot answer whole, or a second with more than a page."""
        name = orders.namer().name
        for number in range(-(-total // self._size), 0, -1):
            yield _stamps(self._pieces.read(number, orders.page, name))


def _stamps(piece: Piece) -> tuple[OrderStamp, ...]:
    """Returns the stamps of a piece; an order that cannot even be listed has no time."""
    known = [
        OrderStamp(str(row["id"]), modified_at(row), shipped=True)
        for row in piece.rows
        if isinstance(row, dict) and "id" in row
    ]
    lost = [OrderStamp(order.id, None, shipped=True) for order in piece.unreadable]
    return (*known, *lost)
