"""Which jobs are at work in this process, and when each gave its last sign of life."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

DRAIN_SECONDS = 9.0
"""How long running jobs may finish when all is to end; whatever is left is durable or in doubt."""


@dataclass(slots=True)
class _Job:
    name: str
    alive_at: float
    """Monotonic seconds."""


class Jobs:
    """
    The jobs at work, one per thread at most.

    A job gives a sign of life with every request, and whenever it looks whether it
    is to stop: between two pages, two pushes, two looks at a bulk operation.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._at_work: dict[int, _Job] = {}

    @contextmanager
    def one(self, name: str) -> Iterator[None]:
        """Counts the block as a job of this thread, or as a part of the one it has."""
        thread = threading.get_ident()
        with self._changed:
            part = thread in self._at_work
            if not part:
                self._at_work[thread] = _Job(name, time.monotonic())
        try:
            yield
        finally:
            with self._changed:
                if not part:
                    del self._at_work[thread]
                    self._changed.notify_all()

    def beat(self) -> None:
        """Notes a sign of life of this thread's job, if it has one."""
        with self._changed:
            job = self._at_work.get(threading.get_ident())
            if job is not None:
                job.alive_at = time.monotonic()

    def silent(self, seconds: float) -> tuple[str, ...]:
        """Returns the names of the jobs that gave no sign of life for longer than that."""
        before = time.monotonic() - seconds
        with self._changed:
            return tuple(sorted(j.name for j in self._at_work.values() if j.alive_at < before))

    def wait(self, seconds: float) -> list[str]:
        """Returns the names of the jobs that are still at work after at most that long."""
        ends = time.monotonic() + seconds
        with self._changed:
            while self._at_work and (rest := ends - time.monotonic()) > 0:
                self._changed.wait(rest)
            return [job.name for job in self._at_work.values()]
