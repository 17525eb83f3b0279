"""What orders may be searched by."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any, Final

from orderferry.sandbox.shopify.search import Predicate, Term, Word

_EXCLUSIVE_SECONDS: Final = "2026-10"
"""From this version on `>` leaves out the whole second; before, later fractions matched."""

_COMPARE: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "": operator.eq,
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
}
_FULFILMENT: Final = {
    "unshipped": {"UNFULFILLED"},
    "unfulfilled": {"UNFULFILLED"},
    "partial": {"PARTIALLY_FULFILLED"},
    "shipped": {"FULFILLED"},
    "fulfilled": {"FULFILLED"},
    "scheduled": {"SCHEDULED"},
    "on_hold": {"ON_HOLD"},
    "request_declined": {"REQUEST_DECLINED"},
}
_STATUS: Final[Mapping[str, Predicate]] = {
    "open": lambda head: head.closed_at is None and head.cancelled_at is None,
    "closed": lambda head: head.closed_at is not None,
    "cancelled": lambda head: head.cancelled_at is not None,
    "not_closed": lambda head: head.closed_at is None,
}
_FINANCIAL: Final = frozenset(
    {
        *("authorized", "expired", "paid", "partially_paid"),
        *("partially_refunded", "pending", "refunded", "voided"),
    }
)


def order_vocabulary(version: str, zone: tzinfo) -> Mapping[str, Term]:
    """Returns the fields of orders in a version of the API; *zone* is the shop's."""
    return {
        "": _name,
        "name": _name,
        "id": _id,
        "status": lambda word: _STATUS.get(word.value),
        "fulfillment_status": _fulfilment,
        "financial_status": _financial,
        "test": _test,
    } | {
        name: instant_term(read, version, zone)
        for name, read in (
            ("created_at", operator.attrgetter("created_at")),
            ("processed_at", operator.attrgetter("processed_at")),
            ("updated_at", operator.attrgetter("updated_at")),
        )
    }


def instant_term(read: Callable[[Any], datetime], version: str, zone: tzinfo) -> Term:
    """
    Returns the term for a field of time.

    A time that is not quoted falls apart at its colons: it is a bad value. Everything but `>`
    compares with the stored microseconds.
    """

    def term(word: Word) -> Predicate | None:
        op, value = word.op, word.value
        at = read_time(value, zone) if word.quoted or ":" not in value else None
        if at is None:
            return None
        if op == "":
            end = at + (timedelta(seconds=1) if ":" in value else timedelta(days=1))
            return lambda row: at <= read(row) < end
        if op == ">" and version >= _EXCLUSIVE_SECONDS:
            after = at.replace(microsecond=0) + timedelta(seconds=1)
            return lambda row: read(row) >= after
        compare = _COMPARE[op]
        return lambda row: compare(read(row), at)

    return term


def read_time(value: str, zone: tzinfo) -> datetime | None:
    """Returns the instant of a search value, UTC; without an offset it is the shop's own time."""
    try:
        at = datetime.fromisoformat(value)
    except ValueError:
        return None
    return (at if at.tzinfo else at.replace(tzinfo=zone)).astimezone(UTC)


def _name(word: Word) -> Predicate | None:
    return None if word.op else lambda head: head.name.lstrip("#") == word.value.lstrip("#")


def _id(word: Word) -> Predicate | None:
    digits = word.value.rpartition("/")[2]
    if not digits.isdecimal():
        return None
    compare, number = _COMPARE[word.op], int(digits)
    return lambda head: compare(head.id, number)


def _fulfilment(word: Word) -> Predicate | None:
    wanted = _FULFILMENT.get(word.value)
    return None if wanted is None else lambda head: head.fulfilment in wanted


def _financial(word: Word) -> Predicate | None:
    wanted = word.value.upper()
    return (lambda head: head.financial == wanted) if word.value in _FINANCIAL else None


def _test(word: Word) -> Predicate | None:
    wanted = {"true": True, "false": False}.get(word.value)
    return None if wanted is None else lambda head: head.test is wanted
