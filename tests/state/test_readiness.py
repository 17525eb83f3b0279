"""How ready orders are is kept as long as they are, and counted by what is to be corrected."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlite_utils import Database

from state import Decision, Lease, Missing, OperatorStore, Readiness, SqliteStore, ToFix
from state.migrations import MIGRATIONS
from tests.state.make import NOW, claim, deliver, ready, skipped, take

DAY = timedelta(days=1)
MUG = Missing("MUG-1", "Mug", ("hsCode", "weight"))
POT = Missing("POT-1", "Pot", ("hsCode",))


def graded(order_id: str, *missing: Missing, version: int = 1, days: int = 1) -> Decision:
    grade = "incomplete" if missing else "ready"
    decision = ready(order_id, version, created_at=NOW - days * DAY)
    return replace(decision, readiness=Readiness(grade, missing))


def put(store: OperatorStore, lease: Lease, *decisions: Decision) -> None:
    store.record_page(lease, "acme", decisions, now=NOW)


def test_items_of_most_orders_come_first_each_order_once(
    store: OperatorStore, lease: Lease
) -> None:
    twice = Missing("MUG-1", "Mug", ("name",))
    put(store, lease, graded("1", POT), graded("2", MUG, twice), graded("3", MUG), graded("4"))

    report = store.readiness("acme", since=NOW - 9 * DAY)

    assert report.grades == {"incomplete": 3, "ready": 1}
    assert report.to_fix == (
        ToFix("MUG-1", "Mug", {"hsCode": 2, "weight": 2, "name": 1}, 2, ("3", "2")),
        ToFix("POT-1", "Pot", {"hsCode": 1}, 1, ("1",)),
    )


def test_products_without_a_sku_go_by_their_names_and_the_order_itself_by_none(
    store: OperatorStore, lease: Lease
) -> None:
    cup, bowl = (Missing("", name, ("sku",)) for name in ("Cup", "Bowl"))
    itself = Missing("", "", ("outboundFulfilment",))
    put(store, lease, graded("1", cup, bowl), graded("2", cup, itself), graded("3", cup))

    found = store.readiness("acme", since=NOW - 9 * DAY).to_fix

    assert [(item.sku, item.name, item.orders) for item in found] == [
        ("", "Cup", 3),
        ("", "", 1),
        ("", "Bowl", 1),
    ]


def test_three_of_the_newest_orders_are_examples(store: OperatorStore, lease: Lease) -> None:
    put(store, lease, *(graded(str(number), MUG) for number in range(1, 6)))

    (mug,) = store.readiness("acme", since=NOW - 9 * DAY).to_fix

    assert (mug.orders, mug.examples) == (5, ("5", "4", "3"))


def test_what_is_missing_outlives_the_payload(store: OperatorStore, lease: Lease) -> None:
    put(store, lease, graded("1", MUG))

    deliver(store, lease)

    assert [item.sku for item in store.readiness("acme", since=NOW - 9 * DAY).to_fix] == ["MUG-1"]


@pytest.mark.parametrize("delivered", [True, False], ids=["delivered", "being pushed"])
def test_the_version_that_the_shop_shows_now_is_graded(
    store: OperatorStore, lease: Lease, *, delivered: bool
) -> None:
    put(store, lease, graded("1", MUG))
    if delivered:
        deliver(store, lease)
    else:
        claim(store, lease)

    put(store, lease, graded("1", version=2))

    assert store.readiness("acme", since=NOW - 9 * DAY).grades == {"ready": 1}


def test_the_same_order_under_another_policy_is_graded_anew(
    store: OperatorStore, lease: Lease
) -> None:
    """The country that parcels leave from is no part of the payload."""
    put(store, lease, graded("1", MUG))
    deliver(store, lease)

    at_home = replace(graded("1", MUG), readiness=Readiness("domestic only", (MUG,)))
    put(store, lease, at_home)

    assert store.readiness("acme", since=NOW - 9 * DAY).grades == {"domestic only": 1}


def test_an_order_that_is_no_longer_sent_is_not_counted(store: OperatorStore, lease: Lease) -> None:
    put(store, lease, graded("1", MUG))

    put(store, lease, skipped("1"))

    assert store.readiness("acme", since=NOW - 9 * DAY).grades == {}


def test_other_merchants_and_older_orders_are_not_counted(
    store: OperatorStore, lease: Lease
) -> None:
    put(store, lease, graded("1", MUG, days=9), graded("2", POT, days=2))
    store.record_page(lease, "bolt", [graded("1", MUG)], now=NOW)

    report = store.readiness("acme", since=NOW - 3 * DAY)

    assert [item.sku for item in report.to_fix] == ["POT-1"]


def test_it_is_forgotten_with_the_order(store: OperatorStore, lease: Lease) -> None:
    put(store, lease, replace(graded("1", MUG), modified_at=NOW))
    deliver(store, lease)
    later = NOW + 200 * DAY
    store.record_page(lease, "bolt", [replace(skipped("9"), modified_at=later)], now=later)

    store.forget(now=later, keep_orders=120 * DAY, keep_quarantined=90 * DAY, limit=100)

    assert store.readiness("acme", since=NOW - 900 * DAY).grades == {}


def test_a_file_from_before_keeps_its_orders_and_grades_them_when_read(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    store = SqliteStore.open(path, now=NOW)
    lease = take(store)
    put(store, lease, replace(graded("1", MUG), readiness=None))
    store.release(lease)
    store.close()
    _without_the_newest_step(path)

    store = SqliteStore.open(path, now=NOW)
    before = store.readiness("acme", since=NOW - 9 * DAY)
    put(store, take(store), graded("1", MUG))
    after = store.readiness("acme", since=NOW - 9 * DAY)
    store.close()

    assert before.grades == {}
    assert after.grades == {"incomplete": 1}


def _without_the_newest_step(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute("ALTER TABLE orders DROP COLUMN grade")
    connection.execute("ALTER TABLE orders DROP COLUMN missing")
    connection.execute("DELETE FROM _sqlite_migrations WHERE name = 'm0007_readiness'")
    connection.commit()
    assert [step.name for step in MIGRATIONS.pending(Database(connection))] == ["m0007_readiness"]
    connection.close()
