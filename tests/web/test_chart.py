"""The chart's geometry, by hand."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from orderferry.web.chart import chart
from state import Day

TODAY = date(2026, 11, 23)


def test_fourteen_days_end_today_and_merchants_are_added_up() -> None:
    drawn = chart(
        [
            Day("bolt", TODAY, delivered=3, quarantined=1),
            Day("cove", TODAY, delivered=2),
            Day("bolt", TODAY - timedelta(days=13), delivered=1),
            Day("bolt", TODAY - timedelta(days=14), delivered=99),
        ],
        TODAY,
    )

    assert [bar.day for bar in drawn.bars] == [date(2026, 11, day) for day in range(10, 24)]
    assert [(bar.delivered, bar.quarantined) for bar in drawn.bars] == [
        (1, 0),
        *[(0, 0)] * 12,
        (5, 1),
    ]
    assert (drawn.delivered, drawn.quarantined) == (6, 1)


def test_bars_stand_on_the_ground_and_on_each_other() -> None:
    drawn = chart([Day("bolt", TODAY, delivered=5, quarantined=4)], TODAY)

    # 134 units are 10 orders: 5 are 67, 4 are 53.6
    last = drawn.bars[-1]
    assert drawn.top == 10
    assert (last.delivered_y, last.delivered_height) == (142 - 67, 67)
    assert (last.quarantined_y, last.quarantined_height) == (142 - 67 - 54, 54)


def test_one_order_among_thousands_is_still_to_be_seen() -> None:
    drawn = chart([Day("bolt", TODAY, delivered=90_000, quarantined=1)], TODAY)

    assert drawn.bars[-1].quarantined_height == 2


@pytest.mark.parametrize(
    ("most", "top"), [(0, 4), (4, 4), (5, 10), (11, 20), (21, 40), (100, 100), (101, 200)]
)
def test_the_upper_line_is_a_round_number_with_a_whole_half(most: int, top: int) -> None:
    assert chart([Day("bolt", TODAY, delivered=most)], TODAY).top == top
