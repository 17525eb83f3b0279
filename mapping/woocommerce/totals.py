"""The amounts of a whole order, and where they do not add up."""

from __future__ import annotations

from decimal import Decimal

from mapping.money import Prices, parse, parse_optional, rounded
from mapping.raw import Raw
from mapping.rule import rule
from mapping.totals import Totals, drift_caution, not_negative
from mapping.woocommerce.fees import Fees
from mapping.woocommerce.line import charged
from mapping.woocommerce.lines import Goods


def read_totals(order: Raw, goods: Goods, fees: Fees, *, currency: str, prices: Prices) -> Totals:
    """
    Returns the totals of *order*; net ones without any tax if *prices* is net.

    A negative fee is a discount under another name. A positive fee has no
    place in the contract: it stays in the order's total and is named in the
    caution "total_drift", as are lines that are no goods.
    """
    total = not_negative(_total(order, prices), "total", currency)
    shipping = charged(order, "shipping_total", "shipping_tax", path="", prices=prices)
    shipping = not_negative(shipping, "shipping_total", currency)
    discount = rounded(_discount(order, goods, prices), currency) + fees.rebates
    discount = max(Decimal(0), discount)
    items = sum((max(line.subtotal, line.total) for line in goods.lines), Decimal(0))
    drift = total - (items + shipping - discount)
    causes = {"fees": fees.charges, "lines that are no goods": goods.left_out}
    return Totals(
        order=total,
        items=items,
        shipping=shipping,
        discount=discount,
        cautions=drift_caution(drift, causes, lines=len(goods.lines), currency=currency),
    )


@rule("order total")
def _total(order: Raw, prices: Prices) -> Decimal:
    tax = parse_optional(order, "total_tax", "") if prices == "net" else Decimal(0)
    return parse(order.get("total"), "total") - tax


@rule("order discount")
def _discount(order: Raw, goods: Goods, prices: Prices) -> Decimal:
    """
    Returns the discount on all lines.

    discount_total is the sum of subtotal less total: a line raised above its
    price hides as much of the others' discounts, so that is added again.
    """
    tax = parse_optional(order, "discount_tax", "") if prices == "gross" else Decimal(0)
    raised = sum((max(Decimal(0), line.total - line.subtotal) for line in goods.lines), Decimal(0))
    return parse_optional(order, "discount_total", "") + tax + raised
