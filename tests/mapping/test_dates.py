from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from mapping.dates import instant, moment, originally, zone


@pytest.mark.parametrize(
    ("value", "at"),
    [
        pytest.param(
            "2026-11-23T08:34:27", datetime(2026, 11, 23, 8, 34, 27, tzinfo=UTC), id="gmt"
        ),
        pytest.param("2026-11-23T08:34:27Z", datetime(2026, 11, 23, 8, 34, 27, tzinfo=UTC), id="Z"),
        pytest.param(
            "2026-11-23T08:34:27+02:00", datetime(2026, 11, 23, 6, 34, 27, tzinfo=UTC), id="offset"
        ),
        pytest.param(
            "2026-08-18 15:00:00", datetime(2026, 8, 18, 15, 0, tzinfo=UTC), id="blank for T"
        ),
        pytest.param("2026-11-23", None, id="date alone"),
        pytest.param("0000-00-00T00:00:00", None, id="zero date"),
        pytest.param("9999-12-31T23:59:59", None, id="end of time"),
        pytest.param("1979-12-31T23:59:59", None, id="too early"),
        pytest.param(
            "1980-01-01T00:00:00", datetime(1980, 1, 1, tzinfo=UTC), id="earliest that counts"
        ),
        pytest.param("2199-12-31T00:00:00", datetime(2199, 12, 31, tzinfo=UTC), id="latest"),
        pytest.param("2200-01-01T00:00:00", None, id="too late"),
        pytest.param("2026-13-01T00:00:00", None, id="month 13"),
        pytest.param("", None, id="empty"),
        pytest.param(None, None, id="null"),
        pytest.param(1781740800, None, id="number"),
    ],
)
def test_an_instant_is_utc_or_none(value: Any, at: datetime | None) -> None:
    assert instant(value) == at


@pytest.mark.parametrize(
    ("value", "where", "day"),
    [
        # 1781740800 = 2026-06-18T00:00:00Z, 1781830800 = 2026-06-19T01:00:00Z
        pytest.param(1781740800, "America/New_York", date(2026, 6, 18), id="picked day, west"),
        pytest.param("1781740800", "Asia/Tokyo", date(2026, 6, 18), id="picked day, east, text"),
        pytest.param(1781830800, "America/New_York", date(2026, 6, 18), id="a clock's second"),
        pytest.param(1781830800, "Europe/Berlin", date(2026, 6, 19), id="the same second"),
        pytest.param("2026-06-18", "America/New_York", date(2026, 6, 18), id="date"),
        pytest.param("20260618", "America/New_York", date(2026, 6, 18), id="date without dashes"),
        pytest.param("2026-06-18T02:00:00Z", "America/New_York", date(2026, 6, 17), id="instant"),
        pytest.param("2026-06-18T20:00:00Z", "+05:30", date(2026, 6, 19), id="fixed offset"),
        pytest.param("2026-06-18T18:40:00Z", "+05:30", date(2026, 6, 19), id="half an hour more"),
        pytest.param("2026-06-18T03:00:00Z", "-03:30", date(2026, 6, 17), id="west of Greenwich"),
        pytest.param("2026-06-18T03:40:00Z", "-0330", date(2026, 6, 18), id="without a colon"),
        pytest.param("0", "UTC", None, id="epoch zero"),
        pytest.param(0, "UTC", None, id="zero"),
        pytest.param("", "UTC", None, id="empty"),
        pytest.param("yesterday", "UTC", None, id="words"),
        pytest.param("9" * 40, "UTC", None, id="huge"),
        # 1787040000000 = 2026-08-18T08:00:00Z
        pytest.param("1787040000000", "UTC", date(2026, 8, 18), id="milliseconds"),
        # 1781740800500 = 2026-06-18T00:00:00.5Z, 1781830800000 = 2026-06-19T01:00:00Z
        pytest.param(1781740800500, "America/New_York", date(2026, 6, 18), id="half a second"),
        pytest.param(
            1781830800000, "America/New_York", date(2026, 6, 18), id="clock's millisecond"
        ),
        pytest.param("178704000000", "UTC", None, id="neither seconds nor milliseconds"),
        pytest.param(["2026-06-18"], "UTC", None, id="list"),
    ],
)
def test_a_ship_date_is_the_day_in_the_shop(value: Any, where: str, day: date | None) -> None:
    found = moment(value, zone(where))

    assert (found.day if found else None) == day


def test_a_day_begins_at_midnight_in_the_shop() -> None:
    found = moment("2026-06-18", zone("Europe/Berlin"))

    assert found is not None
    assert found.at == datetime(2026, 6, 17, 22, 0, tzinfo=UTC)


@pytest.mark.parametrize("name", ["", "Middle/Earth", "UTC+5"])
def test_an_unknown_time_zone_is_loud(name: str) -> None:
    with pytest.raises((KeyError, ValueError)):
        zone(name)


@pytest.mark.parametrize(
    ("earlier", "at"),
    [
        pytest.param("2024-02-01T12:00:00", "2024-02-01T12:00:00", id="years before"),
        pytest.param("2026-06-16T08:59:59", "2026-06-16T08:59:59", id="more than a day before"),
        pytest.param("2026-06-16T09:00:00", "2026-06-17T09:00:00", id="a day: another time zone"),
        pytest.param("2026-06-18T09:00:00", "2026-06-17T09:00:00", id="after"),
        pytest.param("0000-00-00T00:00:00", "2026-06-17T09:00:00", id="zero date"),
        pytest.param(None, "2026-06-17T09:00:00", id="null"),
    ],
)
def test_an_order_is_as_old_as_it_was_elsewhere(earlier: object, at: str) -> None:
    created = datetime(2026, 6, 17, 9, tzinfo=UTC)

    assert originally(created, earlier) == datetime.fromisoformat(at).replace(tzinfo=UTC)
