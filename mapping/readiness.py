"""What an order lacks before At Last can bring it back across a border."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, NamedTuple, get_args

from mapping.address import WITH_PROVINCE
from mapping.ingest import IngestItem, IngestOrder

Grade = Literal["ready", "domestic only", "incomplete"]

GRADES: tuple[Grade, ...] = get_args(Grade)
"""The best first."""


class Missing(NamedTuple):
    """A field that is not there."""

    item: str
    """SKU of the item, else its id; empty where the field is the order's own."""
    field: str
    """Name in the contract, for example "hsCode"."""


@dataclass(frozen=True, slots=True)
class Readiness:
    """
    How far an order is ready to be returned.

    `ready`: everything is there. `domestic only`: something is missing that is
    asked for at a border, and the parcel crossed none. `incomplete`: something
    is missing that the way back needs.
    """

    grade: Grade
    missing: tuple[Missing, ...] = ()


def grade(order: IngestOrder, *, ship_from_country: str = "GB") -> Readiness:
    """
    Returns how ready *order* is for an international return; nothing depends on it but reports.

    At Last asks for HS code, SKU, weight, country of origin, quantity, price
    and title of each product, the carrier and number of the outbound parcel,
    and the state in the USA, Canada and Australia (its help page "International
    returns requirements"). Quantity and price are never missing, for the
    contract wants them; a price of nothing is no value to declare.

    Args:
        order: As it is sent.
        ship_from_country: Where the parcel left, alpha-2.

    """
    address = order.customer.address
    stateless = address.province is None and address.country in WITH_PROVINCE
    state = (Missing("", "customer.address.province"),) if stateless else ()
    missing = tuple(dict.fromkeys((*state, *_at_the_border(order))))
    if not missing:
        return Readiness("ready")
    # At Last wants the state of these countries always, the rest for a border alone
    at_home = address.country == ship_from_country and not stateless
    return Readiness("domestic only" if at_home else "incomplete", missing)


def _at_the_border(order: IngestOrder) -> Iterator[Missing]:
    if order.outbound_fulfilment is None:
        yield Missing("", "outboundFulfilment")
    for item in order.items:
        for field in _unknown(item):
            yield Missing(item.sku or item.id, field)


def _unknown(item: IngestItem) -> Iterator[str]:
    if not item.sku:
        yield "sku"
    if not (item.name or item.variant_name):
        yield "name"
    if not item.price.value:
        yield "price"
    if not item.weight:
        yield "weight"
    if not item.hs_code:
        yield "hsCode"
    if not item.country_code_of_origin:
        yield "countryCodeOfOrigin"
