"""Exact amounts: strict reading, minor units, unit prices."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal

from mapping.raw import Raw, Unmappable

Prices = Literal["gross", "net"]
"""With tax, as the customer paid, or without."""

_NUMBER = (int, float, Decimal)
_AMOUNT = re.compile(r"-?[0-9]{1,12}(\.[0-9]{1,12})?")
_STEPS = tuple(Decimal(1).scaleb(-places) for places in range(32))
"""One unit of the last place, by the number of decimals."""
_CODE = re.compile(r"[A-Z]{3}")
_UNIT_PLACES = 6
_EXACT_DIGITS = 15
"""Significant digits that every reader of JSON keeps (IEEE 754 double)."""

# ISO 4217, minor units other than 2
_NO_DECIMALS = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"
_THREE_DECIMALS = "BHD IQD JOD KWD LYD OMR TND"
_EXPONENT = {
    **dict.fromkeys(_NO_DECIMALS.split(), 0),
    **dict.fromkeys(_THREE_DECIMALS.split(), 3),
    "CLF": 4,
    "UYW": 4,
}


def currency_code(value: object, field: str) -> str:
    """Returns the ISO 4217 code in upper case; raises Unmappable if it is none."""
    code = value.strip().upper() if isinstance(value, str) else ""
    if not _CODE.fullmatch(code):
        raise Unmappable(field, "is not a currency code of three letters.")
    return code


def exponent(currency: str) -> int:
    """Returns how many decimals *currency* has: EUR 2, JPY 0, KWD 3; unknown codes 2."""
    return _EXPONENT.get(currency, 2)


def parse(value: object, field: str) -> Decimal:
    """
    Returns the decimal number that *value* writes, digit for digit.

    Shops send money as text ("19.90"). A JSON number is taken by the digits it
    was written with. Raises Unmappable, naming *field*, for anything else: a
    comma, an exponent, NaN, more than 12 digits before the point.
    """
    if isinstance(value, str):
        text = value.strip()
    elif isinstance(value, bool) or not isinstance(value, _NUMBER):
        raise Unmappable(field, "is missing; the shop must give an amount.")
    else:
        text = _digits(Decimal(str(value)))
    if not _AMOUNT.fullmatch(text):
        raise Unmappable(field, "is not a decimal number such as 19.90.")
    return Decimal(text)


def parse_optional(source: Raw, key: str, path: str) -> Decimal:
    """Returns the amount under *key*, zero if it is absent, null or empty (fees do that)."""
    value = source.get(key)
    return Decimal(0) if value in (None, "") else parse(value, f"{path}{key}")


def rounded(amount: Decimal, currency: str) -> Decimal:
    """Returns *amount* in whole minor units, half away from zero."""
    return _quantize(amount, exponent(currency))


def per_unit(total: Decimal, quantity: int, currency: str) -> Decimal:
    """
    Returns what one of *quantity* units costs if all cost *total*.

    Whole minor units where the division is exact, else six decimals, so that
    quantity x unit is *total* to within half a minor unit (R9). A quantity or
    a currency that needs more decimals for that gets them; an amount so large
    that a JSON number could not hold six gets fewer.
    """
    exact = total / quantity
    minor = rounded(exact, currency)
    if minor * quantity == total:
        return minor
    needed = exponent(currency) + len(str(quantity))
    room = _EXACT_DIGITS - 1 - max(exact.adjusted(), 0)
    return _quantize(exact, max(needed, min(_UNIT_PLACES, room)))


def unit_prices(
    before: Decimal, paid: Decimal, quantity: int, currency: str
) -> tuple[Decimal, Decimal]:
    """
    Returns price and discount of one of *quantity* units; their difference is what it cost.

    *before* and *paid* are of all units, before and after discounts. The
    discount is derived from the two prices and not divided by itself, so that
    only one division is rounded. Units that cost more than their price (an
    operator typed a higher total) have the paid price and no discount.
    """
    cost = per_unit(paid, quantity, currency)
    if paid >= before:
        return cost, Decimal(0)
    price = per_unit(before, quantity, currency)
    return price, price - cost


def _digits(number: Decimal) -> str:
    # the bound keeps 1E+999999999 from being written out
    plausible = number.is_finite() and abs(number.adjusted()) <= _EXACT_DIGITS
    return format(number, "f") if plausible else ""


def _quantize(amount: Decimal, places: int) -> Decimal:
    return amount.quantize(_STEPS[places], ROUND_HALF_UP)
