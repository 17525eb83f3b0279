"""Which shop a ledger is about, and a merchant's new name: all of it moves, or nothing."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from state import (
    Lease,
    LeaseHeld,
    LeaseLost,
    NotRenamed,
    OrderState,
    OverviewStore,
    Renamed,
    RunOutcome,
    Shop,
    ShopChange,
    ShopChangeKind,
    SqliteStore,
    StateError,
    Verdict,
    WatermarkChange,
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
    retake,
    settle,
    take,
    waiting,
)

ACME = Shop("woocommerce", "acme.example.com")
LATER = NOW + HOUR


def rename(store: OverviewStore, old: str = "acme", new: str = "bolt") -> Renamed:
    held = [take(store, f"merchant:{name}") for name in (old, new)]
    try:
        return store.rename(held, old, new, now=LATER, by="ana on ferry", note="relaunch")
    finally:
        for lease in held:
            store.release(lease)


def fill(store: OverviewStore, lease: Lease, merchant: str = "acme") -> None:
    """Something of everything that is kept of a merchant."""
    store.first_seen(merchant, now=NOW - HOUR)
    run = store.start_run(merchant, "poll", now=NOW)
    store.record_page(
        lease,
        merchant,
        [ready("1"), ready("2"), waiting("3"), quarantined("4")],
        now=NOW,
        watermark=NOW,
        since=NOW - HOUR,
    )
    store.finish_run(run, RunOutcome.DONE, now=NOW, counts={"seen": 4})
    first = claim(store, lease, [merchant], limit=1)
    settle(store, lease, first, Verdict.ACCEPTED)
    store.record_page(lease, merchant, [ready("3")], now=NOW)  # it leaves a stay behind
    store.set_watermark(lease, merchant, NOW - HOUR, now=NOW, by="bo on ferry")
    store.open_backfill(merchant, NOW - 9 * HOUR, NOW, now=NOW)
    store.keep(merchant, "tokens", "a rotating one")
    store.adopt_shop(lease, merchant, ACME, now=NOW, by="bo on ferry")


def names_in(store: OverviewStore) -> dict[str, set[str]]:
    """The merchants and subjects that each table names, whatever tables there are."""
    assert isinstance(store, SqliteStore)
    connection = store._connection
    found: dict[str, set[str]] = {}
    for (table,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'"):
        columns = {row[1] for row in connection.execute(f"PRAGMA table_info({table})")}
        for column in columns & {"merchant", "subject"}:
            rows = connection.execute(f"SELECT {column} FROM {table}")
            found[table] = {name for (name,) in rows}
    return found


def test_the_shop_is_noted_and_told(store: OverviewStore) -> None:
    store.note_shop("acme", Shop("woocommerce", "old.example.com"), now=NOW)
    store.note_shop("acme", ACME, now=LATER)
    store.note_shop("bolt", ACME, now=LATER)

    assert store.shop("acme") == ACME
    assert store.shop("corner") is None
    assert store.shops() == {"acme": ACME, "bolt": ACME}
    assert store.shops(["bolt", "nobody"]) == {"bolt": ACME}
    assert list(store.shops(like=ACME)) == ["acme", "bolt"]
    assert store.shops(["acme"], like=replace(ACME, address="other.example.com")) == {}


def test_a_merchant_has_begun_once_it_has_an_order_or_a_watermark(
    store: OverviewStore, lease: Lease
) -> None:
    store.record_page(lease, "ordered", [ready("1")], now=NOW)
    store.record_page(lease, "read", [], now=NOW, watermark=NOW)
    store.first_seen("tried", now=NOW)
    store.note_shop("tried", ACME, now=NOW)

    assert store.begun(["ordered", "read", "tried", "unknown"]) == {"ordered", "read"}


def test_an_adopted_shop_is_recorded_with_who_said_so(store: OverviewStore, lease: Lease) -> None:
    store.note_shop("acme", ACME, now=NOW)
    moved = Shop("woocommerce", "new.example.com")

    change = store.adopt_shop(lease, "acme", moved, now=LATER, by="ana on ferry", note="relaunch")

    assert store.shop("acme") == moved
    assert change == ShopChange(
        "acme",
        LATER,
        ShopChangeKind.ADOPTED,
        "acme.example.com (woocommerce)",
        "new.example.com (woocommerce)",
        "ana on ferry",
        "relaunch",
    )
    assert store.shop_changes("acme", limit=9) == (change,)


def test_a_lost_lease_adopts_nothing(store: OverviewStore, lease: Lease) -> None:
    retake(store, lease)

    with pytest.raises(LeaseLost):
        store.adopt_shop(lease, "acme", ACME, now=NOW, by="ana")

    assert store.shop("acme") is None


def test_a_rename_moves_everything_that_names_the_merchant(
    store: OverviewStore, lease: Lease
) -> None:
    fill(store, lease)
    named = {table for table, names in names_in(store).items() if "acme" in names}
    before = store.merchant_state("acme")

    moved = rename(store)

    after = names_in(store)
    assert named == set(after), "a table that names merchants is missing in fill()"
    assert {table for table, names in after.items() if "acme" in names} == set()
    assert {table for table, names in after.items() if "bolt" not in names} == set()
    assert (moved.orders, moved.backfills, moved.runs, moved.kept) == (4, 1, 1, 1)
    assert (moved.shop, moved.watermark) == (ACME, NOW - HOUR)
    state = store.merchant_state("bolt")
    assert state.orders == before.orders
    assert state.last_success_at == before.last_success_at == NOW
    assert store.kept("bolt", "tokens") == "a rotating one"
    assert store.first_seen("bolt", now=LATER) == NOW - HOUR
    assert store.reads_since("bolt") == NOW - HOUR
    assert [stay.state for stay in store.history("bolt", "3")] == [OrderState.WAITING]
    assert store.watermark_changes("bolt", limit=9) == (
        WatermarkChange("bolt", NOW, NOW, NOW - HOUR, "bo on ferry"),
    )


def test_a_rename_is_recorded_with_who_did_it(store: OverviewStore, lease: Lease) -> None:
    store.record_page(lease, "acme", [ready("1")], now=NOW)

    moved = rename(store)

    assert store.shop_changes("bolt", limit=9) == (moved.change,)
    assert moved.change == ShopChange(
        "bolt", LATER, ShopChangeKind.RENAMED, "acme", "bolt", "ana on ferry", "relaunch"
    )


def test_an_order_that_was_delivered_under_the_old_name_is_known_under_the_new(
    store: OverviewStore, lease: Lease
) -> None:
    store.record_page(lease, "acme", [ready("1")], now=NOW)
    deliver(store, lease)

    rename(store)
    counts = store.record_page(lease, "bolt", [ready("1")], now=LATER)

    assert (counts.unchanged, counts.ready) == (1, 0)
    assert filled(store, "bolt") == {OrderState.DELIVERED: 1}


def test_what_failed_runs_left_under_the_new_name_gives_way_and_newer_tokens_stay(
    store: OverviewStore, lease: Lease
) -> None:
    fill(store, lease)
    store.first_seen("bolt", now=LATER)
    store.note_shop("bolt", Shop("woocommerce", "slip.example.com"), now=LATER)
    run = store.start_run("bolt", "poll", now=LATER)
    store.finish_run(run, RunOutcome.CONTRACT, now=LATER, counts={"seen": 1}, problem="no")
    store.open_backfill("bolt", NOW - 9 * HOUR, NOW, now=NOW)
    store.keep("bolt", "tokens", "renewed since")

    moved = rename(store)

    assert [run.outcome for run in store.runs("bolt", limit=9)] == [RunOutcome.DONE]
    assert store.shop("bolt") == ACME
    assert store.first_seen("bolt", now=LATER) == NOW - HOUR
    assert store.kept("bolt", "tokens") == "renewed since"
    assert store.kept("acme", "tokens") is None
    assert (moved.kept, moved.backfills) == (0, 1)
    totals = {total.subject: total for total in store.run_totals()}
    assert totals.keys() == {"bolt"}
    assert totals["bolt"].counts == {"seen": 5}
    assert totals["bolt"].outcomes == {RunOutcome.DONE: 1, RunOutcome.CONTRACT: 1}


def days_of(store: OverviewStore, merchant: str) -> list[tuple[int, int]]:
    since = NOW.date() - timedelta(days=1)
    return [(day.delivered, day.quarantined) for day in store.days([merchant], since=since)]


def test_the_days_of_both_names_are_added_up(store: OverviewStore, lease: Lease) -> None:
    fill(store, lease)
    assert isinstance(store, SqliteStore)
    store._connection.execute("INSERT INTO days VALUES ('bolt', '2026-11-23', 5, 0)")

    rename(store)

    assert days_of(store, "bolt") == [(6, 1)]


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        pytest.param("acme", "acme", "acme is its name already", id="the same"),
        pytest.param("amce", "bolt", r"nothing of 'amce' \(known there: acme\)", id="a slip"),
        pytest.param("acme", "corner", "corner has orders of its own", id="taken"),
    ],
)
def test_a_rename_that_makes_no_sense_changes_nothing(
    store: OverviewStore, lease: Lease, old: str, new: str, told: str
) -> None:
    fill(store, lease)
    store.record_page(lease, "corner", [ready("1")], now=NOW)
    before = names_in(store)

    with pytest.raises(NotRenamed, match=told):
        store.rename([lease], old, new, now=NOW, by="ana")

    assert names_in(store) == before


def test_a_lost_lease_renames_nothing(store: OverviewStore, lease: Lease) -> None:
    fill(store, lease)
    retake(store, lease)

    with pytest.raises(LeaseLost):
        store.rename([lease], "acme", "bolt", now=NOW, by="ana")

    assert "bolt" not in names_in(store)["orders"]


def test_orders_on_their_way_to_at_last_are_waited_for(store: OverviewStore, lease: Lease) -> None:
    """Settled under another name, the push would be forgotten and made again."""
    store.record_page(lease, "acme", [ready("1")], now=NOW)
    account = take(store, "account:atlast")
    claimed = claim(store, account)

    with pytest.raises(StateError, match="being pushed at this moment") as refused:
        store.rename([lease], "acme", "bolt", now=NOW, by="ana")
    settle(store, account, claimed, Verdict.ACCEPTED)
    store.rename([lease], "acme", "bolt", now=NOW, by="ana")

    assert refused.value.passes
    assert filled(store, "bolt") == {OrderState.DELIVERED: 1}


def test_orders_in_doubt_since_a_process_died_move_as_they_are(
    store: OverviewStore, lease: Lease
) -> None:
    store.record_page(lease, "acme", [ready("1")], now=NOW)
    claim(store, take(store, "account:atlast"))

    store.rename([lease], "acme", "bolt", now=NOW + 2 * TTL, by="ana")

    assert filled(store, "bolt") == {OrderState.IN_DOUBT: 1}


def test_a_token_that_is_being_renewed_is_waited_for(store: OverviewStore, lease: Lease) -> None:
    fill(store, lease)
    renewing = take(store, "vault:acme:tokens")
    take(store, "vault:acme-2:tokens")  # another merchant's

    with pytest.raises(LeaseHeld, match="vault:acme:tokens"):
        store.rename([lease], "acme", "bolt", now=NOW, by="ana")
    store.release(renewing)
    store.rename([lease], "acme", "bolt", now=NOW, by="ana")

    assert store.kept("bolt", "tokens") == "a rotating one"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "file.db"


def test_a_rename_that_is_interrupted_anywhere_has_not_happened(path: Path) -> None:
    store = SqliteStore.open(path, now=NOW)
    fill(store, take(store))
    before = names_in(store)
    held = [take(store, f"merchant:{name}") for name in ("acme", "bolt")]

    def work() -> None:
        store.rename(held, "acme", "bolt", now=NOW, by="ana")

    interrupted, done = 0, False
    while not done:
        left = interrupted + 1

        def once() -> int:
            nonlocal left
            left -= 1
            return int(left == 0)

        store._connection.set_progress_handler(once, 50)
        try:
            work()
            done = True
        except StateError:
            interrupted += 1
        finally:
            store._connection.set_progress_handler(None, 0)
        assert done or names_in(store) == before

    assert interrupted > 5
    assert "acme" not in names_in(store)["orders"]
    store.close()


def test_an_older_file_knows_of_no_shops(path: Path) -> None:
    store = SqliteStore.open(path, now=NOW)
    store.record_page(take(store), "acme", [ready("1")], now=NOW)
    store.close()
    with sqlite3.connect(path) as connection:  # back to the form before there were shops
        connection.execute("DROP TABLE shops")
        connection.execute("DROP TABLE shop_changes")
        connection.execute("DELETE FROM _sqlite_migrations WHERE name LIKE '%_shops'")
    connection.close()

    store = SqliteStore.open(path, now=NOW)

    assert store.shop("acme") is None
    assert store.begun(["acme"]) == {"acme"}
    store.close()
