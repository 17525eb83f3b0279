"""
What an answer of At Last says about the orders: which ones, and why.

No error body is documented (facts on At Last, section 4), so every common shape
is read: "orders[3].id" or "/orders/3/id" anywhere, paths as lists, an index
beside a message. What cannot be read names nothing, and the batch is halved.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

WORDS_LIMIT = 200
"""Characters kept of At Last's own words."""

_READ_LIMIT = 2000
"""Characters looked at; some of the patterns below take quadratic time."""

_INDEX_KEYS = ("index", "orderIndex", "order_index", "position")
_MESSAGE_KEYS = ("message", "msg", "detail", "description", "title", "error_description")
_PATH_KEYS = ("path", "field", "loc", "instancePath", "pointer", "property")
_CODE_KEYS = ("error", "code", "errors", "details")
_FAILED_WORDS = frozenset({"error", "failed", "rejected", "refused", "invalid"})

_ORDER_PATH = re.compile(r"\borders?(?:\[|\.|/)(\d{1,5})\b\]?")
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


@dataclass(frozen=True, slots=True)
class Blame:
    """Which orders of a request an answer names; empty reasons name nothing."""

    reasons: Mapping[int, str]
    problem: str
    """At Last's words about the whole request."""


def read_blame(body: bytes, personal: frozenset[str], count: int) -> Blame:
    """
    Returns whom the body of a refusal blames.

    Args:
        body: As received; anything but JSON names nothing and is not quoted.
        personal: Words that must not be repeated, from `personal_words`.
        count: Orders in the request; a body that names others is not believed.

    """
    try:
        return _blame(parse(body), personal, count)
    except RecursionError:  # nested deeper than any error is
        return Blame({}, "")


def reports_failure(body: bytes) -> bool:
    """
    Returns whether the body of a success speaks of failure at all.

    Asked first, because what reads the failures needs the personal words of a
    whole batch, which cost more than the push.
    """
    try:
        return any(True for _ in _failures(parse(body)))
    except RecursionError:  # nested deeper than any report is
        return False


def read_failures(body: bytes, personal: frozenset[str], count: int) -> Blame | None:
    """
    Returns whom the body of a *success* blames, None if nobody.

    The documented success has no body. Should one list failures all the same,
    taking it for "all accepted" would lose those orders.
    """
    try:
        blames = [_blame(each, personal, count) for each in _failures(parse(body))]
    except RecursionError:  # nested deeper than any report is
        return None
    if not blames:
        return None
    reasons = {index: why for blame in blames for index, why in blame.reasons.items()}
    complete = all(blame.reasons for blame in blames)
    return Blame(reasons if complete else {}, blames[0].problem)


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
    text = _ORDER_PREFIX.sub("", " ".join(text[:_READ_LIMIT].split()))
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


def _blame(document: object, personal: frozenset[str], count: int) -> Blame:
    found = _distinct(_named(document))
    if not all(0 <= index < count for index in found):
        found = {}
    reasons = {index: plain(text, personal) for index, text in found.items()}
    return Blame(reasons, plain(_message(document), personal))


def _without_value(match: re.Match[str]) -> str:
    inner = match[0][1:-1]
    return inner if match[0][0] in "\"'`“«" and _FIELD_NAME.fullmatch(inner) else "…"


def _named(value: object, key: str = "") -> Iterator[tuple[int, str]]:
    """Yields (position, words) for every order that some part of *value* names."""
    if isinstance(value, str):
        for match in _ORDER_PATH.finditer(value):
            yield int(match[1]), value
    elif isinstance(value, list):
        for item in value:
            yield from _named(item, key)
    elif isinstance(value, dict):
        own = _own_position(value)
        if own is not None:
            yield own, _message(value)
        for name, item in value.items():
            for index, _ in _named(str(name)):
                yield index, f"{name}: {_message(item)}"
            if key == "orders" and re.fullmatch(r"\d{1,5}", name):
                yield int(name), _message(item)
            yield from _named(item, name)


def _own_position(item: Mapping[str, object]) -> int | None:
    """Returns the position that an error's own path or index gives."""
    match = _ORDER_PATH.search(_where(item))
    if match:
        return int(match[1])
    for key in _INDEX_KEYS:
        index = item.get(key)
        if isinstance(index, int) and not isinstance(index, bool):
            return index
    return None


def _message(value: object) -> str:
    """Returns the words of an error: where and what, else whatever text there is."""
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return "; ".join(text for text in map(_message, value[:3]) if text)
    if not isinstance(value, dict):
        return ""
    words = [_message(value[key]) for key in _MESSAGE_KEYS if value.get(key)]
    words = words or [_message(value[key]) for key in _CODE_KEYS if value.get(key)]
    where = _where(value)
    text = next((word for word in words if word), "")
    return f"{where}: {text}" if where and where not in text else text


def _where(item: Mapping[str, object]) -> str:
    """Returns the path that an error gives, dotted if it came as a list."""
    source = item.get("source")  # JSON:API keeps the pointer in there
    for value in (
        *map(item.get, _PATH_KEYS),
        source.get("pointer") if isinstance(source, dict) else "",
    ):
        if isinstance(value, list):
            return ".".join(map(str, value))
        if isinstance(value, str) and value:
            return value
    return ""


def _failures(value: object) -> Iterator[object]:
    """Yields the parts of a success that speak of failure."""
    if isinstance(value, list):
        for item in value:
            yield from _failures(item)
    elif isinstance(value, dict):
        for key, item in value.items():
            status = item if key in {"status", "statusCode", "state", "result"} else None
            if (
                (key in {"error", "errors", "failed", "failures", "rejected"} and item)
                or (key in {"success", "ok"} and item is False)
                or (isinstance(status, str) and status.casefold() in _FAILED_WORDS)
                or (isinstance(status, int) and status >= 400)  # noqa: PLR2004 - HTTP's errors
            ):
                # a list of failures stands for itself, a mark stands for the object it is in
                yield item if isinstance(item, list | dict) and _distinct(_named(item)) else value
                return
        for item in value.values():
            yield from _failures(item)


def _distinct(named: Iterator[tuple[int, str]]) -> dict[int, str]:
    """Returns the first words about each position."""
    found: dict[int, str] = {}
    for index, text in named:
        found.setdefault(index, text)
    return found


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | dict):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _texts(item)
