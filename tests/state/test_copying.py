"""Backups: one moment, whole, private, and never on top of something."""

from __future__ import annotations

import os
import sqlite3
import stat
import threading
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from state import FileFacts, OrderState, SqliteStore, StateError, back_up, inspect
from tests.state.make import NOW, filled, ready, take


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A closed state file with 300 orders and a run."""
    path = tmp_path / "state.db"
    store = SqliteStore.open(path, now=NOW)
    lease = take(store)
    store.record_page(lease, "acme", [ready(str(n)) for n in range(300)], now=NOW, watermark=NOW)
    store.start_run("acme", "poll", now=NOW)
    store.release(lease)
    store.close()
    return path


def test_a_copy_holds_everything_and_can_be_used(path: Path, tmp_path: Path) -> None:
    target = tmp_path / "copy.db"

    facts = back_up(path, target)

    assert (facts.orders, facts.last_run_at, facts.size) == (300, NOW, target.stat().st_size)
    store = SqliteStore.open(target, now=NOW)
    assert filled(store) == {OrderState.PENDING: 300}
    assert store.watermark("acme") == NOW
    store.close()


def test_a_copy_is_for_its_owner_alone_and_one_file(path: Path, tmp_path: Path) -> None:
    folder = tmp_path / "backups"
    folder.mkdir()
    before = os.umask(0)
    try:
        back_up(path, folder / "copy.db")
    finally:
        os.umask(before)

    (copy,) = folder.iterdir()
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600


def test_a_copy_made_while_others_write_is_one_moment(path: Path, tmp_path: Path) -> None:
    """Pages of ten orders are written the whole time: a copy has each page or has it not."""
    daemon = SqliteStore.open(path, now=NOW)
    lease = take(daemon)
    begun, done = threading.Event(), threading.Event()

    def write() -> None:
        number = 300
        while not done.is_set():
            daemon.record_page(
                lease, "acme", [ready(str(n)) for n in range(number, number + 10)], now=NOW
            )
            number += 10
            begun.set()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        assert begun.wait(10)
        counts = [back_up(path, tmp_path / f"copy-{n}.db").orders for n in range(5)]
    finally:
        done.set()
        writer.join()
    daemon.close()

    assert [count % 10 for count in counts] == [0] * 5
    assert counts == sorted(counts)
    assert counts[0] > 300


def test_what_a_killed_process_left_in_the_log_is_copied(path: Path, tmp_path: Path) -> None:
    daemon = SqliteStore.open(path, now=NOW)
    daemon.record_page(take(daemon), "acme", [ready("new")], now=NOW)

    facts = back_up(path, tmp_path / "copy.db")
    daemon.close()

    assert facts.orders == 301


def test_nothing_is_ever_replaced(path: Path, tmp_path: Path) -> None:
    target = tmp_path / "precious"
    target.write_text("precious")

    with pytest.raises(StateError, match="exists already"):
        back_up(path, target)

    assert target.read_text() == "precious"
    with pytest.raises(StateError, match="exists already"):
        back_up(path, path)


def test_a_missing_folder_and_a_missing_state_are_named(path: Path, tmp_path: Path) -> None:
    with pytest.raises(StateError, match="its folder does not exist"):
        back_up(path, tmp_path / "nowhere" / "copy.db")
    with pytest.raises(StateError, match="there is no state yet"):
        back_up(tmp_path / "none.db", tmp_path / "copy.db")

    assert not (tmp_path / "copy.db").exists()


def test_a_damaged_state_leaves_no_copy_behind(path: Path, tmp_path: Path) -> None:
    folder = tmp_path / "backups"
    folder.mkdir()
    spoil(path)

    with pytest.raises(StateError, match="is damaged"):
        back_up(path, folder / "copy.db")

    assert list(folder.iterdir()) == []


def spoil(path: Path) -> None:
    """Swaps two entries of an index: every page is well-formed, but they contradict each other."""
    whole = bytearray(path.read_bytes())
    page = whole.index(b"acme150") // 4096
    whole[page * 4096 + 4000 : page * 4096 + 4096] = b"\0" * 96
    path.write_bytes(bytes(whole))


def test_a_file_of_another_program_is_not_copied(tmp_path: Path) -> None:
    foreign = tmp_path / "contacts.db"
    connection = sqlite3.connect(foreign)
    connection.execute("CREATE TABLE contacts (name TEXT)")
    connection.close()

    with pytest.raises(StateError, match="is not a state file of orderferry"):
        back_up(foreign, tmp_path / "copy.db")


def test_a_file_is_inspected_without_being_changed(path: Path) -> None:
    before = path.read_bytes()

    facts = inspect(path)

    assert facts == FileFacts(len(before), facts.free, 300, NOW)
    assert path.read_bytes() == before
    assert sorted(path.parent.iterdir()) == [path]


def test_damage_that_no_opening_would_meet_is_found(path: Path) -> None:
    """An index that says other things than its table: opening a file does not look for that."""
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA writable_schema = ON")
    connection.execute(
        "UPDATE sqlite_master SET sql = replace(sql, '(merchant, state)', '(merchant, order_id)')"
        " WHERE name = 'orders_by_state'"
    )
    connection.commit()
    connection.close()
    SqliteStore.open(path, now=NOW).close()

    with pytest.raises(StateError, match="is damaged"):
        inspect(path)


def test_space_that_erased_orders_left_is_given_back(path: Path) -> None:
    store = SqliteStore.open(path, now=NOW)
    lease = take(store)
    big = [ready(f"big-{n}") for n in range(3000)]
    store.record_page(lease, "acme", big, now=NOW)
    later = NOW + timedelta(days=200)
    today = replace(ready("today"), modified_at=later)
    store.record_page(lease, "acme", [today], now=later)
    full = inspect(path).size
    deleted = store.forget(
        now=later, keep_orders=timedelta(days=120), keep_quarantined=timedelta(days=90), limit=9999
    )

    given_back = store.tidy()
    store._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    assert deleted.orders == 3300
    assert given_back > full / 2
    assert path.stat().st_size == full - given_back
    assert store.tidy() == 0
    store.close()
