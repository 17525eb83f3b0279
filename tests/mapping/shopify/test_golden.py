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
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import pytest

from mapping.outcome import Caution, Outcome, Quarantined, Ready, Skipped, Waiting
from mapping.policy import Policy
from tests.mapping.contract import breaches
from tests.mapping.shopify.golden_cases import EXAMPLES, cases, priced, raw
from tests.mapping.shopify.shop import NOW, Shop, mapped


def outcome(case: Mapping[str, Any]) -> Outcome:
    return mapped(raw(case), **how(case))


def how(case: Mapping[str, Any]) -> dict[str, Any]:
    """The settings and the instant that *case* is mapped with."""
    words = dict(case.get("policy", {}))
    if "tracking_wait" in words:
        words["tracking_wait"] = timedelta(hours=words["tracking_wait"])
    now = datetime.fromisoformat(case["now"]) if "now" in case else NOW
    shop = Shop(case.get("time_zone", "Europe/London"))
    return {"policy": Policy(**words), "shop": shop, "now": now}


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


def test_there_are_enough_cases_and_each_says_why() -> None:
    why = [param.id for param in cases()]

    assert len(why) >= 40
    assert len(set(why)) == len(why)


def test_every_example_order_has_a_case() -> None:
    if not EXAMPLES.exists():
        pytest.skip("the examples are not beside the project")
    examples = {path.name for path in EXAMPLES.glob("*.json")}

    read = {param.values[0].get("source") or param.values[0].get("rewritten") for param in cases()}

    assert examples <= read
