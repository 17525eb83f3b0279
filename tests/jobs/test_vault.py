"""The vault that connectors get: one process at a time works on a value."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from connectors.errors import Transient
from orderferry.clock import Clock
from orderferry.leases import Owner
from orderferry.vault import TRIES, StateVault
from state import SqliteStore

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
ME = Owner("host-a", 1, "0123abcd", "aaaaaa")
OTHER = Owner("host-b", 1, "ffff0000", "bbbbbb")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    store = SqliteStore.open(tmp_path / "state.db", now=NOW)
    yield store
    store.close()


def vault(store: SqliteStore, owner: Owner, waits: list[float]) -> StateVault:
    return StateVault(store, "acme", owner, Clock(now=lambda: NOW, pause=waits.append))


def test_what_is_put_is_there_for_the_next_process(store: SqliteStore) -> None:
    vault(store, ME, []).put("token", "one")

    assert vault(store, OTHER, []).get("token") == "one"


def test_only_one_process_works_on_a_value(store: SqliteStore) -> None:
    waits: list[float] = []
    with (
        vault(store, OTHER, []).lock("token"),
        pytest.raises(Transient, match=r"acme: .* is held by process 1 on host-b"),
        vault(store, ME, waits).lock("token"),
    ):
        pass

    assert len(waits) == TRIES


def test_a_turn_ends_also_when_the_work_fails(store: SqliteStore) -> None:
    with pytest.raises(RuntimeError), vault(store, OTHER, []).lock("token"):
        raise RuntimeError

    with vault(store, ME, []).lock("token"):
        pass
