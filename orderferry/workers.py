"""Worker threads for the scheduler, whose number may change while they work."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from concurrent import futures
from datetime import datetime

from apscheduler.executors.base import run_job
from apscheduler.executors.pool import BasePoolExecutor
from apscheduler.job import Job


class Workers(BasePoolExecutor):  # type: ignore[misc]  # APScheduler ships no types
    """The scheduler's pool of threads, with a queue that outlives the threads."""

    _pool: futures.ThreadPoolExecutor

    def __init__(self, number: int) -> None:
        """Have at most *number* threads, each started when it is needed."""
        super().__init__(futures.ThreadPoolExecutor(number))
        self._number = number
        self._due: deque[tuple[Job, Sequence[datetime]]] = deque()

    def resize(self, number: int) -> None:
        """
        Has what is due, now and later, done by at most *number* threads.

        Jobs that are at work are finished by the threads they have, which end then.
        """
        if number == self._number:
            return
        with self._lock:  # the scheduler holds it while it hands over a job
            self._number = number
            before, self._pool = self._pool, futures.ThreadPoolExecutor(number)
            for _ in range(len(self._due)):
                self._pool.submit(self._do_next)
        before.shutdown(wait=False, cancel_futures=True)

    def _do_submit_job(self, job: Job, run_times: Sequence[datetime]) -> None:
        self._due.append((job, run_times))
        self._pool.submit(self._do_next)

    def _do_next(self) -> None:
        try:
            job, run_times = self._due.popleft()
        except IndexError:  # done by a thread of before
            return
        events = run_job(job, job._jobstore_alias, run_times, self._logger.name)  # noqa: SLF001 - as APScheduler's own pools do
        self._run_job_success(job.id, events)
