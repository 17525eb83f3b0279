"""Many merchants at once, and the past: what each verb of OverviewStore tells."""

from __future__ import annotations

import sqlite3
from datetime import timedelta
from pathlib import Path

from state import (
    Day,
    Decision,
    Lease,
    OrderState,
    OverviewStore,
    RunOutcome,
    RunTotal,
    SqliteStore,
    Stay,
    Verdict,
)
from tests.state.make import (
    HOUR,
    NOW,
    claim,
    deliver,
    quarantined,
    ready,
    settle,
    skipped,
    take,
    waiting,
)

DAY = timedelta(days=1)


def record(store: OverviewStore, lease: Lease, *decisions: Decision, hours: int = 0) -> None:
    store.record_page(lease, "acme", decisions, now=NOW + hours * HOUR)


def run(store: OverviewStore, subject: str, kind: str, outcome: RunOutcome, **counts: int) -> int:
    run_id = store.start_run(subject, kind, now=NOW)
    store.finish_run(run_id, outcome, now=NOW, counts=counts)
    return run_id


def test_many_merchants_are_told_like_each_alone(store: OverviewStore, lease: Lease) -> None:
    record(store, lease, ready("1"), ready("2"), quarantined("3"), waiting("4"))
    store.record_page(take(store, "bolt"), "bolt", [skipped("1")], now=NOW, watermark=NOW)
    run(store, "acme", "poll", RunOutcome.CREDENTIALS)
    run(store, "bolt", "sweep", RunOutcome.DONE, compared=7)
    run(store, "bolt", "poll", RunOutcome.DONE)

    names = ["nobody", "bolt", "acme"]
    states = store.merchant_states(names)

    assert states == tuple(store.merchant_state(name) for name in names)
    assert [state.merchant for state in states] == names
    nobody, bolt, acme = states
    assert set(nobody.orders.values()) == {0}
    assert (nobody.last_run, nobody.last_success_at, nobody.oldest_pending_at) == (None, None, None)
    assert acme.orders[OrderState.PENDING] == 2
    assert (acme.quarantined, acme.oldest_pending_at) == ({"postCode: is missing": 1}, NOW)
    assert acme.last_run is not None
    assert (acme.last_run.outcome, acme.last_success_at) == (RunOutcome.CREDENTIALS, None)
    assert bolt.orders[OrderState.SKIPPED] == 1
    assert (bolt.watermark, bolt.last_success_at) == (NOW, NOW)
    assert bolt.last_run is not None
    assert bolt.last_sweep is not None
    assert (bolt.last_run.kind, bolt.last_sweep.counts) == ("poll", {"compared": 7})


def test_what_nobody_sends_is_told_of_other_merchants_alone(
    store: OverviewStore, lease: Lease
) -> None:
    record(store, lease, ready("1"), waiting("2"), quarantined("3"), skipped("4"))
    store.record_page(take(store, "bolt"), "bolt", [ready("1")], now=NOW)
    store.record_page(take(store, "cove"), "cove", [skipped("1")], now=NOW)
    claim(store, take(store, "account"), ["bolt"])

    assert store.unsent_beyond([]) == {"acme": 2, "bolt": 1}
    assert store.unsent_beyond(["acme", "dale"]) == {"bolt": 1}
    assert store.unsent_beyond(["acme", "bolt"]) == {}


def test_what_a_merchant_last_came_to_is_told_beside_the_run_under_way(
    store: OverviewStore,
) -> None:
    ended = run(store, "acme", "poll", RunOutcome.CREDENTIALS)
    under_way = store.start_run("acme", "poll", now=NOW)

    (acme,) = store.merchant_states(["acme"])

    assert acme.last_run is not None
    assert acme.last_end is not None
    assert (acme.last_run.id, acme.last_end.id) == (under_way, ended)


def test_the_last_end_of_each_subject_is_told_and_only_of_those_asked_for(
    store: OverviewStore,
) -> None:
    run(store, "account", "deliver", RunOutcome.DONE)
    newest = run(store, "account", "deliver", RunOutcome.TRANSIENT)
    store.start_run("account", "deliver", now=NOW)  # it is under way
    run(store, "acme", "poll", RunOutcome.DONE)

    last = store.last_runs(["account", "nobody"])

    assert {subject: found.id for subject, found in last.items()} == {"account": newest}


def test_orders_of_a_state_are_paged_without_loss(store: OverviewStore, lease: Lease) -> None:
    record(store, lease, *(waiting(str(number)) for number in range(5)), ready("5"))

    seen, after = [], 0
    while page := store.orders_in("acme", OrderState.WAITING, after=after, limit=2):
        seen += [order.order_id for order in page]
        after = page[-1].row

    assert seen == ["0", "1", "2", "3", "4"]
    assert not store.orders_in("bolt", OrderState.WAITING, limit=2)


def test_an_order_remembers_the_states_it_left(store: OverviewStore, lease: Lease) -> None:
    record(store, lease, waiting("1"))
    record(store, lease, quarantined("1"), hours=1)
    record(store, lease, ready("1"), hours=2)
    settle(
        store, lease, claim(store, lease), Verdict.REFUSED, reason="too many", now=NOW + 3 * HOUR
    )
    store.retry("acme", ["1"], now=NOW + 4 * HOUR)
    settle(store, lease, claim(store, lease), Verdict.ACCEPTED, now=NOW + 5 * HOUR)

    assert store.history("acme", "1") == (
        Stay(OrderState.WAITING, None, NOW, NOW + HOUR),
        Stay(OrderState.QUARANTINED, "postCode: is missing", NOW + HOUR, NOW + 2 * HOUR),
        Stay(OrderState.QUARANTINED, "too many", NOW + 3 * HOUR, NOW + 4 * HOUR),
    )
    assert store.history("bolt", "1") == ()


