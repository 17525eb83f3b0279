"""
Orders of a real WooCommerce shop; expectations are worked out by hand from the recorded numbers.

Skipped where the recordings are not at hand; `test_prices`, `test_lines`,
`test_tracking` and `test_address` prove the same on orders of our own.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from mapping.outcome import Outcome, Quarantined, Ready, Skipped, SkipReason, Waiting
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
    """The order that was made for this case; some were recorded in a list only."""
    if (RECORDED / f"order_{name}.json").exists():
        return body(f"order_{name}")
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


def usd(value: float) -> dict[str, Any]:
    return {"value": value, "currency": "USD"}


def eur(value: float) -> dict[str, Any]:
    return {"value": value, "currency": "EUR"}


IMAGES = "http://127.0.0.1:8089/wp-content/uploads/2026/11"
MUG = {"imageUrl": f"{IMAGES}/p1.png", "sku": "MUG-001", "name": 'Coffee Mug \u2013 "Café"'}
TEE = {"imageUrl": f"{IMAGES}/p2.png", "sku": "TEE-000", "name": "Plain Tee"}
JOHN = {
    "lastName": "Doe",
    "firstName": "John",
    "phone": "(555) 555-5555",
    "address": {
        "line1": "969 Market",
        "city": "San Francisco",
        "postCode": "94103",
        "country": "US",
        "province": "CA",
    },
}
MARY = {
    "lastName": "O'Hara",
    "firstName": "Mary",
    "phone": "(555) 555-5555",
    "address": {
        "line1": "350 5th Ave",
        "line2": "Fl 21, Ste 2100",
        "city": "New York",
        "postCode": "10118",
        "company": "Big Apple LLC",
        "country": "US",
        "province": "NY",
    },
}
JUERGEN = {
    "lastName": "Groß",
    "firstName": "Jürgen",
    "phone": "+49 30 1234567",
    "address": {
        "line1": "Straße des 17. Juni 135",
        "line2": "c/o Weiß, Hinterhaus",
        "line3": "3. OG links",
        "city": "Berlin",
        "postCode": "10623",
        "company": "Müller & Söhne GmbH",
        "country": "DE",
    },
}


def head(number: str, created: str, email: str) -> dict[str, Any]:
    return {
        "id": number,
        "reference": number,
        "createdAt": f"2026-11-23T{created}Z",
        "userEmail": email,
        "orderNumber": number,
    }


def test_an_order_of_one_mug_with_its_product() -> None:
    assert sent(case("simple_ca"), {"products": products()}) == {
        **head("100", "08:34:24", "john@example.test"),
        "orderTotal": usd(23.53),
        "itemSubTotal": usd(13.53),  # 12.50 + 1.03
        "shippingTotal": usd(10),
        "items": [
            {
                "id": "1",
                "quantity": 1,
                **MUG,
                "price": usd(13.53),
                "weight": {"value": 0.35, "unit": "KILOGRAMS"},
                "hsCode": "691200",  # "6912.00"
                "countryCodeOfOrigin": "CN",
            }
        ],
        "customer": JOHN,
    }


def test_a_fixed_coupon_over_three_pieces() -> None:
    # 59.97 + 4.95 = 64.92 = 3 x 21.64; 49.97 + 4.12 = 54.09 = 3 x 18.03
    assert sent(case("fixed_cart_10_on_3")) == {
        **head("102", "08:34:24", "john@example.test"),
        "orderTotal": usd(64.09),
        "itemSubTotal": usd(64.92),
        "shippingTotal": usd(10),
        "discount": usd(10.83),
        "items": [{"id": "10", "quantity": 3, **TEE, "price": usd(21.64), "discount": usd(3.61)}],
        "customer": JOHN,
    }


def test_a_refunded_piece_is_not_sent() -> None:
    # 59.97 + 5.32 = 65.29 over 3; 25.00 + 2.22 = 27.22 over 2
    assert sent(case("partial_refund_qty"), {"refunds": body("order_refunds_list")}) == {
        **head("111", "08:34:27", "mary@example.test"),
        "orderTotal": usd(103.4),
        "itemSubTotal": usd(92.51),
        "shippingTotal": usd(10.89),
        "items": [
            {"id": "52", "quantity": 2, **TEE, "price": usd(21.763333)},
            {"id": "53", "quantity": 2, **MUG, "price": usd(13.61)},
        ],
        "customer": MARY,
    }


def test_core_fulfilments_say_what_was_shipped() -> None:
    related = {"fulfillments": body("fulfillments_list_two")}

    # one of two mugs and the red hoodie; the blue ones are a draft, the socks nowhere
    assert sent(body("order_with_fulfillment"), related) == {
        **head("101", "08:34:24", "mary@example.test"),
        "orderTotal": usd(222.49),
        "itemSubTotal": usd(211.6),  # 27.22 + 54.38 + 108.77 + 21.23
        "shippingTotal": usd(10.89),
        "outboundFulfilment": {
            "carrier": "UPS",
            "shippingDate": "2026-11-23",
            "trackingNumber": "1ZCHANGED",
        },
        "items": [
            {"id": "4", "quantity": 1, **MUG, "price": usd(13.61)},
            {
                "id": "5",
                "quantity": 1,
                "imageUrl": f"{IMAGES}/p1-1.png",
                "sku": "HOOD-S-Red",
                "name": "Variable Hoodie",
                "variantName": "S, Red",
                "price": usd(54.38),
            },
        ],
        "customer": MARY,
    }


def test_prices_typed_with_tax_come_back_whole() -> None:
    # 31.51 + 5.99 = 37.50 = 3 x 12.50; 13.93 + 0.97 = 14.90
    assert sent(case("incl_eur_de")) == {
        **head("148", "08:34:40", "j@example.test"),
        "orderTotal": eur(64.3),
        "itemSubTotal": eur(52.4),
        "shippingTotal": eur(11.9),
        "items": [
            {"id": "216", "quantity": 3, **MUG, "price": eur(12.5)},
            {
                "id": "217",
                "quantity": 1,
                "sku": "BK-7",
                "name": "Reduced-rate Book",
                "price": eur(14.9),
            },
        ],
        "customer": JUERGEN,
    }


def test_fifteen_percent_off_seven_pieces() -> None:
    # 23.31 = 7 x 3.33; 16.66 + 3.16 = 19.82 over 7 is 2.831429; 16.99 of 19.99
    bolt = {"imageUrl": f"{IMAGES}/p3.png", "sku": "BOLT-333", "name": "Odd Price Bolt"}
    assert sent(case("incl_percent15_7x333")) == {
        **head("150", "08:34:40", "j@example.test"),
        "orderTotal": eur(48.71),
        "itemSubTotal": eur(43.3),
        "shippingTotal": eur(11.9),
        "discount": eur(6.49),
        "items": [
            {"id": "225", "quantity": 7, **bolt, "price": eur(3.33), "discount": eur(0.498571)},
            {"id": "226", "quantity": 1, **TEE, "price": eur(19.99), "discount": eur(3)},
        ],
        "customer": JUERGEN,
    }


def test_a_tracking_plugins_number_is_sent() -> None:
    assert sent(case("tracking_official")) == {
        **head("143", "08:34:37", "john@example.test"),
        "orderTotal": usd(31.64),
        "itemSubTotal": usd(21.64),
        "shippingTotal": usd(10),
        "outboundFulfilment": {
            "carrier": "USPS",
            "shippingDate": "2025-11-05",  # 1762300800
            "trackingNumber": "9400111899223197428490",
        },
        "items": [{"id": "149", "quantity": 1, **TEE, "price": usd(21.64)}],
        "customer": JOHN,
    }


@pytest.mark.parametrize(
    ("name", "path", "value"),
    [
        pytest.param("company_only", "customer.lastName", "Big Apple LLC", id="company only"),
        pytest.param("ship_empty", "customer", JOHN, id="shipping empty"),
        pytest.param("japan", "customer.address.province", None, id="JP13 is no province"),
        pytest.param("japan", "items.0.name", "抹茶セット 🍵", id="four-byte letters"),
        pytest.param("deleted_product", "items.0.sku", None, id="deleted product"),
        pytest.param("deleted_product", "items.0.price.value", 12.025, id="24.05 over 2"),
        pytest.param("renamed_product", "items.0.name", "Old Name", id="name as bought"),
        pytest.param("seq_number", "orderNumber", "SO-2026/0042", id="number by a plugin"),
        pytest.param("seq_number", "id", "146", id="id for all that"),
        pytest.param("fees", "discount.value", 5.44, id="negative fee"),
        pytest.param("fees", "orderTotal.value", 53.88, id="total with fees"),
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
        pytest.param("multi_variation", "items.3.variantName", "M", id="any size"),
        pytest.param("multi_variation", "items.1.weight.value", 0.8, id="the variation's weight"),
        pytest.param("multi_variation", "items.3.weight", None, id="no weight"),
        pytest.param("tracking_multi", "outboundFulfilment.carrier", "USPS", id="first of three"),
        pytest.param("tracking_empty", "outboundFulfilment", None, id="empty tracking list"),
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


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        pytest.param("refund_full", SkipReason.REFUNDED, id="refunded"),
        pytest.param("status_cancelled", SkipReason.CANCELLED, id="cancelled"),
        pytest.param("status_failed", SkipReason.NOT_SHIPPED, id="failed"),
        pytest.param("status_on-hold", SkipReason.NOT_SHIPPED, id="on hold"),
        pytest.param("status_pending", SkipReason.NOT_SHIPPED, id="pending"),
        pytest.param("status_shipped", SkipReason.NOT_SHIPPED, id="shipped, not configured"),
        pytest.param("status_checkout-draft", SkipReason.DRAFT, id="checkout draft"),
        pytest.param("trashed", SkipReason.TRASHED, id="trash"),
        pytest.param("virtual_only", SkipReason.NO_GOODS, id="e-book"),
    ],
)
def test_recorded_order_is_skipped(name: str, reason: SkipReason) -> None:
    result = outcome(case(name), {"products": products()})

    assert isinstance(result, Skipped)
    assert result.reason == reason


def test_hong_kong_needs_a_placeholder() -> None:
    held = outcome(case("hk_no_postcode"))

    assert isinstance(held, Quarantined)
    assert held.field == "shipping.postcode"
    address = sent(case("hk_no_postcode"), policy=Policy(post_code_placeholder="0"))["customer"][
        "address"
    ]
    assert address["postCode"] == "0"


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
