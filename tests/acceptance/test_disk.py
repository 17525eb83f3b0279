"""The daemon on a disk that is full, stalls or cannot be written; docs/operations.md."""

from __future__ import annotations

import resource
import sqlite3
import time
from contextlib import closing
from datetime import UTC, datetime

from conftest import Ferry, eventually

QUICK = 'poll_every = "1s"\nsettle_delay = "0s"'


def add_now(ferry: Ferry) -> str:
    return str(ferry.add_order(modified_at=datetime.now(UTC)))


def test_a_daemon_whose_disk_is_full_goes_on_when_there_is_room(ferry: Ferry) -> None:
    ferry.configure(daemon=QUICK)
    first = add_now(ferry)
    daemon = ferry.start("run")
    try:
        # durable, not only accepted: otherwise it is in doubt, and rightly pushed again
        eventually(lambda: ferry.logged('"delivered": 1'))
        limits = resource.prlimit(daemon.pid, resource.RLIMIT_FSIZE, (1, resource.RLIM_INFINITY))
        asked = len(ferry.shop_server.requests)
        ids = {first} | {add_now(ferry) for _ in range(5)}
        time.sleep(2.5)
        meanwhile = ferry.accepted()
        resource.prlimit(daemon.pid, resource.RLIMIT_FSIZE, limits)
        eventually(lambda: ferry.accepted() == ids)
    finally:
        result = ferry.finish(daemon)

    assert result.status == 0, result.err
    assert meanwhile == {first}
    assert len(ferry.shop_server.requests) > asked
    assert '"action": "state_unusable"' in result.err
    assert "See to its free space, quota and health." in result.err
    assert ferry.atlast.duplicates == 0


def test_a_disk_that_stalls_holds_things_up_and_loses_nothing(ferry: Ferry) -> None:
    ferry.configure(daemon=QUICK)
    ids = {add_now(ferry)}
    daemon = ferry.start("run")
    try:
        eventually(lambda: ferry.accepted() == ids)
        with closing(sqlite3.connect(ferry.state, isolation_level=None)) as stall:
            stall.execute("BEGIN IMMEDIATE")
            ids |= {add_now(ferry) for _ in range(5)}
            time.sleep(2.5)
            meanwhile = ferry.accepted()
        eventually(lambda: ferry.accepted() == ids)
    finally:
        result = ferry.finish(daemon)

    assert result.status == 0
    assert len(meanwhile) == 1
    assert ferry.atlast.duplicates == 0
