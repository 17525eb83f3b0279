"""
How long a query waits for points: Shopify's leaky bucket, one for each app and shop.

The bucket's level is known from the last answer, and less the points of every
query that was sent since. Queries under way at the same time overlap: whether an
answer tells of a bucket that another query was charged to already is not to be
known, so it counts as not charged. That errs to the safe side, by what four
queries cost at most, and only while several are under way.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from connectors.base import Surroundings

_LOOKS: Final = 4
"""At the bucket before one query: others' answers may tell of less, or more, meanwhile."""
_SOON: Final = 0.001  # seconds; no wait is as exact as that
_LOG: Final = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Bucket:
    """What is known of the bucket."""

    maximum: float
    """Points it holds when full."""
    available: float
    restore_rate: float
    """Points it regains each second."""
    at: datetime

    def level(self, now: datetime) -> float:
        """Returns the points there are by now, if nobody else took any."""
        gained = max(0.0, (now - self.at).total_seconds()) * self.restore_rate
        return min(self.maximum, self.available + gained)

    def without(self, points: float, now: datetime) -> Bucket:
        """Returns the bucket after a query that takes so many points."""
        return replace(self, available=self.level(now) - points, at=now)


def wait_seconds(bucket: Bucket, cost: float, share: float, now: datetime) -> float:
    """
    Returns how long a query of *cost* points must wait to leave the others theirs.

    The share of the bucket above *share* is kept full; a query that costs more
    than the share itself waits for the full bucket.
    """
    needed = min(cost + (1 - share) * bucket.maximum, bucket.maximum)
    return max(0.0, (needed - bucket.level(now)) / bucket.restore_rate)


@dataclass(slots=True, eq=False)
class _UnderWay:
    points: float
    beside: float
    """Points of the queries that were under way at any time since this one was sent."""


Learn = Callable[[object], None]
"""Takes `extensions.cost` of the answer; what is not as it should be is ignored."""


class Throttle:
    """Waits before queries, by what earlier answers told; for one shop and several threads."""

    def __init__(self, share: float, surroundings: Surroundings) -> None:
        self._share = share
        self._surroundings = surroundings
        self._turn = threading.Lock()
        """Of the one who waits: the others wait for it, and none overtakes."""
        self._known = threading.Lock()
        self._bucket: Bucket | None = None
        self._costs: dict[object, float] = {}
        self._under_way: list[_UnderWay] = []

    @contextmanager
    def points(self, query: object, estimate: float) -> Iterator[Learn]:
        """
        Sleeps until the query may be sent, which is to happen inside the block.

        *estimate* counts if the query was never sent before. Its points are taken
        before it is sent, so that queries side by side never count on the same.
        """
        with self._turn:
            for _ in range(_LOOKS):
                if not self._wait(query, estimate):
                    break
            mine = self._take(query, estimate)
        try:
            yield lambda told: self._learn(query, mine, told)
        finally:
            with self._known:
                self._under_way.remove(mine)

    def rest(self, seconds: float) -> None:
        """Sleeps; no query is sent meanwhile."""
        with self._turn:
            self._surroundings.sleep(seconds)

    def _wait(self, query: object, estimate: float) -> bool:
        """Sleeps for the points that are missing; returns False if none are."""
        now = self._surroundings.now()
        with self._known:
            bucket, cost = self._bucket, self._costs.get(query, estimate)
        if bucket is None:
            return False
        seconds = wait_seconds(bucket, cost, self._share, now)
        if seconds < _SOON:
            return False
        _LOG.debug(
            "Waiting %.1f s: the shop's bucket has %d of %d points, the query asks for %d.",
            seconds,
            bucket.level(now),
            bucket.maximum,
            cost,
            extra={"action": "throttle_wait"},
        )
        self._surroundings.sleep(seconds)
        return True

    def _take(self, query: object, estimate: float) -> _UnderWay:
        now = self._surroundings.now()
        with self._known:
            mine = _UnderWay(
                self._costs.get(query, estimate), sum(one.points for one in self._under_way)
            )
            for one in self._under_way:
                one.beside += mine.points
            self._under_way.append(mine)
            if self._bucket is not None:
                self._bucket = self._bucket.without(mine.points, now)
            return mine

    def _learn(self, query: object, mine: _UnderWay, told: object) -> None:
        if not isinstance(told, Mapping):
            return
        now = self._surroundings.now()
        requested = told.get("requestedQueryCost")
        bucket = _bucket(told.get("throttleStatus"), now)
        with self._known:
            if isinstance(requested, int | float):
                self._costs[query] = requested
            if bucket is not None:
                self._bucket = bucket.without(mine.beside, now)


def _bucket(status: Any, now: datetime) -> Bucket | None:  # noqa: ANN401 - raw JSON
    if not isinstance(status, Mapping):
        return None
    names = ("maximumAvailable", "currentlyAvailable", "restoreRate")
    told = [status.get(name) for name in names]
    numbers = [float(number) for number in told if isinstance(number, int | float)]
    if len(numbers) < len(names) or numbers[0] <= 0 or numbers[2] <= 0:
        return None
    return Bucket(numbers[0], numbers[1], numbers[2], now)
