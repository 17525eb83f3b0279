"""What the shop's staff may say of a new order, and how the shop keeps orders."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, TypedDict

from orderferry.sandbox.shopify.json_types import Json, gid, instant_text

Tracking = tuple[str | None, str | None]
"""(company, number)"""


class LineFields(TypedDict, total=False):
    """One line of a new order; every field has a default."""

    title: str
    variant_title: str | None
    sku: str | None
    vendor: str | None
    price: str
    """Unit price before discounts, in the currency the customer paid."""
    quantity: int
    discount: str
    """On the whole line, in the same currency; an automatic discount, not a code."""
    requires_shipping: bool
    gift_card: bool
    has_variant: bool
    """False for a custom line, a tip, or a variant that was deleted."""
    hs_code: str | None
    origin: str | None
    grams: float
    image: str | None
    extra: Mapping[str, Any]
    """Any keys of the line's JSON, as they are."""


class OrderFields(TypedDict, total=False):
    """A new order; every field has a realistic default."""

    id: int
    name: str
    lines: Sequence[LineFields]
    created_at: datetime
    processed_at: datetime
    updated_at: datetime
    currency: str
    """That the customer paid in; the shop's own by default."""
    rate: str
    """Units of the shop's currency for one of the customer's."""
    country: str
    """Fills both addresses with one there."""
    shipping_address: Mapping[str, Any] | None
    """Single fields that differ from the country's address; None: there is no address."""
    billing_address: Mapping[str, Any] | None
    email: str | None
    phone: str | None
    order_discount: str
    """A code on the whole order, spread over its lines."""
    shipping: str
    tax_rate: str
    """Per cent, on goods and shipping; "0" by default."""
    taxes_included: bool
    test: bool
    tags: Sequence[str]
    note: str | None
    fulfilled: bool
    """Whether everything is shipped in one parcel from the start."""
    fulfilled_at: datetime
    trackings: Sequence[Tracking]
    """Of that parcel; they imply `fulfilled`."""
    extra: Mapping[str, Any]
    """Any keys of the order's JSON, as they are."""


@dataclass(frozen=True, slots=True)
class Head:
    """What lists are filtered and sorted by; replaced whole at every change."""

    id: int
    name: str
    created_at: datetime
    processed_at: datetime
    updated_at: datetime
    """With microseconds; the API shows whole seconds."""
    cancelled_at: datetime | None
    closed_at: datetime | None
    test: bool
    fulfilment: str
    """displayFulfillmentStatus"""
    financial: str | None
    """displayFinancialStatus"""


@dataclass(frozen=True, slots=True)
class Recipe:
    """An order as it was bought: enough to make its JSON anew at every reading."""

    fields: OrderFields
    head: Head
    first_item_id: int
    """The order's lines, parcel and addresses have this id and the next ones."""
    shop_currency: str


@dataclass(slots=True)
class Order:
    """One order. Only a changed one keeps its JSON: a hundred thousand would not fit in memory."""

    head: Head
    recipe: Recipe | None = None
    node: Json | None = None
    """As the API shows it, but connections are plain lists."""


_HEAD: Final[Mapping[str, Callable[[Head], Any]]] = {
    "__typename": lambda _head: "Order",
    "id": lambda head: gid("Order", head.id),
    "legacyResourceId": lambda head: str(head.id),
    "name": lambda head: head.name,
    "createdAt": lambda head: instant_text(head.created_at),
    "processedAt": lambda head: instant_text(head.processed_at),
    "updatedAt": lambda head: instant_text(head.updated_at),
    "cancelledAt": lambda head: head.cancelled_at and instant_text(head.cancelled_at),
    "closedAt": lambda head: head.closed_at and instant_text(head.closed_at),
    "closed": lambda head: head.closed_at is not None,
    "test": lambda head: head.test,
    "displayFulfillmentStatus": lambda head: head.fulfilment,
    "displayFinancialStatus": lambda head: head.financial,
}


def head_fields(head: Head) -> Json:
    """Returns the fields of an order's JSON that its head decides."""
    return {name: read(head) for name, read in _HEAD.items()}


def head_field(head: Head, name: str) -> Any:  # noqa: ANN401 - a value of the order's JSON
    """Returns one such field; KeyError if the head does not know it."""
    return _HEAD[name](head)
