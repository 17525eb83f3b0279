"""One line of an order: what it is, how many were ordered and kept, what they cost."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from mapping.money import rounded
from mapping.raw import Raw, Unmappable, as_whole
from mapping.rule import rule
from mapping.shopify.nodes import entries, legacy_id, nodes
from mapping.shopify.pricing import Pricing

_MOST_PIECES = 1_000_000
"""Of one line; also keeps every product of price and quantity exact."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line as it was ordered."""

    path: str
    """For example "lineItems[3]."; amounts and texts are read under it."""
    id: str
    ordered: int
    """Refunded and removed units are among them, as in all of Shopify's amounts of a line."""
    kept: int
    """Without refunded and removed units (currentQuantity)."""
    raw: Raw

    @property
    @rule("goods")
    def goods(self) -> bool:
        """
        Whether the line is something that can be returned.

        Tips, services and shipping protection are lines that need no shipping;
        a gift card is none even when it comes in an envelope.
        """
        return (
            self.raw.get("requiresShipping") is not False and self.raw.get("isGiftCard") is not True
        )


@dataclass(frozen=True, slots=True)
class Charge:
    """Amounts of all ordered units of a line, in whole minor units."""

    before: Decimal
    """Before discounts."""
    paid: Decimal


@rule("line")
def read_lines(order: Raw) -> tuple[Line, ...]:
    """Returns the lines of *order*; raises Unmappable for one without id or whole quantities."""
    lines = tuple(
        _line(raw, f"lineItems[{index}].")
        for index, raw in enumerate(nodes(order, "lineItems", ""))
    )
    if len({line.id for line in lines}) < len(lines):
        raise Unmappable("lineItems", "name one line twice; read the order again.")
    return lines


@rule("price of the line")
def charge(line: Line, pricing: Pricing) -> Charge:
    """
    Returns what *line* cost.

    The discount is the sum of the allocations: only they hold order-level
    discounts and codes too. Like the tax, they are of the ordered quantity,
    refunded and removed units included. Tax that Shopify keeps beside the
    price goes into the price and leaves the discount as it is. Sums are
    rounded to the minor unit, for nobody can pay less than one.
    """
    unit = pricing.amount(line.raw, "originalUnitPriceSet", line.path)
    allocations = entries(line.raw, "discountAllocations", line.path)
    path = f"{line.path}discountAllocations"
    discount = pricing.summed(allocations, "allocatedAmountSet", path)
    before = pricing.taxed(unit * line.ordered, line.raw, line.path)
    if before < 0 or before < discount:
        field = path if before >= 0 else f"{line.path}originalUnitPriceSet"
        raise Unmappable(field, "leaves less than nothing to pay; At Last takes no such price.")
    return Charge(rounded(before, pricing.currency), rounded(before - discount, pricing.currency))


@rule("line")
def _line(raw: Raw, path: str) -> Line:
    identity = legacy_id(raw.get("id"))
    if not identity:
        raise Unmappable(f"{path}id", "is missing; At Last needs an id for every line.")
    ordered, kept = _quantity(raw, "quantity", path), _quantity(raw, "currentQuantity", path)
    if kept > ordered:
        raise Unmappable(f"{path}currentQuantity", "is more than the quantity that was ordered.")
    return Line(path, identity, ordered, kept, raw)


def _quantity(raw: Raw, key: str, path: str) -> int:
    quantity = as_whole(raw.get(key))
    if quantity is None or not 0 <= quantity <= _MOST_PIECES:
        raise Unmappable(f"{path}{key}", "is not a plausible number of pieces.")
    return quantity
