"""
Orders of a real WooCommerce shop that were recorded in lists only.

Those recorded one by one are in golden/woocommerce/recorded.yaml. Skipped where
the recordings are not at hand; `test_prices`, `test_lines` and `test_tracking`
prove the same on orders of our own.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from mapping.outcome import Outcome, Quarantined, Ready, Waiting
from mapping.policy import Policy
from tests.mapping.contract import breaches
from tests.mapping.shop import Settings, Shop, mapped

RECORDED = Path(__file__).parents[3] / "shared" / "recorded" / "woocommerce"
NOW = datetime(2026, 11, 25, tzinfo=UTC)
SETTINGS = Settings(shipped_statuses=("completed", "processing"))

pytestmark = pytest.mark.skipif(not RECORDED.exists(), reason="no recordings beside the project")


@cache
def body(name: str) -> Any:
    return json.loads((RECORDED / f"{name}.json").read_text(encoding="utf-8"))["body"]


@cache
def products() -> dict[str, Any]:
    lists = ("products_include", "products_page", "variations_hoodie")
    return {str(product["id"]): product for name in lists for product in body(name)}


def case(name: str) -> Any:
    """The order that was made for this case."""
    return next(
        order
        for order in body("orders_page1")
        if {"_test_case": name}.items()
        <= {m["key"]: str(m["value"]) for m in order["meta_data"]}.items()
    )


def outcome(raw: Any, related: Any = None, policy: Policy | None = None) -> Outcome:
    shop = Shop(time_zone="America/New_York")
    return mapped(raw, related, settings=SETTINGS, policy=policy, shop=shop, now=NOW)


def sent(raw: Any, related: Any = None, policy: Policy | None = None) -> dict[str, Any]:
    result = outcome(raw, related, policy)
    assert isinstance(result, Ready), result
    payload: dict[str, Any] = json.loads(result.payload)
    return payload


@pytest.mark.parametrize(
    ("name", "path", "value"),
    [
        pytest.param("renamed_product", "items.0.name", "Old Name", id="name as bought"),
        pytest.param("seq_number", "orderNumber", "SO-2026/0042", id="number by a plugin"),
        pytest.param("seq_number", "id", "146", id="id for all that"),
        pytest.param("zero_price_item", "items.0.price.value", 0, id="free gift"),
        pytest.param("zero_price_item", "items.2.price.value", 0.01, id="one cent"),
        pytest.param("incl_fixed_cart_10_on_3", "items.0.discount.value", 3.333333, id="10 over 3"),
        pytest.param("incl_fixed_cart_10_on_3", "discount.value", 10, id="8.40 + 1.60"),
        pytest.param("jpy_incl", "items.0.price.value", 4185, id="12555 over 3"),
        pytest.param("jpy_incl", "items.0.discount.value", 627.666667, id="less 10672 over 3"),
        pytest.param("jpy_incl", "orderTotal.value", 10682, id="yen"),
        pytest.param("bundle", "items.0.id", "145", id="container of a bundle"),
        pytest.param("bundle", "items.1", None, id="its free member"),
        pytest.param("custom_line_no_product", "items.0.name", "Custom engraving", id="no product"),
        pytest.param("custom_line_no_product", "items.1", None, id="quantity 0"),
        pytest.param("mixed_virtual", "items.0.id", "137", id="e-book left out"),
        pytest.param("tracking_multi", "outboundFulfilment.carrier", "USPS", id="first of three"),
    ],
)
def test_recorded_order_says(name: str, path: str, value: Any) -> None:
    found: Any = sent(case(name), {"products": products()})
    for step in path.split("."):
        if isinstance(found, list):
            found = found[int(step)] if int(step) < len(found) else None
        else:
            found = (found or {}).get(step)

    assert found == value


def test_every_recorded_order_that_is_sent_keeps_the_contract() -> None:
    refunds: dict[Any, list[Any]] = {}
    for refund in body("refunds_all"):
        refunds.setdefault(refund["parent_id"], []).append(refund)
    results = [
        outcome(
            raw,
            {"products": products(), "refunds": refunds.get(raw["id"], [])},
            Policy(post_code_placeholder="0"),
        )
        for raw in [*body("orders_page_100"), *body("orders_page1")]
    ]

    payloads = [json.loads(result.payload) for result in results if isinstance(result, Ready)]

    assert len(payloads) > 60
    assert [breach for payload in payloads for breach in breaches(payload)] == []
    assert not [result for result in results if isinstance(result, Quarantined | Waiting)]