def test_an_order_that_goes_straight_through_leaves_no_history(
    store: OverviewStore, lease: Lease
) -> None:
    record(store, lease, ready("1"))
    deliver(store, lease)

    assert store.history("acme", "1") == ()


def test_that_a_push_was_in_doubt_is_remembered(store: OverviewStore, lease: Lease) -> None:
    record(store, lease, ready("1"))
    settle(store, lease, claim(store, lease), Verdict.IN_DOUBT)
    settle(store, lease, claim(store, lease), Verdict.ACCEPTED, now=NOW + HOUR)

    assert store.history("acme", "1") == (Stay(OrderState.IN_DOUBT, None, NOW, NOW + HOUR),)


def test_the_history_of_one_order_is_bounded_and_keeps_the_newest(
    store: OverviewStore, lease: Lease
) -> None:
    for hour in range(0, 120, 2):
        record(store, lease, quarantined("1"), hours=hour)
        record(store, lease, waiting("1"), hours=hour + 1)

    history = store.history("acme", "1")

    assert len(history) == 50
    assert history[-1].until_at == NOW + 119 * HOUR


def test_the_history_goes_with_its_order(store: OverviewStore, lease: Lease) -> None:
    record(store, lease, waiting("1"))
    record(store, lease, skipped("1"))

    store.forget(now=NOW + 200 * DAY, keep_orders=120 * DAY, keep_quarantined=90 * DAY, limit=100)

    assert store.order("acme", "1") is None
    assert store.history("acme", "1") == ()


def test_each_day_is_counted_per_merchant(store: OverviewStore, lease: Lease) -> None:
    record(store, lease, ready("1"), ready("2"), ready("3"), quarantined("4"))
    first, *others = claim(store, lease)
    settle(store, lease, [first], Verdict.REFUSED, reason="no")
    settle(store, lease, others, Verdict.ACCEPTED)
    record(store, lease, quarantined("4", "another reason"), hours=24)  # it was there already
    record(store, lease, quarantined("5"), hours=24)
    store.record_page(take(store, "bolt"), "bolt", [quarantined("1")], now=NOW)

    today = NOW.date()
    assert store.days(["acme"], since=today - DAY) == (
        Day("acme", today, delivered=2, quarantined=2),
        Day("acme", today + DAY, delivered=0, quarantined=1),
    )
    assert len(store.days(["acme", "bolt"], since=today)) == 3
    assert [day.day for day in store.days(["acme"], since=today + DAY)] == [today + DAY]


def test_an_answer_that_came_too_late_counts_no_day(store: OverviewStore, lease: Lease) -> None:
    record(store, lease, ready("1"))
    claimed = claim(store, lease)
    settle(store, lease, claimed, Verdict.ACCEPTED)
    settle(store, lease, claimed, Verdict.ACCEPTED)

    assert store.days(["acme"], since=NOW.date()) == (Day("acme", NOW.date(), delivered=1),)


def test_a_refused_order_that_changed_meanwhile_is_no_quarantined_one(
    store: OverviewStore, lease: Lease
) -> None:
    record(store, lease, ready("1"))
    claimed = claim(store, lease)
    record(store, lease, ready("1", version=2))
    settle(store, lease, claimed, Verdict.REFUSED, reason="no")

    assert store.days(["acme"], since=NOW.date()) == ()


def test_days_are_forgotten_with_the_runs_of_their_age(store: OverviewStore, lease: Lease) -> None:
    record(store, lease, quarantined("1"))
    record(store, lease, quarantined("2"), hours=24)

    store.forget(now=NOW + 91 * DAY, keep_orders=120 * DAY, keep_quarantined=90 * DAY, limit=1)

    (left,) = store.days(["acme"], since=NOW.date())
    assert left.day == NOW.date() + DAY


def test_runs_are_added_up_for_good(store: OverviewStore) -> None:
    run(store, "acme", "poll", RunOutcome.DONE, seen=3, ready=2)
    run(store, "acme", "poll", RunOutcome.DONE, seen=4)
    run(store, "acme", "poll", RunOutcome.CREDENTIALS)
    run(store, "account", "deliver", RunOutcome.TRANSIENT, pushed_again=2)
    store.forget(now=NOW + 400 * DAY, keep_orders=120 * DAY, keep_quarantined=90 * DAY, limit=9)

    assert store.runs("acme", limit=9) == ()
    assert sorted(store.run_totals(), key=lambda total: total.subject) == [
        RunTotal("account", "deliver", {RunOutcome.TRANSIENT: 1}, {"pushed_again": 2}),
        RunTotal(
            "acme",
            "poll",
            {RunOutcome.CREDENTIALS: 1, RunOutcome.DONE: 2},
            {"ready": 2, "seen": 7},
        ),
    ]


def test_an_older_file_begins_with_the_days_its_ledger_knows(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    store = SqliteStore.open(path, now=NOW)
    lease = take(store)
    record(store, lease, ready("1"), ready("2"), quarantined("3"))
    deliver(store, lease)
    store.close()
    with sqlite3.connect(path) as connection:  # back to the form before there were days
        for statement in (
            "DROP TRIGGER state_left",
            "DROP TABLE stays",
            "DROP TABLE days",
            "DROP TABLE run_totals",
            "DELETE FROM _sqlite_migrations WHERE name LIKE '%_history'",
        ):
            connection.execute(statement)
    connection.close()

    store = SqliteStore.open(path, now=NOW + DAY)

    assert store.days(["acme"], since=NOW.date() - DAY) == (
        Day("acme", NOW.date(), delivered=2, quarantined=1),
    )
    store.close()
