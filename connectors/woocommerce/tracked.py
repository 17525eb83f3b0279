"""Whether an order shows a tracking number; what the number is, mapping finds out."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

_NUMBER_KEY: Final = re.compile(
    # the plugins' own names: of meta keys, and of what is inside them
    r"tracking_(?:number|code|items)|track_?trace|wcshipping_labels|wc_connect_labels"
    r"|barcode|parcel_no|packet_id|shipping_numbers|cpwebservice_tracking|label_tracking"
)
_NUMBER: Final = re.compile(r"[0-9]{4}")


def shows_tracking(order: Mapping[str, Any]) -> bool:
    """
    Returns whether *order* holds, under a name that plugins use, what could be a number.

    Wrongly no costs a request for the order's notes, which mapping then puts
    last. Wrongly yes leaves them unread, so a name alone is not enough.
    """
    places = ("meta_data", "line_items", "shipping_lines", "fulfillments")
    named = (pair for place in places for pair in _members(order.get(place)))
    numbered = any(_NUMBER_KEY.search(key) and _is_number(value) for key, value in named)
    # Shiptastic's name for it is that of many a marketing plugin as well
    shipments = _members(order.get("shipments"))
    return numbered or any(key == "tracking_id" and _is_number(value) for key, value in shipments)


def _is_number(value: Any) -> bool:  # noqa: ANN401 - as the JSON is
    """Returns whether a number may be in *value*, a text or what a plugin stores as a whole."""
    return isinstance(value, str | list | Mapping) and bool(_NUMBER.search(str(value)))


def _members(value: Any) -> Iterator[tuple[str, Any]]:  # noqa: ANN401 - as the JSON is
    """Yields key and value of everything inside, meta data by the key of the entry."""
    if isinstance(value, Mapping):
        if isinstance(value.get("key"), str):
            yield value["key"], value.get("value")
        for key, member in value.items():
            yield str(key), member
            yield from _members(member)
    elif isinstance(value, list):
        for member in value:
            yield from _members(member)
