"""Instants and calendar days out of the ways shops write them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo

from mapping.raw import as_text

_OFFSET = re.compile(r"([+-])(\d{2}):?(\d{2})")
_SECONDS = re.compile(r"[0-9]{9,11}")
"""Eight digits are a date without dashes."""
_MILLISECONDS = re.compile(r"[0-9]{13}")
"""As JavaScript counts; WooCommerce's label plugins do."""
_SECONDS_A_DAY = 86_400
_FULL_INSTANT = len("2026-11-23T08:34:27")
_COPIED_AFTER = timedelta(days=1)
"""Less is a clock, or a payment plugin that writes its own time zone."""
_YEARS = range(1980, 2200)
"""Outside it is a zero date or a slip; inside, no arithmetic can overflow `datetime`."""


@dataclass(frozen=True, slots=True)
class Moment:
    """When something left the shop: an instant (UTC) and the day it was, there."""

    at: datetime
    day: date


@lru_cache
def zone(name: str) -> tzinfo:
    """
    Returns the time zone called *name*: IANA ("Europe/Berlin") or an offset ("+05:30").

    Raises KeyError or ValueError for any other name: the connector reads it
    from the shop or from the configuration, not from an order.
    """
    if match := _OFFSET.fullmatch(name):
        offset = timedelta(hours=int(match[2]), minutes=int(match[3]))
        return timezone(-offset if match[1] == "-" else offset)
    return ZoneInfo(name)


def instant(value: object) -> datetime | None:
    """
    Returns the aware UTC instant that *value* writes, None if it writes none.

    WooCommerce's `*_gmt` fields are UTC without saying so; text with "Z" or an
    offset is understood too. A date alone is no instant.
    """
    text = as_text(value)
    if len(text) < _FULL_INSTANT:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    if found.year not in _YEARS:
        return None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


def originally(created_at: datetime, earlier: object) -> datetime:
    """
    Returns when an order was made, where *created_at* is when it was imported or saved anew.

    An order of another system comes into the shop years after it was paid, and
    WooCommerce stamps one that lost its date with the time of its next save: so
    what happened more than a day before the creation is the older truth.
    """
    first = instant(earlier)
    return first if first is not None and created_at - first > _COPIED_AFTER else created_at


def moment(value: object, where: tzinfo) -> Moment | None:
    """
    Returns the moment that a plugin's ship date means, None if it means none.

    Plugins write Unix seconds or milliseconds (as number or text),
    "2026-08-18", or a full instant. Seconds at 00:00 UTC are a day picked in a
    form: tracking plugins store strtotime("2026-08-18"), and WordPress runs PHP
    in UTC, so the UTC date is the day that was meant, also west of Greenwich.
    Any other second is a clock's, and the day is the shop's.
    """
    text = as_text(value)
    if _SECONDS.fullmatch(text):
        return _from_seconds(int(text), where)
    if _MILLISECONDS.fullmatch(text):
        return _from_seconds(int(text) // 1000, where)
    at = instant(text)
    if at is not None:
        return Moment(at, at.astimezone(where).date())
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    if day.year not in _YEARS:
        return None
    return Moment(datetime.combine(day, time.min, where).astimezone(UTC), day)


def _from_seconds(seconds: int, where: tzinfo) -> Moment | None:
    at = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
    if at.year not in _YEARS:
        return None
    midnight = seconds % _SECONDS_A_DAY == 0
    return Moment(at, at.date() if midnight else at.astimezone(where).date())
