"""The SQL of what operators see and decide of single orders; the caller holds the transaction."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from state.instants import from_text, to_text
from state.ledger import DROPPED
from state.operating import LedgerOrder
from state.records import OrderState

_COLUMNS = (
    "orders.id, merchant, order_id, state, since_at, reason, created_at, modified_at, wait_until,"
    " cautions, fingerprint, EXISTS (SELECT 1 FROM payloads WHERE order_row = orders.id)"
)

_ONE = f"""
    SELECT {_COLUMNS}, (SELECT body FROM payloads WHERE order_row = orders.id)
    FROM orders WHERE merchant = ? AND order_id = ?
"""  # noqa: S608 - constants of this module

# the index orders_by_state holds the row number last: a page is found without sorting
_PAGE = f"""
    SELECT {_COLUMNS}, NULL FROM orders INDEXED BY orders_by_state
    WHERE merchant = :merchant AND state = :state AND orders.id > :after
        AND (:reason = '' OR instr(lower(reason), lower(:reason)))
        AND (:ids = '[]' OR order_id IN (SELECT value FROM json_each(:ids)))
    ORDER BY orders.id LIMIT :limit
"""  # noqa: S608 - constants of this module

_RETRY = """
    UPDATE orders
    SET state = 'pending', reason = NULL, since_at = ?, due_at = ?
    WHERE merchant = ? AND order_id IN (SELECT value FROM json_each(?)) AND state = 'quarantined'
        AND EXISTS (SELECT 1 FROM payloads WHERE order_row = orders.id)
    RETURNING order_id
"""

# without a fingerprint the next reading cannot be "nothing new"
_TAKE_BACK = """
    UPDATE orders
    SET state = 'quarantined', reason = substr(reason, ?), fingerprint = NULL, since_at = ?
    WHERE merchant = ? AND order_id IN (SELECT value FROM json_each(?)) AND state = 'skipped'
        AND substr(reason, 1, ?) = ?
"""

# the fingerprint stays, so that the same order, read once more, is not pending again
_DROP = """
    UPDATE orders
    SET state = 'skipped', reason = ? || reason, since_at = ?
    WHERE merchant = ? AND order_id IN (SELECT value FROM json_each(?)) AND state = 'quarantined'
"""


def order(connection: sqlite3.Connection, merchant: str, order_id: str) -> LedgerOrder | None:
    """Returns the order with its payload, None if there is none."""
    found = connection.execute(_ONE, (merchant, order_id)).fetchone()
    return None if found is None else _order(found)


def page(  # noqa: PLR0913 - what a page is chosen by
    connection: sqlite3.Connection,
    merchant: str,
    *,
    state: OrderState = OrderState.QUARANTINED,
    reason: str = "",
    order_ids: Sequence[str] = (),
    after: int,
    limit: int,
) -> tuple[LedgerOrder, ...]:
    """Returns at most *limit* orders in that state beyond the row *after*."""
    chosen = {
        "merchant": merchant,
        "state": state,
        "reason": reason,
        "ids": json.dumps(list(order_ids)),
        "after": after,
        "limit": limit,
    }
    return tuple(map(_order, connection.execute(_PAGE, chosen)))


def retry(
    connection: sqlite3.Connection, merchant: str, order_ids: Sequence[str], *, now: datetime
) -> tuple[str, ...]:
    """Puts what can be sent into the outbox, and what was dropped into the quarantine."""
    ids, at = json.dumps(list(order_ids)), to_text(now)
    pending = connection.execute(_RETRY, (at, at, merchant, ids)).fetchall()
    length = len(DROPPED)
    connection.execute(_TAKE_BACK, (length + 1, at, merchant, ids, length, DROPPED))
    return tuple(order_id for (order_id,) in pending)


def drop(
    connection: sqlite3.Connection, merchant: str, order_ids: Sequence[str], *, now: datetime
) -> int:
    """Moves quarantined orders to skipped; the trigger of the table erases their payloads."""
    ids = json.dumps(list(order_ids))
    return connection.execute(_DROP, (DROPPED, to_text(now), merchant, ids)).rowcount


def _order(values: tuple[Any, ...]) -> LedgerOrder:
    row, merchant, order_id, state, since_at, reason, created_at, modified_at = values[:8]
    wait_until, cautions, fingerprint, kept, payload = values[8:]
    return LedgerOrder(
        row=row,
        merchant=merchant,
        order_id=order_id,
        state=OrderState(state),
        since_at=from_text(since_at),
        reason=reason,
        created_at=from_text(created_at),
        modified_at=from_text(modified_at),
        wait_until=from_text(wait_until),
        cautions=tuple(json.loads(cautions or "[]")),
        fingerprint=fingerprint,
        kept=bool(kept),
        payload=payload,
    )
