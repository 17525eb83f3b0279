"""What the customer paid for each line, read from the raw order without mapping's help."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from mapping.policy import Policy
from tests.fuzz.seeds import Platform

Paid = tuple[Decimal, Decimal, Decimal, Decimal]
"""What all units cost, how many they are, the minor unit, and how far off that may be."""

# decimals by ISO 4217; a line in any other currency is not judged
_MINOR = {
    **dict.fromkeys(("GBP", "EUR", "USD", "CAD", "AUD", "DKK"), Decimal("0.01")),
    **dict.fromkeys(("JPY", "KRW", "CLP"), Decimal(1)),
    **dict.fromkeys(("KWD", "BHD", "TND"), Decimal("0.001")),
    "CLF": Decimal("0.0001"),
}
_NUMBER = re.compile(r"-?[0-9]{1,12}(\.[0-9]{1,12})?")


def paid(platform: Platform, order: Mapping[str, Any], policy: Policy) -> dict[str, Paid]:
    """Returns line id -> what was paid, of the lines written as shops write them."""
    found = _shopify(order, policy) if platform == "shopify" else _woocommerce(order, policy)
    return dict(found)


def _woocommerce(order: Mapping[str, Any], policy: Policy) -> Iterator[tuple[str, Paid]]:
    minor = _MINOR.get(str(order.get("currency")))
    lines = order.get("line_items")
    if minor is None or not isinstance(lines, list):
        return
    gross = policy.prices == "gross"
    totals = [_total(line, minor, gross=gross) for line in filter(_is_object, lines)]
    fees = [_total(fee, minor, gross=gross) for fee in _members(order.get("fee_lines"))]
    rebate = -sum((fee for fee in fees if fee is not None and fee < 0), Decimal(0))
    if rebate and (None in totals or None in fees):
        return  # whose part of it is whose cannot be told
    everything = sum((total for total in totals if total is not None), Decimal(0))
    for line, total in zip(filter(_is_object, lines), totals, strict=True):
        ordered = _number(line.get("quantity"))
        if total is None or not ordered:
            continue
        # a line's part of a rebate, which may be rounded either way
        part = min(rebate, everything) * total / everything if rebate and everything else Decimal(0)
        yield str(line.get("id")), (total - part, ordered, minor, minor if part else Decimal(0))


def _total(line: Mapping[str, Any], minor: Decimal, *, gross: bool) -> Decimal | None:
    total, tax = _number(line.get("total")), _number(line.get("total_tax", "0"))
    if total is None or tax is None:
        return None
    return (total + tax if gross else total).quantize(minor, ROUND_HALF_UP)


def _members(value: Any) -> list[Mapping[str, Any]]:
    return [member for member in value if _is_object(member)] if isinstance(value, list) else []


def _shopify(order: Mapping[str, Any], policy: Policy) -> Iterator[tuple[str, Paid]]:
    side = "presentmentMoney" if policy.currency == "presentment" else "shopMoney"
    field = "presentmentCurrencyCode" if policy.currency == "presentment" else "currencyCode"
    minor = _MINOR.get(str(order.get(field)))
    lines = order.get("lineItems")
    nodes = lines.get("nodes") if isinstance(lines, dict) else None
    if minor is None or not isinstance(nodes, list):
        return
    for line in filter(_is_object, nodes):
        ordered = _number(line.get("quantity"))
        unit = _money(line.get("originalUnitPriceSet"), side)
        off = _summed(line.get("discountAllocations"), "allocatedAmountSet", side)
        tax = _summed(line.get("taxLines"), "priceSet", side)
        if unit is None or off is None or tax is None or not ordered:
            continue
        whole = unit * ordered - off
        gross, included = policy.prices == "gross", order.get("taxesIncluded")
        if gross != included:
            whole += tax if gross else -tax
        yield (
            str(line.get("id")).rpartition("/")[2].partition("?")[0],
            (
                whole,
                ordered,
                minor,
                Decimal(0),
            ),
        )


def _summed(members: Any, key: str, side: str) -> Decimal | None:
    amounts = [_money(one.get(key), side) for one in members] if _is_objects(members) else [None]
    known = [amount for amount in amounts if amount is not None]
    return sum(known, Decimal(0)) if len(known) == len(amounts) else None


def _is_objects(members: Any) -> bool:
    return isinstance(members, list) and all(map(_is_object, members))


def _is_object(value: Any) -> bool:
    return isinstance(value, dict)


def _money(bag: Any, side: str) -> Decimal | None:
    money = bag.get(side) if isinstance(bag, dict) else None
    return _number(money.get("amount")) if isinstance(money, dict) else None


def _number(value: Any) -> Decimal | None:
    written = isinstance(value, str) or (isinstance(value, int) and not isinstance(value, bool))
    return Decimal(str(value)) if written and _NUMBER.fullmatch(str(value)) else None
