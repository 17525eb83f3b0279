"""
Instants as text that sorts like time.

Every instant is stored as "2026-11-23T11:44:00.000000Z": ISO 8601, UTC, always
six decimals, always 27 characters, so that comparing two texts compares the
instants, in SQL and in an index.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import overload


@overload
def to_text(at: datetime) -> str: ...
@overload
def to_text(at: datetime | None) -> str | None: ...
def to_text(at: datetime | None) -> str | None:
    """Returns the instant as stored, None for None; a naive datetime raises ValueError."""
    if at is None:
        return None
    if at.tzinfo is None:
        raise ValueError("an instant without a time zone cannot be stored; pass an aware datetime")
    return at.astimezone(UTC).isoformat(timespec="microseconds").removesuffix("+00:00") + "Z"


@overload
def from_text(text: str) -> datetime: ...
@overload
def from_text(text: str | None) -> datetime | None: ...
def from_text(text: str | None) -> datetime | None:
    """Returns a stored instant as an aware UTC datetime, None for None."""
    return None if text is None else datetime.fromisoformat(text)
