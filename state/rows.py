"""Rows of the ledger, as SQLite has them and as the rules of `ledger.py` take them."""

from __future__ import annotations

from dataclasses import fields
from operator import attrgetter
from typing import Any, Final

from state.ledger import Row
from state.records import Claimed, OrderState

# the payload has a table of its own
_FIELDS: Final = tuple(field.name for field in fields(Row) if field.name != "payload")
_values = attrgetter(*_FIELDS)

COLUMNS: Final = ", ".join(_FIELDS)
"""Of the table, in the order of the row's fields."""

SELECT: Final = f"""
    SELECT {COLUMNS} FROM orders
    WHERE merchant = ? AND order_id IN (SELECT value FROM json_each(?))
"""  # noqa: S608 - constants of this module


def as_row(values: tuple[Any, ...]) -> Row:
    """Returns the row with these COLUMNS."""
    found: dict[str, Any] = dict(zip(_FIELDS, values, strict=True))
    found["state"] = OrderState(found["state"])
    # SQLite knows no truth values
    found |= {name: bool(found[name]) for name in ("doubted", "resend")}
    return Row(**found)


def as_values(merchant: str, row: Row) -> tuple[object, ...]:
    """Returns the merchant and the row's COLUMNS."""
    return (merchant, *_values(row))


def as_claimed(values: tuple[Any, ...]) -> Claimed:
    """Returns a claimed order: merchant, id, fingerprint, payload, in doubt, lone failures."""
    merchant, order_id, fingerprint, payload, again, failures = values
    return Claimed(
        merchant, order_id, fingerprint, payload, again=bool(again), lone_failures=failures
    )
