"""
IngestOrder and its parts: what At Last takes, as its contract says it.

Names, order and rules are those of the OpenAPI text of `POST /orders/bulk`.
Beyond the contract, an order has one currency and distinct item ids, and a
discount is at most its price. An optional part that is unknown is None, and
left out of the JSON: the contract allows no null.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Self

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    PlainSerializer,
    StringConstraints,
    model_validator,
)
from pydantic.alias_generators import to_camel

MOST_ITEMS = 100
"""Items in one order, orders in one request (contract, maxItems)."""

_SURELY_EXACT = 16
"""Characters of a decimal without exponent that are few enough digits, fifteen and a point."""

_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_EMAIL = re.compile(rf"{_ATOM}(?:\.{_ATOM})*@{_LABEL}(?:\.{_LABEL})+")
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[!#-;=?-Z\[\]_a-z~]+")


def is_email(value: str) -> bool:
    """Returns whether *value* is an e-mail address that any validator accepts: ASCII, RFC 5321."""
    return _EMAIL.fullmatch(value) is not None


def _email(value: str) -> str:
    if not is_email(value):
        raise ValueError("is not an e-mail address")
    return value


def _uri(value: str) -> str:
    if not _URI.fullmatch(value):
        raise ValueError("is not an absolute URI")
    return value


def _exact(value: Decimal) -> Decimal:
    # a reader of JSON makes a double of every number; beyond some 15 digits it is another number
    text = str(value)
    surely = len(text) <= _SURELY_EXACT and "E" not in text
    if not surely and Decimal(repr(float(value))) != value:
        raise ValueError("has more digits than a JSON number keeps")
    return value


def _number(value: Decimal) -> int | float:
    return int(value) if value == value.to_integral_value() else float(value)


def _instant(value: datetime) -> str:
    return f"{value.astimezone(UTC).replace(tzinfo=None).isoformat(timespec='seconds')}Z"


Text = Annotated[str, StringConstraints(min_length=1)]
Number = Annotated[Decimal, AfterValidator(_exact), PlainSerializer(_number, when_used="json")]
Instant = Annotated[AwareDatetime, PlainSerializer(_instant, when_used="json")]


class _Part(BaseModel):
    model_config = ConfigDict(
        alias_generator=to_camel,
        validate_by_name=True,
        validate_by_alias=True,
        extra="forbid",
        frozen=True,
        hide_input_in_errors=True,
    )


class Price(_Part):
    """An amount of money in major units."""

    value: Annotated[Number, Field(ge=0)]
    currency: Text
    """ISO 4217."""


class WeightUnit(StrEnum):
    """Units of weight the contract knows."""

    GRAMS = "GRAMS"
    KILOGRAMS = "KILOGRAMS"
    OUNCES = "OUNCES"
    POUNDS = "POUNDS"


class Weight(_Part):
    """The weight of a single product."""

    value: Annotated[Number, Field(gt=0)]
    unit: WeightUnit


class OutboundFulfilment(_Part):
    """The parcel that left the shop; needed for international returns."""

    carrier: Text
    """Public name of the carrier."""
    shipping_date: date
    tracking_number: Text


class IngestItem(_Part):
    """One line of the order, as shipped; prices, weight and discount are of a single unit."""

    id: Text
    quantity: Annotated[int, Field(ge=1)]
    """How many were shipped."""
    image_url: Annotated[str, AfterValidator(_uri)] | None = None
    sku: Text | None = None
    name: Text | None = None
    variant_name: Text | None = None
    description: Text | None = None
    price: Price
    """Before discounts."""
    weight: Weight | None = None
    discount: Price | None = None
    hs_code: Text | None = None
    country_code_of_origin: Annotated[str, StringConstraints(min_length=2, max_length=2)] | None = (
        None
    )

    @model_validator(mode="after")
    def _discount_within_price(self) -> Self:
        if self.discount is not None and self.discount.value > self.price.value:
            raise ValueError("discount is more than the price")
        return self


class Address(_Part):
    """Where the parcel went."""

    line1: Text
    line2: Text | None = None
    line3: Text | None = None
    city: Text
    post_code: Text
    company: Text | None = None
    country: Text
    """ISO 3166-1 alpha-2, or a name."""
    province: Text | None = None
    """Mandatory for returns from the USA, Canada and Australia, says the contract's text."""


class Customer(_Part):
    """Whom the parcel went to."""

    last_name: Text
    first_name: Text | None = None
    phone: Text | None = None
    address: Address


class IngestOrder(_Part):
    """One shipped order."""

    id: Text
    merchant_id: Text | None = None
    reference: Text | None = None
    created_at: Instant
    user_email: Annotated[str, AfterValidator(_email)] | None = None
    order_number: Text
    order_total: Price
    """After discounts and shipping."""
    item_sub_total: Price
    """Items before discounts."""
    shipping_total: Price
    discount: Price | None = None
    outbound_fulfilment: OutboundFulfilment | None = None
    items: Annotated[tuple[IngestItem, ...], Field(min_length=1, max_length=MOST_ITEMS)]
    customer: Customer

    @model_validator(mode="after")
    def _one_currency(self) -> Self:
        if len({price.currency for price in self._prices()}) > 1:
            raise ValueError("prices are in more than one currency")
        return self

    @model_validator(mode="after")
    def _distinct_items(self) -> Self:
        if len({item.id for item in self.items}) < len(self.items):
            raise ValueError("two items have the same id")
        return self

    def _prices(self) -> Iterator[Price]:
        optional = [self.discount, *(item.discount for item in self.items)]
        yield from (self.order_total, self.item_sub_total, self.shipping_total)
        yield from (item.price for item in self.items)
        yield from (price for price in optional if price is not None)


def to_json(order: IngestOrder) -> bytes:
    """
    Returns *order* as canonical JSON: equal orders give equal bytes.

    UTF-8, keys in the contract's order, no null, no white space, numbers with
    exactly the digits of their Decimals (integers without a point).
    """
    return order.model_dump_json(by_alias=True, exclude_none=True).encode()
