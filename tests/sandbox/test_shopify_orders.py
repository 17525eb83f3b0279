"""What happens to orders, and what their JSON says then."""

from __future__ import annotations

from datetime import timedelta

import pytest

from orderferry.sandbox.shopify import ShopifyShop
from tests.sandbox.shopify_client import NOW, Time, serving, shop_at

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


def test_a_parcel_of_some_lines_leaves_the_rest(shop: ShopifyShop, time: Time) -> None:
    order_id = shop.add_order(lines=[{"quantity": 3}, {"quantity": 1}])
    first, second = shop.line_ids(order_id)
    time.pass_by(hours=1)

    shop.fulfil(order_id, {first: 2}, [("Royal Mail", "AB1"), ("Other", None)])
    with serving(shop) as api:
        partial = api.order(order_id, PARCELS)
    shop.fulfil(order_id)
    with serving(shop) as api:
        whole = api.order(order_id, PARCELS)

    (parcel,) = partial["fulfillments"]
    assert parcel == {
        "status": "SUCCESS",
        "displayStatus": "FULFILLED",
        "createdAt": "2026-11-23T13:00:00Z",
        "updatedAt": "2026-11-23T13:00:00Z",
        "totalQuantity": 2,
        "trackingInfo": [
            {"company": "Royal Mail", "number": "AB1", "url": "https://example.com/track/AB1"},
            {"company": "Other", "number": None, "url": None},
        ],
        "fulfillmentLineItems": {
            "nodes": [{"quantity": 2, "lineItem": {"id": f"gid://shopify/LineItem/{first}"}}]
        },
    }
    assert partial["displayFulfillmentStatus"] == "PARTIALLY_FULFILLED"
    assert partial["updatedAt"] == "2026-11-23T13:00:00Z"
    assert [row["unfulfilledQuantity"] for row in partial["lineItems"]["nodes"]] == [1, 1]
    assert whole["displayFulfillmentStatus"] == "FULFILLED"
    assert [row["unfulfilledQuantity"] for row in whole["lineItems"]["nodes"]] == [0, 0]
    items = whole["fulfillments"][1]["fulfillmentLineItems"]["nodes"]
    assert items == [
        {"quantity": 1, "lineItem": {"id": f"gid://shopify/LineItem/{first}"}},
        {"quantity": 1, "lineItem": {"id": f"gid://shopify/LineItem/{second}"}},
    ]


def test_a_cancelled_parcel_stays_with_its_tracking(shop: ShopifyShop, time: Time) -> None:
    order_id = shop.add_order(trackings=[("DHL", "JD1")])
    (parcel_id,) = shop.fulfilment_ids(order_id)
    time.pass_by(minutes=5)

    shop.cancel_fulfilment(order_id, parcel_id)

    with serving(shop) as api:
        order = api.order(order_id, PARCELS)
    (parcel,) = order["fulfillments"]
    assert (parcel["status"], parcel["displayStatus"]) == ("CANCELLED", "CANCELED")
    assert parcel["updatedAt"] == "2026-11-23T12:05:00Z"
    assert parcel["trackingInfo"][0]["number"] == "JD1"
    assert order["displayFulfillmentStatus"] == "UNFULFILLED"
    assert order["lineItems"]["nodes"][0]["unfulfilledQuantity"] == 1
    assert order["updatedAt"] == "2026-11-23T12:05:00Z"


def test_tracking_may_be_edited_later(shop: ShopifyShop, time: Time) -> None:
    order_id = shop.add_order(fulfilled=True)
    (parcel_id,) = shop.fulfilment_ids(order_id)
    time.pass_by(minutes=5)

    shop.edit_tracking(order_id, parcel_id, [("DHL", "JD2")])

    with serving(shop) as api:
        order = api.order(order_id, PARCELS)
    (parcel,) = order["fulfillments"]
    assert parcel["trackingInfo"][0]["number"] == "JD2"
    assert (parcel["createdAt"], parcel["updatedAt"]) == (
        "2026-11-23T12:00:00Z",
        "2026-11-23T12:05:00Z",
    )
    assert order["updatedAt"] == "2026-11-23T12:05:00Z"


def test_a_refund_shrinks_what_is_current_and_leaves_what_was(shop: ShopifyShop) -> None:
    order_id = shop.add_order(
        shipping="5.00",
        fulfilled=True,
        lines=[{"price": "10.00", "quantity": 3, "discount": "6.00"}],
    )
    (line_id,) = shop.line_ids(order_id)

    shop.refund(order_id, {line_id: 1}, restock="RETURN")

    with serving(shop) as api:
        order = api.order(
            order_id,
            "displayFinancialStatus displayFulfillmentStatus lineItems(first: 1) { nodes"
            " { quantity currentQuantity refundableQuantity unfulfilledQuantity } }"
            " refunds(first: 9) { totalRefundedSet { presentmentMoney { amount } }"
            " refundLineItems(first: 9) { nodes { quantity restockType lineItem { id }"
            " subtotalSet { presentmentMoney { amount } } } } }",
        )
        totals = api.amounts(
            order_id,
            *("totalPriceSet", "currentTotalPriceSet", "subtotalPriceSet"),
            *("currentSubtotalPriceSet", "totalRefundedSet", "totalShippingPriceSet"),
        )

    assert order["displayFinancialStatus"] == "PARTIALLY_REFUNDED"
    assert order["displayFulfillmentStatus"] == "FULFILLED"
    assert order["lineItems"]["nodes"] == [
        {"quantity": 3, "currentQuantity": 2, "refundableQuantity": 2, "unfulfilledQuantity": 0}
    ]
    (refund,) = order["refunds"]
    assert refund["totalRefundedSet"]["presentmentMoney"]["amount"] == "8.0"  # (30 - 6) / 3
    (item,) = refund["refundLineItems"]["nodes"]
    assert (item["quantity"], item["restockType"]) == (1, "RETURN")
    assert item["lineItem"]["id"] == f"gid://shopify/LineItem/{line_id}"
    assert totals == ["29.0", "21.0", "24.0", "16.0", "8.0", "5.0"]


