"""Any sequence of verbs agrees with a small model of the ledger (R1, R2, R3)."""

from __future__ import annotations

import shutil
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from state import Claimed, Counts, Decision, OrderState, SqliteStore, Verdict
from tests.state.make import (
    HOUR,
    NOW,
    TTL,
    quarantined,
    ready,
    settle,
    skipped,
    take,
    waiting,
)

IDS = ["1", "2", "3", "4"]
ORDERS = st.sampled_from(IDS)
OLD = NOW - timedelta(days=61)
DECISIONS = st.one_of(
    st.builds(
        ready,
        ORDERS,
        st.integers(1, 3),
        created_at=st.sampled_from([OLD, NOW, NOW]),
    ),
    st.builds(waiting, ORDERS),
    st.builds(skipped, ORDERS, st.sampled_from(["cancelled", "refunded"])),
    st.builds(quarantined, ORDERS),
)
OUTBOX = {"pending", "in_doubt"}
UNANSWERED = "; whether At Last took it is not known"
DROPPED = "dropped by operator: "


@dataclass
class Known:
    """What the model remembers of one order."""

    state: str
    fingerprint: str | None
    reason: str | None
    created_at: datetime | None = None
    accepted: str | None = None
    on_its_way: bool = False
    doubted: bool = False
    resend: bool = False
    latest: str | None = None
    # numbers of the steps that matter for R3
    resent_at: int = 0
    accepted_at: int = -1


@dataclass
class Model:
    """The contract of StateStore, order by order, in memory."""

    orders: dict[str, Known] = field(default_factory=dict)

    def record(self, decision: Decision, *, resend: bool) -> str:  # noqa: C901, PLR0911 - a table
        known = self.orders.get(decision.order_id)
        new = Known(str(decision.state), decision.fingerprint, decision.reason, decision.created_at)
        counted = "ready" if new.state == "pending" else new.state
        if known is None:
            self.orders[decision.order_id] = new
            return counted
        if new.fingerprint is not None:
            if new.fingerprint == known.fingerprint:
                known.latest = None if new.fingerprint == known.accepted else known.latest
                return "unchanged"
        elif (known.state, known.reason) in {
            (new.state, new.reason),
            ("skipped", f"{DROPPED}{new.reason}" if new.state == "quarantined" else ""),
        } or (new.state == "skipped" and str(known.reason).endswith(UNANSWERED)):
            return "unchanged"
        if known.state == "in_doubt" and new.state == "skipped" and not known.on_its_way:
            if known.accepted is None:
                known.state, known.fingerprint = "skipped", None
                known.reason, known.latest = f"{new.reason}{UNANSWERED}", None
                return "skipped"
            known.state, known.fingerprint, known.reason = "delivered", known.accepted, None
            return "unchanged"
        if known.state == "in_doubt":
            if new.state != "pending":
                return "unchanged"
            known.fingerprint, known.resend = new.fingerprint, resend
            known.created_at = new.created_at or known.created_at
            return "ready"
        if known.accepted is not None:
            differs = new.fingerprint not in {None, known.accepted}
            if not (differs and resend):
                known.state, known.fingerprint, known.reason = "delivered", known.accepted, None
                if new.fingerprint is not None:
                    known.latest = new.fingerprint if differs else None
                return "changed" if differs else "unchanged"
        known.state, known.fingerprint, known.reason = new.state, new.fingerprint, new.reason
        known.latest = None
        known.created_at = new.created_at or known.created_at
        return counted

    def settle(self, order_id: str, pushed: str, verdict: Verdict) -> None:
        known = self.orders[order_id]
        edited = known.fingerprint != pushed
        known.on_its_way = False
        match verdict:
            case Verdict.ACCEPTED:
                known.accepted = pushed
                known.state = "pending" if edited and known.resend else "delivered"
                if known.state == "delivered":
                    known.latest = known.fingerprint if edited else None
                    known.fingerprint = pushed
            case Verdict.REFUSED:
                known.state = "pending" if edited else "quarantined"
                known.reason = None if edited else "refused"
            case Verdict.RETURNED:
                known.state = "in_doubt" if known.doubted else "pending"
            case Verdict.IN_DOUBT:
                known.state = "in_doubt"

    def retry(self, order_ids: list[str]) -> set[str]:
        chosen = {id_: known for id_, known in self.orders.items() if id_ in order_ids}
        sent = {
            order_id
            for order_id, known in chosen.items()
            if known.state == "quarantined" and known.fingerprint is not None
        }
        for order_id, known in chosen.items():
            if order_id in sent:
                known.state, known.reason = "pending", None
            elif known.state == "skipped" and str(known.reason).startswith(DROPPED):
                known.state, known.fingerprint = "quarantined", None
                known.reason = str(known.reason).removeprefix(DROPPED)
        return sent

    def drop(self, order_ids: list[str]) -> int:
        gone = [
            known
            for order_id, known in self.orders.items()
            if order_id in order_ids and known.state == "quarantined"
        ]
        for known in gone:
            known.state, known.reason = "skipped", f"{DROPPED}{known.reason}"
        return len(gone)

    def expire(self) -> int:
        gone = [
            known
            for known in self.orders.values()
            if known.state in {*OUTBOX, "waiting"}
            and known.created_at == OLD
            and not known.on_its_way
        ]
        for known in gone:
            doubt = UNANSWERED if known.state == "in_doubt" else ""
            known.state, known.reason = "skipped", f"too old: created 61 days ago{doubt}"
            if known.accepted is not None:
                known.state, known.reason = "delivered", None
                edited = known.fingerprint != known.accepted
                known.latest = known.fingerprint if edited else None
                known.fingerprint = known.accepted
        return len(gone)


