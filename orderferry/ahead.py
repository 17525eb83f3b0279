"""The next page, asked for while this one is mapped and stored."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context

from connectors.base import Page, Window


def ahead(pages: Iterator[Page], window: Window) -> Generator[Page]:
    """
    Yields a window's pages as they are; the next one is under way meanwhile.

    One page, not more: a connector that gains by several requests at the same
    time makes them itself, and the memory stays bounded by a few pages (R8).
    The connector is used by one thread at a time, which is another one from the
    second page on; a window of one page never leaves the caller's thread. Close
    it when done: that waits for the requests under way.
    """
    try:
        page = next(pages, None)
        if page is None or _is_last(page, window):
            if page is not None:
                yield page
                yield from pages
            return
        with ThreadPoolExecutor(1, thread_name_prefix="ahead") as pool:
            while page is not None:
                following = pool.submit(copy_context().run, lambda: next(pages, None))
                yield page
                page = following.result()
    finally:
        leave(pages)


def leave(pages: Iterator[Page]) -> None:
    """Ends the reading of pages that nobody asks for any more, and the threads it may have."""
    close = getattr(pages, "close", None)  # generators have it, other iterators need not
    if close is not None:
        close()


def _is_last(page: Page, window: Window) -> bool:
    return page.complete_until is not None and page.complete_until >= window.until
