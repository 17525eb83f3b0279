"""
The recorded orders of a real WooCommerce 11.0.1 shop, through the installed command.

golden_recorded.txt says what becomes of each. It was checked line by line
against the recordings; a change in it is a change of what merchants get.
"""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from conftest import Ferry

HERE = Path(__file__).resolve()
RECORDED = (
    Path(os.environ.get("ORDERFERRY_SHARED") or HERE.parents[3] / "shared") / "recorded/woocommerce"
)
GOLDEN = HERE.with_name("golden_recorded.txt")
RECORDED_AT = datetime(2026, 11, 23, 9, tzinfo=UTC)

pytestmark = pytest.mark.skipif(not RECORDED.exists(), reason="the recordings are not here")


def body(name: str) -> Any:
    return json.loads((RECORDED / name).read_text())["body"]


def moved(order: dict[str, Any], by: timedelta) -> dict[str, Any]:
    """The order as if it had been recorded today: At Last takes none older than 60 days."""
    dates = {key: value for key, value in order.items() if key.startswith("date_") and value}
    return order | {
        key: (datetime.fromisoformat(value) + by).isoformat() for key, value in dates.items()
    }


def recorded_orders() -> dict[int, tuple[str, dict[str, Any]]]:
    """id -> (where it was recorded, the order); the single recordings win over the page."""
    found = {order["id"]: ("orders_page_100", order) for order in body("orders_page_100.json")}
    for path in sorted(RECORDED.glob("order_*.json")):
        order = body(path.name)
        if isinstance(order, dict) and "line_items" in order and path.stem != "order_trashed_get":
            found[order["id"]] = (path.stem, order)
    return found


def fill(ferry: Ferry, orders: dict[int, tuple[str, dict[str, Any]]]) -> None:
    by = datetime.now(UTC).replace(microsecond=0) - RECORDED_AT
    shop = ferry.shop
    shop.fulfillments = True
    shop.statuses = ("shipped", "partial-shipped")
    for name in ("products_page.json", "variations_hoodie.json"):
        for product in body(name):
            shop.put_product(product)
    for _, order in orders.values():
        shop.put_order(moved(order, by))
    refunds = body("order_refunds_list.json")
    shop.records.refunds[111] = [refund | {"parent_id": 111} for refund in refunds]
    shop.records.fulfilments[101] = body("fulfillments_list.json")
    shop.records.fulfilments[139] = body("fulfillments_auto_virtual.json")


def test_every_recorded_order_ends_as_the_golden_table_says(ferry: Ferry) -> None:
    orders = recorded_orders()
    fill(ferry, orders)
    ferry.configure(
        shop='shipped_statuses = ["completed", "shipped"]', orders='tracking_wait = "0h"'
    )
    by_id = [word for order_id in orders for word in ("--order", str(order_id))]

    first = ferry("sync")
    second = ferry("backfill", "bolt", *by_id)
    planned = ferry("--json", "backfill", "bolt", *by_id, "--dry-run")

    assert first.status in {0, 1}, first.out + first.err
    assert second.status in {0, 1}, second.out + second.err
    fates = {order["id"]: order for order in planned.document["orders"]}
    table = "".join(f"{line.rstrip()}\n" for line in lines(orders, fates, ferry.atlast.accepted))
    if os.environ.get("RENEW_GOLDEN"):
        GOLDEN.write_text(table)
    assert table == GOLDEN.read_text()
    assert ferry.atlast.duplicates == 0


def lines(
    orders: dict[int, tuple[str, dict[str, Any]]], fates: dict[str, Any], accepted: Any
) -> list[str]:
    payloads = {order_id: payload for (_, order_id), (payload, *_) in accepted.items()}
    rows = ["   id  recorded as                        status           total           fate"]
    for order_id, (where, order) in sorted(orders.items()):
        fate = fates[str(order_id)]
        payload = payloads.get(str(order_id))
        words = fate["verdict"] + (f": {fate['reason']}" if fate["reason"] else "")
        if fate["verdict"] == "unchanged":  # the dry run comes after the push
            words = "delivered" if payload else "LOST"
        if payload:
            words += f", {described(payload)}"
        amount = f"{order['currency']} {order['total']}"
        rows.append(f"{order_id:>5}  {where:<33}  {order['status']:<14}  {amount:>14}  {words}")
    return rows


def described(payload: dict[str, Any]) -> str:
    shipment = payload.get("outboundFulfilment")
    pieces = sum(item["quantity"] for item in payload["items"])
    amounts = ", ".join(
        f"{word} {payload[key]['value']}"
        for word, key in (
            ("goods", "itemSubTotal"),
            ("shipping", "shippingTotal"),
            ("discount", "discount"),
            ("paid", "orderTotal"),
        )
        if key in payload
    )
    tracking = f"{shipment['carrier']} {shipment['trackingNumber']}" if shipment else "no tracking"
    return f"{pieces} pieces in {len(payload['items'])} lines, {amounts}; {tracking}"
