"""
What a decision or a settlement makes of a ledger row.

Pure rules; `orders.py` reads and writes the rows. The states of an order:

    waiting, skipped, quarantined <-> pending -> in doubt -> delivered
                          ^              ^__________|  (returned, refused, changed)
                          |_________________________|  (not to be sent any more)

What At Last accepted is never forgotten (`accepted`): such an order goes to the
outbox again only for a change that is to be sent again, and falls back to
delivered when that push becomes pointless.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace

from state.instants import to_text
from state.records import Counts, Decision, Kind, OrderState, Settlement, Verdict

TOO_OLD = "too old"
"""Begins the reason of orders that grew too old in the outbox; the age follows, as in mapping."""

UNANSWERED = "; whether At Last took it is not known"
"""Ends that reason where a push was in doubt until then."""

DROPPED = "dropped by operator: "
"""Begins the reason of orders that an operator took out of the quarantine; the old one follows."""


_compact = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


_KINDS = {
    OrderState.PENDING: Kind.READY,
    OrderState.WAITING: Kind.WAITING,
    OrderState.SKIPPED: Kind.SKIPPED,
    OrderState.QUARANTINED: Kind.QUARANTINED,
}


@dataclass(frozen=True, slots=True)
class Row:
    """One order in the ledger, with instants as text; the columns are told in migrations.py."""

    order_id: str
    state: OrderState
    reason: str | None
    fingerprint: str | None
    accepted: str | None
    modified_at: str | None
    created_at: str | None
    wait_until: str | None
    since_at: str
    due_at: str | None
    cautions: str | None
    doubted: bool
    resend: bool
    lone_failures: int = 0
    latest: str | None = None
    source: bytes | None = None
    grade: str | None = None
    missing: str | None = None
    payload: bytes | None = None
    """Only on its way in: rows are read without it."""


def record(
    row: Row | None, decision: Decision, *, now: str, resend: bool, under_way: bool = False
) -> tuple[Row | None, Kind]:
    """
    Returns the row to store for a decision, None for none, and how the order counts.

    Args:
        row: As it stands.
        decision: What was read.
        now: Instant as text.
        resend: Changes of delivered orders are sent.
        under_way: An order in doubt is being pushed at this moment.

    """
    _require_sound(decision)
    if row is None:
        return _fresh(decision, now), _KINDS[decision.state]
    if _same(row, decision) and not _expired_ahead(row, decision, now):
        return _seen(row, _sooner(row, decision), decision), Kind.UNCHANGED
    if decision.unread and row.state in {OrderState.PENDING, OrderState.WAITING}:
        return None, Kind.UNCHANGED
    if row.state is OrderState.IN_DOUBT:
        if under_way or decision.state is not OrderState.SKIPPED:
            stored, kind = _superseded(row, decision, resend=resend)
            # an ignored decision must be made again once the push is settled
            ignored = stored is None and kind is Kind.UNCHANGED
            return _seen(row, stored, replace(decision, source=None) if ignored else decision), kind
        # what was cancelled, say, At Last has already or must not get; nobody knows which
        decision = replace(decision, reason=f"{decision.reason}{UNANSWERED}")
    if row.accepted is not None and not (
        resend and decision.state is OrderState.PENDING and decision.fingerprint != row.accepted
    ):
        return _kept(row, decision, now)
    return _replaced(row, decision, now), _KINDS[decision.state]


def settle(row: Row, settlement: Settlement, *, now: str) -> Row:
    """Returns the row as it stands after the push."""
    pushed = settlement.claimed.fingerprint
    changed = row.fingerprint != pushed
    if settlement.verdict is Verdict.ACCEPTED and not (changed and row.resend):
        accepted = replace(row, accepted=pushed, lone_failures=0)
        return delivered(accepted, now, latest=row.fingerprint if changed else None)
    back = replace(row, resend=False, due_at=now, lone_failures=0)
    match settlement.verdict:
        case Verdict.ACCEPTED:
            return replace(back, accepted=pushed, state=OrderState.PENDING, since_at=now)
        case Verdict.REFUSED if changed:
            return replace(back, state=OrderState.PENDING)
        case Verdict.REFUSED:
            reason = settlement.reason or "refused without a reason"
            state = OrderState.QUARANTINED
            return replace(back, state=state, reason=reason, since_at=now, due_at=None)
        case Verdict.RETURNED if not row.doubted:
            return replace(back, state=OrderState.PENDING)
        case _:  # no answer now, or none to an earlier push: only an answer ends the doubt
            failures = 0 if changed else row.lone_failures + settlement.suspect
            return replace(back, state=OrderState.IN_DOUBT, lone_failures=failures)


def delivered(row: Row, now: str, *, latest: str | None = None) -> Row:
    """Returns the row as At Last has accepted it, without a payload; *latest* differs from it."""
    return replace(
        row,
        state=OrderState.DELIVERED,
        fingerprint=row.accepted,
        reason=None,
        wait_until=None,
        since_at=now,
        due_at=None,
        resend=False,
        latest=latest,
        payload=None,
    )


def tally(kinds: list[Kind]) -> Counts:
    """Returns the counts of a page; they add up to its length."""
    changed = kinds.count(Kind.CHANGED)
    return Counts(
        seen=len(kinds),
        ready=kinds.count(Kind.READY),
        unchanged=kinds.count(Kind.UNCHANGED) + changed,
        waiting=kinds.count(Kind.WAITING),
        skipped=kinds.count(Kind.SKIPPED),
        quarantined=kinds.count(Kind.QUARANTINED),
        changed=changed,
    )


def _require_sound(decision: Decision) -> None:
    match decision:
        case Decision(state=OrderState.PENDING, fingerprint=str(), payload=bytes(), reason=None):
            return
        case Decision(state=OrderState.WAITING, fingerprint=None, payload=None) if (
            decision.wait_until is not None
        ):
            return
        case Decision(
            state=OrderState.SKIPPED | OrderState.QUARANTINED,
            fingerprint=None,
            payload=None,
            reason=str(),
        ):
            return
    raise ValueError(f"order {decision.order_id}: not a decision that can be {decision.state}")


def _same(row: Row, decision: Decision) -> bool:
    if decision.fingerprint is not None:
        return row.fingerprint == decision.fingerprint
    if row.state is OrderState.SKIPPED and (row.reason or "").endswith(UNANSWERED):
        # no later skip knows what became of the push
        return decision.state is OrderState.SKIPPED
    if row.state is OrderState.SKIPPED and decision.state is OrderState.QUARANTINED:
        # what the operator dropped stays so until there is something new to decide about
        return row.reason == f"{DROPPED}{decision.reason}"
    return row.state is decision.state and row.reason == decision.reason


def _expired_ahead(row: Row, decision: Decision, now: str) -> bool:
    """Returns whether the order was skipped as too old by a clock that was ahead."""
    return (
        row.state is OrderState.SKIPPED
        and decision.state is OrderState.PENDING
        and (row.reason or "").startswith(TOO_OLD)
        and now < row.since_at
    )


def _graded(decision: Decision) -> tuple[str | None, str | None]:
    """Returns grade and what is missing, as stored."""
    if decision.readiness is None:
        return None, None
    missing = [(part.sku, part.name, part.fields) for part in decision.readiness.missing]
    return decision.readiness.grade, _compact(missing) if missing else None


def _fresh(decision: Decision, now: str) -> Row:
    grade, missing = _graded(decision)
    return Row(
        order_id=decision.order_id,
        state=decision.state,
        reason=decision.reason,
        fingerprint=decision.fingerprint,
        accepted=None,
        modified_at=to_text(decision.modified_at),
        created_at=to_text(decision.created_at),
        wait_until=to_text(decision.wait_until),
        since_at=now,
        due_at=now if decision.state is OrderState.PENDING else None,
        cautions=json.dumps(decision.cautions) if decision.cautions else None,
        doubted=False,
        resend=False,
        source=decision.source,
        grade=grade,
        missing=missing,
        payload=decision.payload,
    )


def _sooner(row: Row, decision: Decision) -> Row | None:
    """A waiting order keeps the earlier end of its wait."""
    until = to_text(decision.wait_until)
    if until is None or row.wait_until is None or until >= row.wait_until:
        return None
    return replace(row, wait_until=until)


def _seen(row: Row, stored: Row | None, decision: Decision) -> Row | None:
    """
    Returns what is to be stored, with modification time and source of the version that was read.

    Without the time a sweep would find the order changed every time. A version that is
    the delivered one again is no longer a change that was not sent.
    """
    new = stored or row
    if new.source != decision.source:
        new = replace(new, source=decision.source)
    at = to_text(decision.modified_at)
    if at is not None and new.modified_at != at:
        new = replace(new, modified_at=at)
    if row.latest is not None and decision.fingerprint == row.accepted:
        new = replace(new, latest=None)
    # of the version that the shop shows now, whatever was delivered
    if decision.readiness is not None:
        grade, missing = _graded(decision)
        new = replace(new, grade=grade, missing=missing)
    return None if new == row else new


def _kept(row: Row, decision: Decision, now: str) -> tuple[Row | None, Kind]:
    """What was delivered stays so; that the shop shows another version since is remembered."""
    differs = decision.fingerprint not in {None, row.accepted}
    latest = decision.fingerprint if differs else row.latest
    stored = row if row.state is OrderState.DELIVERED else delivered(row, now)
    stored = replace(stored, latest=latest)
    return _seen(row, stored, decision), Kind.CHANGED if differs else Kind.UNCHANGED


def _superseded(row: Row, decision: Decision, *, resend: bool) -> tuple[Row | None, Kind]:
    """While a push is unanswered only a new payload counts."""
    if decision.state is not OrderState.PENDING:
        return None, Kind.UNCHANGED
    new = _fresh(decision, row.since_at)
    return replace(
        row,
        fingerprint=new.fingerprint,
        payload=new.payload,
        cautions=new.cautions,
        modified_at=new.modified_at,
        created_at=new.created_at,
        resend=resend,
        lone_failures=0,
    ), Kind.READY


def _replaced(row: Row, decision: Decision, now: str) -> Row:
    new = replace(_fresh(decision, now), accepted=row.accepted)
    if row.state is not decision.state:
        return new
    # the order goes on waiting for the same thing: it keeps its place
    until = [at for at in (row.wait_until, new.wait_until) if at is not None]
    return replace(
        new, since_at=row.since_at, due_at=row.due_at, wait_until=min(until, default=None)
    )
