"""JSON out of what PHP sends: a byte order mark, notices before it, HTML after it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

from pydantic_core import from_json

_DECODER: Final = json.JSONDecoder()
_BRACKET: Final = re.compile(r"[\[{]")
_BEGINNING: Final = re.compile(r"\{\s*\"|\[\s*[\[{]")
"""Where JSON with any content has begun for certain."""
_HEAD: Final = re.compile(rb'\[(\{"\w+":)\w+(,"\w+":)')
"""How a list of objects begins whose first value is a number or a truth value."""


class Row(dict[str, Any]):
    """An object of a list, with its JSON as it came."""

    __slots__ = ("text",)

    def __init__(self, value: Mapping[str, Any], text: bytes) -> None:
        super().__init__(value)
        self.text = text


@dataclass(frozen=True, slots=True)
class Decoded:
    """What a body holds."""

    value: Any
    """Any JSON list or object; the objects of a list are `Row`s where they could be told apart."""
    noisy: bool
    """There was text around it."""


def decode(body: bytes) -> Decoded | None:
    """
    Returns the JSON list or object of a body, None if there is none that is complete.

    PHP prints notices before the answer where display_errors is on, and some
    plugins save their files with a byte order mark (recorded: 200,
    application/json). Text that follows must be HTML, else the JSON is a piece
    of something that was cut.
    """
    plain = _plain(body)
    return plain if plain is not None else _among_text(body)


def _plain(body: bytes) -> Decoded | None:
    """Returns the JSON of a body that holds nothing else, as nearly every one does."""
    try:
        value = _rows(body) or from_json(body)
    except ValueError:  # also half an emoji and deep nesting, which the other way reads
        return None
    return Decoded(value, noisy=False) if isinstance(value, list | dict) else None


def _rows(body: bytes) -> list[Row] | None:
    """
    Returns the objects of a list that begin alike; None if they cannot be told apart.

    What looks like the next object's beginning may be inside of this one, in meta data say.
    Then the pieces are no JSON; if all of them are, they are what the list holds.
    """
    head = _HEAD.match(body)
    if head is None or not body.endswith(b"]"):
        return None
    begins = re.compile(b"," + re.escape(head[1]) + rb"\w+" + re.escape(head[2]))
    cuts = [0, *(found.start() for found in begins.finditer(body)), len(body) - 1]
    texts = [body[start + 1 : stop] for start, stop in pairwise(cuts)]
    try:
        return [Row(from_json(text), text) for text in texts]
    except ValueError:
        return None


def _among_text(body: bytes) -> Decoded | None:
    try:
        text = body.decode("utf-8-sig").strip()
    except UnicodeDecodeError:
        return None
    found = max(_candidates(text), key=lambda found: found[0], default=None)
    return None if found is None else Decoded(found[1], noisy=found[0] != len(text))


def _candidates(text: str) -> list[tuple[int, Any]]:
    """
    Returns length and value of what may be the answer.

    Nothing after the first certain beginning is tried: in an answer that was
    cut, a complete list inside it ("meta_data": []) would pass for the whole.
    """
    beginning = _BEGINNING.search(text)
    last = len(text) if beginning is None else beginning.start()
    found = []
    for bracket in _BRACKET.finditer(text, 0, last + 1):
        try:
            value, end = _DECODER.raw_decode(text, bracket.start())
        except (ValueError, RecursionError):
            continue
        rest = text[end:].lstrip()
        if not rest or rest.startswith("<"):
            found.append((end - bracket.start(), value))
    return found
