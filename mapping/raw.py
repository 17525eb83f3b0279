"""Typed values out of a platform's JSON, whatever it really holds."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from mapping.text import clean

Raw = Mapping[str, Any]
"""
One object of a platform's JSON; nothing about its values is certain.

Always a dict in practice, and asked for as one first below: an abstract class
takes five times as long to answer isinstance, which is asked hundreds of times an order.
"""
_OBJECT = (dict, Mapping)  # a tuple: "dict | Mapping" would be made anew each time

_LARGEST = 10**18
"""Above any id or count; also keeps `str` of a hostile integer cheap."""
_WHOLE = re.compile(r"(-?[0-9]{1,18})(\.0*)?")


class Unmappable(Exception):
    """
    The order cannot be mapped.

    Args:
        field: Path in the raw order, for example "line_items[2].quantity".
        problem: The rest of a sentence that begins with the field: what was
            found and what to do. Never personal data.

    """

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(field, problem)
        self.field = field
        self.problem = problem


def as_object(value: object) -> Raw:
    """Returns *value* if it is a JSON object, else an empty one."""
    return value if isinstance(value, _OBJECT) else {}


def as_list(value: object) -> tuple[object, ...]:
    """
    Returns the members of a JSON list.

    An object counts as the list of its values: PHP writes an array whose keys
    have holes as an object. Anything else is empty.
    """
    if isinstance(value, list):
        return tuple(value)
    if isinstance(value, _OBJECT):
        return tuple(value.values())
    return value if isinstance(value, tuple) else ()


def as_objects(value: object) -> tuple[Raw, ...]:
    """Returns the members of a JSON list that are objects."""
    members = value if isinstance(value, list) else as_list(value)
    return tuple([member for member in members if isinstance(member, _OBJECT)])


def as_text(value: object) -> str:
    """Returns clean text (see `clean`) of a string or an integer; empty for anything else."""
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < _LARGEST:
        return str(value)
    return ""


def as_whole(value: object) -> int | None:
    """
    Returns the integer that *value* stands for, None if it is none.

    Plugins that sell by weight turn quantities into 2.0 or "2"; those are
    integers, 1.5 is not.
    """
    text = str(value) if isinstance(value, float | Decimal) else as_text(value)
    match = _WHOLE.fullmatch(text)
    return int(match[1]) if match else None


def is_true(value: object) -> bool:
    """Returns whether *value* is one of the ways PHP code writes "yes"."""
    return value is True or as_text(value).lower() in {"1", "yes", "true"}


def decoded(value: object) -> object:
    """Returns what a JSON string holds, None if it holds none; other values as they are."""
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return None


def meta(source: Raw, key: str) -> Iterator[object]:
    """Yields every value that `meta_data` has under *key*; WordPress allows several."""
    for entry in as_objects(source.get("meta_data")):
        if entry.get("key") == key:
            yield entry.get("value")


def meta_by_key(source: Raw) -> Mapping[str, Sequence[Raw]]:
    """
    Returns the entries of `meta_data` by their keys; "value" holds what `meta` yields.

    For sources that are asked for dozens of keys: one pass over `meta_data`
    instead of one a key. A value is read by whom it concerns, so that a trace
    can say who that was.
    """
    found: dict[str, list[Raw]] = {}
    for entry in as_objects(source.get("meta_data")):
        key = entry.get("key")
        if isinstance(key, str):
            found.setdefault(key, []).append(entry)
    return found
