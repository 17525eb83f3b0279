"""
Changes of one order that stay JSON, most of them near to what shops send.

The bytes of a document are no good to mutate: nearly every change makes them
no JSON at all. So a change picks a place in the document and does there what
plugins, importers and people do: another value, another type, a list where an
object was, JSON in a string, one entry twice, a key gone, a piece of another
order.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Sequence
from random import Random
from typing import Any

Path = tuple[Any, ...]

HOSTILE: tuple[Any, ...] = (
    *(None, True, False, 0, 1, -1, 2, 1.5, 0.1, 1e300, float("nan"), float("inf"), 10**17, 10**30),
    *("", " ", "0", "1", "-1", "1.5", "1e9", "1,50", "٣", "9" * 12, "9" * 40, "\ud800", "\x00"),
    *("0.005", "0.000000000001", "999999999999.99", "NaN", "Infinity", "-0.00", "N/A", "<b>x</b>"),
    *("2026-06-18", "2026-06-18T12:00:00", "0000-00-00 00:00:00", "9999-12-31T23:59:59Z"),
    *(1781740800, "1781740800", 1781740800000, "20260618", "2026-06-18T12:00:00+14:00"),
    *("GBP", "JPY", "KWD", "CLF", "US", "GB", "HK", "AU", "yes", "1, 2", "a;b|c", "https://[", "@"),
    *([], {}, [None], [[]], [{}], {"": ""}, {"nodes": None}, {"nodes": [None]}, {"amount": "1"}),
)
_MOST_CHANGES = 4


def changed(document: Any, random: Random, donors: Sequence[Any]) -> Any:
    """Returns *document* with one to four changes; *donors* lend pieces of theirs."""
    found = copy.deepcopy(document)
    for _ in range(random.randint(1, _MOST_CHANGES)):
        path = random.choice(places(found))
        donor = random.choice(donors)
        found = put(found, path, random.choice(_CHANGES)(at(found, path), random, donor))
    return found


def places(value: Any, path: Path = ()) -> list[Path]:
    """Returns the path of *value* and of everything inside it."""
    found = [path]
    for key, member in _members(value):
        found += places(member, (*path, key))
    return found


def at(value: Any, path: Path) -> Any:
    """Returns what is at *path*."""
    for step in path:
        value = value[step]
    return value


def put(value: Any, path: Path, new: Any) -> Any:
    """Returns *value* with *new* at *path*; changed in place where that is possible."""
    if not path:
        return new
    at(value, path[:-1])[path[-1]] = new
    return value


def _members(value: Any) -> list[tuple[Any, Any]]:
    if isinstance(value, dict):
        return list(value.items())
    return list(enumerate(value)) if isinstance(value, list) else []


def _hostile(value: Any, random: Random, donor: Any) -> Any:
    del value, donor
    return copy.deepcopy(random.choice(HOSTILE))


def _near(value: Any, random: Random, donor: Any) -> Any:
    """A number beside the number, a text beside the text."""
    if isinstance(value, bool) or value is None:
        return not value
    if isinstance(value, int | float):
        return random.choice((value + 1, value - 1, -value, value * 10, value / 10, str(value)))
    if isinstance(value, str):
        return _near_text(value, random)
    return _shorter(value, random, donor)


def _near_text(value: str, random: Random) -> str:
    cut = random.randint(0, len(value))
    put_in = random.choice((*"0123456789.,-+ ;|@\n%&<\ud800é抹", "00", "&amp;", "<br>", "http://"))
    rest = cut + random.randint(0, 2)
    start, end = value[:cut], value[rest:]
    return random.choice((start + put_in + end, start + end, value * 2))


def _lent(value: Any, random: Random, donor: Any) -> Any:
    """A piece of another order, from the same kind of place where there is one."""
    del value
    return copy.deepcopy(at(donor, random.choice(places(donor))))


def _extended(value: Any, random: Random, donor: Any) -> Any:
    """One entry more: of an object a key that other orders have, of a list one of its own."""
    if isinstance(value, dict):
        path = random.choice(places(donor))
        if path and isinstance(path[-1], str):
            return value | {path[-1]: copy.deepcopy(at(donor, path))}
    if isinstance(value, list) and value:
        twin = copy.deepcopy(random.choice(value))
        return [*value, twin] if random.random() < 0.5 else [twin, *value]
    return value


def _shorter(value: Any, random: Random, donor: Any) -> Any:
    del donor
    if isinstance(value, dict) and value:
        gone = random.choice(list(value))
        return {key: member for key, member in value.items() if key != gone}
    if isinstance(value, list) and value:
        gone = random.randrange(len(value))
        return [*value[:gone], *value[gone + 1 :]]
    return value


def _shuffled(value: Any, random: Random, donor: Any) -> Any:
    del donor
    members = _members(value)
    random.shuffle(members)
    if isinstance(value, dict):
        return dict(members)
    return [member for _, member in members] if isinstance(value, list) else value


def _reshaped(value: Any, random: Random, donor: Any) -> Any:
    """The same in another shape: PHP's object for a list, JSON in a string, one in a list."""
    del donor
    shapes: list[Callable[[], Any]] = [lambda: [value], lambda: _text(value)]
    if isinstance(value, list):
        shapes.append(lambda: {str(index): member for index, member in enumerate(value)})
    if isinstance(value, dict):
        shapes.append(lambda: list(value.values()))
    return random.choice(shapes)()


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


# nearer changes more often: an order must stay one to be priced
_CHANGES = (
    *(_near, _near, _near, _extended, _extended, _hostile, _lent),
    *(_shorter, _shuffled, _reshaped),
)
