"""Windows of time as WooCommerce understands them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from itertools import pairwise
from typing import Any, Final, Literal
from zoneinfo import ZoneInfo

from connectors.base import Window
from connectors.errors import Contract

Time = Literal["modified", "created"]
"""Which of an order's times a window is of."""

SECOND: Final = timedelta(seconds=1)
_TOLERANCE: Final = timedelta(hours=1)
"""The repeated autumn hour stores changes one hour early (measured on HPOS)."""
_IGNORED: Final[Mapping[Time, tuple[str, str]]] = {
    "modified": ("modified_after", "Update WooCommerce to 5.8 or newer."),
    "created": ("after", "Look for a plugin or proxy that drops parameters of REST requests."),
}
_OFFSET: Final = re.compile(r"([+-])(\d\d):(\d\d)")


def whole_seconds(window: Window) -> Window:
    """
    Returns the window widened to whole seconds, the shop's own resolution.

    A change within a second carries that second's beginning: the second in which
    the window begins belongs to it, and so does the one in which it ends. That
    reads a little too much and loses nothing.
    """
    since, until = window.since.replace(microsecond=0), window.until.replace(microsecond=0)
    return Window(since, until if until == window.until else until + SECOND)


def slices(window: Window, parts: int, zone: tzinfo) -> tuple[Window, ...] | None:
    """
    Returns the window cut at whole seconds into at most *parts*, None if it cannot be.

    It is not cut within the hour that spring skips: there every part would be
    answered with the hour before as well (see `bounds`), and cutting never ends.
    """
    # a single cut may fall into that hour; of two cuts one does not, unless the window is short
    for count in (max(parts, 2), 3):
        inner = [
            at
            for at in _cuts(window, count)
            if not _is_skipped(at, zone) and not _is_skipped(at - SECOND, zone)
        ]
        if inner:
            return tuple(Window(a, b) for a, b in pairwise([window.since, *inner, window.until]))
    return None


def _cuts(window: Window, parts: int) -> Iterator[datetime]:
    """Yields the whole seconds inside the window that cut it into at most *parts*."""
    seconds = int((window.until - window.since) / SECOND)
    parts = min(parts, seconds)
    for part in range(1, parts):
        yield window.since + SECOND * (seconds * part // parts)


def bounds(window: Window, zone: tzinfo, by: Time = "modified") -> dict[str, str]:
    """
    Returns the parameters that select the orders modified, or created, in whole seconds.

    Naive UTC with `dates_are_gmt` is the one form every storage compares rightly;
    a `Z` beside that flag shifts by the shop's offset. Both ends are exclusive in
    the shop, hence one second less at the beginning. A naive value that falls
    into the hour that spring skips in the shop's zone is moved on by that hour
    (WP_Date_Query), so the beginning goes before the gap.
    """
    after = window.since - SECOND
    if _is_skipped(after, zone):
        after -= timedelta(hours=1)
    prefix = "modified_" if by == "modified" else ""
    return {
        f"{prefix}after": _naive(after),
        f"{prefix}before": _naive(window.until),
        "dates_are_gmt": "true",
    }


def _naive(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S")


def _is_skipped(at: datetime, zone: tzinfo) -> bool:
    """Returns whether the digits of a UTC instant, read as local time, never occur in the zone."""
    local = at.replace(tzinfo=zone)
    return local.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != at.replace(tzinfo=None)


def zone_of(name: str) -> tzinfo:
    """Returns the zone for an IANA name or a fixed offset like "+05:30"; raises ValueError."""
    fixed = _OFFSET.fullmatch(name)
    if fixed is not None:
        offset = timedelta(hours=int(fixed[2]), minutes=int(fixed[3]))
        return timezone(-offset if fixed[1] == "-" else offset)
    try:
        return ZoneInfo(name)
    except (OSError, KeyError, ValueError) as error:  # unknown; a folder; not even a name
        raise ValueError(f"{name!r} is not a time zone") from error


def modified_at(row: Mapping[str, Any]) -> datetime | None:
    """Returns when an order was modified, None if the shop does not say it legibly."""
    return _instant(row, "modified")


def _instant(row: Mapping[str, Any], by: Time) -> datetime | None:
    value = row.get(f"date_{by}_gmt")
    try:
        at = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    if at is None:
        return None
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


def require_within(
    rows: Sequence[Mapping[str, Any]], window: Window, where: str, by: Time = "modified"
) -> None:
    """
    Raises Contract if the rows show that the shop ignored the window.

    WooCommerce before 5.8 ignores parameters it does not know and answers every
    order. An order may be edited between the shop's search and its rendering, so
    that it comes with a time after the window: a single one proves nothing.
    """
    times = [at for row in rows if (at := _instant(row, by)) is not None]
    early = any(at < window.since - _TOLERANCE for at in times)
    late = len(times) > 1 and all(at > window.until + _TOLERANCE for at in times)
    if early or late:
        parameter, remedy = _IGNORED[by]
        raise Contract(
            f"{where} answered orders from outside the asked time: it ignores {parameter}.", remedy
        )
