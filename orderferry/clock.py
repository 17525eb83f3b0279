"""Time and interruption, handed to everything that waits."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from orderferry.jobs import Jobs


class Stopping(Exception):
    """The process was asked to stop; whatever is durable stays, the rest is done next time."""


def _utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Clock:
    """
    The time, and waits that a shutdown interrupts.

    Attributes:
        now: Returns aware UTC.
        wait: Waits up to that many seconds and returns whether a stop was asked for.

    """

    now: Callable[[], datetime] = _utc_now
    stop: threading.Event = field(default_factory=threading.Event)
    pause: Callable[[float], None] | None = None
    """Replaces real waiting, for tests and the demo."""
    jobs: Jobs = field(default_factory=Jobs)
    """Who is at work; each `check` is a sign of life, and so is the end of a wait."""

    def sleep(self, seconds: float) -> None:
        """Waits; raises Stopping as soon as a stop is asked for."""
        if self.pause is not None:
            self.pause(seconds)
        elif seconds > 0:
            self.stop.wait(seconds)
        self.check()

    def check(self) -> None:
        """Raises Stopping if a stop was asked for."""
        self.jobs.beat()
        if self.stop.is_set():
            raise Stopping


def monotonic() -> float:
    """Returns seconds of a clock that never jumps, for measuring spans."""
    return time.monotonic()
