"""The next pages, asked for while this one is mapped and stored."""

from __future__ import annotations

from collections import deque
from collections.abc import Generator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from typing import Final

from connectors.base import Page, Window

AHEAD: Final = 2
"""Pages that are under way or wait; a shop that is now quick, now slow keeps nobody waiting."""


def ahead(pages: Iterator[Page], window: Window) -> Generator[Page]:
    """
    Yields a window's pages as they are; the next AHEAD are asked for meanwhile.

    They are asked for one after the other: a connector that gains by several
    requests at the same time makes them itself, and the memory stays bounded by a
    few pages (R8). The connector is used by one thread at a time, which is another
    one from the second page on; a window of one page never leaves the caller's
    thread. Close it when done: that waits for the requests under way.
    """
    try:
        page = next(pages, None)
        if page is None or _is_last(page, window):
            if page is not None:
                yield page
                yield from pages
            return
        with ThreadPoolExecutor(1, thread_name_prefix="ahead") as pool:

            def ask() -> Future[Page | None]:
                return pool.submit(copy_context().run, lambda: next(pages, None))

            following = deque(ask() for _ in range(AHEAD))
            try:
                while page is not None:
                    yield page
                    page = following.popleft().result()
                    following.append(ask())
            finally:
                for one in following:
                    one.cancel()
    finally:
        leave(pages)


def leave(pages: Iterator[Page]) -> None:
    """Ends the reading of pages that nobody asks for any more, and the threads it may have."""
    close = getattr(pages, "close", None)  # generators have it, other iterators need not
    if close is not None:
        close()


def _is_last(page: Page, window: Window) -> bool:
    return page.complete_until is not None and page.complete_until >= window.until
