"""The shop's own time: WordPress keeps local times without a zone, and that costs an hour."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

_REST_DATE = re.compile(
    r"(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d:\d\d)(?:\.\d+)?(Z|[+-]\d\d(?::\d\d)?)?", re.ASCII
)
_OFFSET = re.compile(r"([+-])(\d\d):(\d\d)", re.ASCII)


class SiteTime:
    """
    Converts between instants and the strings that WordPress stores.

    Args:
        zone: IANA name, or a fixed offset like "+05:30" for shops that chose one.

    """

    def __init__(self, zone: str) -> None:
        self.zone = zone
        self.fixed = _OFFSET.fullmatch(zone)
        self._tz = _fixed_zone(self.fixed) if self.fixed else ZoneInfo(zone)

    def offset_hours(self, at: datetime) -> float:
        """Returns the offset from UTC at that instant, the index's `gmt_offset`."""
        offset = at.astimezone(self._tz).utcoffset()
        return (offset or timedelta()).total_seconds() / 3600

    def local(self, at: datetime) -> str:
        """Returns the site-local string of an instant; whole seconds, no zone."""
        # by way of UTC, so that a time inside the spring gap comes out an hour later
        return _plain(at.astimezone(UTC).astimezone(self._tz))

    def gmt(self, at: datetime) -> str:
        """Returns the UTC string of an instant; whole seconds, no zone, as the REST API has it."""
        return _plain(at.astimezone(UTC))

    def gmt_of_local(self, local: str) -> str:
        """
        Returns the UTC string WooCommerce derives from a stored local one.

        In the repeated autumn hour PHP takes the first reading, so a change in the
        second one lands an hour too early (measured on HPOS: 06:10Z became 05:10Z).
        """
        return self.gmt(datetime.fromisoformat(local).replace(tzinfo=self._tz))

    def parse(self, value: str) -> datetime | None:
        """
        Returns the instant that a REST date means here; None if REST refuses it.

        Without a zone it is local time; a time inside the spring gap moves an hour on,
        as `date_create` has it. A date without a time is refused (measured).
        """
        found = _REST_DATE.fullmatch(value)
        if found is None:
            return None
        date, time, zone = found.groups()
        try:
            naive = datetime.fromisoformat(f"{date}T{time}")
        except ValueError:
            return None
        return naive.replace(tzinfo=_zone(zone) if zone else self._tz)


def _plain(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S")


def _zone(text: str) -> tzinfo:
    if text == "Z":
        return UTC
    return _fixed_zone(_OFFSET.fullmatch(text if ":" in text else f"{text}:00"))


def _fixed_zone(found: re.Match[str] | None) -> tzinfo:
    if found is None:
        return UTC
    sign, hours, minutes = found.groups()
    offset = timedelta(hours=int(hours), minutes=int(minutes))
    return timezone(-offset if sign == "-" else offset)
