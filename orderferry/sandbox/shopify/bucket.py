"""The leaky bucket of points that one app has in one shop."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from orderferry.sandbox.shopify.json_types import Json


class Bucket:
    """
    Points that requests take and time brings back.

    Attributes:
        maximum: Points it holds when it is full.
        restore_rate: Points that come back per second.

    """

    def __init__(self, now: Callable[[], datetime], maximum: float, restore_rate: float) -> None:
        self.maximum = maximum
        self.restore_rate = restore_rate
        self._now = now
        self._points = maximum
        self._at = now()

    @property
    def available(self) -> float:
        """Points in it now."""
        now = self._now()
        passed = max((now - self._at).total_seconds(), 0.0)
        self._points = min(self.maximum, self._points + passed * self.restore_rate)
        self._at = now
        return self._points

    def take(self, points: float) -> None:
        """Takes points out."""
        self._points = self.available - points

    def drain(self, left: float = 0.0) -> None:
        """Leaves that many points in it, as if other users of the app had been busy."""
        self._points = min(self.available, left)

    def status(self) -> Json:
        """Returns `throttleStatus` as it comes with every answer."""
        return {
            "maximumAvailable": float(self.maximum),
            "currentlyAvailable": int(self.available),
            "restoreRate": float(self.restore_rate),
        }
