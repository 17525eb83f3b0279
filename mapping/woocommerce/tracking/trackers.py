"""Parcels as the plugins know them that show a tracking page to the shopper."""

from __future__ import annotations

from collections.abc import Iterator

from mapping.dates import Moment, moment
from mapping.numbers import numbers
from mapping.raw import Raw, as_object, as_objects, decoded, meta
from mapping.woocommerce.tracking.place import Parcel, Source, entries, first_text


def orders_tracking(source: Source) -> Iterator[Parcel]:
    """Yields VillaTheme's numbers, which hang on the lines: the last entry is the current one."""
    for line in as_objects(source.order.get("line_items")):
        current: list[Raw] = []
        for value in meta(line, "_vi_wot_order_item_tracking_data"):
            current += entries(value, "tracking_number")[-1:]
        # units beyond the first may travel apart
        for value in meta(line, "_vi_wot_order_item_tracking_data_by_quantity"):
            current += entries(value, "tracking_number")
        for entry in current:
            carrier = first_text(entry, "carrier_name", "carrier_slug")
            left = moment(entry.get("time"), source.where)
            for number in numbers(entry.get("tracking_number")):
                yield Parcel(number, carrier, left)


def aftership_items(value: object, source: Source) -> Iterator[Parcel]:
    """Yields AfterShip's list of trackings."""
    for entry in entries(value, "tracking_number"):
        yield from _aftership(entry, None, source)


def aftership_fulfilments(value: object, source: Source) -> Iterator[Parcel]:
    """Yields the trackings of AfterShip's fulfilments."""
    for fulfilment in entries(value, "trackings"):
        made = moment(fulfilment.get("created_at"), source.where)
        for entry in as_objects(fulfilment.get("trackings")):
            yield from _aftership(entry, made, source)


def _aftership(entry: Raw, otherwise: Moment | None, source: Source) -> Iterator[Parcel]:
    # ship_date is "20260818"
    picked = moment(as_object(entry.get("additional_fields")).get("ship_date"), source.where)
    made = moment(as_object(entry.get("metrics")).get("created_at"), source.where)
    for number in numbers(entry.get("tracking_number")):
        yield Parcel(number, first_text(entry, "slug"), picked or made or otherwise)


def parcelpanel(value: object, source: Source) -> Iterator[Parcel]:
    """Yields ParcelPanel's numbers, which it copies to the order if its option says so."""
    for entry in entries(decoded(value), "tracking_number"):
        left = moment(entry.get("fulfilled_at"), source.where)
        for number in numbers(entry.get("tracking_number")):
            yield Parcel(number, first_text(entry, "courier_code"), left)
