"""Requests to one shop that go on side by side and end together."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Final

_LOOK_EVERY: Final = 0.25  # seconds of a wait, while others may fail meanwhile


class Recalled(Exception):
    """The reader has left, or another request failed: nobody waits for this one any more."""


class Together:
    """Lets the threads of one reading end with it; for one reading at a time."""

    def __init__(self, sleep: Callable[[float], None]) -> None:
        self._sleep = sleep
        self._over = threading.Event()
        self._several = False

    @contextmanager
    def pool(self, size: int) -> Iterator[ThreadPoolExecutor]:
        """
        Gives threads for the block; none outlives it.

        At its end requests under way come to theirs, waits are cut short, and
        nothing more is asked for.
        """
        pool = ThreadPoolExecutor(size, thread_name_prefix="shopify")
        self._several = True
        try:
            yield pool
        finally:
            self._over.set()
            pool.shutdown(cancel_futures=True)
            self._several = False
            self._over.clear()

    def check(self) -> None:
        """Raises Recalled in a thread whose reading is over."""
        if self._over.is_set():
            raise Recalled

    def sleep(self, seconds: float) -> None:
        """Waits as the caller has it; raises Recalled as soon as the reading is over."""
        self.check()
        if not self._several:
            self._sleep(seconds)
            return
        while seconds > 0:
            self._sleep(min(seconds, _LOOK_EVERY))
            self.check()
            seconds -= _LOOK_EVERY
