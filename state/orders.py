"""
The ledger's SQL: rows in, rows out, the outbox's queue.

Plain functions on a connection; the caller holds the transaction. Ids travel as
one JSON array, so that a page is one look-up whatever its size.
"""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from state import leases, ledger, tallies
from state.instants import from_text, to_text
from state.ledger import Row
from state.records import (
    Claimed,
    Counts,
    Decision,
    Kind,
    Lease,
    OrderState,
    Recognised,
    Settlement,
    Standing,
    Verdict,
)
from state.rows import COLUMNS, SELECT, as_claimed, as_row, as_values

# claim and doubted belong to the push under way: settle alone changes them
_UPSERT = f"""
    INSERT INTO orders (merchant, {COLUMNS})
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (merchant, order_id) DO UPDATE SET
        state = excluded.state, reason = excluded.reason, fingerprint = excluded.fingerprint,
        accepted = excluded.accepted, wait_until = excluded.wait_until,
        modified_at = coalesce(excluded.modified_at, modified_at),
        created_at = coalesce(excluded.created_at, created_at),
        since_at = excluded.since_at, due_at = excluded.due_at, cautions = excluded.cautions,
        resend = excluded.resend, lone_failures = excluded.lone_failures,
        latest = excluded.latest, source = excluded.source, grade = excluded.grade,
        missing = excluded.missing
"""  # noqa: S608 - constants of this module

_PUT_PAYLOAD = """
    INSERT OR REPLACE INTO payloads (order_row, body)
    SELECT id, ? FROM orders WHERE merchant = ? AND order_id = ?
"""

_RECOGNISED = f"""
    SELECT order_id, source, latest IS NOT NULL FROM orders
    WHERE merchant = ? AND order_id IN (SELECT value FROM json_each(?)) AND source IS NOT NULL
        AND state NOT IN ('waiting', 'quarantined')
        AND coalesce(reason, '') NOT LIKE '{ledger.TOO_OLD}%'
"""  # noqa: S608 - constants of this module

_UNDER_WAY = """
    SELECT order_id FROM orders
    WHERE merchant = ? AND order_id IN (SELECT value FROM json_each(?)) AND claim IN (
        SELECT generation || ':' || name FROM leases
        WHERE owner IS NOT NULL AND expires_at > ? AND expires_at <= ?
    )
"""

# the condition is word for word that of the index orders_outbox
_HEAD = """
    SELECT due_at, id FROM orders
    WHERE merchant = ? AND state IN ('pending', 'in_doubt') AND (claim IS NULL OR claim NOT IN (
        SELECT generation || ':' || name FROM leases
        WHERE owner IS NOT NULL AND expires_at > ? AND expires_at <= ?
    ))
    ORDER BY due_at, since_at, id LIMIT ?
"""

_TAKEN = """
    SELECT merchant, order_id, fingerprint, body, state = 'in_doubt', lone_failures
    FROM json_each(?) AS chosen CROSS JOIN orders ON orders.id = chosen.value
        JOIN payloads ON order_row = orders.id
    ORDER BY chosen.key
"""

_CLAIM = """
    UPDATE orders
    SET claim = ?, doubted = (state = 'in_doubt'), state = 'in_doubt', resend = 0
    WHERE id IN (SELECT value FROM json_each(?))
"""

# what nearly every push comes to: `ledger.settle` for an order that was accepted as it stands, for
# a whole batch at once (a test holds the two against each other)
_DELIVERED = """
    UPDATE orders
    SET state = 'delivered', accepted = fingerprint, reason = NULL, wait_until = NULL,
        since_at = ?, due_at = NULL, lone_failures = 0, latest = NULL, resend = 0, doubted = 0,
        claim = NULL
    WHERE id IN (
        SELECT orders.id FROM json_each(?) AS pushed CROSS JOIN orders
            ON merchant = json_extract(pushed.value, '$[0]')
            AND order_id = json_extract(pushed.value, '$[1]')
            AND fingerprint = json_extract(pushed.value, '$[2]')
        WHERE claim = ? AND state = 'in_doubt'
    )
    RETURNING merchant
"""

