"""What setting a watermark by hand means, before it is done."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from orderferry.watermark import Direction, Refused, judge, parse

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.mark.parametrize(
    ("before", "at", "direction", "words"),
    [
        pytest.param(
            NOW - HOUR,
            NOW - 4 * DAY,
            Direction.BACK,
            "reads again what changed from 2026-11-19 10:30 UTC to 2026-11-23 09:30 UTC (4d)",
            id="back",
        ),
        pytest.param(
            NOW - 5 * HOUR,
            NOW - HOUR,
            Direction.FORWARD,
            "skip what changed from 2026-11-23 05:30 UTC to 2026-11-23 09:30 UTC (4h)",
            id="forward",
        ),
        pytest.param(NOW - HOUR, NOW - HOUR, Direction.STAYS, "nothing changes", id="the same"),
        pytest.param(
            None,
            NOW - 30 * DAY,
            Direction.FORWARD,
            "skip what changed from 2026-09-24 12:00 UTC to 2026-10-24 10:30 UTC (30d)",
            id="before the first poll, which would have read more",
        ),
        pytest.param(
            None,
            NOW - 60 * DAY,
            Direction.BACK,
            "(90m)",
            id="before the first poll, which would have read less",
        ),
    ],
)
def test_a_move_says_what_is_read_again_or_skipped(
    before: datetime | None, at: datetime, direction: Direction, words: str
) -> None:
    move = judge(before, at, now=NOW, overlap=timedelta(minutes=90), begins=NOW - 60 * DAY)

    assert move.direction is direction
    assert words in move.words
    assert move.begins == at - timedelta(minutes=90)


@pytest.mark.parametrize(
    ("at", "words"),
    [
        pytest.param(NOW + timedelta(seconds=1), "in the future", id="future"),
        pytest.param(NOW - 61 * DAY, "more than 60d ago", id="older than At Last takes"),
    ],
)
def test_a_watermark_that_makes_no_sense_is_refused(at: datetime, words: str) -> None:
    with pytest.raises(Refused, match=words):
        judge(NOW - HOUR, at, now=NOW, overlap=timedelta(minutes=90), begins=NOW - 60 * DAY)


@pytest.mark.parametrize(
    ("text", "at"),
    [
        pytest.param("2026-11-23T09:00Z", datetime(2026, 11, 23, 9, tzinfo=UTC), id="UTC"),
        pytest.param(
            "2026-11-23T09:00+01:00", datetime(2026, 11, 23, 8, tzinfo=UTC), id="with an offset"
        ),
    ],
)
def test_an_instant_is_read_with_its_time_zone(text: str, at: datetime) -> None:
    assert parse(text) == at
    assert parse(text).tzinfo is UTC


@pytest.mark.parametrize(
    "text", ["2026-11-23", "2026-11-23T09:00", "yesterday", "", "0001-01-01T00:00+10:00"]
)
def test_an_instant_without_its_time_zone_is_refused(text: str) -> None:
    with pytest.raises(Refused, match="time zone"):
        parse(text)
