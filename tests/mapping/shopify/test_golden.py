"""
The golden cases: what each order becomes, written by hand from the contract.

`golden/*.yaml` are for people: each case says why it is there, what differs
from the standard order (tests/mapping/shopify/shop.py), and what is expected.
`standard` is what the expected orders of a file share.
A price in an expected order is "10.00 GBP". A case with a `source` is an order
beside the project, completed by `order` where the recording lacks something;
it is skipped where that folder is absent, and another case proves the same.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from mapping.outcome import Caution, Outcome, Quarantined, Ready, Skipped, Waiting
from mapping.policy import Policy
from tests.mapping.contract import breaches
from tests.mapping.shopify.shop import NOW, Shop, mapped, order

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


def outcome(case: Mapping[str, Any]) -> Outcome:
    words = dict(case.get("policy", {}))
    if "tracking_wait" in words:
        words["tracking_wait"] = timedelta(hours=words["tracking_wait"])
    now = datetime.fromisoformat(case["now"]) if "now" in case else NOW
    return mapped(
        raw(case),
        policy=Policy(**words),
        shop=Shop(case.get("time_zone", "Europe/London")),
        now=now,
    )


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


def told(cautions: tuple[Caution, ...]) -> dict[str, str]:
    return {caution.code: caution.detail for caution in cautions}


@pytest.mark.parametrize("case", tuple(cases()))
def test_the_order_becomes_what_was_written_by_hand(case: dict[str, Any]) -> None:
    result = outcome(case)

    match result:
        case Ready():
            sent = json.loads(result.payload)
            assert sent == priced(case["sent"])
            assert told(result.cautions) == case.get("cautions", {})
            assert breaches(sent) == []
        case Waiting():
            assert result.until == datetime.fromisoformat(case["waiting_until"])
            assert told(result.cautions) == case.get("cautions", {})
        case Skipped():
            assert [result.reason.value, result.detail] == case["skipped"]
        case Quarantined():
            assert {result.field: result.problem} == case["quarantined"]


def test_every_example_order_has_a_case() -> None:
    if not EXAMPLES.exists():
        pytest.skip("the examples are not beside the project")
    examples = {path.name for path in EXAMPLES.glob("*.json")}

    read = {param.values[0].get("source") or param.values[0].get("rewritten") for param in cases()}

    assert examples <= read
