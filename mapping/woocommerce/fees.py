"""Fees, and whose price a negative one lowers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from mapping.money import Prices, rounded
from mapping.raw import Raw, as_objects
from mapping.woocommerce.line import Line, charged


@dataclass(frozen=True, slots=True)
class Fees:
    """In whole minor units, none negative."""

    charges: Decimal
    """What was asked beside the goods; the contract has no place for it."""
    rebates: Decimal
    """What negative fees took off: a discount under another name."""


def read_fees(order: Raw, *, currency: str, prices: Prices) -> Fees:
    """Returns the fees of *order*; net ones without any tax if *prices* is net."""
    fees = [
        rounded(
            charged(fee, "total", "total_tax", path=f"fee_lines[{index}].", prices=prices), currency
        )
        for index, fee in enumerate(as_objects(order.get("fee_lines")))
    ]
    return Fees(
        charges=sum((fee for fee in fees if fee > 0), Decimal(0)),
        rebates=-sum((fee for fee in fees if fee < 0), Decimal(0)),
    )


def shares(rebates: Decimal, lines: Sequence[Line], currency: str) -> Mapping[str, Decimal]:
    """
    Returns line id -> its part of the *rebates*, by what was paid for each line.

    WooCommerce hangs a fee on the order alone; but who returns a line gets back
    what the items' price and discount say. In whole minor units, together all of
    it, and never more than the line cost; what is left lowers no line's price.
    """
    paid = sum((line.total for line in lines), Decimal(0))
    found: dict[str, Decimal] = {}
    before = shared = Decimal(0)
    for line in lines if rebates and paid else ():
        before += line.total
        # rounded up to here and not line by line, so that the parts add up
        until = rounded(min(rebates, paid) * before / paid, currency)
        found[line.id], shared = until - shared, until
    return found
