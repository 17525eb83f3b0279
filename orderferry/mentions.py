"""
How an answer of At Last mentions an order, and what it says of it.

No body is documented but the empty one (facts on At Last, section 4), so every
common shape is read: "orders[3].id" or "/orders/3/id" anywhere, a path as a
list, an index, an id or an order number beside a message.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from orderferry.manifest import Manifest, Name
from orderferry.quoting import READ_LIMIT

FAILED_KEYS = frozenset(
    {"error", "errors", "failed", "failure", "failures", "rejected", "refused", "invalid"}
)
"""Keys of what went wrong, as `bare` returns them."""
INNER_KEYS = frozenset({"items", "item", "lines", "lineitems", "customer", "address", "merchant"})
"""Parts of an order: an id in there is no order's."""

_INDEX_KEYS = ("index", "orderindex", "position")
_NAME_KEYS: tuple[tuple[str, Name], ...] = (
    ("orderid", "id"),
    ("externalorderid", "id"),
    ("externalid", "id"),
    ("id", "id"),
    ("order", "id"),
    ("ordernumber", "number"),
    ("orderno", "number"),
    ("reference", "number"),
)
_WHOLE_KEYS = ("order", "data", "resource", "entity", "input")
"""Keys under which an order may stand, or as much of it as an error repeats."""
_MESSAGE_KEYS = ("message", "msg", "detail", "description", "title", "error_description", "reason")
_PATH_KEYS = ("path", "field", "loc", "instancePath", "pointer", "property")
_CODE_KEYS = ("error", "code", "errors", "details")
_STATUS_KEYS = frozenset({"status", "statuscode", "state", "result", "outcome", "code"})
_YES_KEYS = frozenset({"success", "ok", "accepted", "created", "valid"})
_BAD_WORDS = frozenset(
    {"error", "errors", "fail", "failed", "failure", "rejected", "refused", "invalid", "denied"}
)
_GOOD_WORDS = frozenset(
    {"ok", "success", "succeeded", "successful", "accepted", "created", "updated", "valid"}
    # of an order that was left alone because of others
    | {"skipped", "pending", "notprocessed", "aborted", "rolledback", "cancelled"}
)
_CONFLICT = "409"
_BYSTANDER = 424
"""Failed dependency: another order is to blame."""

_DIGITS = re.compile(r"[0-9]{3}")
_PATH = re.compile(r"\borders?(?:\[|\.|/)(\d{1,5})\b\]?")
_WORDS = re.compile(
    r"""\border\b[\s:#=]*(?:(?:id|number|no|nr)\b[\s:.#=]*)?["'`“]?#?([\w-]{1,64})""", re.IGNORECASE
)


def bare(key: str) -> str:
    """Returns a key as it is compared: letters alone, in lower case, "orderId" as "order_id"."""
    return re.sub(r"[^a-z]", "", key.casefold())


def mentioned(item: Mapping[str, object], manifest: Manifest) -> int | None:
    """
    Returns the position of the order that an error or a result is about.

    A path counts most, since an error may have an id of its own, and an index
    least, since it may count from one.
    """
    path = _PATH.search(where(item))
    if path:
        return int(path[1])
    named = _by_name(item, manifest)
    if named is not None:
        return named
    keys = {bare(key): value for key, value in item.items()}
    for key in _INDEX_KEYS:
        index = keys.get(key)
        if isinstance(index, int) and not isinstance(index, bool):
            return index
    return None


def in_words(text: str, manifest: Manifest) -> Iterator[int]:
    """Yields the positions of the orders that a text names."""
    text = text[:READ_LIMIT]
    for match in _PATH.finditer(text):
        yield int(match[1])
    for match in _WORDS.finditer(text):
        position = manifest.find(match[1])
        if position is not None:
            yield position


def as_key(key: str, parent: str, manifest: Manifest) -> Iterator[int]:
    """Yields the positions of the orders that a key is a name of, under another key."""
    yield from (int(match[1]) for match in _PATH.finditer(key))
    if parent in {"orders", "results"} or parent in FAILED_KEYS:
        position = manifest.find(key)
        if position is not None:
            yield position
        elif parent == "orders" and re.fullmatch(r"\d{1,5}", key):
            yield int(key)


def failing(item: Mapping[str, object]) -> bool | None:
    """Returns whether a result's status says that it failed, None if it has none."""
    said = [sign for key, value in item.items() if (sign := _sign(bare(key), value)) is not None]
    return any(said) if said else None


def failed(item: object) -> bool | None:
    """Returns whether a result failed, by its status or by an error in it; None if neither."""
    if not isinstance(item, dict):
        return None
    errors = (value for key, value in item.items() if bare(key) in FAILED_KEYS)
    if any(value and not isinstance(value, int) for value in errors):
        return True
    return failing(item)


def conflicts(item: object) -> bool | None:
    """Returns whether a result's status is that At Last has the order already, None without one."""
    if not isinstance(item, dict) or failing(item) is None:
        return None
    return any(bare(key) in _STATUS_KEYS and str(value) == _CONFLICT for key, value in item.items())


def message(value: object) -> str:
    """Returns the words of an error: where and what, else whatever text there is."""
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return "; ".join(text for text in map(message, value[:3]) if text)
    if not isinstance(value, dict):
        return ""
    words = [message(value[key]) for key in _MESSAGE_KEYS if value.get(key)]
    words = words or [message(value[key]) for key in _CODE_KEYS if value.get(key)]
    at = where(value)
    text = next((word for word in words if word), "")
    return f"{at}: {text}" if at and at not in text else text


def where(item: Mapping[str, object]) -> str:
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


def _by_name(item: Mapping[str, object], manifest: Manifest) -> int | None:
    keys = {bare(key): value for key, value in item.items()}
    for key, kind in _NAME_KEYS:
        position = manifest.find(keys.get(key), kind, merchant=keys.get("merchantid"))
        if position is not None:
            return position
    for key in _WHOLE_KEYS:
        inner = keys.get(key)
        if isinstance(inner, dict) and (position := _by_name(inner, manifest)) is not None:
            return position
    return None


def _sign(key: str, value: object) -> bool | None:
    """Returns whether one entry of a result says that it failed, None if it says nothing."""
    if isinstance(value, bool):
        if key in FAILED_KEYS:
            return value
        return not value if key in _YES_KEYS else None
    if key not in _STATUS_KEYS:
        return None
    if isinstance(value, str) and not _DIGITS.fullmatch(value):
        word = bare(value)
        return True if word in _BAD_WORDS else False if word in _GOOD_WORDS else None
    number = int(value) if isinstance(value, int | str) else 0
    if not 100 <= number < 600:  # noqa: PLR2004 - HTTP's statuses; others are codes of At Last's own
        return None
    return number >= 400 and number != _BYSTANDER  # noqa: PLR2004 - HTTP's errors
