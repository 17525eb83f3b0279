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
class _Product:
    """What has been found of one product so far."""

    name: str
    missing: Counter[str] = field(default_factory=Counter)
    orders: int = 0
    examples: list[str] = field(default_factory=list)


_Key = tuple[str, str]
"""SKU, and the name where there is none."""


def report(connection: sqlite3.Connection, merchant: str, *, since: datetime) -> ReadinessReport:
    """Returns grades and products of the merchant's orders created since then."""
    window = (merchant, to_text(since))
    grades = connection.execute(f"SELECT grade, count(*) {_GRADED} GROUP BY grade", window)
    found = dict(grades.fetchall())
    products: dict[_Key, _Product] = {}
    lacking = connection.execute(
        f"SELECT order_id, missing {_GRADED} AND missing IS NOT NULL ORDER BY id DESC",
        window,
    )
    for order_id, missing in lacking:
        _add(products, order_id, missing)
    ordered = sorted(products.items(), key=lambda one: (-one[1].orders, one[0]))
    return ReadinessReport(found, tuple(_to_fix(key, product) for key, product in ordered))


def _add(products: dict[_Key, _Product], order_id: str, missing: str) -> None:
    """Adds one order, the newest first; a product that stands in two of its lines counts once."""
    lacks: dict[_Key, set[str]] = {}
    for sku, name, fields in json.loads(missing):
        key = (sku, "" if sku else name)
        products.setdefault(key, _Product(name))
        lacks.setdefault(key, set()).update(fields)
    for key, fields in lacks.items():
        product = products[key]
        product.orders += 1
        product.missing.update(fields)
        if len(product.examples) < _EXAMPLES:
            product.examples.append(order_id)


def _to_fix(key: _Key, product: _Product) -> ToFix:
    missing = dict(sorted(product.missing.items(), key=lambda part: (-part[1], part[0])))
    return ToFix(key[0], product.name, missing, product.orders, tuple(product.examples))
