"""What is counted as it happens, in the transaction in which it does: days, and runs' totals."""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date

from state.overview import Day, RunTotal
from state.records import RunOutcome

_ENDED = "ended:"
"""Begins the names of totals that say how often runs ended in that way."""

_DAYS = """
    SELECT merchant, day, delivered, quarantined FROM days
    WHERE merchant IN (SELECT value FROM json_each(:names)) AND day >= :since ORDER BY day, merchant
"""

_ADD_DAY = """
    INSERT INTO days (merchant, day, delivered, quarantined) VALUES (?, ?, ?, ?)
    ON CONFLICT (merchant, day) DO UPDATE SET
        delivered = delivered + excluded.delivered,
        quarantined = quarantined + excluded.quarantined
"""

_ADD_RUN = """
    INSERT INTO run_totals (subject, kind, name, number)
    SELECT subject, kind, added.key, added.value
    FROM runs, json_each(?) AS added WHERE runs.id = ?
    ON CONFLICT (subject, kind, name) DO UPDATE SET number = number + excluded.number
"""


def add_to_day(
    connection: sqlite3.Connection,
    merchant: str,
    now: str,
    *,
    delivered: int = 0,
    quarantined: int = 0,
) -> None:
    """Counts what became of the merchant's orders at *now*, a stored instant."""
    if delivered or quarantined:
        connection.execute(_ADD_DAY, (merchant, now[:10], delivered, quarantined))


def days(
    connection: sqlite3.Connection, merchants: Sequence[str], *, since: date
) -> tuple[Day, ...]:
    """Returns what happened to these merchants' orders on each day since."""
    chosen = {"names": json.dumps(list(merchants)), "since": since.isoformat()}
    return tuple(
        Day(merchant, date.fromisoformat(day), delivered, quarantined)
        for merchant, day, delivered, quarantined in connection.execute(_DAYS, chosen)
    )


def add_run(
    connection: sqlite3.Connection, run_id: int, outcome: RunOutcome, counts: Mapping[str, int]
) -> None:
    """Adds a run that ended to its subject's totals."""
    added = {**counts, f"{_ENDED}{outcome.name}": 1}
    connection.execute(_ADD_RUN, (json.dumps(added), run_id))


def run_totals(connection: sqlite3.Connection) -> tuple[RunTotal, ...]:
    """Returns the totals of every subject and kind of run."""
    outcomes: dict[tuple[str, str], dict[RunOutcome, int]] = defaultdict(dict)
    counts: dict[tuple[str, str], dict[str, int]] = defaultdict(dict)
    found = connection.execute("SELECT subject, kind, name, number FROM run_totals")
    for subject, kind, name, number in found:
        if name.startswith(_ENDED):
            outcomes[subject, kind][RunOutcome[name.removeprefix(_ENDED)]] = number
        else:
            counts[subject, kind][name] = number
    return tuple(
        RunTotal(subject, kind, ended, counts[subject, kind])
        for (subject, kind), ended in outcomes.items()
    )
