"""Whether an order shows a tracking number; what the number is, mapping finds out."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

_NUMBER_AT: Final = re.compile(
    # the plugins' own names, of a meta key and of what is inside it
    r"tracking_(?:number|code)|track_?trace|parcel_no|packet_id|cpwebservice_tracking"
    r"|(?:wcshipping|wc_connect)_labels\.tracking$|myparcel.*\.barcode$|postnl.*\.barcodes\.value$"
)
_SHIPTASTIC: Final = "tracking_id"
"""In its shipments; elsewhere the name is that of many a marketing plugin as well."""
_NUMBER: Final = re.compile(r"[0-9]{4}")
_MOST_LEVELS: Final = 8


def shows_tracking(order: Mapping[str, Any]) -> bool:
    """
    Returns whether *order* holds, under a name that plugins use, what could be a number.

    Wrongly no costs a request for the order's notes, which mapping then puts
    last. Wrongly yes leaves them unread: so a product's bar code is none, nor is
    a label that failed, was given back or is for the way back.
    """
    places = ("meta_data", "line_items", "shipping_lines", "fulfillments")
    named = (leaf for place in places for leaf in _leaves(order.get(place)))
    return any(_NUMBER_AT.search(path) and _NUMBER.search(text) for path, text in named) or any(
        path == _SHIPTASTIC and _NUMBER.search(text)
        for path, text in _leaves(order.get("shipments"))
    )


def _leaves(value: object, path: str = "", level: int = 0) -> Iterator[tuple[str, str]]:
    """Yields every text with its path ("key.inside.inside"); meta data begin with their key."""
    if isinstance(value, str) and value.lstrip()[:1] in {"[", "{"}:
        value = _decoded(value)
    if isinstance(value, Mapping) and not _leads_nowhere(value) and level < _MOST_LEVELS:
        key = value.get("key")
        if isinstance(key, str) and "value" in value:
            yield from _leaves(value["value"], key, level + 1)
            return
        for name, member in value.items():
            yield from _leaves(member, f"{path}.{name}".lstrip("."), level + 1)
    elif isinstance(value, list) and level < _MOST_LEVELS:
        for member in value:
            yield from _leaves(member, path, level + 1)
    elif isinstance(value, str):
        yield path, value


def _decoded(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def _leads_nowhere(label: Mapping[str, Any]) -> bool:
    failed = str(label.get("status", "")).startswith("PURCHASE_")
    return failed or any(label.get(mark) for mark in ("is_return", "isReturn", "refund"))
