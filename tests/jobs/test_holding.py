"""Holding a lease: one thread of one process, and nobody waits for a lease that nobody has."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from orderferry.leases import TTL, Owner, hold
from state import LeaseHeld, LeaseLost, SqliteStore

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
ME = Owner("here", 2**22 + 9, "", "abcdef")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    store = SqliteStore.open(tmp_path / "state.db", now=NOW)
    yield store
    store.close()


def now() -> datetime:
    return NOW


def test_a_second_job_of_this_process_is_refused(store: SqliteStore) -> None:
    with (
        hold(store, "bolt", ME, now),
        pytest.raises(LeaseHeld) as refused,
        hold(store, "bolt", ME, now),
    ):
        pass

    assert refused.value.owner == str(ME)
    with hold(store, "bolt", ME, now) as held:
        assert held.lease.generation == 2


def test_a_lease_this_process_could_not_give_back_is_taken_at_once(store: SqliteStore) -> None:
    left = store.acquire("bolt", str(ME), now=NOW, ttl=TTL)

    with hold(store, "bolt", ME, now) as held:
        generation = held.lease.generation

    assert generation == left.generation + 1


def test_what_was_left_behind_can_no_longer_write(store: SqliteStore) -> None:
    left = store.acquire("bolt", str(ME), now=NOW, ttl=TTL)

    with hold(store, "bolt", ME, now), pytest.raises(LeaseLost):
        store.record_page(left, "bolt", [], now=NOW, watermark=NOW)

    assert store.watermark("bolt") is None


def test_a_job_that_fails_gives_its_lease_back(store: SqliteStore) -> None:
    with suppress(RuntimeError), hold(store, "bolt", ME, now):
        raise RuntimeError

    with hold(store, "bolt", ME, now):
        pass


def test_the_lease_of_another_process_is_waited_for(store: SqliteStore) -> None:
    store.acquire("bolt", "process 1 on elsewhere (0-0)", now=NOW, ttl=TTL)

    with pytest.raises(LeaseHeld, match="process 1 on elsewhere"), hold(store, "bolt", ME, now):
        pass

    with hold(store, "bolt", ME, lambda: NOW + TTL + timedelta(seconds=1)):
        pass