_CAUTION = """
    UPDATE orders SET cautions = json_insert(coalesce(cautions, '[]'), '$[#]', ?)
    WHERE merchant = ? AND order_id = ? AND claim = ? AND state = 'in_doubt'
"""

_UNSETTLED = f"""
    SELECT merchant, {COLUMNS} FROM json_each(?) AS pushed CROSS JOIN orders
        ON merchant = json_extract(pushed.value, '$[0]')
        AND order_id = json_extract(pushed.value, '$[1]')
    WHERE claim = ? AND state = 'in_doubt'
"""  # noqa: S608 - constants of this module

_SETTLE = """
    UPDATE orders
    SET state = ?, reason = ?, fingerprint = ?, accepted = ?, since_at = ?, due_at = ?,
        lone_failures = ?, latest = ?, resend = 0, doubted = 0, claim = NULL
    WHERE merchant = ? AND order_id = ?
"""

# An order on its way under a lease that is still held is left to that push. The
# fingerprint stays, so that the same order, read once more, is not pending again.
_EXPIRE = """
    UPDATE orders
    SET state = CASE WHEN accepted IS NULL THEN 'skipped' ELSE 'delivered' END,
        reason = CASE WHEN accepted IS NULL THEN
            :words || ': created '
                || ((strftime('%s', :now) - strftime('%s', created_at)) / 86400)
                || ' days ago' || CASE WHEN state = 'in_doubt' THEN :unanswered ELSE '' END
            END,
        fingerprint = coalesce(accepted, fingerprint),
        latest = CASE WHEN fingerprint IS NOT accepted AND accepted IS NOT NULL
            THEN fingerprint END,
        since_at = :now, due_at = NULL, wait_until = NULL, claim = NULL, doubted = 0,
        resend = 0
    WHERE merchant IN (SELECT value FROM json_each(:merchants))
        AND state IN ('pending', 'in_doubt', 'waiting') AND created_at < :limit
        AND (claim IS NULL OR claim NOT IN (
            SELECT generation || ':' || name FROM leases
            WHERE owner IS NOT NULL AND expires_at > :now AND expires_at <= :longest
        ))
"""


def record(
    connection: sqlite3.Connection,
    merchant: str,
    decisions: Sequence[Decision],
    *,
    now: datetime,
    resend: bool,
) -> Counts:
    """Stores a page's decisions in the order given; rows that stay as they are cost no write."""
    stood, touched, kinds = _judge(connection, merchant, decisions, now=now, resend=resend)
    fallen = sum(
        row.state is OrderState.QUARANTINED and stood.get(row.order_id) is not row.state
        for row in touched
    )
    connection.executemany(_UPSERT, (as_values(merchant, row) for row in touched))
    tallies.add_to_day(connection, merchant, to_text(now), quarantined=fallen)
    payloads = [row for row in touched if row.payload is not None]
    connection.executemany(
        _PUT_PAYLOAD, ((row.payload, merchant, row.order_id) for row in payloads)
    )
    return ledger.tally(kinds)


def plan(
    connection: sqlite3.Connection,
    merchant: str,
    decisions: Sequence[Decision],
    *,
    now: datetime,
    resend: bool,
) -> tuple[Kind, ...]:
    """Returns how each of these decisions would count if `record` stored them."""
    return tuple(_judge(connection, merchant, decisions, now=now, resend=resend)[2])


