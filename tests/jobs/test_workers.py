"""Worker threads of the daemon: their number changes while they work, and no job is lost."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
from apscheduler.schedulers.background import BackgroundScheduler

from orderferry.workers import Workers

SOON = 20  # seconds; only a test that has failed waits for so long


@pytest.fixture
def workers() -> Workers:
    return Workers(1)


Begin = Callable[[Callable[[], None]], None]


@pytest.fixture
def begin(workers: Workers) -> Iterator[Begin]:
    """Has a job done as soon as there is a thread."""
    scheduler = BackgroundScheduler(
        executors={"default": workers}, job_defaults={"misfire_grace_time": None}
    )
    scheduler.start()

    def due_now(work: Callable[[], None]) -> None:
        scheduler.add_job(work, "interval", hours=1, next_run_time=datetime.now(UTC))

    yield due_now
    scheduler.shutdown()


class Busy:
    """A job that lasts until it is told to end."""

    def __init__(self, begin: Begin) -> None:
        self._began, self.ends = threading.Event(), threading.Event()
        begin(self._work)
        assert self._began.wait(SOON)

    def _work(self) -> None:
        self._began.set()
        self.ends.wait(SOON)


def test_jobs_that_were_due_before_there_were_more_workers_are_done_side_by_side(
    workers: Workers, begin: Begin
) -> None:
    busy = Busy(begin)
    together = threading.Barrier(3)  # two jobs and this test

    def work() -> None:
        together.wait(SOON)

    for _ in range(2):
        begin(work)

    workers.resize(3)
    together.wait(SOON)

    assert not busy.ends.is_set()
    busy.ends.set()


def test_with_fewer_workers_jobs_stand_in_a_queue(workers: Workers, begin: Begin) -> None:
    workers.resize(4)
    busy = Busy(begin)
    threads: list[int] = []
    done = threading.Semaphore(0)

    def work() -> None:
        threads.append(threading.get_ident())
        done.release()

    workers.resize(1)
    for _ in range(20):
        begin(work)

    assert all(done.acquire(timeout=SOON) for _ in range(20))
    assert len(set(threads)) == 1
    busy.ends.set()


def test_each_job_is_done_once_however_often_the_number_changes(
    workers: Workers, begin: Begin
) -> None:
    done: list[int] = []
    last = threading.Semaphore(0)

    def job(number: int) -> Callable[[], None]:
        def work() -> None:
            done.append(number)
            last.release()

        return work

    for number in range(60):
        begin(job(number))
        workers.resize(1 + number % 5)

    assert all(last.acquire(timeout=SOON) for _ in range(60))
    assert sorted(done) == list(range(60))
