"""
Every rule of At Last's contract for an order, and what is wrong with one.

Beside the schema it holds the rules that the contract only describes in words:
the age of an order, ISO 4217 codes, line ids unique within their order, one
currency, no discount above its price, no null anywhere.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

OLDEST = timedelta(days=60)


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with an order: where, what, and the value found."""

    path: str
    """Within the order, for example "items[0].price.value"; empty for the order itself."""
    what: str
    found: object


Rule = Callable[[str, Any], Iterator[Fault]]
"""Yields what is wrong with the value at a path."""


def text(*, longest: int | None = None, shortest: int = 1) -> Rule:
    """Returns the rule for a string of so many characters."""

    def check(path: str, value: Any) -> Iterator[Fault]:  # noqa: ANN401 - JSON as it came
        if not isinstance(value, str):
            yield Fault(path, "must be a string", value)
        elif len(value) < shortest:
            yield Fault(path, f"must have at least {shortest} characters", value)
        elif longest is not None and len(value) > longest:
            yield Fault(path, f"must have at most {longest} characters", value)

    return check


def shaped(what: str, fits: Callable[[str], bool]) -> Rule:
    """Returns the rule for a string of a certain form."""

    def check(path: str, value: Any) -> Iterator[Fault]:  # noqa: ANN401 - JSON as it came
        if not isinstance(value, str):
            yield Fault(path, "must be a string", value)
        elif not fits(value):
            yield Fault(path, f"must be {what}", value)

    return check


def number(*, above_zero: bool = False) -> Rule:
    """Returns the rule for a number that is not negative, or above zero."""

    def check(path: str, value: Any) -> Iterator[Fault]:  # noqa: ANN401 - JSON as it came
        if isinstance(value, bool) or not isinstance(value, int | Decimal):
            yield Fault(path, "must be a number", value)
        elif value < 0 or (above_zero and value == 0):
            yield Fault(path, f"must be {'above' if above_zero else 'at least'} 0", value)

    return check


def count(path: str, value: Any) -> Iterator[Fault]:  # noqa: ANN401 - JSON as it came
    """Yields a fault unless the value is a whole number of at least 1."""
    if isinstance(value, bool) or not isinstance(value, int):
        yield Fault(path, "must be an integer", value)
    elif value < 1:
        yield Fault(path, "must be at least 1", value)


def record(required: Mapping[str, Rule], optional: Mapping[str, Rule]) -> Rule:
    """Returns the rule for an object; further keys are allowed, but not null in them."""
    known = {**required, **optional}

    def check(path: str, value: Any) -> Iterator[Fault]:  # noqa: ANN401 - JSON as it came
        if not isinstance(value, dict):
            yield Fault(path, "must be an object", value)
            return
        for key in required.keys() - value.keys():
            yield Fault(_join(path, key), "is required", "")
        for key, inner in value.items():
            yield from known.get(key, _no_null)(_join(path, key), inner)

    return check


def several(rule: Rule) -> Rule:
    """Returns the rule for a list of 1 to 100 values."""

    def check(path: str, value: Any) -> Iterator[Fault]:  # noqa: ANN401 - JSON as it came
        if not isinstance(value, list):
            yield Fault(path, "must be an array", value)
        elif not 1 <= len(value) <= 100:  # noqa: PLR2004 - minItems and maxItems
            yield Fault(path, "must have 1 to 100 elements", len(value))
        else:
            for position, inner in enumerate(value):
                yield from rule(f"{path}[{position}]", inner)

    return check


def _no_null(path: str, value: Any) -> Iterator[Fault]:  # noqa: ANN401 - JSON as it came
    if value is None:
        yield Fault(path, "must not be null", None)
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from _no_null(_join(path, key), inner)
    elif isinstance(value, list):
        for position, inner in enumerate(value):
            yield from _no_null(f"{path}[{position}]", inner)


