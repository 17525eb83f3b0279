"""A query string as PHP reads it, and as WordPress writes it back."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import parse_qsl, urlencode

PhpQuery = dict[str, str | dict[str, str]]
"""A name's value; an array (`status[]=a`) is a dict from its keys to its values."""

_ARRAY = re.compile(r"([^\[]+)\[([^\]]*)\]")


def read_query(pairs: Iterable[tuple[str, str]]) -> PhpQuery:
    """Returns PHP's `$_GET`: the last value of a name wins, `name[]` collects."""
    query: PhpQuery = {}
    for name, value in pairs:
        found = _ARRAY.fullmatch(name)
        if found is None:
            query[name] = value
            continue
        array = query.get(found[1])
        if not isinstance(array, dict):
            array = query[found[1]] = {}
        array[found[2] or str(len(array))] = value
    return query


def flat(query: PhpQuery) -> list[tuple[str, str]]:
    """Returns the pairs with arrays spelled out: `status[0]`, `status[1]`."""
    pairs: list[tuple[str, str]] = []
    for name, value in query.items():
        if isinstance(value, dict):
            pairs += [(f"{name}[{key}]", item) for key, item in value.items()]
        else:
            pairs.append((name, value))
    return pairs


def add_query_arg(url: str, query: PhpQuery, page: int) -> str:
    """
    Returns the address of another page, as WordPress's add_query_arg builds it.

    It repeats every parameter, secrets included, and garbles some: the first round
    leaves values unencoded and drops a trailing "=", the second reads "+" as a blank.
    A signature therefore comes back as "...HPOS9l+c" for "...HPOS9l%2Bc%3D" (recorded).
    """
    raw = "&".join(f"{name}={value}" for name, value in flat(query))
    again = read_query(parse_qsl(_without_empty(raw), keep_blank_values=True))
    again["page"] = str(page)
    return f"{url}?{_without_empty(urlencode(flat(again)))}"


def _without_empty(query: str) -> str:
    return re.sub(r"=(&|$)", r"\1", query)
