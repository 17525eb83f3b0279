"""Orders that are read again unchanged are recognised, and that changes nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from state import Counts, Decision, Lease, Recognised, SqliteStore, StateStore, Verdict
from tests.state.make import (
    NOW,
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


def record(store: StateStore, lease: Lease, *decisions: Decision, resend: bool = False) -> Counts:
    return store.record_page(lease, "acme", decisions, now=NOW, resend_on_change=resend)


@pytest.mark.parametrize(
    ("decision", "known"),
    [
        pytest.param(ready("1"), True, id="pending"),
        pytest.param(skipped("1"), True, id="skipped"),
        pytest.param(waiting("1"), False, id="a wait ends by itself"),
        pytest.param(quarantined("1"), False, id="a person may have acted"),
        pytest.param(skipped("1", "too old: 61 days"), False, id="the clock may have been wrong"),
    ],
)
def test_what_the_time_or_a_person_decides_is_decided_anew(
    store: StateStore, lease: Lease, decision: Decision, *, known: bool
) -> None:
    record(store, lease, replace(decision, source=b"as read"))

    found = store.recognised("acme", {"1": b"as read", "2": b"as read"})

    assert found.order_ids == ({"1"} if known else set())


@pytest.mark.parametrize(
    "now_read",
    [
        pytest.param(b"otherwise", id="the order or what decides changed"),
        pytest.param(b"", id="nothing"),
    ],
)
def test_what_was_read_otherwise_is_decided_anew(
    store: StateStore, lease: Lease, now_read: bytes
) -> None:
    record(store, lease, replace(ready("1"), source=b"as read"))

    assert store.recognised("acme", {"1": now_read}).order_ids == frozenset()
    assert store.recognised("bolt", {"1": b"as read"}).order_ids == frozenset()


def test_a_row_without_a_source_gets_one_when_it_is_read_again(
    store: StateStore, lease: Lease
) -> None:
    record(store, lease, ready("1"))

    counts = record(store, lease, replace(ready("1"), source=b"as read"))

    assert counts == Counts(seen=1, unchanged=1)
    assert store.recognised("acme", {"1": b"as read"}).order_ids == {"1"}


def test_a_change_that_is_not_sent_again_stays_counted(store: StateStore, lease: Lease) -> None:
    record(store, lease, ready("1"))
    deliver(store, lease)
    record(store, lease, replace(ready("1", 2), source=b"edited"))

    found = store.recognised("acme", {"1": b"edited"})

    assert found == Recognised(frozenset({"1"}), changed=1)


def test_a_decision_ignored_during_a_push_is_made_after_it(store: StateStore, lease: Lease) -> None:
    """A cancellation must not be taken for known, when the push did not arrive."""
    record(store, lease, replace(ready("1"), source=b"shipped"))
    claimed = claim(store, lease)
    record(store, lease, replace(skipped("1"), source=b"cancelled"))
    settle(store, lease, claimed, Verdict.RETURNED)

    assert store.recognised("acme", {"1": b"cancelled"}).order_ids == frozenset()


VERSIONS: Sequence[Decision] = (
    ready("1"),
    ready("1", 2),
    skipped("1"),
    quarantined("1"),
    waiting("1"),
    replace(quarantined("1"), reason="unreadable: fatal", unread=True),
)
STEPS = st.one_of(
    st.tuples(st.just("read"), st.integers(0, len(VERSIONS) - 1)),
    st.tuples(st.just("push"), st.sampled_from(list(Verdict))),
    st.tuples(st.just("read while pushed"), st.integers(0, len(VERSIONS) - 1)),
    st.tuples(st.just("drop"), st.none()),
    st.tuples(st.just("expire"), st.none()),
)


class Life:
    """One order's life in a store; *recognising* or looking at it anew each time."""

    def __init__(self, path: Path, *, recognising: bool, resend: bool) -> None:
        self.store = SqliteStore.open(path, now=NOW)
        self.lease = take(self.store)
        self.recognising = recognising
        self.resend = resend

    def read(self, version: int) -> Counts:
        decision = VERSIONS[version]
        source = None if decision.unread else bytes([version])
        if self.recognising and source is not None:
            known = self.store.recognised("acme", {"1": source})
            if known.order_ids:
                return Counts(seen=1, unchanged=1, changed=known.changed)
        return record(self.store, self.lease, replace(decision, source=source), resend=self.resend)

    def step(self, what: str, how: int | Verdict | None) -> object:
        match what, how:
            case "read", int():
                return self.read(how)
            case "push", Verdict():
                claimed = claim(self.store, self.lease)
                settle(self.store, self.lease, claimed, how, reason="refused")
                return [(one.fingerprint, one.payload, one.again) for one in claimed]
            case "read while pushed", int():
                claimed = claim(self.store, self.lease)
                counts = self.read(how)
                settle(self.store, self.lease, claimed, Verdict.RETURNED)
                return counts
            case "drop", _:
                return self.store.drop("acme", ["1"], now=NOW)
            case _:
                later = NOW + timedelta(seconds=1)
                return self.store.expire(["acme"], created_before=NOW, now=later)

    @property
    def standing(self) -> object:
        return filled(self.store), self.store.order("acme", "1"), self.store.merchant_state("acme")


@given(steps=st.lists(STEPS, max_size=12), resend=st.booleans())
@hypothesis_settings(max_examples=40, deadline=None)
def test_recognising_orders_changes_neither_their_lives_nor_the_counts(
    *, steps: list[tuple[str, int | Verdict | None]], resend: bool
) -> None:
    with TemporaryDirectory() as folder:
        lives = [
            Life(Path(folder, f"{name}.db"), recognising=name, resend=resend)
            for name in (True, False)
        ]
        try:
            for what, how in steps:
                first, second = (life.step(what, how) for life in lives)

                assert first == second
                assert lives[0].standing == lives[1].standing
        finally:
            for life in lives:
                life.store.close()