def _judge(
    connection: sqlite3.Connection,
    merchant: str,
    decisions: Sequence[Decision],
    *,
    now: datetime,
    resend: bool,
) -> tuple[Mapping[str, OrderState], Sequence[Row], list[Kind]]:
    """Returns where the orders stand, the rows to be stored, and how each decision counts."""
    ids = json.dumps([decision.order_id for decision in decisions])
    found = connection.execute(SELECT, (merchant, ids))
    rows = {row.order_id: row for row in map(as_row, found)}
    stood = {row.order_id: row.state for row in rows.values()}
    touched: dict[str, Row] = {}
    kinds: list[Kind] = []
    at = to_text(now)
    doubtful = [order_id for order_id, state in stood.items() if state is OrderState.IN_DOUBT]
    pushed = _under_way(connection, merchant, doubtful, now) if doubtful else frozenset()
    for decision in decisions:
        row, kind = ledger.record(
            rows.get(decision.order_id),
            decision,
            now=at,
            resend=resend,
            under_way=decision.order_id in pushed,
        )
        kinds.append(kind)
        if row is not None:
            rows[row.order_id] = touched[row.order_id] = row
    return stood, tuple(touched.values()), kinds


def recognised(
    connection: sqlite3.Connection, merchant: str, sources: Mapping[str, bytes]
) -> Recognised:
    """Returns which of the orders were decided from the same; one indexed look-up."""
    found = connection.execute(_RECOGNISED, (merchant, json.dumps(list(sources))))
    same = {order_id: changed for order_id, source, changed in found if source == sources[order_id]}
    return Recognised(frozenset(same), sum(same.values()))


def claim(  # noqa: PLR0913 - what a batch is chosen by
    connection: sqlite3.Connection,
    lease: Lease,
    merchants: Iterable[str],
    *,
    limit: int,
    least: int,
    now: datetime,
) -> tuple[Claimed, ...]:
    """
    Takes at most *limit* orders, every merchant's oldest before anybody's second oldest.

    None if there are fewer than *least*.

    So a merchant with a long backfill cannot keep the others waiting. What was
    claimed under a lease that ended is free again, also if that lease's name is
    in use no more, as after an edit of the account.
    """
    tag, longest = _tag(lease), to_text(now + leases.LONGEST)
    queue: list[tuple[int, str, int]] = []
    for merchant in dict.fromkeys(merchants):
        head = connection.execute(_HEAD, (merchant, to_text(now), longest, limit))
        queue += [(place, due_at, row) for place, (due_at, row) in enumerate(head)]
    chosen = [row for _place, _due_at, row in sorted(queue)[:limit]]
    if len(chosen) < least:
        return ()
    rows = json.dumps(chosen)
    claimed = tuple(map(as_claimed, connection.execute(_TAKEN, (rows,))))
    connection.execute(_CLAIM, (tag, rows))
    return claimed


def settle(
    connection: sqlite3.Connection,
    lease: Lease,
    settlements: Iterable[Settlement],
    *,
    now: datetime,
) -> None:
    """Stores how pushes ended; one that is not under way for this lease changes nothing."""
    at, tag = to_text(now), _tag(lease)
    settlements = list(settlements)
    cautions = [
        (it.caution, it.claimed.merchant, it.claimed.order_id, tag)
        for it in settlements
        if it.caution is not None
    ]
    connection.executemany(_CAUTION, cautions)
    accepted = [it.claimed for it in settlements if it.verdict is Verdict.ACCEPTED]
    as_pushed = json.dumps([(it.merchant, it.order_id, it.fingerprint) for it in accepted])
    found = connection.execute(_DELIVERED, (at, as_pushed, tag)).fetchall()
    delivered, fallen = Counter(merchant for (merchant,) in found), Counter[str]()
    # refused, returned, in doubt still, or changed during the push
    pushed = {(it.claimed.merchant, it.claimed.order_id): it for it in settlements}
    unsettled = connection.execute(_UNSETTLED, (json.dumps(list(pushed)), tag))
    settled = [
        (merchant, ledger.settle(row, pushed[merchant, row.order_id], now=at))
        for merchant, row in ((found[0], as_row(found[1:])) for found in unsettled.fetchall())
    ]
    connection.executemany(_SETTLE, (_settled(merchant, row) for merchant, row in settled))
    for merchant, row in settled:
        delivered[merchant] += pushed[merchant, row.order_id].verdict is Verdict.ACCEPTED
        fallen[merchant] += row.state is OrderState.QUARANTINED
    for merchant in delivered:
        tallies.add_to_day(
            connection, merchant, at, delivered=delivered[merchant], quarantined=fallen[merchant]
        )


