"""The runs' SQL: what was attempted, and how it ended."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from state import tallies
from state.instants import from_text, to_text
from state.records import Run, RunOutcome

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
        AND id IS NOT (
            SELECT id FROM runs WHERE subject = :subject AND kind = 'sweep' AND outcome = 'done'
            ORDER BY finished_at DESC LIMIT 1
        )
"""
_COLUMNS = "id, subject, kind, started_at, finished_at, outcome, counts, problem, retry_at"


def start(connection: sqlite3.Connection, subject: str, kind: str, *, now: datetime) -> int:
    """Returns the id of a new run, and forgets the oldest but for the last success and sweep."""
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
    tallies.add_run(connection, run_id, RunOutcome(outcome), counts)


def latest(connection: sqlite3.Connection, subject: str, limit: int) -> tuple[Run, ...]:
    """Returns the subject's last runs, newest first."""
    found = connection.execute(
        f"SELECT {_COLUMNS} FROM runs WHERE subject = ? ORDER BY id DESC LIMIT ?",  # noqa: S608 - a constant
        (subject, limit),
    )
    return tuple(map(_run, found))


def last(
    connection: sqlite3.Connection, subject: str, kind: str, *, done: bool = False
) -> Run | None:
    """Returns the subject's last run of that kind, or the last that was completed."""
    found = connection.execute(
        f"SELECT {_COLUMNS} FROM runs"  # noqa: S608 - a constant
        " WHERE subject = ? AND kind = ? AND (outcome = 'done' OR NOT ?)"
        " ORDER BY id DESC LIMIT 1",
        (subject, kind, done),
    ).fetchone()
    return None if found is None else _run(found)


def newest(
    connection: sqlite3.Connection,
    subjects: Sequence[str],
    *,
    kind: str = "",
    ended: bool = False,
    done: bool = False,
) -> Mapping[str, Run]:
    """
    Returns the newest run of each subject that has one.

    Of that kind, if told; with *ended* none that is under way, with *done* completed ones alone.
    """
    found = connection.execute(
        f"SELECT {_COLUMNS} FROM runs WHERE id IN (SELECT ("  # noqa: S608 - a constant
        " SELECT id FROM runs WHERE subject = value"
        " AND (:kind = '' OR kind = :kind) AND (outcome = 'done' OR NOT :done)"
        " AND (outcome IS NOT NULL OR NOT :ended)"
        " ORDER BY id DESC LIMIT 1) FROM json_each(:subjects))",
        {"subjects": json.dumps(list(subjects)), "kind": kind, "ended": ended, "done": done},
    )
    return {run.subject: run for run in map(_run, found)}


def _run(values: tuple[Any, ...]) -> Run:
    run_id, subject, kind, started_at, finished_at, outcome, counts, problem, retry_at = values
    return Run(
        id=run_id,
        subject=subject,
        kind=kind,
        started_at=from_text(started_at),
        finished_at=from_text(finished_at),
        outcome=None if outcome is None else RunOutcome(outcome),
        counts=json.loads(counts),
        problem=problem,
        retry_at=from_text(retry_at),
    )
