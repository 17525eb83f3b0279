"""The golden cases (golden/*.yaml): the orders they describe, and what they expect."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.mapping.shopify.shop import order

GOLDEN = Path(__file__).parent / "golden"
EXAMPLES = Path(__file__).parents[4] / "shared" / "examples" / "shopify"
PRICES = ("orderTotal", "itemSubTotal", "shippingTotal", "discount", "price")


def cases() -> Iterator[Any]:
    for path in sorted(GOLDEN.glob("*.yaml")):
        for case in yaml.safe_load(path.read_text(encoding="utf-8"))["cases"]:
            yield pytest.param(case, id=f"{path.stem}: {case['why']}")


def raw(case: Mapping[str, Any]) -> dict[str, Any]:
    """The order of *case*, as GraphQL answers it."""
    changes = case.get("order", {})
    if "source" not in case:
        return order(**changes)
    path = EXAMPLES / case["source"]
    if not path.exists():
        pytest.skip("the examples are not beside the project")
    document = json.loads(path.read_text(encoding="utf-8"))
    if "order" in document:
        node = document["order"]
    else:
        (node,) = document["response"]["data"]["orders"]["nodes"]
    return order(**laid_over(flat(node), changes))


def flat(value: Any) -> Any:
    """*value* with every connection as a list."""
    if isinstance(value, Mapping):
        if "nodes" in value:
            return flat(value["nodes"])
        # what was shipped keeps its shape: short, it is {line: quantity}
        return {
            key: {"nodes": flat(member)} if key == "fulfillmentLineItems" else flat(member)
            for key, member in value.items()
        }
    return [flat(member) for member in value] if isinstance(value, list) else value


def laid_over(base: Any, changes: Any) -> Any:
    """*base* completed by *changes*, members of lists by position."""
    if isinstance(base, Mapping) and isinstance(changes, Mapping):
        merged = {key: laid_over(base.get(key), value) for key, value in changes.items()}
        return {**base, **merged}
    if isinstance(base, list) and isinstance(changes, list):
        rest: list[Any] = [{}] * (len(base) - len(changes))
        return [laid_over(*pair) for pair in zip(base, [*changes, *rest], strict=True)]
    return changes


def priced(value: Any, key: str = "") -> Any:
    """*value* with prices as the contract writes them."""
    if isinstance(value, Mapping):
        return {name: priced(member, name) for name, member in value.items()}
    if isinstance(value, list):
        return [priced(member) for member in value]
    if key in PRICES:
        amount, currency = value.split()
        return {"value": float(amount), "currency": currency}
    return value
