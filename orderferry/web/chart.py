"""The 14-day chart: days in, bars out; pure. The template draws them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from state import Day

DAYS = 14

WIDTH, HEIGHT = 492, 170
"""The drawing's size in its own units; it scales to the page."""

_LEFT, _RIGHT, _TOP, _BOTTOM = 44, 478, 8, 142
_STEP = (_RIGHT - _LEFT) / DAYS
_BAR = 20
_LEAST = 2
"""Height of the smallest bar: one order among thousands is still to be seen."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One day: delivered at the bottom, quarantined on top of it."""

    day: date
    delivered: int
    quarantined: int
    x: int
    delivered_y: int
    delivered_height: int
    quarantined_y: int
    quarantined_height: int

    @property
    def middle(self) -> int:
        """Where its label stands."""
        return self.x + _BAR // 2


@dataclass(frozen=True, slots=True)
class Chart:
    """What the template draws, and what it says in words."""

    bars: Sequence[Bar]
    top: int
    """Number of orders at the upper line."""

    width = WIDTH
    height = HEIGHT
    left = _LEFT
    right = _RIGHT
    upper = _TOP
    lower = _BOTTOM
    bar = _BAR

    @property
    def delivered(self) -> int:
        """How many in all."""
        return sum(bar.delivered for bar in self.bars)

    @property
    def quarantined(self) -> int:
        """How many in all."""
        return sum(bar.quarantined for bar in self.bars)


def first_day(today: date) -> date:
    """Returns the first of the days that are shown."""
    return today - timedelta(days=DAYS - 1)


def chart(days: Sequence[Day], today: date) -> Chart:
    """Returns the chart of the last days, all merchants in *days* together."""
    sums = {first_day(today) + timedelta(days=number): [0, 0] for number in range(DAYS)}
    for day in days:
        if day.day in sums:
            sums[day.day][0] += day.delivered
            sums[day.day][1] += day.quarantined
    top = _round_up(max(delivered + fallen for delivered, fallen in sums.values()))
    bars = (
        _bar(place, Day("", day, delivered, fallen), top)
        for place, (day, (delivered, fallen)) in enumerate(sums.items())
    )
    return Chart(tuple(bars), top)


def _bar(place: int, day: Day, top: int) -> Bar:
    below, above = _height(day.delivered, top), _height(day.quarantined, top)
    return Bar(
        day=day.day,
        delivered=day.delivered,
        quarantined=day.quarantined,
        x=round(_LEFT + place * _STEP + (_STEP - _BAR) / 2),
        delivered_y=_BOTTOM - below,
        delivered_height=below,
        quarantined_y=_BOTTOM - below - above,
        quarantined_height=above,
    )


def _height(orders: int, top: int) -> int:
    return max(round(orders / top * (_BOTTOM - _TOP)), _LEAST) if orders else 0


def _round_up(most: int) -> int:
    """Returns the next of 4, 10, 20, 40, 100, 200, ...: numbers whose half is a number too."""
    size = 1
    while True:
        for first in (4, 10, 20):
            if most <= first * size:
                return first * size
        size *= 10
