"""Windows of time as Shopify's search understands them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final, Literal

from connectors.base import Window

SECOND: Final = timedelta(seconds=1)


def whole_seconds(window: Window) -> Window:
    """
    Returns the window widened to whole seconds, the resolution of the search index.

    Times are stored to the microsecond but indexed and shown to the second, so
    the seconds in which the window begins and ends belong to it whole. That
    reads a little too much and loses nothing.
    """
    since, until = window.since.replace(microsecond=0), window.until.replace(microsecond=0)
    return Window(since, until if until == window.until else until + SECOND)


def halves(window: Window) -> tuple[Window, Window] | None:
    """Returns a window of whole seconds cut in two at one, None if it is a single one."""
    middle = (window.since + (window.until - window.since) / 2).replace(microsecond=0)
    if middle <= window.since:
        return None
    return Window(window.since, middle), Window(middle, window.until)


def search(window: Window, by: Literal["updated_at", "created_at"] = "updated_at") -> str:
    """
    Returns the search for the orders modified, or created, in a window of whole seconds.

    Without quotes a time is not understood, and what is not understood matches
    every order. `>` means another thing since 2026-10; `>=` and `<` do not.
    """
    return f"{by}:>='{_text(window.since)}' AND {by}:<'{_text(window.until)}'"


def _text(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")
