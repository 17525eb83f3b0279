"""The next page is under way while this one is worked on."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta

import pytest

from connectors import Page, Transient, Window
from orderferry.ahead import AHEAD, ahead

NOON = datetime(2026, 6, 15, 12, tzinfo=UTC)
WINDOW = Window(NOON - timedelta(hours=1), NOON)
SECONDS = 10  # a bound that only ends a test that has failed


def last() -> Page:
    return Page((), complete_until=NOON)


def threads() -> list[str]:
    return [one.name for one in threading.enumerate() if one.name.startswith("ahead")]


def test_the_next_page_is_asked_for_before_this_one_is_done() -> None:
    asked = threading.Event()
    used: list[str] = []

    def pages() -> Iterator[Page]:
        yield Page((), missing=("1",))
        used.append(threading.current_thread().name)
        asked.set()
        yield Page((), missing=("2",))
        yield last()

    reading = ahead(pages(), WINDOW)
    first = next(reading)

    assert first.missing == ("1",)
    assert asked.wait(SECONDS)
    assert [page.missing for page in reading] == [("2",), ()]
    assert used[0].startswith("ahead")
    assert threads() == []


def test_so_many_pages_are_asked_for_ahead_and_no_more() -> None:
    asked: list[int] = []
    enough, more = threading.Event(), threading.Event()

    def pages() -> Iterator[Page]:
        for number in range(5):
            asked.append(number)
            if len(asked) == 1 + AHEAD:
                enough.set()
            if len(asked) > 1 + AHEAD:
                more.set()
            yield Page((), missing=(str(number),))
        yield last()

    reading = ahead(pages(), WINDOW)
    next(reading)

    assert enough.wait(SECONDS)
    assert not more.wait(0.05)
    assert [page.missing for page in reading] == [("1",), ("2",), ("3",), ("4",), ()]


def test_what_is_logged_meanwhile_belongs_to_the_same_run() -> None:
    run = ContextVar("run", default="")
    seen: list[str] = []

    def pages() -> Iterator[Page]:
        for _ in range(2):
            seen.append(run.get())
            yield Page(())
        yield last()

    run.set("poll of acme")
    list(ahead(pages(), WINDOW))

    assert seen == ["poll of acme"] * 2


def test_leaving_ends_the_pages_too() -> None:
    """They may have threads of their own."""
    ended = threading.Event()

    def pages() -> Iterator[Page]:
        try:
            yield Page(())
            yield last()
        finally:
            ended.set()

    kept = pages()  # as a traceback would keep it
    reading = ahead(kept, WINDOW)
    next(reading)
    reading.close()

    assert ended.is_set()


def test_a_window_of_one_page_stays_in_the_callers_thread() -> None:
    used: list[str] = []

    def pages() -> Iterator[Page]:
        used.append(threading.current_thread().name)
        yield last()
        used.append(threading.current_thread().name)

    assert list(ahead(pages(), WINDOW)) == [last()]
    assert used == [threading.current_thread().name] * 2


def test_no_page_is_none() -> None:
    assert list(ahead(iter(()), WINDOW)) == []


def test_a_fault_comes_after_the_pages_before_it() -> None:
    def pages() -> Iterator[Page]:
        yield Page((), missing=("1",))
        raise Transient("The shop is down.", "It is tried again.")

    seen: list[Page] = []
    with pytest.raises(Transient):
        seen.extend(ahead(pages(), WINDOW))

    assert len(seen) == 1
    assert threads() == []


def test_leaving_in_the_middle_ends_the_request_first() -> None:
    reading = ahead(iter([Page(()), Page(()), last()]), WINDOW)
    next(reading)

    reading.close()

    assert threads() == []
