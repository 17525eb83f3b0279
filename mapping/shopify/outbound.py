"""The parcel that is named to At Last, and how long to wait for its number."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, tzinfo

from mapping.carriers import public_name
from mapping.ingest import OutboundFulfilment
from mapping.outcome import Caution
from mapping.policy import Policy
from mapping.raw import Raw
from mapping.rule import rule
from mapping.shopify.goods import Goods
from mapping.verdict import CARRIER_MISSING


@dataclass(frozen=True, slots=True)
class Outbound:
    """What is known of an order's way out of the shop."""

    shipment: OutboundFulfilment | None
    wait_until: datetime
    """Until then a missing shipment is waited for."""
    cautions: tuple[Caution, ...]


def read_outbound(order: Raw, goods: Goods, policy: Policy, where: tzinfo) -> Outbound:
    """
    Returns the first or last parcel that has carrier and number, by the merchant's choice.

    At Last takes one shipment per order. The day is the shop's, of the
    fulfilment's createdAt. *goods* must have a fulfilment.
    """
    carriers: dict[str, tuple[str, datetime]] = {}
    for fulfilment in goods.fulfilments:
        for tracking in fulfilment.trackings:
            carrier = tracking.carrier or policy.default_carrier
            if carrier:
                carriers.setdefault(tracking.number, (carrier, fulfilment.at))
    shipments = [
        OutboundFulfilment(
            carrier=public_name(carrier, policy.carriers),
            shipping_date=at.astimezone(where).date(),
            tracking_number=number,
        )
        for number, (carrier, at) in carriers.items()
    ]
    cautions = []
    if not shipments and any(fulfilment.trackings for fulfilment in goods.fulfilments):
        cautions.append(CARRIER_MISSING)
    if len(shipments) > 1:
        detail = f"{len(shipments)} parcels; At Last is told the {policy.shipment} one alone."
        cautions.append(Caution("split_shipment", detail))
    shipment = shipments[0 if policy.shipment == "first" else -1] if shipments else None
    return Outbound(shipment, _wait_until(order, goods, policy), tuple(cautions))


@rule("wait")
def _wait_until(order: Raw, goods: Goods, policy: Policy) -> datetime:
    """
    Returns when waiting for a number ends, counted from when the order met the ship rule.

    No number will come for what has no address to go to (collected, sold over
    the counter) or has been handed over: there waiting ends at once.
    """
    left = [fulfilment.at for fulfilment in goods.fulfilments]
    shipped_at = max(left) if policy.ship_when == "all_fulfilled" else min(left)
    arrived = all(fulfilment.handed_over for fulfilment in goods.fulfilments)
    if order.get("shippingAddress") is None or arrived:
        return shipped_at
    return shipped_at + policy.tracking_wait
