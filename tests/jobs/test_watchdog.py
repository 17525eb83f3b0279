"""When the daemon counts as hanging: a silent worker, or a schedule that stands still."""

from __future__ import annotations

import threading

from orderferry.jobs import Jobs
from orderferry.leases import TTL
from orderferry.notify import Notify
from orderferry.watchdog import Watchdog

HUNG_AFTER = 2700.0


def test_a_schedule_that_begins_nothing_for_as_long_as_a_lease_lasts_hangs() -> None:
    now = [1000.0]
    watchdog = Watchdog(Notify(), Jobs(), lambda: now[0])
    now[0] += TTL.total_seconds()
    in_time = watchdog.hung(HUNG_AFTER)
    now[0] += 1
    late = watchdog.hung(HUNG_AFTER)

    watchdog.scheduled()

    assert (in_time, late) == ((), ("the schedule",))
    assert watchdog.hung(HUNG_AFTER) == ()


def test_only_the_job_that_is_silent_hangs() -> None:
    jobs = Jobs()
    begun, go_on = threading.Event(), threading.Event()

    def stuck() -> None:
        with jobs.one("poll:cove"):
            begun.set()
            go_on.wait(10)

    thread = threading.Thread(target=stuck)
    thread.start()
    assert begun.wait(10)
    try:
        with jobs.one("poll:bolt"):
            threading.Event().wait(0.2)
            jobs.beat()
            silent = jobs.silent(0.1)
    finally:
        go_on.set()
        thread.join()

    assert silent == ("poll:cove",)
    assert jobs.wait(0) == []
    assert jobs.silent(0) == ()


def test_a_sign_of_life_outside_of_jobs_counts_for_nobody() -> None:
    jobs = Jobs()

    jobs.beat()

    assert jobs.silent(0) == ()
