"""The orders of a made-up shop, by number: when each was made and changed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

OLDEST = timedelta(days=50)
YOUNGEST = timedelta(days=2)
CHANGED_AFTER = timedelta(hours=1)
"""From the making of an order to its last change."""


@dataclass(frozen=True, slots=True)
class Series:
    """
    Orders numbered from 0, evenly spread over the days before today's midnight (UTC).

    They change in the order of their numbers, so that any window holds a range of them.
    """

    orders: int
    today: datetime

    @classmethod
    def of(cls, orders: int) -> Series:
        """Returns the series of so many orders that ends before today."""
        now = datetime.now(UTC)
        return cls(orders, now.replace(hour=0, minute=0, second=0, microsecond=0))

    def created_at(self, number: int) -> datetime:
        """Returns when an order was made, to the second."""
        span = (OLDEST - YOUNGEST).total_seconds()
        seconds = int(span * number / max(self.orders, 1))
        return self.today - OLDEST + timedelta(seconds=seconds)

    def changed_at(self, number: int) -> datetime:
        """Returns when an order was changed last."""
        return self.created_at(number) + CHANGED_AFTER

    def first_from(self, at: datetime) -> int:
        """Returns the number of the first order that was changed at that instant or later."""
        low, high = 0, self.orders
        while low < high:
            middle = (low + high) // 2
            if self.changed_at(middle) < at:
                low = middle + 1
            else:
                high = middle
        return low
