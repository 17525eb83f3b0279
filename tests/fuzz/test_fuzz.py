"""
The rules of fuzzing on the golden orders, changed without guidance; `make fuzz` goes further.

Also shown: the rules notice what they are there for.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from random import Random
from typing import Any

import pytest

from mapping.outcome import Quarantined, Ready
from tests.fuzz.changes import changed, places
from tests.fuzz.orders import mapped
from tests.fuzz.rules import broken, broken_by, named
from tests.fuzz.seeds import PLATFORMS, Platform, seeds
from tests.mapping.shop import line as woocommerce_line
from tests.mapping.shop import order as woocommerce_order
from tests.mapping.shopify.shop import order as shopify_order

CHANGES = 250  # of each platform's orders
platforms = pytest.mark.parametrize("platform", PLATFORMS)


def document(platform: Platform) -> dict[str, Any]:
    """An order of three pieces at 3.33."""
    if platform == "shopify":
        pieces = {"quantity": 3, "currentQuantity": 3, "originalUnitPriceSet": "3.33 GBP"}
        parcel = {"fulfillmentLineItems": {1: 3}}
        order = shopify_order(lineItems=[pieces], fulfillments=[parcel])
    else:
        pieces = {"quantity": 3, "subtotal": "9.99", "total": "9.99"}
        order = woocommerce_order(line_items=[woocommerce_line(**pieces)])
    return {"order": order, "related": {}, "how": {"policy": {"tracking_wait": 0}}}


@platforms
def test_every_golden_order_keeps_the_rules(platform: Platform) -> None:
    found = {number: broken(platform, one) for number, one in enumerate(seeds(platform))}

    assert len(found) > 40
    assert {number: rules for number, rules in found.items() if rules} == {}


@platforms
def test_changed_orders_keep_the_rules(platform: Platform) -> None:
    known, random = list(seeds(platform)), Random(0)

    for _ in range(CHANGES):
        one = changed(random.choice(known), random, known)
        assert broken(platform, one) == [], json.dumps(one)


@platforms
@pytest.mark.parametrize("nothing", [None, True, 7, "x", [], [[]], ["status"]], ids=repr)
def test_what_is_no_order_is_quarantined(platform: Platform, nothing: Any) -> None:
    assert broken(platform, {"order": nothing}) == []
    assert broken(platform, nothing) == []


def test_changes_leave_the_original_alone_and_stay_json() -> None:
    known = list(seeds("woocommerce"))
    before = json.dumps(known)

    for seed in range(50):
        new = changed(known[0], Random(seed), known)
        assert json.dumps(new) == json.dumps(changed(known[0], Random(seed), known))
        assert places(json.loads(json.dumps(new)))

    assert json.dumps(known) == before


def _sent(document: dict[str, Any], platform: Platform, **changes: Any) -> Ready:
    """What becomes of *document*, with something else sent and its fingerprint made anew."""
    outcome = mapped(platform, document)
    assert isinstance(outcome, Ready), outcome
    sent = json.loads(outcome.payload)
    for path, value in changes.items():
        holder: Any = sent
        *steps, last = path.split("__")
        for step in steps:
            holder = holder[int(step) if step.isdigit() else step]
        holder[last] = value
    payload = json.dumps(sent, separators=(",", ":")).encode()
    return replace(outcome, payload=payload, fingerprint=hashlib.sha256(payload).hexdigest())


@platforms
@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        pytest.param({}, "", id="nothing"),
        pytest.param({"items__0__price__value": 3.32}, "is off by", id="a penny less a piece"),
        pytest.param({"items__0__price__value": 10}, "is off by", id="a line's price for a unit's"),
        pytest.param({"items__0__quantity": 4}, "more was sent", id="a piece more"),
    ],
)
def test_a_wrong_price_or_quantity_is_noticed(
    platform: Platform, changes: dict[str, Any], rule: str
) -> None:
    raw = document(platform)

    found = broken_by(platform, raw, _sent(raw, platform, **changes))

    assert any(rule in told for told in found) if rule else found == []


def test_a_wrong_fingerprint_and_a_breach_of_the_contract_are_noticed() -> None:
    raw = document("woocommerce")

    stale = replace(_sent(raw, "woocommerce"), fingerprint="0")
    nameless = _sent(raw, "woocommerce", items__0__sku=None)

    assert broken_by("woocommerce", raw, stale) == ["the fingerprint is not that of the payload"]
    assert "sku is no text" in broken_by("woocommerce", raw, nameless)


def test_a_customers_word_in_a_problem_is_noticed() -> None:
    raw = document("woocommerce")

    assert list(named(raw, Quarantined("shipping", "has no 12 High Street."))) == [
        "tells a customer's data"
    ]
    assert list(named(raw, Quarantined("shipping", "has no street."))) == []