def test_a_refund_gives_back_the_tax_on_top(shop: ShopifyShop) -> None:
    order_id = shop.add_order(
        tax_rate="20",
        taxes_included=False,
        shipping="5.00",
        lines=[{"price": "10.00", "quantity": 2}],
    )
    (line_id,) = shop.line_ids(order_id)

    shop.refund(order_id, {line_id: 1}, shipping="2.50")

    names = ("totalPriceSet", "totalRefundedSet", "currentTotalPriceSet", "currentTotalTaxSet")
    with serving(shop) as api:
        partial = api.amounts(order_id, *names)
        (refund,) = api.order(
            order_id,
            "refunds { refundLineItems(first: 9) { nodes { totalTaxSet { shopMoney { amount } } } }"
            " refundShippingLines(first: 9) { nodes { taxAmountSet { shopMoney { amount } } } } }",
        )["refunds"]
        shop.refund(order_id, shipping="2.50")
        whole = api.amounts(order_id, *names)

    # 20 and 5 with 5 tax; first 10 + 2 and 2.50 + 0.50 go back
    assert partial == ["30.0", "15.0", "15.0", "2.5"]
    assert refund["refundLineItems"]["nodes"][0]["totalTaxSet"]["shopMoney"]["amount"] == "2.0"
    assert refund["refundShippingLines"]["nodes"][0]["taxAmountSet"]["shopMoney"]["amount"] == "0.5"
    assert whole == ["30.0", "30.0", "0.0", "0.0"]


def test_a_unit_taken_out_before_shipping_is_not_to_be_shipped(shop: ShopifyShop) -> None:
    order_id = shop.add_order(lines=[{"quantity": 2}])
    (line_id,) = shop.line_ids(order_id)

    shop.refund(order_id, {line_id: 1}, restock="CANCEL")
    shop.fulfil(order_id)

    with serving(shop) as api:
        order = api.order(order_id, PARCELS)
    assert order["displayFulfillmentStatus"] == "FULFILLED"
    assert order["fulfillments"][0]["totalQuantity"] == 1


def test_a_cancelled_order_is_closed_and_refunded(shop: ShopifyShop, time: Time) -> None:
    order_id = shop.add_order(shipping="5.00", lines=[{"price": "10.00"}])
    time.pass_by(hours=2)

    shop.cancel_order(order_id, "FRAUD")

    with serving(shop) as api:
        order = api.order(
            order_id,
            "cancelledAt closedAt closed cancelReason displayFinancialStatus updatedAt"
            " displayFulfillmentStatus",
        )
        totals = api.amounts(order_id, "totalRefundedSet", "currentTotalPriceSet")
    assert order == {
        "cancelledAt": "2026-11-23T14:00:00Z",
        "closedAt": "2026-11-23T14:00:00Z",
        "closed": True,
        "cancelReason": "FRAUD",
        "displayFinancialStatus": "REFUNDED",
        "updatedAt": "2026-11-23T14:00:00Z",
        "displayFulfillmentStatus": "UNFULFILLED",
    }
    assert totals == ["15.0", "0.0"]


def test_editing_changes_keys_and_merges_objects(shop: ShopifyShop, time: Time) -> None:
    order_id = shop.add_order()
    time.pass_by(seconds=90)

    shop.edit_order(order_id, note="gift", shippingAddress={"city": "Leeds"})

    with serving(shop) as api:
        order = api.order(order_id, "note updatedAt shippingAddress { city zip }")
    assert order == {
        "note": "gift",
        "updatedAt": "2026-11-23T12:01:30Z",
        "shippingAddress": {"city": "Leeds", "zip": "E1 6AN"},
    }


def test_an_edit_may_leave_the_time_of_change_alone(shop: ShopifyShop, time: Time) -> None:
    order_id = shop.add_order()
    time.pass_by(seconds=90)

    shop.edit_order(order_id, touch=False, note="gift")

    with serving(shop) as api:
        order = api.order(order_id, "note updatedAt")
    assert order == {"note": "gift", "updatedAt": "2026-11-23T12:00:00Z"}


def test_a_touch_moves_the_time_of_change_and_nothing_else(shop: ShopifyShop) -> None:
    order_id = shop.add_order(trackings=[("DHL", "1")])
    before = shop.order(order_id)

    shop.touch(order_id, NOW + timedelta(microseconds=61_500_000))

    assert shop.order(order_id) == before | {"updatedAt": "2026-11-23T12:01:01Z"}
