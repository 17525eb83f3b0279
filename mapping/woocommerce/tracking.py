"""
The outbound parcel, wherever a plugin stored it.

One recogniser per place. Their order in RECOGNISERS is their precedence: the
merchant's own keys, because a person named them; WooCommerce's own
fulfilments; then plugins. The first that knows a number and a carrier wins,
and several plugins that mirror the same number complete each other.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

from mapping.dates import Moment, moment
from mapping.raw import Raw, as_object, as_objects, as_text, decoded, meta
from mapping.woocommerce.fulfilments import Fulfilment
from mapping.woocommerce.rules import Rules

_BETWEEN_NUMBERS = re.compile(r"[,;|]")


@dataclass(frozen=True, slots=True)
class Parcel:
    """What one place knows of one parcel; empty or None where it knows nothing."""

    number: str
    carrier: str
    left: Moment | None


@dataclass(frozen=True, slots=True)
class Source:
    """Where parcels are looked for."""

    order: Raw
    fulfilments: Sequence[Fulfilment]
    rules: Rules
    where: tzinfo
    """The shop's time zone."""


@dataclass(frozen=True, slots=True)
class Shipped:
    """A parcel of which everything is known."""

    number: str
    carrier: str
    left: Moment


@dataclass(frozen=True, slots=True)
class Outbound:
    """What is known of an order's way out of the shop."""

    parcels: tuple[Shipped, ...]
    """From one place, in the order they left."""
    lacks_carrier: bool
    """A number was found, but no carrier for any."""
    first_left_at: datetime | None
    """Earliest ship date that any place names."""


def read_outbound(source: Source, *, default_carrier: str, otherwise: Moment) -> Outbound:
    """
    Returns the order's parcels.

    Args:
        source: Where to look.
        default_carrier: Carrier of a number that came without; empty for none.
        otherwise: When a parcel left that came without a ship date.

    """
    groups = [tuple(recognise(source)) for recognise in RECOGNISERS]
    everywhere = [parcel for group in groups for parcel in group]
    known = _merged(everywhere)
    complete: list[Shipped] = []
    for group in groups:
        numbers = dict.fromkeys(parcel.number for parcel in group if parcel.number)
        complete = [
            Shipped(number, carrier, known[number].left or otherwise)
            for number in numbers
            if (carrier := known[number].carrier or default_carrier)
        ]
        if complete:
            break
    return Outbound(
        parcels=tuple(sorted(complete, key=lambda parcel: parcel.left.day)),
        lacks_carrier=bool(known) and not complete,
        first_left_at=min((p.left.at for p in everywhere if p.left), default=None),
    )


def _merged(parcels: Sequence[Parcel]) -> dict[str, Parcel]:
    known: dict[str, Parcel] = {}
    for parcel in parcels:
        if parcel.number:
            first = known.get(parcel.number, parcel)
            known[parcel.number] = Parcel(
                parcel.number, first.carrier or parcel.carrier, first.left or parcel.left
            )
    return known


def _numbers(value: object) -> tuple[str, ...]:
    # the contract takes one number, and no carrier's number holds a comma
    texts = (part.strip() for part in _BETWEEN_NUMBERS.split(as_text(value)))
    return tuple(text for text in texts if text)


# recognisers ---------------------------------------------------------------


def _merchants_own(source: Source) -> Iterator[Parcel]:
    key = source.rules.carrier_meta_key
    carriers = (as_text(value) for value in meta(source.order, key)) if key else iter(())
    carrier = next((text for text in carriers if text), "")
    for key in source.rules.tracking_meta_keys:
        for value in meta(source.order, key):
            members = value if isinstance(value, list) else [value]
            for member in members:
                for number in _numbers(member):
                    yield Parcel(number, carrier, None)


def _core_fulfilments(source: Source) -> Iterator[Parcel]:
    for fulfilment in source.fulfilments:
        left = moment(fulfilment.at, source.where)
        # one without a number still tells when something left
        for number in _numbers(fulfilment.number) or ("",):
            yield Parcel(number, fulfilment.carrier, left)


def _shipment_tracking(source: Source) -> Iterator[Parcel]:
    """Yields what Shipment Tracking (official) and Advanced Shipment Tracking share."""
    for value in meta(source.order, "_wc_shipment_tracking_items"):
        stored = decoded(value)
        single = as_object(stored)
        entries = (single,) if "tracking_number" in single else as_objects(stored)
        for entry in entries:
            provider = as_text(entry.get("tracking_provider"))
            carrier = provider or as_text(entry.get("custom_tracking_provider"))
            left = moment(entry.get("date_shipped"), source.where)
            for number in _numbers(entry.get("tracking_number")):
                yield Parcel(number, carrier, left)


Recogniser = Callable[[Source], Iterator[Parcel]]

RECOGNISERS: tuple[Recogniser, ...] = (_merchants_own, _core_fulfilments, _shipment_tracking)
