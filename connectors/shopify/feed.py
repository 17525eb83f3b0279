"""
The ids of the orders modified in a window, the earliest change first.

Why no order is lost, though the shop changes while its feed is paged:

- The feed is a keyset: a cursor names the last row's (time, id), so rows that
  leave or enter elsewhere shift nothing. The window is closed; a change can only
  take an order out of it, to a time after its end, where the next poll looks.
- The search index lags behind the database. A change that is not indexed yet is
  missed here; the next poll re-reads the overlap (90 minutes by default) and
  finds it. A row whose change is not indexed yet is listed under its old time,
  but shown with its new one: what is shown is never earlier than what is sorted
  by. Hence `complete_until` rests only on rows whose shown time is more than an
  hour old: the index has caught up with those, so they are shown under the time
  that sorts them, and everything sorted before them has been seen.
- Two changes in one second share a time. Both ends of a window are whole
  seconds, `>=` and `<`, so a second is read as a whole.

Nothing is remembered between two reads. To skip the detail of orders that were
handed over before would save points in the overlap, but an order's time is no
proof of its state (two changes in one second), the caller may read a window
again on purpose (sweep, backfill, a run that failed before it was durable), and
the promise of the protocol is that nothing is left out. Polling an hour and a
half again costs 2 points per changed order, of 100 that come back every second.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from connectors.base import Surroundings, Window
from connectors.errors import Contract, Transient
from connectors.failures import RequestFailed
from connectors.shopify.client import Json, ShopClient
from connectors.shopify.documents import COUNT, FEED
from connectors.shopify.shape import instant, number
from connectors.shopify.windows import halves, search

MOST_ROWS: Final = 20_000  # of one feed; Shopify ends every connection at 25,000
INDEXED_AFTER: Final = timedelta(hours=1)
_SMALLEST_PAGE: Final = 10


@dataclass(frozen=True, slots=True)
class Rows:
    """A page of the feed."""

    ids: tuple[str, ...]
    complete_until: datetime | None
    """Everything of the window before this instant was seen; None if that is not certain."""

    def cut(self, size: int) -> tuple[Rows, Rows | None]:
        """Returns the first rows, so many, and the rest if there is one, which ends the page."""
        if len(self.ids) <= size:
            return self, None
        return Rows(self.ids[:size], None), Rows(self.ids[size:], self.complete_until)


class FeedReader:
    """Reads the feed of one shop; for one thread at a time, not always the same."""

    def __init__(self, client: ShopClient, surroundings: Surroundings, page: int) -> None:
        self._client = client
        self._now = surroundings.now
        self._largest = self._page = page

    def count(self, window: Window) -> int | None:
        """Returns how many orders a window of whole seconds has, None if that is not exact."""
        told = self._count(window)
        return int(told["count"]) if told["precision"] == "EXACT" else None

    def at_least(self, window: Window) -> int:
        """Returns a number of orders that a window of whole seconds surely has."""
        return int(self._count(window)["count"])

    def _count(self, window: Window) -> Json:
        return self._client.ask(COUNT, {"search": search(window)}).data["ordersCount"]

    def slices(self, window: Window) -> Iterator[Window]:
        """Yields parts of the window, in order, each small enough for one feed."""
        waiting = [window]
        while waiting:
            part = waiting.pop()
            if self.at_least(part) <= MOST_ROWS:
                yield part
                continue
            cut = halves(part)
            if cut is None:
                raise Contract(
                    f"More than {MOST_ROWS} orders were changed in the second {part.since}.",
                    "Let bulk_from be smaller than that, so that a bulk operation reads them.",
                )
            waiting += reversed(cut)

    def first(self, window: Window) -> tuple[Rows, str | None]:
        """Returns the first page, and the cursor of the second if there is one."""
        self._page = min(self._page * 2, self._largest)
        return self._read(window, None)

    def further(self, window: Window, after: str) -> Iterator[Rows]:
        """Yields the pages after the first."""
        read = 0
        cursor: str | None = after
        while cursor is not None:
            rows, following = self._read(window, cursor)
            if following == cursor or read > MOST_ROWS:
                raise Transient(
                    f"{self._client.where} does not come to the end of its feed.",
                    "It is tried again by itself.",
                )
            cursor = following
            read += len(rows.ids)
            yield rows

    def _read(self, window: Window, after: str | None) -> tuple[Rows, str | None]:
        while True:
            variables = {"first": self._page, "after": after, "search": search(window)}
            asked_at = self._now()
            try:
                feed = self._client.ask(FEED, variables).data["orders"]
            except RequestFailed:
                if self._page <= _SMALLEST_PAGE:
                    raise
                self._page = max(self._page // 2, _SMALLEST_PAGE)
                continue
            break
        rows, info = feed["nodes"], feed["pageInfo"]
        until = self._complete_until(rows, window, asked_at)
        ids = tuple(dict.fromkeys(str(number(row["id"])) for row in rows))
        if not info["hasNextPage"]:
            return Rows(ids, window.until), None
        return Rows(ids, until), str(info["endCursor"])

    def _complete_until(self, rows: Json, window: Window, asked_at: datetime) -> datetime | None:
        times = [at for row in rows if (at := instant(row["updatedAt"])) is not None]
        if any(at < window.since for at in times):
            # what is shown is never earlier than what is sorted by: the filter was ignored
            raise Contract(
                f"{self._client.where} answered orders from before the asked time.",
                "Leave api_version out, or update orderferry.",
            )
        settled = [at for at in times if at < min(asked_at - INDEXED_AFTER, window.until)]
        latest = max(settled, default=window.since)
        return latest if latest > window.since else None
