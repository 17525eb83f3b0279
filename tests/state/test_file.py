"""What SqliteStore promises beyond the protocol: privacy, durability, thrift, threads."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from state import (
    Decision,
    Lease,
    OrderState,
    RunOutcome,
    SqliteStore,
    StateError,
    Verdict,
    orders,
)
from tests.state.make import (
    HOUR,
    NOW,
    TTL,
    claim,
    deliver,
    filled,
    quarantined,
    ready,
    settle,
    skipped,
    take,
    waiting,
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state.db"


@pytest.fixture
def store(path: Path) -> Iterator[SqliteStore]:
    opened = SqliteStore.open(path, now=NOW)
    yield opened
    opened.close()


# R6: privacy -----------------------------------------------------------


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o777], ids="{:03o}".format)
def test_every_file_is_for_its_owner_alone_whatever_the_umask(path: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        store = SqliteStore.open(path, now=NOW)
        take(store)
    finally:
        os.umask(before)

    modes = {file.name: oct(file.stat().st_mode & 0o777) for file in path.parent.iterdir()}
    store.close()

    assert modes == dict.fromkeys(["state.db", "state.db-wal", "state.db-shm"], "0o600")


def test_a_state_file_that_others_could_read_is_made_private(path: Path) -> None:
    SqliteStore.open(path, now=NOW).close()
    path.chmod(0o644)

    SqliteStore.open(path, now=NOW).close()

    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("end", ["delivered", "skipped", "waiting", "quarantined", "expired"])
def test_a_payload_that_is_no_longer_needed_leaves_no_trace_in_the_file(
    store: SqliteStore, path: Path, end: str
) -> None:
    lease = take(store)
    kept = [ready(f"kept-{number}") for number in range(20)]
    gone = [ready(f"gone-{number}", created_at=NOW) for number in range(20)]
    store.record_page(lease, "acme", kept, now=NOW)
    store.record_page(lease, "bolt", gone, now=NOW)
    match end:
        case "delivered":
            settle(store, lease, claim(store, lease, ["bolt"]), Verdict.ACCEPTED)
        case "expired":
            store.expire(["bolt"], created_before=NOW + timedelta(seconds=1), now=NOW)
        case _:
            page = [_without_payload(f"gone-{number}", end) for number in range(20)]
            store.record_page(lease, "bolt", page, now=NOW)

    store.close()

    content = path.read_bytes()
    assert content.count(b'{"id": "kept-') == 20
    assert b'{"id": "gone-' not in content
    assert b"gone-19" in content


def _without_payload(order_id: str, state: str) -> Decision:
    match state:
        case "skipped":
            return skipped(order_id)
        case "waiting":
            return waiting(order_id)
        case _:
            return quarantined(order_id)


def test_a_refused_order_keeps_its_payload_for_a_retry(store: SqliteStore) -> None:
    lease = take(store)
    store.record_page(lease, "acme", [ready("1")], now=NOW)

    settle(store, lease, claim(store, lease), Verdict.REFUSED, reason="x")

    assert store._connection.execute("SELECT count(*) FROM payloads").fetchone() == (1,)


# durability ------------------------------------------------------------


def test_a_commit_survives_a_power_cut(store: SqliteStore) -> None:
    settings = ["journal_mode", "synchronous", "foreign_keys", "secure_delete"]

    found = [store._connection.execute(f"PRAGMA {name}").fetchone()[0] for name in settings]

    assert found == ["wal", 2, 1, 1]


VERBS: dict[str, tuple[Callable[[SqliteStore, Lease], object], bool]] = {
    "orders": (lambda s, x: s.record_page(x, "acme", [ready("2")], now=NOW), True),
    "orders and a watermark": (
        lambda s, x: s.record_page(x, "acme", [ready("2")], now=NOW, watermark=NOW),
        True,
    ),
    "a claim": (claim, True),
    "a settlement": (lambda s, x: settle(s, x, claim(s, x), Verdict.ACCEPTED), True),
    "a watermark by hand": (lambda s, x: s.set_watermark(x, "acme", NOW, now=NOW, by="me"), True),
    "a backfill": (lambda s, _: s.open_backfill("acme", NOW, NOW + TTL, now=NOW), True),
    "a connector's value": (lambda s, _: s.keep("acme", "token", "t"), True),
    "a watermark alone": (lambda s, x: s.record_page(x, "acme", [], now=NOW, watermark=NOW), False),
    "a lease": (lambda s, _: take(s, "bolt"), False),
    "a renewal": (lambda s, x: s.renew(x, now=NOW, ttl=TTL), False),
    "a run": (lambda s, _: s.finish_run(1, RunOutcome.DONE, now=NOW, counts={}), False),
}


@pytest.mark.parametrize("verb", VERBS)
def test_what_must_survive_a_power_cut_waits_for_the_disk(store: SqliteStore, verb: str) -> None:
    """What need not is undone only together with all that came after it."""
    lease = take(store)
    store.start_run("acme", "poll", now=NOW)
    store.record_page(lease, "acme", [ready("1")], now=NOW)
    work, waits = VERBS[verb]
    said: list[str] = []

    store._connection.set_trace_callback(said.append)
    work(store, lease)
    store._connection.set_trace_callback(None)

    assert ("PRAGMA synchronous = NORMAL" not in said) is waits
    assert store._connection.execute("PRAGMA synchronous").fetchone() == (2,)


def test_every_table_says_who_deletes_its_rows(store: SqliteStore) -> None:
    tables = dict(
        store._connection.execute(
            "SELECT name, sql FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_%'"
            " ESCAPE '\\' AND name NOT LIKE 'sqlite%'"
        ).fetchall()
    )

    assert sorted(tables) == [
        "backfills",
        "beginnings",
        "days",
        "kept",
        "leases",
        "orders",
        "payloads",
        "run_totals",
        "runs",
        "shop_changes",
        "shops",
        "stays",
        "watermark_changes",
        "watermarks",
    ]
    assert [name for name, sql in tables.items() if "Deleted by " not in sql] == []


def test_opening_forgets_runs_and_backfills_that_nobody_touched_for_90_days(path: Path) -> None:
    store = SqliteStore.open(path, now=NOW)
    store.start_run("acme", "poll", now=NOW)
    begun = store.open_backfill("acme", NOW - timedelta(days=1), NOW, now=NOW)
    store.close()

    soon = SqliteStore.open(path, now=NOW + timedelta(days=89))
    kept = len(soon.runs("acme", limit=1))
    soon.close()
    later = SqliteStore.open(path, now=NOW + timedelta(days=91))

    assert kept == 1
    assert later.runs("acme", limit=1) == ()
    assert later.open_backfill("acme", begun.since, begun.until, now=NOW) is not begun
    later.close()


# thrift ----------------------------------------------------------------


def test_an_unchanged_page_is_one_look_up_and_no_write(store: SqliteStore) -> None:
    lease = take(store)
    page = [ready(str(number)) for number in range(100)]
    store.record_page(lease, "acme", page, now=NOW)
    changes = store._connection.total_changes
    statements: list[str] = []
    store._connection.set_trace_callback(statements.append)

    store.record_page(lease, "acme", page, now=NOW)

    store._connection.set_trace_callback(None)
    assert store._connection.total_changes == changes
    assert sum("FROM orders" in statement for statement in statements) == 1
    assert len(statements) == 4  # begin, lease, orders, commit


@pytest.mark.parametrize(
    ("query", "plan"),
    [
        pytest.param(
            "SELECT state, count(*) FROM orders WHERE merchant = ? GROUP BY state",
            ["SEARCH orders USING COVERING INDEX orders_by_state (merchant=?)"],
            id="counting states reads an index only",
        ),
        pytest.param(
            orders._HEAD,
            [
                "SEARCH orders USING INDEX orders_outbox (merchant=?)",
                "LIST SUBQUERY 1",
                "SCAN leases",  # a handful of rows: who works on what
            ],
            id="the outbox is never sorted",
        ),
    ],
)
def test_queries_stay_fast_with_a_million_orders(
    store: SqliteStore, query: str, plan: list[str]
) -> None:
    found = store._connection.execute(
        f"EXPLAIN QUERY PLAN {query}", [None] * query.count("?")
    ).fetchall()

    assert [line[3] for line in found] == plan


def test_erased_payloads_leave_room_for_the_next_ones(store: SqliteStore, path: Path) -> None:
    lease = take(store)
    sizes = []
    for number in range(6):
        page = [replace(ready(f"{number}.{place}"), payload=b"x" * 2500) for place in range(100)]
        store.record_page(lease, "acme", page, now=NOW)
        deliver(store, lease)
        store._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        sizes.append(path.stat().st_size)

    assert sizes[-1] < 2 * sizes[0]


def test_a_waiting_order_keeps_the_earlier_end_of_its_wait(store: SqliteStore) -> None:
    lease = take(store)
    for hours in (3, 5, 2, 4):
        store.record_page(lease, "acme", [waiting("1", NOW + hours * HOUR)], now=NOW)

    (until,) = store._connection.execute("SELECT wait_until FROM orders").fetchone()

    assert until == "2026-11-23T14:00:00.000000Z"


# threads, closing ------------------------------------------------------


def test_many_threads_share_one_store(store: SqliteStore) -> None:
    def work(merchant: str) -> int:
        lease = take(store, merchant)
        for number in range(5):
            page = [ready(f"{number}.{place}") for place in range(10)]
            store.record_page(lease, merchant, page, now=NOW)
        claimed = claim(store, lease, [merchant])
        settle(store, lease, claimed, Verdict.ACCEPTED)
        store.release(lease)
        return len(claimed)

    merchants = [f"shop-{number}" for number in range(32)]
    with ThreadPoolExecutor(32) as pool:
        delivered = list(pool.map(work, merchants))

    assert delivered == [50] * 32
    assert all(filled(store, name) == {OrderState.DELIVERED: 50} for name in merchants)


def test_closing_twice_is_safe_and_a_closed_store_says_so(store: SqliteStore, path: Path) -> None:
    store.close()
    store.close()

    with pytest.raises(StateError, match="used after it was closed") as refused:
        store.watermark("acme")

    assert isinstance(refused.value.__cause__, sqlite3.Error)
    assert list(path.parent.iterdir()) == [path]


def test_a_wrong_use_of_sqlite_is_not_told_as_a_closed_state(store: SqliteStore) -> None:
    with pytest.raises(StateError, match=r"ProgrammingError.*Report this as a defect"):
        store.keep("bolt", "name", object())  # type: ignore[arg-type]  # the mistake on purpose
