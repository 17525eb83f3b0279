"""Other values that could stand where a value stands, to see what depends on it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal

Pair = tuple[object, object]
"""Two replacements of the same kind: what follows the value differs under both."""

_NUMBER = re.compile(r"-?[0-9]{1,18}(\.[0-9]{1,12})?")
_DAY = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(.*)", re.DOTALL)
_CODES: tuple[tuple[str, ...], ...] = (
    ("EUR", "USD", "GBP"),
    ("GRAMS", "KILOGRAMS", "OUNCES"),
    ("g", "kg", "oz"),
    ("all_fulfilled", "any_fulfilment"),
    ("first", "last"),
    ("gross", "net"),
    ("presentment", "shop"),
)
_SECONDS_A_DAY = 86_400
_STAMP = re.compile(r"[0-9]{9,13}")
_MILLISECONDS = 13
"""Digits of an instant as JavaScript counts them."""
_FAR = (1_000_003, 1_000_007)
"""Added to an id, they meet no other id of the order."""
_SENTENCE = 4  # words


def variants(value: object) -> Iterator[Pair]:
    """Yields replacements for a scalar of a JSON document, the likeliest to be usable first."""
    if isinstance(value, bool):
        yield not value, not value
    elif isinstance(value, int | float | Decimal):
        yield from (
            (_like(value, first), _like(value, second)) for first, second in _numbers(str(value))
        )
    elif isinstance(value, str):
        yield from _texts(value)


def is_sentence(value: object) -> bool:
    """Returns whether *value* is a text that may hold several values: an order note does."""
    return isinstance(value, str) and value.count(" ") + 1 >= _SENTENCE


def holds_json(value: object) -> object:
    """Returns the list or object that a text holds as JSON, None if it holds none."""
    if not isinstance(value, str) or value.lstrip()[:1] not in {"[", "{"}:
        return None
    try:
        found = json.loads(value)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, list | dict) else None


def _like(value: float | Decimal, text: str) -> object:
    if isinstance(value, Decimal):
        return Decimal(text)
    whole = isinstance(value, int) and "." not in text
    return int(text) if whole else float(text)


def _texts(value: str) -> Iterator[Pair]:
    if not value:
        return
    if _NUMBER.fullmatch(value):
        yield from _numbers(value)
    elif found := _DAY.fullmatch(value):
        yield from _days(found[1], found[2])
    elif "@" in value:
        yield f"x{value}", f"y{value}"
    else:
        for codes in _CODES:
            if value in codes or (codes[0].isupper() and _alike(value, codes[0])):
                others = [code for code in codes if code != value]
                yield others[0], others[-1]
    yield f"{value}x", f"{value}y"
    yield from _bumped(value)
    yield "MC", "SG"  # countries for which no city need be named
    yield "BO", "UG"  # and no post code
    if is_sentence(value):
        words = value.split(" ")
        for at, word in enumerate(words):
            before, after = " ".join(words[:at]), " ".join(words[at + 1 :])
            for first, second in ((f"{word}x", f"{word}y"), *_bumped(word)):
                yield f"{before} {first} {after}".strip(), f"{before} {second} {after}".strip()


def _alike(value: str, code: str) -> bool:
    return len(value) == len(code) and value.isalpha() and value.isupper()


def _bumped(value: str) -> Iterator[Pair]:
    """Yields *value* with its last digit changed: "HS 6912.00" is a code, with an x it is none."""
    found = re.search(r"[0-9](?=[^0-9]*$)", value)
    if found:
        digits = [str((int(found[0]) + step) % 10) for step in (1, 2)]
        first, second = (f"{value[: found.start()]}{d}{value[found.end() :]}" for d in digits)
        yield first, second


def _numbers(text: str) -> Iterator[tuple[str, str]]:
    try:
        number = Decimal(text)
    except ArithmeticError:
        return
    if not number.is_finite() or abs(number.adjusted()) > 18:  # noqa: PLR2004 - a count, an amount
        return
    if _STAMP.fullmatch(text):
        day = _SECONDS_A_DAY * (1000 if len(text) == _MILLISECONDS else 1)
        yield _sum(number, day), _sum(number, 2 * day)
        yield _sum(number, -day), _sum(number, -2 * day)
    yield _sum(number, 1), _sum(number, 2)
    yield _sum(number, -1), _sum(number, -2)
    yield _sum(number, _FAR[0]), _sum(number, _FAR[1])
    if "." in text:
        grain = Decimal(1).scaleb(int(number.as_tuple().exponent))
        yield (
            format((number / 2).quantize(grain), "f"),
            format((number / 4).quantize(grain), "f"),
        )


def _sum(number: Decimal, step: int) -> str:
    return format(number + step, "f")


def _days(text: str, rest: str) -> Iterator[Pair]:
    try:
        day = date.fromisoformat(text)
        for way in (1, -1):
            first, second = (day + timedelta(days=way * step) for step in (1, 2))
            yield f"{first}{rest}", f"{second}{rest}"
    except (ValueError, OverflowError):
        return
