"""Parcels as the labels tell them that plugins buy for an order."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC

from mapping.dates import moment
from mapping.numbers import numbers
from mapping.raw import Raw, as_object, as_objects, as_text, decoded, is_true
from mapping.woocommerce.tracking.place import (
    Parcel,
    Source,
    entries,
    first_text,
    listed,
)

# fields in which WooCommerce Services left quotes unescaped: {"package_name":"Box 12" x 9""}
_UNESCAPED = re.compile(
    r'"(package_name|product_names)":(?:"[^\n]{0,300}?"|\[[^\n]{0,600}?\])(?=,"|\})'
)


def bought(value: object, source: Source) -> Iterator[Parcel]:
    """Yields WooCommerce's own labels, which the new and the old plugin store alike."""
    # the newest label is stored first
    for label in reversed(entries(_mended(value), "tracking")):
        yield from _label(label, source)


def _label(label: Raw, source: Source) -> Iterator[Parcel]:
    if as_text(label.get("status")).startswith("PURCHASE_"):  # _ERROR, _IN_PROGRESS
        return
    # "USPS - Ground Advantage"
    carrier = first_text(label, "carrier_id") or first_text(label, "service_name").split(" - ")[0]
    void = is_true(label.get("is_return")) or bool(label.get("refund"))
    left = moment(label.get("created"), source.where)
    for number in numbers(label.get("tracking")):
        yield Parcel(number, carrier, left, void)


def _mended(value: object) -> object:
    """Returns *value*; a string that is no JSON, without the fields that made it none."""
    if isinstance(value, str) and decoded(value) is None:
        return _UNESCAPED.sub(r'"\1":0', value)
    return value


def dhl(value: object, _source: Source) -> Iterator[Parcel]:
    """Yields the labels of DHL for WooCommerce; a label has one number or a list of them."""
    for label in entries(value, "tracking_number", "return_label_number"):
        for number in listed(label.get("tracking_number")):
            yield Parcel(number, "DHL", None)
        for number in listed(label.get("return_label_number")):
            yield Parcel(number, "DHL", None, void=True)


def postnl(value: object, _source: Source) -> Iterator[Parcel]:
    """Yields the barcodes of PostNL; their time is local, written as if it were UTC."""
    for barcode in as_objects(as_object(decoded(value)).get("barcodes")):
        # so the day in UTC is the shop's; the instant does not matter to a parcel that has all
        written = moment(barcode.get("created_at"), UTC)
        for number in numbers(barcode.get("value")):
            yield Parcel(number, "PostNL", written)


def dpd(value: object, _source: Source) -> Iterator[Parcel]:
    """Yields the parcels of WPify's DPD plugin."""
    for parcel in as_objects(as_object(decoded(value)).get("parcels")):
        for number in numbers(parcel.get("parcel_no")):
            yield Parcel(number, "DPD", None)


def packeta(source: Source) -> Iterator[Parcel]:
    """Yields the packet that Packeta adds to a shipping line; it keeps no meta data."""
    for line in as_objects(source.order.get("shipping_lines")):
        packet = as_object(line.get("packeta"))
        for number in numbers(packet.get("packet_id")) or numbers(packet.get("carrier_number")):
            yield Parcel(number, "Packeta", None)
