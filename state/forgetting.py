"""
The SQL of deleting what is old: ledger rows, quarantined payloads, runs.

A row deleted too early would be forgotten to have been sent. At Last takes no
order created more than 60 days ago, and mapping skips it: from then on the row
protects from nothing, and the margin beyond is for clocks and for people who
look things up.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from state.instants import from_text, to_text

RUNS_KEPT = timedelta(days=90)
"""Age at which runs, and unfinished backfills that nobody touched since, are deleted."""

GIVEN_BACK = 2_000
"""Pages given back to the disk in one transaction; 8 MB, some tens of milliseconds."""

# rows come oldest first by id: a full look only when less is old than the limit
_OLD_ORDERS = """
    SELECT id FROM orders
    WHERE since_at < :before AND coalesce(created_at, since_at) < :before
    ORDER BY id LIMIT :limit
"""
_OLD_PAYLOADS = """
    SELECT id FROM orders JOIN payloads ON order_row = id
    WHERE state = 'quarantined' AND since_at < :before LIMIT :limit
"""
# what changed since it was found has another since_at
_STILL_OLD = """
    SELECT id FROM orders
    WHERE id IN (SELECT value FROM json_each(:rows)) AND since_at < :before
"""


@dataclass(frozen=True, slots=True)
class Old:
    """Rows that were old when they were looked for."""

    before: str
    rows: str
    """JSON array of row numbers."""

    @property
    def named(self) -> Mapping[str, str]:
        """The parameters of _STILL_OLD."""
        return {"before": self.before, "rows": self.rows}


def old_orders(
    connection: sqlite3.Connection, *, now: datetime, keep: timedelta, limit: int
) -> Old:
    """Returns ledger rows that need not be kept; only reads, as a large ledger takes long."""
    newest: str | None
    (newest,) = connection.execute("SELECT max(modified_at) FROM orders").fetchone()
    # the shops' time: a clock of ours that is years ahead deletes nothing
    told = now if newest is None else min(now, from_text(newest))
    return _find(connection, _OLD_ORDERS, told - keep, limit)


def old_payloads(
    connection: sqlite3.Connection, *, now: datetime, keep: timedelta, limit: int
) -> Old:
    """Returns rows of orders that have been quarantined for long and still have a payload."""
    return _find(connection, _OLD_PAYLOADS, now - keep, limit)


def delete_orders(connection: sqlite3.Connection, old: Old) -> int:
    """Deletes these rows of the ledger with their payloads; how many."""
    connection.execute(f"DELETE FROM payloads WHERE order_row IN ({_STILL_OLD})", old.named)  # noqa: S608 - a constant
    return connection.execute(
        f"DELETE FROM orders WHERE id IN ({_STILL_OLD})",  # noqa: S608 - a constant
        old.named,
    ).rowcount


def erase_payloads(connection: sqlite3.Connection, old: Old) -> int:
    """
    Erases the payloads of these rows that are still quarantined; how many.

    Their fingerprints too, or the same order, read again, would be nothing new.
    """
    connection.execute(
        "UPDATE orders SET fingerprint = NULL"  # noqa: S608 - constants of this module
        f" WHERE id IN ({_STILL_OLD} AND state = 'quarantined')",
        old.named,
    )
    return connection.execute(
        f"DELETE FROM payloads WHERE order_row IN ({_STILL_OLD} AND state = 'quarantined')",  # noqa: S608 - a constant
        old.named,
    ).rowcount


def delete_runs(connection: sqlite3.Connection, *, now: datetime) -> int:
    """Deletes old runs, abandoned backfills and what was counted per day; how many of the first."""
    before = (to_text(now - RUNS_KEPT),)
    runs = connection.execute("DELETE FROM runs WHERE started_at < ?", before).rowcount
    connection.execute("DELETE FROM days WHERE day < substr(?, 1, 10)", before)
    return runs + connection.execute("DELETE FROM backfills WHERE started_at < ?", before).rowcount


def _find(connection: sqlite3.Connection, query: str, before: datetime, limit: int) -> Old:
    text = to_text(before)
    found = connection.execute(query, {"before": text, "limit": limit})
    return Old(text, json.dumps([row for (row,) in found]))


def give_back(connection: sqlite3.Connection) -> int:
    """
    Shrinks the file to its content and a quarter more; returns how many bytes that gave back.

    The rest is for the orders to come: pages that are taken and given back every
    day cost more than they occupy. At most GIVEN_BACK pages at once, because nobody
    else can write meanwhile.
    """
    page, pages, free = (
        int(connection.execute(f"PRAGMA {name}").fetchone()[0])
        for name in ("page_size", "page_count", "freelist_count")
    )
    surplus = min(free - (pages - free) // 4, GIVEN_BACK)
    if surplus <= 0:
        return 0
    # a transaction of its own. `execute` would take one step, which is one page, because this
    # statement has no columns (https://sqlite.org/pragma.html#pragma_incremental_vacuum)
    connection.executescript(f"PRAGMA incremental_vacuum({surplus})")
    (now,) = connection.execute("PRAGMA page_count").fetchone()
    return (pages - int(now)) * page
