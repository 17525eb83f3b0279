"""What the merchant decided about how orders are sent; the same keys on every platform."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal

OLDEST_ORDER = timedelta(days=60)
"""At Last's own limit, on the order's creation, counted at the push (contract, createdAt)."""

PUSH_MARGIN = timedelta(hours=1)
"""How far from that limit we stop: the boundary's time zone is not documented."""


@dataclass(frozen=True, slots=True)
class Policy:
    """Defaults are those of `config.example.toml`, [merchants.NAME.orders]."""

    merchant_id: str | None = None
    """At Last's id for the merchant; None leaves the key out."""
    order_id: str = "{id}"
    order_number: str = "{number}"
    prices: Literal["gross", "net"] = "gross"
    currency: Literal["presentment", "shop"] = "presentment"
    """Shopify: the customer's currency, or the one the shop keeps its books in."""
    ship_when: Literal["all_fulfilled", "any_fulfilment"] = "all_fulfilled"
    """Shipped is when every line that needs shipping is, or at the first parcel."""
    shipment: Literal["first", "last"] = "first"
    tracking_wait: timedelta = timedelta(hours=24)
    when_tracking_never_comes: Literal["send", "quarantine"] = "send"
    """What becomes of an order that waited in vain: sent without a shipment, or not sent."""
    default_carrier: str | None = None
    """Name for a tracking number that came without a carrier; None leaves the shipment out."""
    carriers: dict[str, str] = field(default_factory=dict)
    """The merchant's own slug -> public name; wins over the built-in table."""
    post_code_placeholder: str | None = None
    """Sent for countries without post codes; None quarantines such an order."""
    default_hs_code: str | None = None
    default_country_of_origin: str | None = None
    ship_from_country: str = "GB"
    """Where parcels leave, alpha-2; tells which orders cross a border (readiness alone)."""
