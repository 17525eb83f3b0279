"""Finds what a shop cannot render: the single order or product behind a failing answer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from connectors.base import Unreadable
from connectors.errors import Transient
from connectors.failures import RequestFailed
from connectors.woocommerce.client import Answer, Json, ShopClient

BATCH: Final = 100  # ids per request; more of them overflow nginx's header buffer (measured)
GROUP: Final = 5  # neighbours that are looked at before a failure is called an order's
UNNAMED: Final = "after:"
"""Begins the id of an order that could not be found out; the id of the one before it follows."""

_CANDIDATES: Final = 1000  # ids between two neighbours that are searched; then it stays unnamed
_NEWER: Final = 100  # ids above the newest order that can be read
FATAL: Final = (
    "The shop fails on this order with a PHP error; see WooCommerce > Status > Logs for the plugin."
)


class Outage(Transient):
    """Single orders fail one like the other: the shop is at fault, not an order."""

    def __init__(self, count: int) -> None:
        super().__init__(
            f"The shop fails on each of {count} orders or products one by one.",
            "It is tried again by itself; if it lasts, look for PHP errors under WooCommerce >"
            " Status > Logs.",
        )


def attempt(client: ShopClient, read: Callable[[], Answer]) -> Answer | None:
    """Returns the answer, None if the shop fails on this very request and is well otherwise."""
    try:
        return read()
    except RequestFailed as error:
        failure = error
    if not client.healthy():
        raise failure
    return None


def isolate(
    client: ShopClient, ids: Sequence[int], read: Callable[[Sequence[int]], Answer]
) -> tuple[list[Json], list[int]]:
    """
    Returns the rows that can be read by these ids, and the ids that cannot.

    Costs at most 2·log2(n) requests for each id that cannot.
    """
    rows: list[Json] = []
    fatal: list[int] = []
    answered = False
    waiting = [ids[start : start + BATCH] for start in range(0, len(ids), BATCH)]
    while waiting:
        batch = waiting.pop(0)
        answer = attempt(client, lambda batch=batch: read(batch))  # type: ignore[misc]  # mypy cannot infer a lambda with a default
        if answer is not None:
            answered = True
            rows += answer.body
        elif len(batch) == 1:
            fatal += batch
        else:
            middle = len(batch) // 2
            waiting[:0] = [batch[:middle], batch[middle:]]
        if len(fatal) >= GROUP and not answered:
            raise Outage(len(fatal))
    return rows, fatal


def count_rows(client: ShopClient, at: Callable[[int], Answer]) -> int | None:
    """
    Returns the length of a list whose row at a position (from 1) *at* reads, or None if untold.

    Looks at a few positions, because the first row may be one that the shop
    cannot render; past the end the shop tells 0, whatever the list's length.
    """
    for position in range(1, GROUP + 1):
        answer = attempt(client, lambda position=position: at(position))  # type: ignore[misc]  # as above
        if answer is not None:
            return answer.total if answer.body else position - 1
    raise Outage(GROUP)


class Namer:
    """
    Names the order at a position of a list, though the shop fails to render it.

    Its neighbours' ids bracket it; ids in between are asked for within the same
    list, where all but the fatal one are simply not found.
    """

    def __init__(
        self,
        client: ShopClient,
        at: Callable[[int], Answer],
        among: Callable[[Sequence[int]], Answer],
        newest: Callable[[int], Answer],
    ) -> None:
        """
        Describe the list.

        Args:
            client: The shop.
            at: Reads the one order at a position, from 1, ids ascending.
            among: Reads those of the given ids that are in the list.
            newest: Reads one order of the whole shop by position, ids descending.

        """
        self._client = client
        self._at = at
        self._among = among
        self._newest = newest

    def name(self, position: int) -> Unreadable:
        """Returns the order with its id; the id is UNNAMED if it cannot be found out."""
        below, distance = self._neighbour(position, -1)
        above, _ = self._neighbour(position, +1)
        high = above if above is not None else self._beyond_newest()
        low = below if below is not None else max(high - _CANDIDATES, 0)
        if 1 < high - low <= _CANDIDATES + 1:
            _, fatal = isolate(self._client, range(low + 1, high), self._among)
            if fatal:
                # further fatal orders between the lower neighbour and this one come first
                return Unreadable(str(fatal[min(distance, len(fatal)) - 1]), FATAL)
        return Unreadable(f"{UNNAMED}{below or 0}", FATAL)

    def _neighbour(self, position: int, step: int) -> tuple[int | None, int]:
        """Returns the id of the next order that can be read, and how far away it is."""
        for distance in range(1, GROUP + 1):
            place = position + step * distance
            if place < 1:
                return None, distance
            answer = attempt(self._client, lambda place=place: self._at(place))  # type: ignore[misc]  # as above
            if answer is not None:
                return (answer.body[0]["id"] if answer.body else None), distance
        return None, GROUP

    def _beyond_newest(self) -> int:
        for position in range(1, GROUP + 1):
            answer = attempt(self._client, lambda position=position: self._newest(position))  # type: ignore[misc]  # as above
            if answer is not None and answer.body:
                return int(answer.body[0]["id"]) + _NEWER
        return _NEWER
