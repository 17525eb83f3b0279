"""
The SQL of figures that are told of many merchants at once; only reads.

Names travel as one JSON array, and every query is answered by an index.
"""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from collections.abc import Mapping, Sequence

from state import runs
from state.instants import from_text
from state.overview import Stay
from state.records import MerchantState, OrderState

_REASONS = 10
"""Reasons told of a merchant's quarantine."""

_NAMES = "(SELECT value FROM json_each(:names))"

_STATES = f"""
    SELECT merchant, state, count(*) FROM orders INDEXED BY orders_by_state
    WHERE merchant IN {_NAMES} GROUP BY merchant, state
"""  # noqa: S608 - constants of this module

_CHANGED = f"""
    SELECT merchant, count(*) FROM orders INDEXED BY orders_changed
    WHERE latest IS NOT NULL AND merchant IN {_NAMES} GROUP BY merchant
"""  # noqa: S608 - constants of this module

_OLDEST = f"""
    SELECT merchant, min(since_at) FROM orders INDEXED BY orders_outbox
    WHERE state IN ('pending', 'in_doubt') AND merchant IN {_NAMES} GROUP BY merchant
"""  # noqa: S608 - constants of this module

# both halves are as long as what is unsent, however large the ledger
_UNSENT = f"""
    SELECT merchant, count(*) FROM (
        SELECT merchant FROM orders INDEXED BY orders_outbox
        WHERE state IN ('pending', 'in_doubt')
        UNION ALL
        SELECT merchant FROM orders INDEXED BY orders_waiting WHERE state = 'waiting'
    )
    WHERE merchant NOT IN {_NAMES} GROUP BY merchant ORDER BY merchant
"""  # noqa: S608 - constants of this module

_QUARANTINE = f"""
    SELECT merchant, reason, count(*) FROM orders INDEXED BY orders_quarantine
    WHERE state = 'quarantined' AND merchant IN {_NAMES}
    GROUP BY merchant, reason ORDER BY count(*) DESC, reason
"""  # noqa: S608 - constants of this module

_WATERMARKS = f"SELECT merchant, at FROM watermarks WHERE merchant IN {_NAMES}"  # noqa: S608 - constants of this module

_BEGINNINGS = f"SELECT merchant, at FROM beginnings WHERE merchant IN {_NAMES}"  # noqa: S608 - constants of this module

# by id: a clock that was ahead once must not hide for long that nothing succeeds
_SUCCESSES = """
    SELECT value, (
        SELECT finished_at FROM runs WHERE subject = value AND outcome = 'done'
        ORDER BY id DESC LIMIT 1
    )
    FROM json_each(:names)
"""

_HISTORY = """
    SELECT stays.state, stays.reason, stays.since_at, until_at
    FROM stays JOIN orders ON orders.id = order_row
    WHERE merchant = ? AND order_id = ? ORDER BY stays.id
"""


def merchant_states(
    connection: sqlite3.Connection, merchants: Sequence[str]
) -> tuple[MerchantState, ...]:
    """Returns what `status` shows of these merchants; names every state, also empty ones."""
    names = {"names": json.dumps(list(merchants))}
    orders: dict[str, dict[OrderState, int]] = defaultdict(lambda: dict.fromkeys(OrderState, 0))
    for merchant, state, number in connection.execute(_STATES, names):
        orders[merchant][OrderState(state)] = number
    reasons: dict[str, dict[str, int]] = defaultdict(dict)
    for merchant, reason, number in connection.execute(_QUARANTINE, names):
        if len(reasons[merchant]) < _REASONS:
            reasons[merchant][reason] = number
    changed = dict(connection.execute(_CHANGED, names).fetchall())
    oldest = dict(connection.execute(_OLDEST, names).fetchall())
    watermarks = dict(connection.execute(_WATERMARKS, names).fetchall())
    beginnings = dict(connection.execute(_BEGINNINGS, names).fetchall())
    successes = dict(connection.execute(_SUCCESSES, names).fetchall())
    latest = runs.newest(connection, merchants)
    ended = runs.newest(connection, merchants, ended=True)
    sweeps = runs.newest(connection, merchants, kind="sweep", done=True)
    return tuple(
        MerchantState(
            merchant=name,
            orders=orders[name],
            watermark=from_text(watermarks.get(name)),
            oldest_pending_at=from_text(oldest.get(name)),
            last_run=latest.get(name),
            last_end=ended.get(name),
            last_success_at=from_text(successes.get(name)),
            quarantined=reasons[name],
            changed=changed.get(name, 0),
            last_sweep=sweeps.get(name),
            first_seen_at=from_text(beginnings.get(name)),
        )
        for name in merchants
    )


def unsent_beyond(connection: sqlite3.Connection, merchants: Sequence[str]) -> Mapping[str, int]:
    """Returns the pending, doubtful and waiting orders of each merchant that is none of these."""
    return dict(connection.execute(_UNSENT, {"names": json.dumps(list(merchants))}).fetchall())


def history(connection: sqlite3.Connection, merchant: str, order_id: str) -> tuple[Stay, ...]:
    """Returns the states that the order left, the earliest first."""
    return tuple(
        Stay(OrderState(state), reason, from_text(since_at), from_text(until_at))
        for state, reason, since_at, until_at in connection.execute(_HISTORY, (merchant, order_id))
    )
