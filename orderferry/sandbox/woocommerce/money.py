"""Amounts as WooCommerce stores, rounds and prints them."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

from orderferry.sandbox.woocommerce.rest import Json

_ORDER = (
    "discount_total",
    "discount_tax",
    "shipping_total",
    "shipping_tax",
    "cart_tax",
    "total",
    "total_tax",
)
_LINE = ("subtotal", "subtotal_tax", "total", "total_tax", "tax_total", "shipping_tax_total")
_LINES = ("line_items", "tax_lines", "shipping_lines", "fee_lines", "refunds")
"""Coupon lines are left out: their discount comes unpadded ("8"), whatever `dp` says."""


def rounded(amount: Decimal, decimals: int) -> Decimal:
    """Returns the amount rounded half up, as PHP rounds."""
    return amount.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP) + 0  # no "-0.00"


def text(amount: Decimal) -> str:
    """Returns the amount without padding, in full digits: 8, 0.5, 100."""
    plain = f"{amount:f}"
    return plain.rstrip("0").rstrip(".") if "." in plain else plain


def number(amount: float) -> float | int:
    """Returns a float as PHP's JSON has it: without a fraction if it has none."""
    return int(amount) if amount.is_integer() else amount


def unit_price(total: str, quantity: int) -> float | int:
    """Returns a line's `price`: the stored total over the quantity, unrounded; 0 for none."""
    return number(float(total) / quantity) if quantity else 0


def with_decimals(order: Json, dp: int) -> Json:
    """Returns a copy whose money strings have `dp` decimals; `price` and coupons keep theirs."""
    changed = _round(order, _ORDER, dp)
    for name in _LINES:
        if name in changed:
            changed[name] = [_round(line, _LINE, dp) for line in changed[name]]
    return changed


def _round(owner: Json, names: tuple[str, ...], dp: int) -> Json:
    amounts = {name: f"{rounded(Decimal(owner[name]), dp):f}" for name in names if owner.get(name)}
    return owner | amounts
