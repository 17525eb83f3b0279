"""Orders as the platform gave them go in whole and come out as they were."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.sandbox.shopify_client import gid, serving, shared, shop_at

COMPLETE = (
    "syn_01_tip_line",
    "syn_02_gift_card_and_custom_line",
    "syn_04_local_pickup_no_tracking",
    "syn_06_pii_redacted",
    "syn_08_test_cancelled_after_fulfilment",
)
PARTIAL = (
    "gql_01_merchant_detail_fulfilled_refunded_tracking",
    "gql_02_partial_three_fulfilments_one_cancelled",
    "gql_04_cancelled_fulfilment_full",
    "gql_05_multi_tracking",
    "gql_07_multicurrency_address",
    "gql_08_cancelled_order_refunded",
    "gql_09_partial_refund_shipping_restock",
    "gql_11_fulfillment_with_events",
    "gql_12_multi_page_lineitems",
)


def without_cursors(value: Any) -> Any:
    """Returns JSON without what names a position: a cursor is the shop's own affair."""
    if isinstance(value, dict):
        return {k: without_cursors(v) for k, v in value.items() if k != "endCursor"}
    if isinstance(value, list):
        return [without_cursors(one) for one in value]
    return value


@pytest.mark.parametrize("name", COMPLETE)
def test_a_complete_order_comes_out_as_it_went_in(name: str) -> None:
    text = shared("examples", "shopify", f"{name}.json").read_text()
    (order,) = json.loads(text)["response"]["data"]["orders"]["nodes"]
    document = shared("examples", "shopify", "order_detail.graphql").read_text()
    for line in order["lineItems"]["nodes"]:
        line.pop("weight")  # the document does not ask for it
    shop = shop_at(scopes=("read_orders", "read_products", "read_customers", "read_all_orders"))

    order_id = shop.put_order(order)

    with serving(shop) as api:
        (found,) = api.data(
            document,
            ids=[gid(order_id)],
            lineItems=50,
            withCustoms=True,
            withCustomer="customer" in order,
        )["nodes"]
    assert without_cursors(found) == without_cursors(order)


@pytest.mark.parametrize("name", PARTIAL)
def test_a_recorded_part_of_an_order_is_completed(name: str) -> None:
    text = shared("examples", "shopify", f"{name}.json").read_text()
    order = json.loads(text)["order"]
    document = shared("examples", "shopify", "order_detail.graphql").read_text()
    shop = shop_at(scopes=("read_orders", "read_products", "read_all_orders"))

    order_id = shop.put_order(order)

    with serving(shop) as api:
        (found,) = api.data(
            document, ids=[gid(order_id)], lineItems=50, withCustoms=True, withCustomer=False
        )["nodes"]
    same = ("id", "name", "updatedAt", "displayFulfillmentStatus", "cancelledAt", "note")
    assert {key: found[key] for key in same if key in order} == {
        key: order[key] for key in same if key in order
    }
    for shown, recorded in zip(found["fulfillments"], order.get("fulfillments", ()), strict=False):
        assert shown["status"] == recorded["status"]
        assert shown["trackingInfo"] == recorded.get("trackingInfo", [])


LITTLE = {
    "id": "gid://shopify/Order/77",
    "name": "#77",
    "createdAt": "2026-11-20T08:00:00Z",
    "updatedAt": "2026-11-21T08:00:00Z",
    "totalPriceSet": {"shopMoney": {"amount": "9.00", "currencyCode": "GBP"}},
    "lineItems": {
        "edges": [{"node": {"id": "gid://shopify/LineItem/5", "title": "Mug", "quantity": 2}}]
    },
    "fulfillments": [
        {
            "id": "gid://shopify/Fulfillment/6",
            "createdAt": "2026-11-21T08:00:00Z",
            "fulfillmentLineItems": {
                "nodes": [{"quantity": 1, "lineItem": {"id": "gid://shopify/LineItem/5"}}]
            },
        }
    ],
}


def test_what_is_missing_is_null_nothing_or_zero() -> None:
    shop = shop_at()
    order_id = shop.put_order(LITTLE)

    with serving(shop) as api:
        order = api.order(
            order_id,
            "legacyResourceId test email tags processedAt requiresShipping refunds { id }"
            " totalPriceSet { presentmentMoney { amount } }"
            " totalTipReceivedSet { shopMoney { amount currencyCode } }"
            " lineItems(first: 9) { nodes { name currentQuantity variant { id } } }"
            " fulfillments { legacyResourceId status trackingInfo { number }"
            " fulfillmentLineItems(first: 9) { nodes { lineItem { title } } } }",
        )

    assert order == {
        "legacyResourceId": "77",
        "test": False,
        "email": None,
        "tags": [],
        "processedAt": "2026-11-20T08:00:00Z",
        "requiresShipping": True,
        "refunds": [],
        "totalPriceSet": {"presentmentMoney": {"amount": "9.00"}},
        "totalTipReceivedSet": {"shopMoney": {"amount": "0.0", "currencyCode": "GBP"}},
        "lineItems": {"nodes": [{"name": "Mug", "currentQuantity": 2, "variant": None}]},
        "fulfillments": [
            {
                "legacyResourceId": "6",
                "status": "SUCCESS",
                "trackingInfo": [],
                "fulfillmentLineItems": {"nodes": [{"lineItem": {"title": "Mug"}}]},
            }
        ],
    }


def test_putting_an_order_again_replaces_it() -> None:
    shop = shop_at()
    node = {"id": gid(5), "name": "#5", "updatedAt": "2026-11-20T08:00:00Z"}

    shop.put_order(node)
    shop.put_order(node | {"updatedAt": "2026-11-21T08:00:00Z", "note": "again"})

    with serving(shop) as api:
        assert api.found("updated_at:>='2026-11-21T00:00:00Z'") == [5]
        assert api.found("updated_at:<'2026-11-21T00:00:00Z'") == []
        assert api.order(5, "note") == {"note": "again"}
