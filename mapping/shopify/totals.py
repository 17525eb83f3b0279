"""The amounts of a whole Shopify order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from mapping.money import rounded
from mapping.outcome import Caution
from mapping.policy import Policy
from mapping.raw import Raw
from mapping.rule import rule
from mapping.shopify.goods import Goods
from mapping.shopify.line import Charge, Line
from mapping.shopify.nodes import nodes
from mapping.shopify.pricing import Pricing
from mapping.totals import Totals, drift_caution, not_negative, tolerance

Charges = Mapping[str, Charge]
"""Line id -> what it cost."""


@rule("order totals")
def read_totals(
    order: Raw, goods: Goods, charges: Charges, pricing: Pricing, policy: Policy
) -> Totals:
    """
    Returns the totals of *order*, as Shopify counts them before returns.

    The items' subtotal is summed here, for Shopify's own is after discounts.
    Duties, additional fees and lines that are no goods have no place in the
    contract: they stay in the order's total and are named in the caution
    "total_drift".
    """
    currency = pricing.currency
    tax = pricing.optional(order, "totalTaxSet") if policy.prices == "net" else Decimal(0)
    total = pricing.amount(order, "totalPriceSet", "") - tax
    total = not_negative(total, "totalPriceSet", currency)
    shipping = not_negative(_shipping(order, pricing), "totalShippingPriceSet", currency)
    discount = _discount(order, charges, pricing)
    items = _before(goods.lines, charges)
    drift = total - (items + shipping - discount)
    causes = {
        "duties": _duties(order, pricing),
        "fees": pricing.optional(order, "originalTotalAdditionalFeesSet"),
        "lines that are no goods": _before(goods.others, charges),
    }
    lines = len(goods.lines) + len(goods.others)
    return Totals(
        order=total,
        items=items,
        shipping=shipping,
        discount=discount,
        cautions=(
            *drift_caution(drift, causes, lines=lines, currency=currency),
            *_refund_caution(order, goods, charges, pricing, policy),
        ),
    )


def _shipping(order: Raw, pricing: Pricing) -> Decimal:
    """Returns what shipping cost before discounts, which are all in the order's discount."""
    shipping = pricing.amount(order, "totalShippingPriceSet", "")
    if pricing.tax:
        for index, line in enumerate(nodes(order, "shippingLines", "")):
            shipping = pricing.taxed(shipping, line, f"shippingLines[{index}].")
    return shipping


def _discount(order: Raw, charges: Charges, pricing: Pricing) -> Decimal:
    if order.get("totalDiscountsSet") is None:  # Shopify may answer null
        return sum((cost.before - cost.paid for cost in charges.values()), Decimal(0))
    discount = pricing.amount(order, "totalDiscountsSet", "")
    return not_negative(discount, "totalDiscountsSet", pricing.currency)


@rule("duties")
def _duties(order: Raw, pricing: Pricing) -> Decimal:
    if order.get("dutiesIncluded") is True:  # they are in the lines' prices
        return Decimal(0)
    return pricing.optional(order, "originalTotalDutiesSet")


def _before(lines: Sequence[Line], charges: Charges) -> Decimal:
    return sum((charges[line.id].before for line in lines), Decimal(0))


@rule("refunds of money")
def _refund_caution(
    order: Raw, goods: Goods, charges: Charges, pricing: Pricing, policy: Policy
) -> tuple[Caution, ...]:
    """Returns a caution if more was refunded than units taken back explain."""
    if policy.prices == "net":  # refunds are told with tax
        return ()
    lines = (*goods.lines, *goods.others)
    returned = sum(
        (
            charges[line.id].paid * (line.ordered - line.kept) / line.ordered
            for line in lines
            if line.ordered
        ),
        Decimal(0),
    )
    excess = rounded(pricing.optional(order, "totalRefundedSet") - returned, pricing.currency)
    if excess <= tolerance(len(lines), pricing.currency):
        return ()
    detail = (
        f"{excess} {pricing.currency} were refunded beyond the units taken back;"
        " prices and quantities are sent without it."
    )
    return (Caution("refunded_amount", detail),)
