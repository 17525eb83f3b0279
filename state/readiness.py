"""The SQL of how ready orders are for returns across a border; the caller holds the transaction."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime

from state.instants import to_text
from state.operating import ReadinessReport, ToFix

_EXAMPLES = 3

_GRADED = """
    FROM orders WHERE merchant = ? AND grade IS NOT NULL
        AND coalesce(created_at, since_at) >= ?
"""


@dataclass(slots=True)
class _Item:
    """What has been found of one item so far."""

    name: str
    missing: Counter[str] = field(default_factory=Counter)
    orders: int = 0
    examples: list[str] = field(default_factory=list)


def report(connection: sqlite3.Connection, merchant: str, *, since: datetime) -> ReadinessReport:
    """Returns grades and items of the merchant's orders created since then; memory per item."""
    window = (merchant, to_text(since))
    grades = connection.execute(f"SELECT grade, count(*) {_GRADED} GROUP BY grade", window)
    found = dict(grades.fetchall())
    items: dict[str, _Item] = {}
    lacking = connection.execute(
        f"SELECT order_id, missing {_GRADED} AND missing IS NOT NULL ORDER BY id DESC",
        window,
    )
    for order_id, missing in lacking:
        _add(items, order_id, missing)
    ordered = sorted(items.items(), key=lambda item: (-item[1].orders, item[0]))
    return ReadinessReport(found, tuple(_to_fix(key, item) for key, item in ordered))


def _add(items: dict[str, _Item], order_id: str, missing: str) -> None:
    """Adds one order, the newest first; an item that stands in two of its lines counts once."""
    fields: dict[str, set[str]] = {}
    for key, name, lacks in json.loads(missing):
        items.setdefault(key, _Item(name))
        fields.setdefault(key, set()).update(lacks)
    for key, lacks in fields.items():
        item = items[key]
        item.orders += 1
        item.missing.update(lacks)
        if len(item.examples) < _EXAMPLES:
            item.examples.append(order_id)


def _to_fix(key: str, item: _Item) -> ToFix:
    missing = dict(sorted(item.missing.items(), key=lambda part: (-part[1], part[0])))
    return ToFix(key, item.name, missing, item.orders, tuple(item.examples))