def _join(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key


_DATE_TIME = re.compile(
    r"\d{4}-\d\d-\d\dT([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d+)?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)",
    re.ASCII,
)
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_EMAIL = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@([A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?\.)+[A-Za-z0-9-]*[A-Za-z0-9]"
)
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:(%[0-9A-Fa-f]{2}|[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=-])+")


def _is_date(value: str) -> bool:
    try:
        date.fromisoformat(value)
    except ValueError:
        return False
    return _DATE.fullmatch(value) is not None


def _is_uri(value: str) -> bool:
    try:
        parts = urlsplit(value)
    except ValueError:
        return False
    web = parts.scheme in {"http", "https"} and parts.hostname
    return _URI.fullmatch(value) is not None and bool(web)


def _is_date_time(value: str) -> bool:
    return _DATE_TIME.fullmatch(value) is not None and _is_date(value[:10])


def _is_email(value: str) -> bool:
    return len(value) <= 254 and _EMAIL.fullmatch(value) is not None  # noqa: PLR2004 - RFC 5321


_NAME = text()
_PRICE = record(
    {
        "value": number(),
        "currency": shaped("an ISO 4217 code", re.compile("[A-Z]{3}").fullmatch),  # type: ignore[arg-type]  # a match is true
    },
    {},
)
_WEIGHT = record(
    {
        "value": number(above_zero=True),
        "unit": shaped(
            "GRAMS, KILOGRAMS, OUNCES or POUNDS",
            {"GRAMS", "KILOGRAMS", "OUNCES", "POUNDS"}.__contains__,
        ),
    },
    {},
)
_ITEM = record(
    {"id": _NAME, "quantity": count, "price": _PRICE},
    {
        "imageUrl": shaped("a URI", _is_uri),
        "sku": _NAME,
        "name": _NAME,
        "variantName": _NAME,
        "description": _NAME,
        "weight": _WEIGHT,
        "discount": _PRICE,
        "hsCode": _NAME,
        "countryCodeOfOrigin": text(shortest=2, longest=2),
    },
)
_ADDRESS = record(
    {"line1": _NAME, "city": _NAME, "postCode": _NAME, "country": _NAME},
    {"line2": _NAME, "line3": _NAME, "company": _NAME, "province": _NAME},
)
_ORDER = record(
    {
        "id": _NAME,
        "createdAt": shaped("a date-time with an offset", _is_date_time),
        "orderNumber": _NAME,
        "orderTotal": _PRICE,
        "itemSubTotal": _PRICE,
        "shippingTotal": _PRICE,
        "items": several(_ITEM),
        "customer": record(
            {"lastName": _NAME, "address": _ADDRESS}, {"firstName": _NAME, "phone": _NAME}
        ),
    },
    {
        "merchantId": _NAME,
        "reference": _NAME,
        "userEmail": shaped("an e-mail address", _is_email),
        "discount": _PRICE,
        "outboundFulfilment": record(
            {
                "carrier": _NAME,
                "shippingDate": shaped("a date, YYYY-MM-DD", _is_date),
                "trackingNumber": _NAME,
            },
            {},
        ),
    },
)


def faults(order: Any, now: datetime) -> list[Fault]:  # noqa: ANN401 - JSON as it came
    """Returns everything that is wrong with an order pushed at *now*, in the order found."""
    found = list(_ORDER("", order))
    # the rules in words look at several values; they need each to be sound
    return found or [*_too_old(order, now), *_repeated_lines(order), *_odd_money(order)]


def _too_old(order: Mapping[str, Any], now: datetime) -> Iterator[Fault]:
    created_at = datetime.fromisoformat(order["createdAt"])
    if now - created_at > OLDEST:
        yield Fault("createdAt", "must be at most 60 days old", order["createdAt"])


def _repeated_lines(order: Mapping[str, Any]) -> Iterator[Fault]:
    seen: set[str] = set()
    for position, item in enumerate(order["items"]):
        if item["id"] in seen:
            yield Fault(f"items[{position}].id", "must be unique in the order", item["id"])
        seen.add(item["id"])


def _odd_money(order: Mapping[str, Any]) -> Iterator[Fault]:
    currency = order["orderTotal"]["currency"]
    owners = [("", order), *((f"items[{i}]", item) for i, item in enumerate(order["items"]))]
    for path, owner in owners:
        for key in ("itemSubTotal", "shippingTotal", "discount", "price"):
            if key in owner and owner[key]["currency"] != currency:
                where = f"{_join(path, key)}.currency"
                yield Fault(where, "must be the order's currency", owner[key]["currency"])
        if "price" in owner and "discount" in owner:
            discount = owner["discount"]["value"]
            if discount > owner["price"]["value"]:
                yield Fault(f"{path}.discount.value", "must not exceed the price", discount)
