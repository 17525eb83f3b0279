"""
One answer out of all places: which parcels left, by whom and when.

Several plugins mirror the same number, and complete each other. A number that
one of them knows to be a return, or given back, is no way out for the others
either: WooCommerce Shipping copies its labels to Shipment Tracking's list.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from mapping.dates import Moment
from mapping.rule import rule
from mapping.woocommerce.tracking.place import Parcel, Recogniser, Source
from mapping.woocommerce.tracking.places import KEYS, worth_a_look


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
    places = _outward(
        [_found(place.name, place.recognise, source) for place in worth_a_look(source.named(KEYS))]
    )
    everywhere = [parcel for place in places for parcel in place]
    known = _merged(everywhere)
    complete: list[Shipped] = []
    for place in places:
        numbers = dict.fromkeys(_same(parcel.number) for parcel in place if parcel.number)
        complete = [
            Shipped(known[number].number, carrier, known[number].left or otherwise)
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


@rule("tracking from {place}")
def _found(place: str, recognise: Recogniser, source: Source) -> tuple[Parcel, ...]:  # noqa: ARG001 - names the rule
    return tuple(recognise(source))


def _outward(places: Sequence[Sequence[Parcel]]) -> list[list[Parcel]]:
    void = {_same(parcel.number) for place in places for parcel in place if parcel.void}
    return [
        [parcel for parcel in place if not parcel.void and _same(parcel.number) not in void - {""}]
        for place in places
    ]


def _merged(parcels: Sequence[Parcel]) -> dict[str, Parcel]:
    known: dict[str, Parcel] = {}
    for parcel in parcels:
        if parcel.number:
            first = known.get(_same(parcel.number), parcel)
            known[_same(parcel.number)] = Parcel(
                first.number, first.carrier or parcel.carrier, first.left or parcel.left
            )
    return known


def _same(number: str) -> str:
    """Returns what two spellings of a number share: "ab 123" is "AB123"."""
    return "".join(number.split()).upper()
