"""Maps an order of the file."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from mapping.ingest import (
    Address,
    Customer,
    IngestItem,
    IngestOrder,
    OutboundFulfilment,
    Price,
    to_json,
)
from mapping.outcome import Mapper, Outcome, Ready, Shop, Skipped, SkipReason
from mapping.policy import Policy
from mapping.raw import Unmappable
from mapping.verdict import judged, names


def build_mapper(settings: object) -> Mapper:
    """Returns the mapper; nothing of it depends on the settings."""
    del settings
    return _map


def _map(
    order: Mapping[str, Any],
    related: Mapping[str, Any],
    *,
    shop: Shop,
    policy: Policy,
    now: datetime,
) -> Outcome:
    del related, now
    parcel = order.get("parcel")
    if parcel is None:
        return Skipped(SkipReason.NOT_SHIPPED)

    def sent() -> Outcome:
        left_at = datetime.fromisoformat(parcel["left"])
        shipment = OutboundFulfilment(
            carrier=parcel["by"],
            shipping_date=left_at.astimezone(ZoneInfo(shop.time_zone)).date(),
            tracking_number=parcel["number"],
        )
        written = _order(order, shipment, policy)
        payload = to_json(written)
        return Ready(written, payload, hashlib.sha256(payload).hexdigest())

    return judged(sent)


def _order(order: Mapping[str, Any], shipment: OutboundFulfilment, policy: Policy) -> IngestOrder:
    buyer = order.get("buyer")
    if buyer is None:
        raise Unmappable("buyer", "is missing.")
    goods = order["goods"]
    total = sum(Decimal(one["each"]) * one["pieces"] for one in goods)
    identity, number = names(order["no"], f"P-{order['no']}", policy)
    return IngestOrder(
        id=identity,
        merchant_id=policy.merchant_id or None,
        reference=number,
        created_at=datetime.fromisoformat(order["placed"]).astimezone(UTC),
        order_number=number,
        order_total=_price(total),
        item_sub_total=_price(total),
        shipping_total=_price(Decimal(0)),
        outbound_fulfilment=shipment,
        items=tuple(
            IngestItem(
                id=str(place),
                quantity=one["pieces"],
                name=one["what"],
                price=_price(Decimal(one["each"])),
            )
            for place, one in enumerate(goods, 1)
        ),
        customer=Customer(
            last_name=buyer["name"],
            address=Address(
                line1=buyer["street"], city=buyer["town"], post_code=buyer["code"], country="SE"
            ),
        ),
    )


def _price(value: Decimal | int) -> Price:
    return Price(value=Decimal(value), currency="SEK")
