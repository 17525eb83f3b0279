"""A watermark set by hand: what that means for the merchant, and when it is refused."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from connectors.settings import duration_text
from mapping.policy import OLDEST_ORDER

_UNITS = (timedelta(days=1), timedelta(hours=1), timedelta(minutes=1))


class Direction(StrEnum):
    """Which way a watermark moves."""

    BACK = "back"
    """What was read is read again; what has not changed is not sent again."""
    FORWARD = "forward"
    """Changes in between are not read by polls."""
    STAYS = "stays"


class Refused(ValueError):
    """The watermark cannot be put there; the message completes "INSTANT ..."."""


@dataclass(frozen=True, slots=True)
class Move:
    """What setting the watermark comes to."""

    direction: Direction
    begins: datetime
    """Where the next poll begins to read."""
    words: str


def parse(text: str) -> datetime:
    """
    Returns the instant a person wrote, in UTC; raises Refused for a naive one.

    >>> parse("2026-11-23T09:00+01:00").isoformat()
    '2026-11-23T08:00:00+00:00'
    """
    try:
        at = datetime.fromisoformat(text)
        if at.tzinfo is not None:
            return at.astimezone(UTC)
    except (ValueError, OverflowError):  # not an instant, or before the first year
        pass
    raise Refused(
        "is not an instant with its time zone; write it like 2026-11-20T08:30Z or"
        " 2026-11-20T08:30+01:00."
    )


def judge(
    before: datetime | None,
    at: datetime,
    *,
    now: datetime,
    overlap: timedelta,
    begins: datetime,
) -> Move:
    """
    Returns what moving the watermark from *before* to *at* means; pure.

    Without a watermark the first poll would read since *begins*: any instant
    beyond that is a move forward.

    Raises:
        Refused: *at* is in the future, or longer ago than At Last takes orders.

    """
    if at > now:
        raise Refused("is in the future; a poll would miss what changes until then.")
    if at < now - OLDEST_ORDER:
        raise Refused(
            f"is more than {duration_text(OLDEST_ORDER)} ago; At Last takes no order that old, so"
            " write a later instant."
        )
    effective = begins if before is None else before - overlap
    new = at - overlap
    if new == effective:
        return Move(Direction.STAYS, new, "That is where the watermark is; nothing changes.")
    if new < effective:
        return Move(
            Direction.BACK,
            new,
            f"The next poll reads again what changed from {_at(new)} to {_at(effective)}"
            f" ({_span(effective - new)}); orders that did not change are not sent again.",
        )
    return Move(
        Direction.FORWARD,
        new,
        f"Polls then skip what changed from {_at(effective)} to {_at(new)}"
        f" ({_span(new - effective)}): shipped orders of that time are not sent, unless a"
        " backfill reads them.",
    )


def _at(instant: datetime) -> str:
    return f"{instant:%Y-%m-%d %H:%M} UTC"


def _span(span: timedelta) -> str:
    """Returns the span in the largest unit of which it holds two or more, rounded."""
    unit = next((u for u in _UNITS if span >= 2 * u), _UNITS[-1])
    return duration_text(max(1, round(span / unit)) * unit)
