"""What the shop's database holds, and the few fields a test gives to fill it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, TypedDict

from orderferry.sandbox.woocommerce.rest import Json
from orderferry.sandbox.woocommerce.site_time import SiteTime

Storage = Literal["hpos", "cpt"]
"""High-performance order storage (own tables), or legacy custom post types."""

Meta = Mapping[str, Any] | Sequence[Mapping[str, Any]]
"""Meta data as {key: value}, or as a list of {"key", "value"} where a key repeats."""


class LineFields(TypedDict, total=False):
    """One line of a new order; what is left out comes from the product or a default."""

    name: str
    product_id: int
    variation_id: int
    quantity: int
    price: str
    """Unit price before discount; with tax if the order has `prices_include_tax`."""
    discount: str
    """On the whole line, in the same terms as the price."""
    sku: str | None
    tax_class: str
    meta_data: Meta
    extra: Mapping[str, Any]
    """Any keys of the line's JSON, as they are."""


class OrderFields(TypedDict, total=False):
    """A new order; every field has a realistic default."""

    id: int
    number: str
    parent_id: int
    status: str
    currency: str
    lines: Sequence[LineFields]
    created_at: datetime
    modified_at: datetime
    paid_at: datetime | None
    completed_at: datetime | None
    country: str
    """Fills billing and shipping with an address there."""
    billing: Mapping[str, str]
    """Single fields that differ from the country's address."""
    shipping: Mapping[str, str]
    email: str
    tracking: Sequence[tuple[str, str]]
    """(number, carrier) pairs, stored as the official tracking plugin does."""
    meta_data: Meta
    customer_note: str
    tax_rate: str
    """Per cent, on goods and shipping; "0" by default."""
    prices_include_tax: bool
    shipping_total: str
    fees: Sequence[tuple[str, str]]
    """(name, amount) pairs; amounts may be negative."""
    coupon: str
    """Code of the coupon behind the lines' discounts."""
    extra: Mapping[str, Any]
    """Any keys of the order's JSON, as they are."""


class ProductFields(TypedDict, total=False):
    """A new product or variation; every field has a default."""

    name: str
    """Of a product; a variation is called after its parent and attributes."""
    sku: str
    price: str
    weight: str
    """In the shop's unit; "" is unset."""
    virtual: bool
    image: str
    """Address of the picture; "" is none."""
    attributes: Mapping[str, str]
    """Of a variation: {"Size": "L"}."""
    meta_data: Meta
    extra: Mapping[str, Any]
    """Any keys of the product's JSON, as they are."""


@dataclass(slots=True)
class Records:
    """
    The tables. Orders, refunds, products and images share one sequence of ids.

    Money is kept unrounded, dates as the storage keeps them; `_links` are not kept.
    """

    orders: dict[int, Json] = field(default_factory=dict)
    refunds: dict[int, list[Json]] = field(default_factory=dict)
    """By order id, newest first."""
    fulfilments: dict[int, list[Json]] = field(default_factory=dict)
    notes: dict[int, list[Json]] = field(default_factory=dict)
    """By order id."""
    products: dict[int, Json] = field(default_factory=dict)
    """Products and variations; a variation has a `parent_id`."""
    deleted_products: set[int] = field(default_factory=set)
    last_id: int = 99
    last_item_id: int = 0

    def new_id(self) -> int:
        """Returns the next post id."""
        self.last_id += 1
        return self.last_id

    def new_item_id(self) -> int:
        """Returns the next id of an order item or a meta row."""
        self.last_item_id += 1
        return self.last_item_id

    def claim(self, wanted: int) -> int:
        """Returns an id that was asked for and keeps the sequence above it."""
        self.last_id = max(self.last_id, wanted)
        return wanted

    def meta(self, given: Meta) -> list[Json]:
        """Returns meta rows with ids."""
        rows = (
            [{"key": k, "value": v} for k, v in given.items()]
            if isinstance(given, Mapping)
            else given
        )
        return [{"id": self.new_item_id(), **row} for row in rows]

    def set_meta(self, order: Json, key: str, value: object) -> None:
        """Replaces a meta value, or adds it."""
        rows = [row for row in order["meta_data"] if row["key"] != key]
        order["meta_data"] = [*rows, *self.meta({key: value})]


@dataclass(frozen=True, slots=True)
class Workshop:
    """What making a record needs of the shop around it."""

    records: Records
    site: SiteTime
    now: datetime
    currency: str
    decimals: int
    version: str


def meta_value(owner: Json, key: str) -> Any:  # noqa: ANN401 - a meta value is any JSON
    """Returns the first meta value of that key, None if there is none."""
    return next((row["value"] for row in owner["meta_data"] if row["key"] == key), None)


def opaque(text: str) -> str:
    """Returns 32 hexadecimal digits that stand for a text, as tracking plugins make ids."""
    return hashlib.sha256(text.encode()).hexdigest()[:32]
