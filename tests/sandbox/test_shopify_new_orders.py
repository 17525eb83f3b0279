"""What an order is when it is new."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from orderferry.sandbox.shopify import ShopifyShop
from tests.sandbox.shopify_client import NOW, Time, serving, shop_at

BAG = "{ shopMoney { amount currencyCode } presentmentMoney { amount currencyCode } }"
PARCELS = """
displayFulfillmentStatus updatedAt
fulfillments(first: 9) {
  status displayStatus createdAt updatedAt totalQuantity
  trackingInfo(first: 9) { company number url }
  fulfillmentLineItems(first: 9) { nodes { quantity lineItem { id } } }
}
lineItems(first: 9) { nodes { id quantity unfulfilledQuantity currentQuantity } }
"""


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def shop(time: Time) -> ShopifyShop:
    return shop_at(time)


def test_an_order_without_a_word_is_one_mug_for_a_shopper_in_london(shop: ShopifyShop) -> None:
    order_id = shop.add_order()
    (line_id,) = shop.line_ids(order_id)

    with serving(shop) as api:
        order = api.order(
            order_id,
            "legacyResourceId name test email currencyCode presentmentCurrencyCode createdAt"
            " displayFulfillmentStatus displayFinancialStatus requiresShipping"
            " shippingAddress { lastName zip countryCodeV2 }"
            f" totalPriceSet {BAG} lineItems(first: 5) {{ nodes {{ id sku quantity"
            " requiresShipping isGiftCard } }",
        )

    money = {"amount": "17.0", "currencyCode": "GBP"}
    assert order == {
        "legacyResourceId": str(order_id),
        "name": "#1001",
        "test": False,
        "email": "shopper@example.com",
        "currencyCode": "GBP",
        "presentmentCurrencyCode": "GBP",
        "createdAt": "2026-11-23T12:00:00Z",
        "displayFulfillmentStatus": "UNFULFILLED",
        "displayFinancialStatus": "PAID",
        "requiresShipping": True,
        "shippingAddress": {"lastName": "Shaw", "zip": "E1 6AN", "countryCodeV2": "GB"},
        "totalPriceSet": {"shopMoney": money, "presentmentMoney": money},
        "lineItems": {
            "nodes": [
                {
                    "id": f"gid://shopify/LineItem/{line_id}",
                    "sku": "MUG-1",
                    "quantity": 1,
                    "requiresShipping": True,
                    "isGiftCard": False,
                }
            ]
        },
    }


def test_the_customers_currency_differs_from_the_shops(shop: ShopifyShop) -> None:
    order_id = shop.add_order(
        currency="JPY", rate="0.005", shipping="500", lines=[{"price": "1990", "quantity": 2}]
    )

    with serving(shop) as api:
        order = api.order(order_id, f"currencyCode presentmentCurrencyCode totalPriceSet {BAG}")

    assert order == {
        "currencyCode": "GBP",
        "presentmentCurrencyCode": "JPY",
        "totalPriceSet": {
            "shopMoney": {"amount": "22.4", "currencyCode": "GBP"},
            "presentmentMoney": {"amount": "4480.0", "currencyCode": "JPY"},
        },
    }


def test_discounts_of_lines_and_of_the_order_are_allocated(shop: ShopifyShop) -> None:
    order_id = shop.add_order(
        order_discount="10.00",
        shipping="0",
        lines=[
            {"price": "20.00", "quantity": 2, "discount": "10.00"},
            {"price": "20.00"},
            {"price": "40.00"},
        ],
    )
    line = (
        "lineItems(first: 9) { nodes { discountAllocations { allocatedAmountSet"
        " { presentmentMoney { amount } } discountApplication { __typename index"
        " targetSelection } } discountedUnitPriceSet { presentmentMoney { amount } }"
        " totalDiscountSet { presentmentMoney { amount } } } }"
    )

    with serving(shop) as api:
        lines = api.order(order_id, line)["lineItems"]["nodes"]
        totals = api.amounts(
            order_id, "subtotalPriceSet", "totalDiscountsSet", "cartDiscountAmountSet"
        )

    # after the line's own discount: 30 + 20 + 40 = 90, of which 10 go as 3.33, 2.23, 4.44
    assert [
        [
            one["allocatedAmountSet"]["presentmentMoney"]["amount"]
            for one in row["discountAllocations"]
        ]
        for row in lines
    ] == [["10.0", "3.33"], ["2.23"], ["4.44"]]
    assert [one["discountApplication"] for one in lines[0]["discountAllocations"]] == [
        {"__typename": "AutomaticDiscountApplication", "index": 0, "targetSelection": "ENTITLED"},
        {"__typename": "DiscountCodeApplication", "index": 1, "targetSelection": "ALL"},
    ]
    # neither knows the discount on the whole order
    assert lines[0]["discountedUnitPriceSet"]["presentmentMoney"]["amount"] == "15.0"
    assert lines[0]["totalDiscountSet"]["presentmentMoney"]["amount"] == "10.0"
    assert totals == ["80.0", "20.0", "10.0"]


@pytest.mark.parametrize(
    ("included", "total", "tax"),
    [(True, "24.0", "4.0"), (False, "28.8", "4.8")],
    ids=["included", "on top"],
)
def test_tax_is_in_the_prices_or_on_top(
    shop: ShopifyShop, *, included: bool, total: str, tax: str
) -> None:
    order_id = shop.add_order(
        tax_rate="20", taxes_included=included, shipping="4.00", lines=[{"price": "20.00"}]
    )

    with serving(shop) as api:
        assert api.amounts(order_id, "totalPriceSet", "totalTaxSet") == [total, tax]


def test_tax_is_rounded_line_by_line_and_on_shipping(shop: ShopifyShop) -> None:
    order_id = shop.add_order(
        tax_rate="20",
        shipping="4.99",
        order_discount="1.00",
        lines=[{"price": "9.99"}, {"price": "0.99", "quantity": 3}],
    )
    bag = "{ presentmentMoney { amount } }"
    tax = f"taxLines {{ title rate priceSet {bag} }}"

    with serving(shop) as api:
        order = api.order(
            order_id,
            f"lineItems(first: 9) {{ nodes {{ {tax} }} }} shippingLine {{ title }} {tax}"
            f" shippingLines(first: 9) {{ nodes {{ discountedPriceSet {bag} {tax} }} }}",
        )
        totals = api.amounts(order_id, "totalTaxSet", "subtotalPriceSet", "totalPriceSet")

    def vat(amount: str) -> list[Any]:
        money = {"presentmentMoney": {"amount": amount}}
        return [{"title": "VAT", "rate": 0.2, "priceSet": money}]

    # one pound off: 0.77 of 9.99 and 0.23 of 2.97; a sixth of what is left is tax
    assert [line["taxLines"] for line in order["lineItems"]["nodes"]] == [vat("1.54"), vat("0.46")]
    assert order["shippingLines"]["nodes"] == [
        {"discountedPriceSet": {"presentmentMoney": {"amount": "4.99"}}, "taxLines": vat("0.83")}
    ]
    assert order["shippingLine"] == {"title": "Standard"}
    assert order["taxLines"] == vat("2.83")
    assert totals == ["2.83", "11.96", "16.95"]


def test_an_order_may_come_shipped(shop: ShopifyShop) -> None:
    order_id = shop.add_order(
        created_at=NOW - timedelta(days=2),
        fulfilled_at=NOW - timedelta(days=1),
        trackings=[("DHL", "JD1")],
    )

    with serving(shop) as api:
        order = api.order(order_id, PARCELS)

    assert order["displayFulfillmentStatus"] == "FULFILLED"
    assert order["updatedAt"] == "2026-11-22T12:00:00Z"
    (parcel,) = order["fulfillments"]
    assert parcel["createdAt"] == "2026-11-22T12:00:00Z"
    assert parcel["trackingInfo"][0]["number"] == "JD1"
    assert order["lineItems"]["nodes"][0]["unfulfilledQuantity"] == 0


def test_two_orders_never_share_a_change(shop: ShopifyShop) -> None:
    first, second = shop.add_order(), shop.add_order()

    shop.edit_order(first, totalPriceSet={"shopMoney": {"amount": "1.0", "currencyCode": "GBP"}})
    shop.fulfil(first)

    other = shop.order(second)
    assert other["totalPriceSet"]["shopMoney"]["amount"] == "17.0"
    assert other["fulfillments"] == []


def test_lines_may_be_gift_cards_or_have_no_variant(shop: ShopifyShop) -> None:
    order_id = shop.add_order(
        lines=[
            {"title": "Gift card", "gift_card": True},
            {"title": "Engraving", "has_variant": False, "requires_shipping": False},
            {"title": "Shirt", "variant_title": "L", "hs_code": "610910", "grams": 180.0},
        ]
    )
    fields = (
        "lineItems(first: 9) { nodes { name isGiftCard requiresShipping variant { inventoryItem"
        " { harmonizedSystemCode measurement { weight { value unit } } } } } }"
    )

    with serving(shop) as api:
        gift, engraving, shirt = api.order(order_id, fields)["lineItems"]["nodes"]

    assert (gift["isGiftCard"], gift["requiresShipping"]) == (True, False)
    assert (engraving["variant"], engraving["requiresShipping"]) == (None, False)
    assert shirt["name"] == "Shirt - L"
    assert shirt["variant"]["inventoryItem"] == {
        "harmonizedSystemCode": "610910",
        "measurement": {"weight": {"value": 180.0, "unit": "GRAMS"}},
    }


@pytest.mark.parametrize(
    ("fields", "shipping", "billing"),
    [
        pytest.param({"country": "HK"}, ("Chan", None), ("Chan", None), id="no post code"),
        pytest.param({"shipping_address": None}, None, ("Shaw", "E1 6AN"), id="no shipping"),
        pytest.param(
            {"shipping_address": {"lastName": None}},
            (None, "E1 6AN"),
            ("Shaw", "E1 6AN"),
            id="one field differs",
        ),
        pytest.param({"shipping_address": None, "billing_address": None}, None, None, id="none"),
    ],
)
def test_addresses_have_gaps(
    shop: ShopifyShop, fields: Any, shipping: object, billing: object
) -> None:
    order_id = shop.add_order(**fields)

    with serving(shop) as api:
        order = api.order(
            order_id, "shippingAddress { lastName zip } billingAddress { lastName zip }"
        )

    found = [
        (one["lastName"], one["zip"]) if (one := order[name]) else None
        for name in ("shippingAddress", "billingAddress")
    ]
    assert found == [shipping, billing]


def test_any_key_may_be_overruled(shop: ShopifyShop) -> None:
    order_id = shop.add_order(
        lines=[{"extra": {"taxable": False}}], extra={"sourceName": "pos", "poNumber": "PO-1"}
    )

    with serving(shop) as api:
        order = api.order(order_id, "sourceName poNumber lineItems(first: 1) { nodes { taxable } }")

    assert order == {
        "sourceName": "pos",
        "poNumber": "PO-1",
        "lineItems": {"nodes": [{"taxable": False}]},
    }
