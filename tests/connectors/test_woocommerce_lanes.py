"""Slices of a window that are read at the same time (R2)."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest

from connectors import Transient, Window
from connectors.woocommerce.lanes import Cut, Rows, read_in_lanes
from tests.connectors.world import NOW

SECONDS = 10  # a bound that only ends a test that has failed


def slices(*hours: int) -> list[Window]:
    """Windows of an hour each, the first *hours* long."""
    return [Window(NOW + timedelta(hours=h), NOW + timedelta(hours=h + 1)) for h in hours]


def pages(window: Window, count: int = 2) -> Iterator[Rows | Cut]:
    for number in range(count, 0, -1):
        yield Rows(({"id": number},), complete_until=window.until if number == 1 else None)


def test_later_slices_that_are_read_first_complete_nothing() -> None:
    first, second, third = windows = slices(0, 1, 2)
    others_are_read = threading.Event()

    def read(_lane: int, window: Window) -> Iterator[Rows | Cut]:
        rows = pages(window)
        yield next(rows)
        if window == first:
            assert others_are_read.wait(SECONDS)
        yield from rows

    told = []
    for page in read_in_lanes(windows, read):
        told.append(page.complete_until)
        if len(told) == 5:  # all but the first slice's last page
            others_are_read.set()

    assert told == [None] * 5 + [third.until]
    assert second.until < third.until


def test_a_slice_that_is_cut_is_complete_with_its_last_part() -> None:
    whole, after = Window(NOW, NOW + timedelta(hours=2)), *slices(2)
    parts = tuple(slices(0, 1))

    def read(_lane: int, window: Window) -> Iterator[Rows | Cut]:
        if window == whole:
            yield Cut(parts)
        else:
            yield from pages(window)

    told = [page.complete_until for page in read_in_lanes([whole, after], read)]

    ends = [at for at in told if at is not None]
    assert len(told) == 6
    assert ends == sorted(ends)
    assert ends[-1] == after.until


def test_a_lane_reads_its_slice_alone_and_in_order() -> None:
    seen: dict[Window, list[int]] = {}

    def read(lane: int, window: Window) -> Iterator[Rows | Cut]:
        for page in pages(window, 5):
            seen.setdefault(window, []).append(lane)
            yield page

    read_all = list(read_in_lanes(slices(0, 1, 2, 3), read))

    assert len(read_all) == 20
    assert all(len(lanes) == 5 and len(set(lanes)) == 1 for lanes in seen.values())


def test_a_fault_in_one_slice_ends_the_reading() -> None:
    first, *_ = windows = slices(0, 1, 2)

    def read(_lane: int, window: Window) -> Iterator[Rows | Cut]:
        if window == first:
            raise Transient("The shop is down.", "It is tried again.")
        yield from pages(window)

    found: list[Rows] = []
    with pytest.raises(Transient):
        found.extend(read_in_lanes(windows, read))

    assert all(page.complete_until is None for page in found)


def test_reading_can_be_left_in_the_middle() -> None:
    reading = read_in_lanes(slices(0, 1, 2), lambda _lane, window: pages(window, 50))

    next(reading)
    reading.close()  # type: ignore[attr-defined]  # it is a generator

    assert not [thread for thread in threading.enumerate() if thread.name.startswith("lane")]
