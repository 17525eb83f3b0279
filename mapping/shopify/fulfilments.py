"""What left the shop: the successful fulfilments of an order."""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass
from datetime import datetime

from mapping.dates import instant
from mapping.numbers import numbers
from mapping.raw import Raw, Unmappable, as_object, as_text, as_whole
from mapping.rule import rule
from mapping.shopify.nodes import entries, legacy_id, nodes

_NO_CARRIER = frozenset({"", "other"})
"""Shopify's list of carriers has an entry "Other"."""
_HANDED_OVER = frozenset({"PICKED_UP", "DELIVERED"})


@dataclass(frozen=True, slots=True)
class Tracking:
    """One tracking number; the carrier is empty where nobody chose one."""

    number: str
    carrier: str


@dataclass(frozen=True, slots=True)
class Fulfilment:
    """One fulfilment that succeeded."""

    id: str
    at: datetime
    """createdAt: Shopify has no other instant at which every parcel counts as shipped."""
    quantities: Mapping[str, int]
    """Line id -> quantity."""
    trackings: tuple[Tracking, ...]
    handed_over: bool
    """Whether the shopper has it already: collected or delivered."""


@rule("fulfilments")
def read_fulfilments(order: Raw, lines: Container[str]) -> tuple[Fulfilment, ...]:
    """
    Returns the fulfilments that succeeded and cover one of *lines*, in the order they left.

    Every other status (CANCELLED, ERROR, FAILURE, the legacy OPEN and PENDING,
    and what Shopify may add) has shipped nothing. The order of Shopify's own
    list is not relied on.
    """
    found = []
    for index, raw in enumerate(entries(order, "fulfillments", "")):
        path = f"fulfillments[{index}]."
        if raw.get("status") == "SUCCESS":
            quantities = _quantities(raw, path)
            if any(quantity and line in lines for line, quantity in quantities.items()):
                found.append(_fulfilment(raw, path, quantities))
    return tuple(sorted(found, key=lambda one: (one.at, len(one.id), one.id)))


@rule("fulfilments")
def _fulfilment(raw: Raw, path: str, quantities: Mapping[str, int]) -> Fulfilment:
    at = instant(raw.get("createdAt"))
    if at is None:
        raise Unmappable(f"{path}createdAt", "is not a date, so when it was shipped is unknown.")
    return Fulfilment(
        id=legacy_id(raw.get("id")),
        at=at,
        quantities=quantities,
        trackings=tuple(
            Tracking(number, _carrier(info))
            for info in entries(raw, "trackingInfo", path)
            for number in _numbers(info)
        ),
        handed_over=as_text(raw.get("displayStatus")) in _HANDED_OVER,
    )


@rule("fulfilled quantities")
def _quantities(raw: Raw, path: str) -> dict[str, int]:
    quantities: dict[str, int] = {}
    for index, item in enumerate(nodes(raw, "fulfillmentLineItems", path)):
        line = legacy_id(as_object(item.get("lineItem")).get("id"))
        quantity = as_whole(item.get("quantity"))
        if not line or quantity is None:
            field = f"{path}fulfillmentLineItems[{index}]"
            raise Unmappable(field, "does not say how many of which line were shipped.")
        quantities[line] = quantities.get(line, 0) + max(quantity, 0)
    return quantities


@rule("tracking")
def _carrier(info: Raw) -> str:
    carrier = as_text(info.get("company"))
    return "" if carrier.lower() in _NO_CARRIER else carrier


@rule("tracking")
def _numbers(info: Raw) -> tuple[str, ...]:
    return numbers(info.get("number"))
