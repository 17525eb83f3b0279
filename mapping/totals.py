"""The amounts of a whole order, and where they do not add up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from mapping.money import exponent, rounded
from mapping.outcome import Caution
from mapping.raw import Unmappable


@dataclass(frozen=True, slots=True)
class Totals:
    """As ordered: refunds change none of them. In whole minor units, none negative."""

    order: Decimal
    items: Decimal
    """Goods before discounts."""
    shipping: Decimal
    discount: Decimal
    cautions: tuple[Caution, ...]


def not_negative(amount: Decimal, field: str, currency: str) -> Decimal:
    """Returns *amount* in whole minor units; raises Unmappable if it is negative."""
    if amount < 0:
        raise Unmappable(field, "is negative; At Last takes no negative amounts.")
    return rounded(amount, currency)


def tolerance(lines: int, currency: str) -> Decimal:
    """Returns how far rounding explains a difference: a minor unit a line, and one for the sum."""
    return (lines + 1) * Decimal(1).scaleb(-exponent(currency))


def drift_caution(
    drift: Decimal, causes: Mapping[str, Decimal], *, lines: int, currency: str
) -> tuple[Caution, ...]:
    """
    Returns the caution "total_drift" if there is any *drift*.

    Args:
        drift: The order's total less (items + shipping - discount).
        causes: What is known to be in the total and nowhere else.
        lines: How many lines were rounded.
        currency: ISO 4217.

    """
    if not drift:
        return ()
    rest = drift - sum(causes.values(), Decimal(0))
    word = "rounding" if abs(rest) <= tolerance(lines, currency) else "unexplained"
    told = ", ".join(
        f"{cause} {amount}" for cause, amount in {**causes, word: rest}.items() if amount
    )
    detail = f"The total differs from items + shipping - discount by {drift} {currency}: {told}."
    return (Caution("total_drift", detail),)
