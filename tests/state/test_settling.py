"""A batch that was accepted is settled with one statement, to the same end as order by order."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from datetime import timedelta

import pytest

from state import Lease, SqliteStore, Verdict, ledger, rows
from state.instants import to_text
from state.ledger import Row
from state.records import Settlement
from tests.state.make import NOW, claim, ready, settle

LATER = NOW + timedelta(minutes=1)


def row(store: SqliteStore) -> Row:
    (found,) = store._connection.execute(rows.SELECT, ("acme", '["1"]'))
    return rows.as_row(found)


def record(store: SqliteStore, lease: Lease, version: int, *, resend: bool = False) -> None:
    page = [ready("1", version)]
    store.record_page(lease, "acme", page, now=NOW, resend_on_change=resend)


def nothing(_store: SqliteStore, _lease: Lease) -> None:
    """The first push of a new order."""


def failed_alone(store: SqliteStore, lease: Lease) -> None:
    doubtful = [Settlement(one, Verdict.IN_DOUBT, suspect=True) for one in claim(store, lease)]
    store.settle(lease, doubtful, now=NOW)


def refused_and_retried(store: SqliteStore, lease: Lease) -> None:
    settle(store, lease, claim(store, lease), Verdict.REFUSED, reason="no city")
    store.retry("acme", ["1"], now=NOW)


def delivered_and_changed(store: SqliteStore, lease: Lease) -> None:
    settle(store, lease, claim(store, lease), Verdict.ACCEPTED)
    record(store, lease, 2)  # noticed, not sent
    record(store, lease, 3, resend=True)


@pytest.mark.parametrize(
    "before", [nothing, failed_alone, refused_and_retried, delivered_and_changed]
)
@pytest.mark.parametrize("edits", [(), (9, 3, 1)], ids=["left alone", "edited and edited back"])
def test_an_accepted_order_stands_as_the_rules_say(
    store: SqliteStore,
    lease: Lease,
    before: Callable[[SqliteStore, Lease], None],
    edits: tuple[int, ...],
) -> None:
    record(store, lease, 1)
    before(store, lease)
    (pushed,) = claim(store, lease)
    for version in edits:
        record(store, lease, version, resend=True)
    accepted = Settlement(pushed, Verdict.ACCEPTED)
    expected = ledger.settle(row(store), accepted, now=to_text(LATER))

    store.settle(lease, [accepted], now=LATER)

    # what is of the push alone is cleared with it
    assert row(store) == dataclasses.replace(expected, doubted=False, resend=False)
    claims = store._connection.execute("SELECT claim FROM orders").fetchall()
    assert claims == [(None,)]


def test_a_batch_of_all_verdicts_is_settled_each_by_its_own(
    store: SqliteStore, lease: Lease
) -> None:
    store.record_page(lease, "acme", [ready(str(number)) for number in range(4)], now=NOW)
    pushed = claim(store, lease)
    verdicts = (Verdict.ACCEPTED, Verdict.REFUSED, Verdict.RETURNED, Verdict.IN_DOUBT)
    settlements = [Settlement(one, verdict) for one, verdict in zip(pushed, verdicts, strict=True)]

    store.settle(lease, settlements, now=LATER)

    found = store.standings("acme", ["0", "1", "2", "3"])
    states = {order_id: standing.state.value for order_id, standing in found.items()}
    assert states == {"0": "delivered", "1": "quarantined", "2": "pending", "3": "in_doubt"}
    (day,) = store.days(["acme"], since=NOW.date())
    assert (day.delivered, day.quarantined) == (1, 1)


def test_a_caution_of_the_push_is_kept_beside_those_of_the_mapping(
    store: SqliteStore, lease: Lease
) -> None:
    page = [dataclasses.replace(ready("1"), cautions=("no hsCode",)), ready("2"), ready("3")]
    store.record_page(lease, "acme", page, now=NOW)
    settlements = [
        Settlement(it, Verdict.ACCEPTED, caution=None if it.order_id == "3" else "conflict: known")
        for it in claim(store, lease)
    ]

    store.settle(lease, settlements, now=LATER)
    store.settle(lease, settlements, now=LATER)  # nothing is under way any more

    found = {order_id: store.order("acme", order_id) for order_id in ("1", "2", "3")}
    assert {order_id: (it.state, it.cautions) for order_id, it in found.items() if it} == {
        "1": ("delivered", ("no hsCode", "conflict: known")),
        "2": ("delivered", ("conflict: known",)),
        "3": ("delivered", ()),
    }
