"""Windows as WooCommerce understands them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors import Contract, Window
from connectors.woocommerce.windows import (
    bounds,
    modified_at,
    require_within,
    slices,
    whole_seconds,
    zone_of,
)

NOON = datetime(2026, 6, 15, 12, 0, tzinfo=UTC)


def window(since: str, until: str) -> Window:
    return Window(
        *(datetime.fromisoformat(f"2026-{t}").replace(tzinfo=UTC) for t in (since, until))
    )


@pytest.mark.parametrize(
    ("given_window", "expected"),
    [
        pytest.param(
            window("06-15T12:00:00", "06-15T12:00:05"),
            window("06-15T12:00:00", "06-15T12:00:05"),
            id="whole already",
        ),
        pytest.param(
            window("06-15T12:00:00.7", "06-15T12:00:05.2"),
            window("06-15T12:00:00", "06-15T12:00:06"),
            id="both ends widen",
        ),
        pytest.param(
            window("06-15T12:00:00.2", "06-15T12:00:00.3"),
            window("06-15T12:00:00", "06-15T12:00:01"),
            id="within one second",
        ),
    ],
)
def test_a_window_is_widened_to_whole_seconds(given_window: Window, expected: Window) -> None:
    assert whole_seconds(given_window) == expected


def test_the_beginning_is_included_and_the_end_is_not() -> None:
    """`modified_after` and `modified_before` are both exclusive in the shop (measured)."""
    asked = bounds(window("06-15T12:00:00", "06-15T13:00:00"), ZoneInfo("Asia/Tokyo"))

    assert asked == {
        "modified_after": "2026-06-15T11:59:59",
        "modified_before": "2026-06-15T13:00:00",
        "dates_are_gmt": "true",
    }


@pytest.mark.parametrize(
    ("since", "zone", "after"),
    [
        pytest.param("03-29T02:30:00", "Europe/Berlin", "2026-03-29T01:29:59", id="in the gap"),
        pytest.param("03-29T02:00:00", "Europe/Berlin", "2026-03-29T01:59:59", id="before it"),
        pytest.param("03-29T03:00:01", "Europe/Berlin", "2026-03-29T03:00:00", id="after it"),
        pytest.param("03-08T02:30:00", "America/New_York", "2026-03-08T01:29:59", id="New York"),
        pytest.param("03-29T02:30:00", "America/New_York", "2026-03-29T02:29:59", id="elsewhere"),
        pytest.param("03-29T02:30:00", "+05:30", "2026-03-29T02:29:59", id="fixed offset"),
        pytest.param("10-25T02:30:00", "Europe/Berlin", "2026-10-25T02:29:59", id="autumn"),
    ],
)
def test_the_hour_that_spring_skips_loses_nothing(since: str, zone: str, after: str) -> None:
    """WP_Date_Query moves a naive time in that hour on by an hour, though it stands for UTC."""
    asked = bounds(window(since, "11-30T00:00:00"), zone_of(zone))

    assert asked["modified_after"] == after


_SECONDS = st.integers(0, 10**7)


@given(_SECONDS, st.integers(1, 10**7), st.integers(2, 50))
def test_slices_touch_and_make_the_whole(start: int, span: int, parts: int) -> None:
    since = NOON + timedelta(seconds=start)
    whole = Window(since, since + timedelta(seconds=span))

    cut = slices(whole, parts, UTC)

    if span == 1:
        assert cut is None
        return
    assert cut is not None
    assert len(cut) == min(parts, span)
    assert (cut[0].since, cut[-1].until) == (whole.since, whole.until)
    assert all(early.until == late.since for early, late in pairwise(cut))
    lengths = [part.until - part.since for part in cut]
    assert max(lengths) - min(lengths) <= timedelta(seconds=1)


@pytest.mark.parametrize(
    ("since", "until", "ends"),
    [
        pytest.param("03-01T02:30", "04-26T02:30", ["03-19T18:30:00", "04-07T10:30:00"], id="long"),
        pytest.param("03-29T02:00", "03-29T03:00", None, id="nothing but the hour"),
        pytest.param("03-29T01:30", "03-29T03:30", None, id="hardly more"),
        pytest.param("03-29T00:30", "03-29T04:30", ["03-29T01:50:00", "03-29T03:10:00"], id="more"),
    ],
)
def test_no_cut_falls_into_the_hour_that_spring_skips(
    since: str, until: str, ends: list[str] | None
) -> None:
    """Cut in there, each part is answered with the hour before as well, and cutting never ends."""
    whole = window(f"{since}:00", f"{until}:00")

    cut = slices(whole, 2, zone_of("Europe/Berlin"))

    assert (cut and [f"{part.until:%m-%dT%H:%M:%S}" for part in cut[:-1]]) == ends


@pytest.mark.parametrize("name", ["Mars/Olympus", "", "UTC+2", "..", "Europe", "+5:30"])
def test_what_is_no_time_zone_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="is not a time zone"):
        zone_of(name)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        pytest.param("2026-06-15T12:00:00", NOON, id="naive UTC, as shops send it"),
        pytest.param("2026-06-15T12:00:00Z", NOON, id="with a zone"),
        pytest.param("2026-06-15T14:00:00+02:00", NOON, id="with an offset"),
        pytest.param(None, None, id="null"),
        pytest.param("0000-00-00T00:00:00", None, id="a zero date"),
        pytest.param(1781524800, None, id="a number"),
        pytest.param("", None, id="empty"),
    ],
)
def test_modification_times_are_read(value: Any, expected: datetime | None) -> None:
    assert modified_at({"date_modified_gmt": value}) == expected


HOUR = window("06-15T12:00:00", "06-15T13:00:00")


@pytest.mark.parametrize(
    ("times", "ignored"),
    [
        pytest.param(["12:00:00", "12:59:59"], False, id="inside"),
        pytest.param(["11:00:00", "12:10:00"], False, id="an hour early: the autumn hour"),
        pytest.param(["10:59:59", "12:10:00"], True, id="one from long before"),
        pytest.param(["12:10:00", "20:00:00"], False, id="one edited since the shop searched"),
        pytest.param(["20:00:00"], False, id="the only one edited since"),
        pytest.param(["20:00:00", "21:00:00"], True, id="all from long after"),
        pytest.param([], False, id="none"),
    ],
)
def test_a_shop_that_ignores_the_window_is_found_out(times: list[str], ignored: bool) -> None:  # noqa: FBT001 - a table's column
    rows = [{"date_modified_gmt": f"2026-06-15T{time}"} for time in times]

    if not ignored:
        require_within(rows, HOUR, "The shop")
        return
    with pytest.raises(Contract, match="ignores modified_after") as caught:
        require_within(rows, HOUR, "The shop")
    assert "5.8" in caught.value.remedy