class Ledger(RuleBasedStateMachine):
    """The real file beside the model."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.store = SqliteStore.open(self.folder / "state.db", now=NOW)
        self.now = NOW
        self.lease = take(self.store, now=self.now)
        self.model = Model()
        self.claimed: list[Claimed] = []
        self.watermark: datetime | None = None
        self.step = 0
        self.claimed_at: dict[str, int] = {}

    def teardown(self) -> None:
        self.store.close()
        shutil.rmtree(self.folder)

    @rule(
        page=st.lists(DECISIONS, max_size=6),
        resend=st.booleans(),
        watermark=st.none() | st.integers(-5, 5).map(lambda hours: NOW + hours * HOUR),
    )
    def record(self, page: list[Decision], watermark: datetime | None, *, resend: bool) -> None:
        self.step += 1
        kinds = Counter[str]()
        for decision in page:
            kind = self.model.record(decision, resend=resend)
            kinds[kind] += 1
            if kind == "ready" and resend:
                self.model.orders[decision.order_id].resent_at = self.step
        if watermark is not None:
            self.watermark = max(self.watermark or watermark, watermark)

        counts = self.store.record_page(
            self.lease,
            "acme",
            page,
            now=self.now,
            watermark=watermark,
            resend_on_change=resend,
        )

        assert counts == Counts(
            seen=len(page),
            ready=kinds["ready"],
            unchanged=kinds["unchanged"] + kinds["changed"],
            waiting=kinds["waiting"],
            skipped=kinds["skipped"],
            quarantined=kinds["quarantined"],
            changed=kinds["changed"],
        )
        assert counts.seen == (
            counts.ready + counts.unchanged + counts.waiting + counts.skipped + counts.quarantined
        )

    @rule(limit=st.integers(1, 4))
    def claim(self, limit: int) -> None:
        self.step += 1
        due = {
            order_id
            for order_id, known in self.model.orders.items()
            if known.state in OUTBOX and not known.on_its_way
        }

        claimed = self.store.claim(self.lease, ["acme"], limit=limit, now=self.now)

        assert len(claimed) == min(limit, len(due))
        assert {one.order_id for one in claimed} <= due
        for one in claimed:
            known = self.model.orders[one.order_id]
            assert one.fingerprint == known.fingerprint
            assert one.payload == ready(one.order_id, int(one.fingerprint[-1])).payload
            assert one.again == (known.state == "in_doubt")
            # R3: accepted orders come back only if a resend was asked for since that push
            assert known.resent_at > known.accepted_at
            known.doubted = known.state == "in_doubt"
            known.state, known.on_its_way, known.resend = "in_doubt", True, False
            self.claimed_at[one.order_id] = self.step
        self.claimed += claimed

    @precondition(lambda self: self.claimed)
    @rule(data=st.data(), verdict=st.sampled_from(Verdict))
    def settle(self, data: st.DataObject, verdict: Verdict) -> None:
        size = data.draw(st.integers(1, len(self.claimed)))
        batch, self.claimed = self.claimed[:size], self.claimed[size:]
        for one in batch:
            if verdict is Verdict.ACCEPTED:
                self.model.orders[one.order_id].accepted_at = self.claimed_at[one.order_id]
            self.model.settle(one.order_id, one.fingerprint, verdict)

        settle(self.store, self.lease, batch, verdict, now=self.now, reason="refused")

    @rule()
    def expire(self) -> None:
        limit = NOW - timedelta(days=60)

        expired = self.store.expire(["acme"], created_before=limit, now=self.now)

        assert expired == self.model.expire()

    @rule(order_ids=st.lists(ORDERS))
    def retry(self, order_ids: list[str]) -> None:
        self.step += 1

        sent = self.store.retry("acme", order_ids, now=self.now)

        assert set(sent) == self.model.retry(order_ids)
        for order_id in sent:  # the operator says so (R3)
            self.model.orders[order_id].resent_at = self.step

    @rule(order_ids=st.lists(ORDERS))
    def drop(self, order_ids: list[str]) -> None:
        assert self.store.drop("acme", order_ids, now=self.now) == self.model.drop(order_ids)

    @rule(clean=st.booleans())
    def start_again(self, *, clean: bool) -> None:
        """A new process takes over, whether or not the old one could give its lease back."""
        if clean:
            self.store.release(self.lease)
        self.store.close()
        self.now += 2 * TTL
        self.store = SqliteStore.open(self.folder / "state.db", now=self.now)
        self.lease = take(self.store, now=self.now)
        self.claimed = []
        for known in self.model.orders.values():
            known.on_its_way = False

    @invariant()
    def agrees_with_the_model(self) -> None:
        shown = self.store.merchant_state("acme")
        states = Counter(known.state for known in self.model.orders.values())
        reasons = Counter(
            known.reason for known in self.model.orders.values() if known.state == "quarantined"
        )

        assert {state: n for state, n in shown.orders.items() if n} == states
        assert shown.quarantined == reasons
        # delivered orders whose newer version was not sent
        assert shown.changed == sum(
            known.latest is not None for known in self.model.orders.values()
        )
        assert shown.watermark == self.watermark
        assert (shown.oldest_pending_at is not None) == bool(states.keys() & OUTBOX)

    @invariant()
    def every_order_is_there_once_with_its_fingerprint(self) -> None:
        assert self.store.known("acme", IDS) == {
            order_id: known.fingerprint for order_id, known in self.model.orders.items()
        }
        held = self.store._connection.execute(
            "SELECT order_id FROM orders JOIN payloads ON order_row = id"
        ).fetchall()
        needed = {
            order_id
            for order_id, known in self.model.orders.items()
            if known.state in OUTBOX
            or (known.state == "quarantined" and known.fingerprint is not None)
        }
        assert sorted(order_id for (order_id,) in held) == sorted(needed)


TestLedger: Any = Ledger.TestCase
TestLedger.settings = settings(
    max_examples=60,
    stateful_step_count=40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)


def test_states_of_the_model_are_those_of_the_store() -> None:
    assert {"pending", "in_doubt", "delivered", "waiting", "skipped", "quarantined"} == set(
        OrderState
    )
