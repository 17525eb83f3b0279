"""Several slices of a window read at the same time, each in its own order."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from connectors.base import Unreadable, Window
from connectors.woocommerce.client import Json

LANES: Final = 2
"""Requests under way at the same time; a small shop gains nothing from more."""


@dataclass(frozen=True, slots=True)
class Rows:
    """A page of orders as the shop gave them."""

    rows: tuple[Json, ...]
    unreadable: tuple[Unreadable, ...] = ()
    complete_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Cut:
    """Instead of rows: the slices that a window must be read in, the earliest first."""

    slices: tuple[Window, ...]


Read = Callable[[int, Window], Iterator[Rows | Cut]]
"""
Takes a lane's number and a slice; yields the slice's pages, or one Cut and nothing else.

The last page of a slice carries its end as `complete_until`, no other one does.
"""


def read_in_lanes(slices: Sequence[Window], read: Read) -> Iterator[Rows]:
    """
    Yields the pages of all slices, those of LANES slices mixed.

    Within a slice no page is asked for before the one ahead of it has come: what
    makes the reading of a closed window safe is the order of its pages, and an
    edit moves an order out of all slices, never from one into another. A page
    carries `complete_until` only when all slices before that instant are read.
    """
    board = _Board(slices)
    with ThreadPoolExecutor(LANES, thread_name_prefix="lane") as pool:
        under_way: dict[Future[Rows | Cut | None], _Lane] = {}

        def go_on(lane: _Lane) -> None:
            under_way[pool.submit(next, lane.pages, None)] = lane

        def begin(number: int) -> None:
            if board.waiting:
                window = board.waiting.popleft()
                go_on(_Lane(number, window, read(number, window)))

        for number in range(LANES):
            begin(number)
        while under_way:
            done, _ = wait(under_way, return_when=FIRST_COMPLETED)
            for future in done:
                lane = under_way.pop(future)
                page = future.result()
                if isinstance(page, Rows):
                    go_on(lane)  # before the caller works on the page
                    yield board.mark(page, lane.window)
                    continue
                if isinstance(page, Cut):
                    board.cut(lane.window, page.slices)
                begin(lane.number)
                # a lane that found nothing to do may have work now
                for idle in set(range(LANES)) - {other.number for other in under_way.values()}:
                    begin(idle)


@dataclass(frozen=True, slots=True)
class _Lane:
    number: int
    window: Window
    pages: Iterator[Rows | Cut]


class _Board:
    """What is to be read, what is read, and up to where that is everything."""

    def __init__(self, slices: Sequence[Window]) -> None:
        self.waiting = deque(slices)
        self._open = list(slices)
        """Not read to the end, or not the earliest; in order of time."""
        self._read: set[Window] = set()

    def cut(self, window: Window, slices: Sequence[Window]) -> None:
        """Puts the slices in the place of their window."""
        self.waiting.extendleft(reversed(slices))
        at = self._open.index(window)
        self._open[at : at + 1] = slices

    def mark(self, page: Rows, window: Window) -> Rows:
        """Returns the page with the instant up to which everything is read with it."""
        if page.complete_until is None:
            return page
        self._read.add(window)
        until = None
        while self._open and self._open[0] in self._read:
            until = self._open.pop(0).until
        return replace(page, complete_until=until)
