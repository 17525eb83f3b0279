"""Parcels of MyParcel, whose every major version stores them in another shape."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from mapping.numbers import numbers
from mapping.raw import as_object, as_text, is_true
from mapping.woocommerce.tracking.place import Parcel, Source, entries, first_text

# 4: an object by shipment id; 5: a list; from 6: a list under a common key
MYPARCEL_KEYS = (
    "_myparcelcom_order_shipments",
    "_myparcelnl_order_shipments",
    "_myparcelbe_order_shipments",
    "_myparcel_shipments",
)
# ids of the carriers in MyParcel's own software
_CARRIERS = {
    "1": "postnl",
    "2": "bpost",
    "4": "dpd",
    "6": "dhl",
    "8": "ups",
    "9": "dhlforyou",
    "10": "dhlparcelconnect",
    "11": "dhleuroplus",
    "12": "ups",
    "13": "ups",
    "14": "gls",
}


def myparcel(value: object, _source: Source) -> Iterator[Parcel]:
    """Yields the shipments that have a barcode; those without are concepts."""
    for shipment in entries(value, "barcode", "track_trace"):
        details = as_object(shipment.get("shipment"))
        carrier = _carrier(shipment.get("carrier")) or _carrier(details.get("carrier_id"))
        void = is_true(shipment.get("isReturn"))
        for number in numbers(first_text(shipment, "track_trace", "barcode")):
            yield Parcel(number, carrier, None, void)


def _carrier(value: object) -> str:
    """Returns the code in 1, "postnl:1", "DHL_FOR_YOU" or {"externalIdentifier": "postnl:1"}."""
    if isinstance(value, Mapping):
        known = _CARRIERS.get(as_text(value.get("id")))
        return known or _carrier(first_text(value, "externalIdentifier", "carrier", "name"))
    text = as_text(value).split(":")[0]
    return _CARRIERS.get(text, "" if text.isdigit() else text)