def expire(
    connection: sqlite3.Connection,
    merchants: Sequence[str],
    *,
    created_before: datetime,
    now: datetime,
) -> int:
    """Moves unsent orders that grew too old out of the outbox and the waiting room; how many."""
    found = connection.execute(
        _EXPIRE,
        {
            "words": ledger.TOO_OLD,
            "unanswered": ledger.UNANSWERED,
            "now": to_text(now),
            "longest": to_text(now + leases.LONGEST),
            "merchants": json.dumps(list(merchants)),
            "limit": to_text(created_before),
        },
    )
    return found.rowcount


def owes(connection: sqlite3.Connection, merchants: Sequence[str]) -> bool:
    """Returns whether the outbox holds an order of these merchants; one look into its index."""
    found = connection.execute(
        "SELECT EXISTS (SELECT 1 FROM orders INDEXED BY orders_outbox"
        " WHERE merchant IN (SELECT value FROM json_each(?)) AND state IN ('pending', 'in_doubt'))",
        (json.dumps(list(merchants)),),
    ).fetchone()
    return bool(found[0])


def waiting(
    connection: sqlite3.Connection, merchant: str, *, until: datetime | None
) -> tuple[str, ...]:
    """Returns the ids of the waiting orders whose wait ends by then, the longest waiting first."""
    found = connection.execute(
        "SELECT order_id FROM orders WHERE merchant = ? AND state = 'waiting'"
        " AND (? IS NULL OR wait_until <= ?) ORDER BY since_at, id",
        (merchant, to_text(until), to_text(until)),
    )
    return tuple(order_id for (order_id,) in found)


def unsent(
    connection: sqlite3.Connection, merchant: str, *, before: datetime, limit: int
) -> tuple[str, ...]:
    """Returns the ids of orders that have been in the outbox since before that."""
    found = connection.execute(
        "SELECT order_id FROM orders INDEXED BY orders_outbox WHERE merchant = ?"
        " AND state IN ('pending', 'in_doubt') AND since_at < ?"
        " ORDER BY due_at, since_at, id LIMIT ?",
        (merchant, to_text(before), limit),
    )
    return tuple(order_id for (order_id,) in found)


def known(
    connection: sqlite3.Connection, merchant: str, order_ids: Sequence[str]
) -> Mapping[str, str | None]:
    """Returns id -> fingerprint for those of the ids that the ledger holds."""
    found = connection.execute(SELECT, (merchant, json.dumps(list(order_ids))))
    return {row.order_id: row.fingerprint for row in map(as_row, found)}


def standings(
    connection: sqlite3.Connection, merchant: str, order_ids: Sequence[str]
) -> Mapping[str, Standing]:
    """Returns where those of the ids stand that the ledger holds; one indexed look-up."""
    found = connection.execute(SELECT, (merchant, json.dumps(list(order_ids))))
    return {
        row.order_id: Standing(
            row.state,
            from_text(row.modified_at),
            row.reason,
            tuple(json.loads(row.cautions or "[]")),
        )
        for row in map(as_row, found)
    }


def _under_way(
    connection: sqlite3.Connection, merchant: str, order_ids: Sequence[str], now: datetime
) -> frozenset[str]:
    """Returns which of the orders a process that is alive has claimed."""
    found = connection.execute(
        _UNDER_WAY,
        (merchant, json.dumps(order_ids), to_text(now), to_text(now + leases.LONGEST)),
    )
    return frozenset(order_id for (order_id,) in found)


def _tag(lease: Lease) -> str:
    return f"{lease.generation}:{lease.name}"


def _settled(merchant: str, row: Row) -> tuple[object, ...]:
    new = (row.state, row.reason, row.fingerprint, row.accepted, row.since_at, row.due_at)
    return (*new, row.lone_failures, row.latest, merchant, row.order_id)
