"""How long a query waits for points: Shopify's leaky bucket, one for each app and shop."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from connectors.base import Surroundings

_LOG: Final = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Bucket:
    """What an answer told of the bucket."""

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


def wait_seconds(bucket: Bucket, cost: float, share: float, now: datetime) -> float:
    """
    Returns how long a query of *cost* points must wait to leave the others theirs.

    The share of the bucket above *share* is kept full; a query that costs more
    than the share itself waits for the full bucket.
    """
    needed = min(cost + (1 - share) * bucket.maximum, bucket.maximum)
    return max(0.0, (needed - bucket.level(now)) / bucket.restore_rate)


class Throttle:
    """Waits before queries, by what earlier answers told; for one shop and thread."""

    def __init__(self, share: float, surroundings: Surroundings) -> None:
        self._share = share
        self._surroundings = surroundings
        self._bucket: Bucket | None = None
        self._costs: dict[object, float] = {}

    def wait(self, query: object, estimate: float) -> None:
        """Sleeps until the query may be sent; *estimate* counts if it was never sent before."""
        if self._bucket is None:
            return
        now = self._surroundings.now()
        cost = self._costs.get(query, estimate)
        seconds = wait_seconds(self._bucket, cost, self._share, now)
        if seconds > 0:
            level = self._bucket.level(now)
            _LOG.debug(
                "Waiting %.1f s: the shop's bucket has %d of %d points, the query asks for %d.",
                seconds,
                level,
                self._bucket.maximum,
                cost,
                extra={"action": "throttle_wait"},
            )
            self._surroundings.sleep(seconds)

    def learn(self, query: object, told: object) -> None:
        """Remembers `extensions.cost` of an answer; what is not as it should be is ignored."""
        if not isinstance(told, Mapping):
            return
        requested = told.get("requestedQueryCost")
        if isinstance(requested, int | float):
            self._costs[query] = requested
        self._bucket = _bucket(told.get("throttleStatus"), self._surroundings.now()) or self._bucket


def _bucket(status: Any, now: datetime) -> Bucket | None:  # noqa: ANN401 - raw JSON
    if not isinstance(status, Mapping):
        return None
    names = ("maximumAvailable", "currentlyAvailable", "restoreRate")
    told = [status.get(name) for name in names]
    numbers = [float(number) for number in told if isinstance(number, int | float)]
    if len(numbers) < len(names) or numbers[0] <= 0 or numbers[2] <= 0:
        return None
    return Bucket(numbers[0], numbers[1], numbers[2], now)
