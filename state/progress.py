"""The SQL of reading progress: watermarks and backfills, which only move forward."""

from __future__ import annotations

import sqlite3
from datetime import datetime

from state.instants import from_text, to_text
from state.operating import WatermarkChange
from state.records import Backfill, StateError


def watermark(connection: sqlite3.Connection, merchant: str) -> datetime | None:
    """Returns the merchant's watermark, None before the first window."""
    found = connection.execute(
        "SELECT at FROM watermarks WHERE merchant = ?", (merchant,)
    ).fetchone()
    return None if found is None else from_text(found[0])


def reads_since(connection: sqlite3.Connection, merchant: str) -> datetime | None:
    """Returns since when the merchant's changes are read, None before the first window."""
    found = connection.execute(
        "SELECT since_at FROM watermarks WHERE merchant = ?", (merchant,)
    ).fetchone()
    return None if found is None else from_text(found[0])


def first_seen(connection: sqlite3.Connection, merchant: str, *, now: datetime) -> datetime:
    """Returns when the merchant was first to be read, which is *now* if it never was."""
    connection.execute(
        "INSERT INTO beginnings (merchant, at) VALUES (?, ?) ON CONFLICT DO NOTHING",
        (merchant, to_text(now)),
    )
    (at,) = connection.execute(
        "SELECT at FROM beginnings WHERE merchant = ?", (merchant,)
    ).fetchone()
    return from_text(str(at))


def advance(
    connection: sqlite3.Connection,
    merchant: str,
    at: datetime,
    *,
    since: datetime | None,
    now: datetime,
) -> None:
    """Moves the watermark forward to *at*; an earlier instant changes nothing."""
    connection.execute(
        "INSERT INTO watermarks (merchant, at, moved_at, since_at) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (merchant) DO UPDATE SET at = excluded.at, moved_at = excluded.moved_at,"
        # the earlier of both; NULL, which reaches back to the beginning, stays
        " since_at = min(since_at, coalesce(excluded.since_at, since_at))"
        " WHERE excluded.at > at",
        (merchant, to_text(at), to_text(now), to_text(since)),
    )


def set_watermark(connection: sqlite3.Connection, change: WatermarkChange) -> None:
    """
    Moves the watermark to where a person wants it, and records the change.

    Forward leaves out what changed before, on purpose: from then on the merchant
    is read since that instant.
    """
    at, now = to_text(change.after), to_text(change.changed_at)
    connection.execute(
        "INSERT INTO watermarks (merchant, at, moved_at, since_at) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (merchant) DO UPDATE SET moved_at = excluded.moved_at,"
        " since_at = CASE WHEN excluded.at > at THEN excluded.at"
        " ELSE min(since_at, excluded.at) END, at = excluded.at",
        (change.merchant, at, now, at),
    )
    connection.execute(
        "INSERT INTO watermark_changes"
        " (merchant, changed_at, before_at, after_at, changed_by, note) VALUES (?, ?, ?, ?, ?, ?)",
        (change.merchant, now, to_text(change.before), at, change.by, change.note),
    )


def watermark_changes(
    connection: sqlite3.Connection, merchant: str, limit: int
) -> tuple[WatermarkChange, ...]:
    """Returns the changes made by hand, the newest first."""
    found = connection.execute(
        "SELECT changed_at, before_at, after_at, changed_by, note FROM watermark_changes"
        " WHERE merchant = ? ORDER BY id DESC LIMIT ?",
        (merchant, limit),
    )
    return tuple(
        WatermarkChange(
            merchant=merchant,
            changed_at=from_text(changed_at),
            before=from_text(before_at),
            after=from_text(after_at),
            by=by,
            note=note,
        )
        for changed_at, before_at, after_at, by, note in found
    )


def open_backfill(  # noqa: PLR0913 - one column each
    connection: sqlite3.Connection,
    merchant: str,
    since: datetime,
    until: datetime,
    *,
    now: datetime,
    open_ended: bool = False,
) -> Backfill:
    """Returns the unfinished backfill of this window (or with this beginning), or begins one."""
    if open_ended:
        begun = connection.execute(
            "SELECT until_at FROM backfills WHERE merchant = ? AND since_at = ? ORDER BY id",
            (merchant, to_text(since)),
        ).fetchone()
        until = until if begun is None else from_text(begun[0])
    connection.execute(
        "INSERT INTO backfills (merchant, since_at, until_at, done_until, started_at)"
        " VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
        (merchant, to_text(since), to_text(until), to_text(since), to_text(now)),
    )
    backfill_id, done_until = connection.execute(
        "SELECT id, done_until FROM backfills WHERE merchant = ? AND since_at = ? AND until_at = ?",
        (merchant, to_text(since), to_text(until)),
    ).fetchone()
    return Backfill(backfill_id, merchant, since, until, from_text(done_until))


def advance_backfill(connection: sqlite3.Connection, backfill: Backfill) -> None:
    """Moves the backfill's resume point forward; raises StateError if it is not open."""
    moved = connection.execute(
        "UPDATE backfills SET done_until = max(done_until, ?)"
        " WHERE merchant = ? AND since_at = ? AND until_at = ?",
        (to_text(backfill.done_until), *_window(backfill)),
    )
    if moved.rowcount == 0:
        raise StateError(
            f"{backfill.merchant}: this backfill is already finished; nothing was changed. "
            "Start it again to read its window once more."
        )


def close_backfill(connection: sqlite3.Connection, backfill: Backfill) -> None:
    """Forgets the backfill; runs keep the record that it took place."""
    connection.execute(
        "DELETE FROM backfills WHERE merchant = ? AND since_at = ? AND until_at = ?",
        _window(backfill),
    )


def _window(backfill: Backfill) -> tuple[str, str, str]:
    return backfill.merchant, to_text(backfill.since), to_text(backfill.until)
