"""The SQL of a merchant's new name: everything that is kept under the old one moves, or nothing."""

from __future__ import annotations

import sqlite3
from datetime import datetime

from state import progress, shops
from state.instants import from_text, to_text
from state.leases import LONGEST
from state.operating import NotRenamed, Renamed, ShopChange, ShopChangeKind
from state.records import LeaseHeld, StateError

_MOVED = (
    ("orders", "merchant"),
    ("watermarks", "merchant"),
    ("beginnings", "merchant"),
    ("backfills", "merchant"),
    ("runs", "subject"),
    ("shops", "merchant"),
    ("watermark_changes", "merchant"),
    ("shop_changes", "merchant"),
)
"""Tables, and their columns that name a merchant. Payloads and stays hang on the orders."""

_REPLACED = ("watermarks", "beginnings", "backfills", "runs", "shops")
"""Of these, what is there under the new name goes: runs that could not read left it."""

_ADDED = (
    """
    INSERT INTO days (merchant, day, delivered, quarantined)
    SELECT :new, day, delivered, quarantined FROM days WHERE merchant = :old
    ON CONFLICT (merchant, day) DO UPDATE SET
        delivered = delivered + excluded.delivered,
        quarantined = quarantined + excluded.quarantined
    """,
    "DELETE FROM days WHERE merchant = :old",
    """
    INSERT INTO run_totals (subject, kind, name, number)
    SELECT :new, kind, name, number FROM run_totals WHERE subject = :old
    ON CONFLICT (subject, kind, name) DO UPDATE SET number = number + excluded.number
    """,
    "DELETE FROM run_totals WHERE subject = :old",
)
"""Counters: monitors take one that shrinks for one that began anew."""

_HELD = "owner IS NOT NULL AND expires_at > :now AND expires_at <= :longest"

_PUSHED = f"""
    SELECT EXISTS (
        SELECT 1 FROM orders WHERE merchant = :old AND state = 'in_doubt' AND claim IN (
            SELECT generation || ':' || name FROM leases WHERE {_HELD}
        )
    )
"""  # noqa: S608 - a constant of this module

_TOKENS = f"""
    SELECT name, owner, expires_at FROM leases
    WHERE {_HELD} AND substr(name, 1, length(:vault)) = :vault
"""  # noqa: S608 - a constant of this module


def rename(  # noqa: PLR0913 - one column each
    connection: sqlite3.Connection, old: str, new: str, *, now: datetime, by: str, note: str
) -> Renamed:
    """Moves everything of *old* to *new*; see OperatorStore for what it raises."""
    _require_rest(connection, old, now)
    _require_names(connection, old, new)
    names = {"old": old, "new": new}
    for table in _REPLACED:
        column = dict(_MOVED)[table]
        connection.execute(f"DELETE FROM {table} WHERE {column} = :new", names)  # noqa: S608 - constants
    moved = {
        table: connection.execute(
            f"UPDATE {table} SET {column} = :new WHERE {column} = :old",  # noqa: S608 - constants
            names,
        ).rowcount
        for table, column in _MOVED
    }
    for statement in _ADDED:
        connection.execute(statement, names)
    kept = _move_kept(connection, old, new)
    change = ShopChange(new, now, ShopChangeKind.RENAMED, old, new, by, note)
    shops.record(connection, change)
    return Renamed(
        change=change,
        shop=shops.shop(connection, new),
        orders=moved["orders"],
        watermark=progress.watermark(connection, new),
        backfills=moved["backfills"],
        runs=moved["runs"],
        kept=kept,
    )


def _require_rest(connection: sqlite3.Connection, old: str, now: datetime) -> None:
    """Raises unless nobody is about to write something under the old name."""
    held = {"old": old, "now": to_text(now), "longest": to_text(now + LONGEST)}
    held["vault"] = f"vault:{old}:"
    busy = connection.execute(_TOKENS, held).fetchone()
    if busy is not None:
        name, owner, expires_at = busy
        raise LeaseHeld(name, owner, from_text(str(expires_at)))
    if connection.execute(_PUSHED, held).fetchone()[0]:
        # its settlement would not find the order, which would then be pushed again
        raise StateError(
            f"Orders of {old} are being pushed at this moment; nothing was changed. Run the"
            " command again in a minute.",
            passes=True,
        )


def _require_names(connection: sqlite3.Connection, old: str, new: str) -> None:
    if old == new:
        raise NotRenamed(f"{old} is its name already; give another one.")
    known = shops.begun(connection, [old]) or shops.shop(connection, old)
    if not known:
        there = ", ".join(sorted(shops.shops(connection))) or "none"
        raise NotRenamed(
            f"The state file knows nothing of {old!r} (known there: {there}); correct the name."
        )
    taken = "SELECT EXISTS (SELECT 1 FROM orders WHERE merchant = ?)"
    if connection.execute(taken, (new,)).fetchone()[0]:
        raise NotRenamed(
            f"{new} has orders of its own in the state file, which would mix with those of {old};"
            " choose a name that has none."
        )


def _move_kept(connection: sqlite3.Connection, old: str, new: str) -> int:
    """Moves what the connector keeps; a value under the new name is newer, and stays."""
    moved = connection.execute(
        "UPDATE OR IGNORE kept SET merchant = ? WHERE merchant = ?", (new, old)
    ).rowcount
    connection.execute("DELETE FROM kept WHERE merchant = ?", (old,))
    return moved
