"""An order's payload with its personal data hidden, so that anybody may look at it (R6)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

_SHOWN = frozenset({"country"})
"""Keys under `customer` that name nobody, at any depth; every other value there is hidden."""


def shown(payload: bytes, *, personal: bool) -> dict[str, Any]:
    """Returns the payload as JSON values, as it is sent or with personal data hidden."""
    order: dict[str, Any] = json.loads(payload)
    return order if personal else mask(order)


def mask(order: Mapping[str, Any]) -> dict[str, Any]:
    """
    Returns a copy in which the shopper's e-mail address and all of `customer` is hidden.

    What is hidden keeps its key and its length, so that one can see what is there.
    """
    hidden = dict(order)
    for key in ("userEmail", "customer"):
        if key in hidden:
            hidden[key] = _hide(hidden[key])
    return hidden


def _hide(value: object) -> object:
    match value:
        case dict():
            return {key: inner if key in _SHOWN else _hide(inner) for key, inner in value.items()}
        case list():
            return [_hide(inner) for inner in value]
        case str():
            return f"(hidden, {len(value)} characters)"
        case _:
            return "(hidden)"
