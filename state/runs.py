"""The runs' SQL: what was attempted, and how it ended."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from datetime import datetime

from state.instants import from_text, to_text
from state.store import Run, RunOutcome

KEPT = 500
"""Runs kept per subject: more than a day of polls every five minutes."""

_PRUNE = """
    DELETE FROM runs
    WHERE subject = :subject
        AND id <= (
            SELECT id FROM runs WHERE subject = :subject ORDER BY id DESC LIMIT 1 OFFSET :kept
        )
        AND id IS NOT (
            SELECT id FROM runs WHERE subject = :subject AND outcome = 'done'
            ORDER BY finished_at DESC LIMIT 1
        )
"""


def start(connection: sqlite3.Connection, subject: str, kind: str, *, now: datetime) -> int:
    """Returns the id of a new run, and forgets the subject's oldest but for its last success."""
    connection.execute(_PRUNE, {"subject": subject, "kept": KEPT - 1})
    made = connection.execute(
        "INSERT INTO runs (subject, kind, started_at) VALUES (?, ?, ?)",
        (subject, kind, to_text(now)),
    )
    return int(made.lastrowid or 0)


def finish(  # noqa: PLR0913 - one column each
    connection: sqlite3.Connection,
    run_id: int,
    outcome: RunOutcome,
    *,
    now: datetime,
    counts: Mapping[str, int],
    problem: str | None,
    retry_at: datetime | None,
) -> None:
    """Closes the run."""
    connection.execute(
        "UPDATE runs SET outcome = ?, finished_at = ?, counts = ?, problem = ?, retry_at = ?"
        " WHERE id = ?",
        (
            RunOutcome(outcome),
            to_text(now),
            json.dumps(dict(counts)),
            problem,
            to_text(retry_at),
            run_id,
        ),
    )


def latest(connection: sqlite3.Connection, subject: str, limit: int) -> tuple[Run, ...]:
    """Returns the subject's last runs, newest first."""
    found = connection.execute(
        "SELECT id, subject, kind, started_at, finished_at, outcome, counts, problem, retry_at"
        " FROM runs WHERE subject = ? ORDER BY id DESC LIMIT ?",
        (subject, limit),
    )
    return tuple(
        Run(
            id=run_id,
            subject=name,
            kind=kind,
            started_at=from_text(started_at),
            finished_at=from_text(finished_at),
            outcome=None if outcome is None else RunOutcome(outcome),
            counts=json.loads(counts),
            problem=problem,
            retry_at=from_text(retry_at),
        )
        for run_id, name, kind, started_at, finished_at, outcome, counts, problem, retry_at in found
    )


def last_success_at(connection: sqlite3.Connection, subject: str) -> datetime | None:
    """Returns when the subject's last complete run finished, None if there was none."""
    at: str | None
    (at,) = connection.execute(
        "SELECT max(finished_at) FROM runs WHERE subject = ? AND outcome = 'done'", (subject,)
    ).fetchone()
    return from_text(at)
