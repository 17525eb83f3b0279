"""Requests to one shop that go on side by side and end together."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Final

_LOOK_EVERY: Final = 0.25  # seconds of a wait, in which the reading may have ended


class Recalled(Exception):
    """The reader has left, or another request failed: nobody waits for this one any more."""


class Together:
    """Lets the threads of a reading end with it."""

    def __init__(self, sleep: Callable[[float], None]) -> None:
        self._sleep = sleep
        self._thread = threading.local()

    @contextmanager
    def pool(self, size: int) -> Iterator[ThreadPoolExecutor]:
        """
        Gives threads for the block; none outlives it.

        At its end requests under way come to theirs, waits are cut short, and
        nothing more is asked for.
        """
        over = threading.Event()
        pool = ThreadPoolExecutor(size, "shopify", self._join, (over,))
        try:
            yield pool
        finally:
            over.set()
            pool.shutdown(cancel_futures=True)

    def check(self) -> None:
        """Raises Recalled in a thread whose reading is over."""
        over = self._over()
        if over is not None and over.is_set():
            raise Recalled

    def sleep(self, seconds: float) -> None:
        """Waits as the caller has it; raises Recalled as soon as the reading is over."""
        self.check()
        if self._over() is None:
            self._sleep(seconds)
            return
        while seconds > 0:
            self._sleep(min(seconds, _LOOK_EVERY))
            self.check()
            seconds -= _LOOK_EVERY

    def _join(self, over: threading.Event) -> None:
        self._thread.over = over

    def _over(self) -> threading.Event | None:
        """Returns what ends the reading of this thread, None in one that has no such end."""
        over: threading.Event | None = getattr(self._thread, "over", None)
        return over
