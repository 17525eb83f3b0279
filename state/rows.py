"""Rows of the ledger, as SQLite has them and as the rules of `ledger.py` take them."""

from __future__ import annotations

from typing import Any

from state.ledger import Row
from state.records import Claimed, OrderState

COLUMNS = (
    "order_id, state, reason, fingerprint, accepted, modified_at, created_at, wait_until,"
    " since_at, due_at, cautions, doubted, resend, lone_failures, latest, source, grade, missing"
)

SELECT = f"""
    SELECT {COLUMNS} FROM orders
    WHERE merchant = ? AND order_id IN (SELECT value FROM json_each(?))
"""  # noqa: S608 - constants of this module


def as_row(values: tuple[Any, ...]) -> Row:
    """Returns the row with these COLUMNS."""
    order_id, state, reason, fingerprint, accepted, modified_at, created_at = values[:7]
    wait_until, since_at, due_at, cautions, doubted, resend, lone_failures = values[7:14]
    latest, source, grade, missing = values[14:]
    return Row(
        order_id=order_id,
        state=OrderState(state),
        reason=reason,
        fingerprint=fingerprint,
        accepted=accepted,
        modified_at=modified_at,
        created_at=created_at,
        wait_until=wait_until,
        since_at=since_at,
        due_at=due_at,
        cautions=cautions,
        doubted=bool(doubted),
        resend=bool(resend),
        lone_failures=lone_failures,
        latest=latest,
        source=source,
        grade=grade,
        missing=missing,
    )


def as_values(merchant: str, row: Row) -> tuple[object, ...]:
    """Returns the merchant and the row's COLUMNS."""
    return (
        merchant,
        row.order_id,
        row.state,
        row.reason,
        row.fingerprint,
        row.accepted,
        row.modified_at,
        row.created_at,
        row.wait_until,
        row.since_at,
        row.due_at,
        row.cautions,
        row.doubted,
        row.resend,
        row.lone_failures,
        row.latest,
        row.source,
        row.grade,
        row.missing,
    )


def as_claimed(values: tuple[Any, ...]) -> Claimed:
    """Returns a claimed order: merchant, id, fingerprint, payload, in doubt, lone failures."""
    merchant, order_id, fingerprint, payload, again, failures = values
    return Claimed(
        merchant, order_id, fingerprint, payload, again=bool(again), lone_failures=failures
    )
