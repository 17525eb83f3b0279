"""
Where fuzzing starts: every golden case of both platforms, as one JSON document each.

A document is {"order": ..., "related": ..., "how": ...}; `how` is what the case
says of policy, settings, shop and time (see `orders.py`). Cases whose order is
a recording beside the repository are left out where that folder is absent.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Literal

import pytest

from tests.mapping import test_golden as woocommerce
from tests.mapping.shopify import golden_cases as shopify

Platform = Literal["shopify", "woocommerce"]
PLATFORMS: tuple[Platform, ...] = ("shopify", "woocommerce")
_HOW = ("policy", "settings", "time_zone", "weight_unit", "now")
_PRODUCT = ("product_id", "variation_id")
_LONGEST = 20_000  # characters; an order of a hundred lines teaches less than ten of one


def seeds(platform: Platform) -> Iterator[dict[str, Any]]:
    """Yields the documents of *platform*."""
    document = {"shopify": _shopify, "woocommerce": _woocommerce}[platform]
    golden = shopify.cases() if platform == "shopify" else woocommerce.cases()
    for case in (param.values[0] for param in golden):
        found = _unless_absent(document, case)
        if found and len(json.dumps(found)) <= _LONGEST:
            yield found


def _shopify(case: Mapping[str, Any]) -> dict[str, Any]:
    return {"order": shopify.raw(case), "related": {}, "how": _how(case)}


def _woocommerce(case: Mapping[str, Any]) -> dict[str, Any]:
    how = _how(case)
    if "recorded" in case:
        how.setdefault("now", "2026-11-25T00:00:00Z")
        how["settings"] = {"shipped_statuses": ["completed", "processing"]} | how.get(
            "settings", {}
        )
    order, related = woocommerce.raw(case), woocommerce.related(case)
    related["products"] = _bought(order, related["products"])
    return {"order": order, "related": related, "how": how}


def _bought(order: Mapping[str, Any], products: Mapping[str, Any]) -> dict[str, Any]:
    """*products* without those that no line of *order* names: a recorded shop has many."""
    lines = [line for line in order["line_items"] if isinstance(line, dict)]
    named = {str(line.get(key)) for line in lines for key in _PRODUCT}
    return {key: product for key, product in products.items() if key in named}


def _how(case: Mapping[str, Any]) -> dict[str, Any]:
    return {key: case[key] for key in _HOW if key in case}


def _unless_absent(
    document: Callable[[Mapping[str, Any]], dict[str, Any]], case: Mapping[str, Any]
) -> dict[str, Any] | None:
    try:
        # a document of its own: cases share parts, and YAML knows keys that are no text
        return dict(json.loads(json.dumps(document(case))))
    except pytest.skip.Exception:
        return None
