"""Whom a refusal of At Last blames, and in which words; what cannot be read names nobody."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from orderferry.manifest import Manifest
from orderferry.mentions import (
    FAILED_KEYS,
    INNER_KEYS,
    as_key,
    bare,
    conflicts,
    failed,
    in_words,
    mentioned,
    message,
)
from orderferry.quoting import parse, plain

_Named = tuple[int, str, bool | None]
"""Position, words, and whether At Last has the order already, None if that is not told."""

_LIST_KEYS = FAILED_KEYS | {"orders", "ids", "orderids", "ordernumbers"}
"""Keys of lists that may hold nothing but names of orders."""


@dataclass(frozen=True, slots=True)
class Blame:
    """Which orders of a request an answer names; empty reasons name nothing."""

    reasons: Mapping[int, str]
    problem: str
    """At Last's words about the whole request."""
    conflicts: Mapping[int, bool] = field(default_factory=dict)
    """Position -> whether At Last has the order already, where a status beside the name tells."""


def read_blame(body: bytes, manifest: Manifest) -> Blame:
    """
    Returns whom the body of a refusal blames.

    Names that turn out to be wrong cost one request (`splitting.py`), so that any
    mention counts. A position beyond the request shows that others are meant: then
    none is believed. Anything but JSON names nothing and is not quoted.
    """
    try:
        document = parse(body)
        found: dict[int, str] = {}
        conflicting: dict[int, bool] = {}
        for position, text, conflict in _named(document, manifest):
            found.setdefault(position, text)
            if conflict is not None:
                conflicting.setdefault(position, conflict)
        if not all(0 <= position < len(manifest) for position in found):
            found = {}
        reasons = {position: plain(text, manifest.personal) for position, text in found.items()}
        words = message(document)
        problem = plain(words, manifest.personal) if words else ""
        return Blame(reasons, problem, conflicting if reasons else {})
    except RecursionError:  # nested deeper than any error is
        return Blame({}, "")


def _named(value: object, manifest: Manifest, key: str = "") -> Iterator[_Named]:
    """Yields every order that some part of *value* names."""
    if isinstance(value, str):
        for position in in_words(value, manifest):
            yield position, value, None
    elif isinstance(value, list):
        yield from _in_list(value, manifest, key)
    elif isinstance(value, dict):
        own = mentioned(value, manifest)
        if own is not None:
            if failed(value) is not False:
                yield own, message(value), conflicts(value)
            return  # ids further inside are those of its parts
        for name, item in value.items():
            for position in as_key(name, key, manifest):
                text = message(item)
                yield position, text if key == "orders" else f"{name}: {text}", conflicts(item)
            if bare(name) not in INNER_KEYS:
                yield from _named(item, manifest, bare(name))


def _in_list(items: list[object], manifest: Manifest, key: str) -> Iterator[_Named]:
    """Yields what the items name: where some say that they failed, those alone."""
    some_failed = any(failed(item) for item in items)
    for item in items:
        if isinstance(item, str | int) and key in _LIST_KEYS:
            position = manifest.find(item)
            if position is not None:
                yield position, "", None
                continue
        if not (some_failed and isinstance(item, dict) and not failed(item)):
            yield from _named(item, manifest, key)
