"""What may be repeated of At Last's words: codes, paths and names of fields, never a value (R6)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

WORDS_LIMIT = 200
"""Characters kept of At Last's own words."""

READ_LIMIT = 2000
"""Characters looked at; some of the patterns below take quadratic time."""

_ORDER_PREFIX = re.compile(r"[/#]*(?:\bbody[./])?\borders?(?:\[|\.|/)\d{1,5}\b\]?[./]?")

_SECRETS = re.compile(
    r"""
      "[^"]*(?:"|$) | “[^”]*(?:”|$) | «[^»]*(?:»|$) | `[^`]*(?:`|$)   # quoted values
    | (?<!\w)'[^']*(?:'|$)                    # likewise, but not an apostrophe
    | \S*@\S*                                 # e-mail addresses, whole or cut off
    | https?://\S+
    | \+?\d(?:[\s().-]*\d){6,}                # telephone and card numbers
    | (?=[A-Za-z+_=-]*\d)[A-Za-z0-9+_=-]{20,}(?:\.[A-Za-z0-9+_=-]+)*   # tokens and keys
    """,
    re.VERBOSE,
)
_FIELD_NAME = re.compile(r"[a-z][A-Za-z]*(?:\[\d+\]|[./][A-Za-z0-9]+)*")
_WORD = re.compile(r"\w+")


def personal_words(payload: bytes) -> frozenset[str]:
    """Returns the words of an order's customer data, in lower case, that no text may repeat."""
    order = parse(payload)
    if not isinstance(order, dict):
        return frozenset()
    texts = _texts([order.get("customer"), order.get("userEmail")])
    words = {word.casefold() for text in texts for word in _WORD.findall(text)}
    return frozenset(word for word in words if len(word) > 1)


def plain(text: str, personal: frozenset[str] = frozenset()) -> str:
    """
    Returns At Last's words without values: codes, paths and names of fields stay.

    Quoted values, e-mail addresses, links, long numbers, tokens and *personal*
    words become "…". An order's position in the batch is left out: it means
    nothing once the batch is gone.
    """
    text = _ORDER_PREFIX.sub("", " ".join(text[:READ_LIMIT].split()))
    text = _SECRETS.sub(_without_value, text)
    text = _WORD.sub(lambda m: "…" if m[0].casefold() in personal else m[0], text)
    text = re.sub(r"…(?:[\s,.'-]*…)+", "…", text).strip(" .:")
    return text if len(text) <= WORDS_LIMIT else text[: WORDS_LIMIT - 1] + "…"


def parse(body: bytes) -> object:
    """Returns the JSON value in *body*, None if there is none."""
    try:
        value: object = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return value


def _without_value(match: re.Match[str]) -> str:
    inner = match[0][1:-1]
    return inner if match[0][0] in "\"'`“«" and _FIELD_NAME.fullmatch(inner) else "…"


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | dict):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _texts(item)
