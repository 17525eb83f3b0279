"""Parcels: what they do to an order's JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from orderferry.sandbox.shopify.json_types import Json, gid
from orderferry.sandbox.shopify.money import Currencies, currencies_of, value_of
from orderferry.sandbox.shopify.records import Tracking

_LINK: Final = "https://example.com/track/"


def new_fulfilment(
    node: Json,
    fulfilment_id: int,
    wanted: Mapping[str, int],
    trackings: Sequence[Tracking],
    stamp: str,
) -> Json:
    """
    Returns a successful parcel of quantities by the lines' global ids, made at *stamp*.

    Its lines are the order's own objects, so that later changes show in both. Nothing
    checks the quantities.
    """
    lines = {line["id"]: line for line in node["lineItems"]}
    count = len(node["fulfillments"]) + 1
    currencies = currencies_of(node)
    items = [
        _item(lines[line_id], fulfilment_id * 100 + at, quantity, currencies)
        for at, (line_id, quantity) in enumerate(wanted.items())
    ]
    return {
        "__typename": "Fulfillment",
        "id": gid("Fulfillment", fulfilment_id),
        "legacyResourceId": str(fulfilment_id),
        "name": f"{node['name']}-F{count}",
        "status": "SUCCESS",
        "displayStatus": "FULFILLED",
        "requiresShipping": any(lines[line_id]["requiresShipping"] for line_id in wanted),
        "createdAt": stamp,
        "updatedAt": stamp,
        "inTransitAt": None,
        "deliveredAt": None,
        "estimatedDeliveryAt": None,
        "totalQuantity": sum(wanted.values()),
        "trackingInfo": tracking_info(trackings),
        "fulfillmentLineItems": items,
        "originAddress": None,
        "events": [],
    }


def tracking_info(trackings: Sequence[Tracking]) -> list[Json]:
    """Returns (company, number) pairs as the API shows them."""
    return [
        {"company": company, "number": number, "url": f"{_LINK}{number}" if number else None}
        for company, number in trackings
    ]


def ship(node: Json, parcel: Json) -> None:
    """Adds a parcel to the order and takes its quantities off what is to be shipped."""
    _move(parcel, -1)
    node["fulfillments"].append(parcel)
    node["displayFulfillmentStatus"] = fulfilment_status(node)


def cancel(node: Json, parcel: Json, stamp: str) -> None:
    """Cancels a parcel of the order; its quantities are to be shipped again."""
    _move(parcel, +1)
    parcel |= {"status": "CANCELLED", "displayStatus": "CANCELED", "updatedAt": stamp}
    node["displayFulfillmentStatus"] = fulfilment_status(node)


def fulfilment_status(node: Json) -> str:
    """Returns displayFulfillmentStatus by what is shipped and what remains."""
    if not any(line["requiresShipping"] for line in node["lineItems"]) and not _shipped(node):
        return "FULFILLMENT_NOT_REQUIRED"
    remaining = any(
        line["unfulfilledQuantity"] > 0 for line in node["lineItems"] if line["requiresShipping"]
    )
    if not _shipped(node):
        return "UNFULFILLED"
    return "PARTIALLY_FULFILLED" if remaining else "FULFILLED"


def _shipped(node: Json) -> bool:
    return any(parcel["status"] == "SUCCESS" for parcel in node["fulfillments"])


def _move(parcel: Json, sign: int) -> None:
    for item in parcel["fulfillmentLineItems"]:
        line = item["lineItem"]
        line["unfulfilledQuantity"] = max(line["unfulfilledQuantity"] + sign * item["quantity"], 0)


def _item(line: Json, item_id: int, quantity: int, currencies: Currencies) -> Json:
    count = line["quantity"] or 1
    shares = {
        name: currencies.round(value_of(line[name]) * quantity / count)
        for name in ("originalTotalSet", "discountedTotalSet")
    }
    return {
        "__typename": "FulfillmentLineItem",
        "id": gid("FulfillmentLineItem", item_id),
        "quantity": quantity,
        "lineItem": line,
    } | {name: currencies.bag(share) for name, share in shares.items()}
