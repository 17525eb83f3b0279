"""One line of an order, with its products."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from mapping.money import Prices, parse, parse_optional, rounded
from mapping.raw import (
    Raw,
    Unmappable,
    as_list,
    as_object,
    as_objects,
    as_text,
    as_whole,
    is_true,
    meta_by_key,
)
from mapping.rule import rule


@dataclass(frozen=True, slots=True)
class Line:
    """A line as it was ordered; amounts are of the whole line, in whole minor units."""

    path: str
    """For example "line_items[3]"."""
    id: str
    ordered: int
    subtotal: Decimal
    """Before discounts."""
    total: Decimal
    """What the customer paid."""
    products: tuple[Raw, ...]
    """The variation before its parent, as far as the shop still has them."""
    stored: tuple[Mapping[str, Sequence[Raw]], ...]
    """The meta data of each of the products, by key."""
    packed: tuple[Raw, ...]
    """What Shiptastic notes of the line in its shipments."""
    meta: Mapping[str, Sequence[Raw]]
    """The line's own meta data, by key."""
    raw: Raw

    @property
    def priced(self) -> bool:
        """Whether any money hangs on the line."""
        return bool(self.subtotal or self.total)

    @property
    @rule("virtual products")
    def virtual(self) -> bool:
        """
        Whether the product is never shipped.

        WooCommerce decides by `virtual` alone; `downloadable` goods may come
        in a box as well (a record with a download).
        """
        return bool(self.products) and is_true(self.products[0].get("virtual"))


@rule("amount and its tax")
def charged(source: Raw, key: str, tax: str, *, path: str, prices: Prices) -> Decimal:
    """
    Returns the amount under *key*, with the tax under *tax* unless *prices* is net.

    WooCommerce's amounts are always ex tax; `prices_include_tax` only says how
    they were typed.
    """
    amount = parse(source.get(key), f"{path}{key}")
    return amount if prices == "net" else amount + parse_optional(source, tax, path)


@rule("line")
def read_lines(
    order: Raw, products: Raw, *, currency: str, prices: Prices
) -> tuple[list[Line], list[Line]]:
    """
    Returns the lines with a quantity, and those without (POS systems make them).

    A line's amounts are rounded to the currency's minor unit, for nobody can
    pay less than one: a shop that keeps two decimals for a currency without
    any asks 10682 JPY for lines of 10671.62 and 10 (recorded).
    """
    raw_lines = order.get("line_items")
    if not isinstance(raw_lines, list | Mapping):
        raise Unmappable("line_items", "is no list; the shop's answer is damaged.")
    shipments = as_objects(order.get("shipments"))
    packed = [item for shipment in shipments for item in as_objects(shipment.get("items"))]
    lines = [
        _line(raw, f"line_items[{index}]", products, packed, currency=currency, prices=prices)
        for index, raw in enumerate(as_list(raw_lines))
    ]
    return [line for line in lines if line.ordered], [line for line in lines if not line.ordered]


@rule("line")
def _line(  # noqa: PLR0913 - a line needs all that belongs to it
    raw: object, path: str, products: Raw, packed: Sequence[Raw], *, currency: str, prices: Prices
) -> Line:
    source = as_object(raw)
    identity = as_text(source.get("id"))
    if not identity:
        raise Unmappable(f"{path}.id", "is missing; At Last needs an id for every line.")
    at = f"{path}."
    subtotal = charged(source, "subtotal", "subtotal_tax", path=at, prices=prices)
    total = charged(source, "total", "total_tax", path=at, prices=prices)
    if total < 0:
        raise Unmappable(f"{path}.total", "is negative; At Last takes no negative amounts.")
    found = _products(source, products)
    return Line(
        path=path,
        id=identity,
        ordered=_quantity(source.get("quantity"), f"{path}.quantity"),
        subtotal=rounded(subtotal, currency),
        total=rounded(total, currency),
        products=found,
        stored=tuple([meta_by_key(product) for product in found]),
        packed=tuple(item for item in packed if as_text(item.get("order_item_id")) == identity),
        meta=meta_by_key(source),
        raw=source,
    )


def _quantity(value: object, field: str) -> int:
    quantity = as_whole(value)
    if quantity is None or quantity < 0:
        raise Unmappable(field, "is not a whole number of pieces; correct the order in the shop.")
    return quantity


@rule("products of the line")
def _products(line: Raw, products: Raw) -> tuple[Raw, ...]:
    ids = (as_text(line.get("variation_id")), as_text(line.get("product_id")))
    found = (as_object(products.get(product)) for product in ids if product not in {"", "0"})
    return tuple(product for product in found if product)
