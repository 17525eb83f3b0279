"""Order notes: read only where the merchant asks for it, and only for orders that need them."""

from __future__ import annotations

from typing import Any

import pytest

from connectors import Window
from connectors.woocommerce.tracked import shows_tracking
from orderferry.sandbox.server import Request, Response
from tests.connectors.world import ago, connected, shop_at

HOURS = Window(ago(hours=5), ago(seconds=15))
AT = ago(hours=1)
NOTE = "Teapot x 1 shipped via USPS on August 18, 2026 with tracking number 9400100000000000000000."


@pytest.mark.parametrize("wanted", [True, False])
def test_notes_come_with_an_order_without_tracking_where_they_are_wanted(*, wanted: bool) -> None:
    shop = shop_at()
    shop.add_note(shop.add_order(status="completed", modified_at=AT), NOTE)

    with connected(shop, tracking_from_notes=wanted) as (connector, server):
        (page,) = connector.changed(HOURS)

    (order,) = page.orders
    notes = [note["note"] for note in order.related.get("notes", [])]
    assert notes == ([NOTE] if wanted else [])
    assert any("/notes" in request.path for request in server.requests) is wanted


def test_orders_that_show_tracking_or_are_not_shipped_cost_no_request() -> None:
    shop = shop_at()
    tracked = [("1Z999AA10123456784", "ups")]
    ids = [
        shop.add_order(status="completed", modified_at=AT, tracking=tracked),
        shop.add_order(status="processing", modified_at=AT),
        shop.add_order(status="completed", modified_at=AT),
    ]

    with connected(shop, tracking_from_notes=True) as (connector, server):
        list(connector.by_id([str(order_id) for order_id in ids]))

    asked = [request.path for request in server.requests if "/notes" in request.path]
    assert len(asked) == 1
    assert asked[0].endswith(f"/orders/{ids[2]}/notes")


def test_an_order_that_vanishes_before_its_notes_are_read_is_unreadable() -> None:
    shop = shop_at()
    order_id = shop.add_order(status="completed", modified_at=AT)

    def handler(request: Request) -> Response:
        if request.path.endswith("/notes"):
            shop.delete_order(order_id)
        return shop.handle(request)

    with connected(shop, handler=handler, tracking_from_notes=True) as (connector, _):
        (page,) = connector.by_id([str(order_id)])

    assert [one.problem for one in page.unreadable] == ["The shop has lost this order's notes."]


def meta(key: str, value: Any) -> dict[str, Any]:
    return {"meta_data": [{"key": key, "value": value}]}


@pytest.mark.parametrize(
    ("order", "shown"),
    [
        pytest.param(meta("_tracking_number", "AB123456789GB"), True, id="a flat key"),
        pytest.param(meta("_wcst_order_trackno", ""), False, id="empty"),
        pytest.param(meta("_tracking_number", ""), False, id="a key without a number"),
        pytest.param(meta("_ga_tracking_id", "UA-12345678"), False, id="marketing"),
        pytest.param(
            meta("_wc_shipment_tracking_items", [{"tracking_number": "AB123456789GB"}]),
            True,
            id="a list of objects",
        ),
        pytest.param(meta("_wc_shipment_tracking_items", []), False, id="an empty list"),
        pytest.param(
            meta("_dpd_data", {"parcels": [{"parcel_no": "01234567890123"}]}), True, id="inside"
        ),
        pytest.param(
            {"shipments": [{"tracking_id": "00340434161094000000"}]}, True, id="Shiptastic"
        ),
        pytest.param({"shipments": [{"tracking_id": ""}]}, False, id="Shiptastic, not yet"),
        pytest.param(
            {
                "line_items": [
                    meta(
                        "_vi_wot_order_item_tracking_data",
                        [{"tracking_number": "LX123456789CN"}],
                    )
                ]
            },
            True,
            id="on a line",
        ),
        pytest.param(
            {"shipping_lines": [{"packeta": {"packet_id": "Z1234567890"}}]}, True, id="Packeta"
        ),
        pytest.param(
            {"fulfillments": [meta("_tracking_number", "1Z999AA10123456784")]}, True, id="core"
        ),
        pytest.param(
            meta("_postnl_order_metadata", {"barcodes": [{"value": "3SABCD1234567"}]}),
            True,
            id="PostNL",
        ),
        pytest.param(
            meta("_myparcelcom_order_shipments", {"17": {"barcode": "3SMYPA123456789"}}),
            True,
            id="MyParcel",
        ),
        pytest.param(
            meta("_parcelpanel_shipping_numbers", '[{"tracking_number":"AB123456789GB"}]'),
            True,
            id="JSON in a text",
        ),
        pytest.param(
            meta("wcshipping_labels", [{"label_id": 4711, "tracking": "9400111899223100"}]),
            True,
            id="a label",
        ),
        pytest.param(
            meta("wcshipping_labels", [{"label_id": 4711, "status": "PURCHASE_ERROR"}]),
            False,
            id="a label that failed",
        ),
        pytest.param(
            meta("wcshipping_labels", [{"tracking": "9400111899223100", "is_return": True}]),
            False,
            id="a label for the way back",
        ),
        pytest.param(meta("_barcode_text", "202611230501"), False, id="the order's bar code"),
        pytest.param(
            {"line_items": [meta("barcode", "5012345678900")]}, False, id="a product's bar code"
        ),
        pytest.param({"meta_data": None, "shipments": "x", "line_items": [7]}, False, id="junk"),
    ],
)
def test_an_order_shows_tracking_where_plugins_keep_a_number(
    order: dict[str, Any], *, shown: bool
) -> None:
    assert shows_tracking(order) is shown
