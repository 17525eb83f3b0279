"""The leases' SQL: who may work on what, and until when."""

from __future__ import annotations

import sqlite3
from datetime import datetime, timedelta

from state.instants import from_text, to_text
from state.records import Lease, LeaseHeld, LeaseLost

LONGEST = timedelta(minutes=30)
"""A lease that ends later than this from now was taken before the clock was set back."""


def acquire(
    connection: sqlite3.Connection, name: str, owner: str, *, now: datetime, ttl: timedelta
) -> Lease:
    """
    Takes a lease that nobody holds any more; raises LeaseHeld otherwise.

    One that ends further ahead than any lease lasts is not waited for: after a
    clock that was a day ahead that would be a day. Its holder, if it is alive,
    is told by its next write.
    """
    found = connection.execute(
        "SELECT owner, expires_at, generation FROM leases WHERE name = ?", (name,)
    ).fetchone()
    holder, expires_at, generation = found or (None, "", 0)
    if holder is not None and to_text(now) < expires_at <= to_text(now + max(ttl, LONGEST)):
        raise LeaseHeld(name, holder, from_text(expires_at))
    connection.execute(
        "INSERT INTO leases (name, owner, expires_at, generation) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (name) DO UPDATE SET owner = excluded.owner,"
        " expires_at = excluded.expires_at, generation = excluded.generation",
        (name, owner, to_text(now + ttl), generation + 1),
    )
    return Lease(name, owner, generation + 1)


def require(connection: sqlite3.Connection, lease: Lease) -> None:
    """
    Raises LeaseLost if the lease changed hands or was given back.

    Expiry alone takes nothing away: until somebody else takes over there is no
    second writer to protect against.
    """
    found = connection.execute(
        "SELECT 1 FROM leases WHERE name = ? AND owner = ? AND generation = ?",
        (lease.name, lease.owner, lease.generation),
    ).fetchone()
    if found is None:
        raise LeaseLost(
            f"{lease.name} is no longer held by {lease.owner}; nothing was changed. "
            "Whoever took over does the work."
        )


def renew(connection: sqlite3.Connection, lease: Lease, *, now: datetime, ttl: timedelta) -> None:
    """Extends the lease from *now* on."""
    require(connection, lease)
    connection.execute(
        "UPDATE leases SET expires_at = ? WHERE name = ?", (to_text(now + ttl), lease.name)
    )


def release(connection: sqlite3.Connection, lease: Lease) -> None:
    """Gives the lease back; its generation stays, so that it can only grow."""
    connection.execute(
        "UPDATE leases SET owner = NULL WHERE name = ? AND owner = ? AND generation = ?",
        (lease.name, lease.owner, lease.generation),
    )
