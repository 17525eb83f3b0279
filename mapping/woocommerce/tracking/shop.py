"""Parcels as the shop itself, its shipment plugins or the merchant's own keys record them."""

from __future__ import annotations

from collections.abc import Iterator

from mapping.dates import moment
from mapping.numbers import numbers
from mapping.raw import as_objects, as_text
from mapping.woocommerce.tracking.place import (
    Parcel,
    Source,
    entries,
    first_text,
    listed,
)

_SENT = frozenset({"shipped", "delivered"})
"""Shiptastic's other statuses (draft, processing, ready-for-shipping) are still in the house."""
_NOT_A_CARRIER = frozenset({"", "other", "custom"})


def merchants_own(source: Source) -> Iterator[Parcel]:
    """Yields what the meta keys hold that the merchant named."""
    key = source.rules.carrier_meta_key
    carrier = next(source.texts(key), "") if key else ""
    for own in source.rules.tracking_meta_keys:
        for value in source.meta(own):
            for number in listed(value):
                yield Parcel(number, carrier, None)


def shiptastic(source: Source) -> Iterator[Parcel]:
    """Yields the shipments that Shiptastic and Germanized add to the order itself."""
    for shipment in as_objects(source.order.get("shipments")):
        inbound = as_text(shipment.get("type")) == "return"
        if not inbound and as_text(shipment.get("status")) not in _SENT:
            continue
        carrier = first_text(shipment, "shipping_provider_title", "shipping_provider")
        left = moment(shipment.get("date_sent_gmt"), source.where)
        # one without a number still tells when something left
        for number in numbers(shipment.get("tracking_id")) or ("",):
            yield Parcel(number, carrier, left, void=inbound)


def core_fulfilments(source: Source) -> Iterator[Parcel]:
    """Yields WooCommerce's own fulfilments."""
    for fulfilment in source.fulfilments:
        left = moment(fulfilment.at, source.where)
        for number in numbers(fulfilment.number) or ("",):
            yield Parcel(number, fulfilment.carrier, left)


def shipment_tracking(value: object, source: Source) -> Iterator[Parcel]:
    """Yields what Shipment Tracking (official) and Advanced Shipment Tracking share."""
    for entry in entries(value, "tracking_number"):
        provider = as_text(entry.get("tracking_provider"))
        custom = as_text(entry.get("custom_tracking_provider"))
        carrier = custom if provider.lower() in _NOT_A_CARRIER else provider
        left = moment(entry.get("date_shipped"), source.where)
        for number in numbers(entry.get("tracking_number")):
            yield Parcel(number, carrier, left)
