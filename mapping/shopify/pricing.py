"""How the amounts of one order are read: side of the money bags, currency, tax."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from mapping.money import currency_code, parse
from mapping.policy import Policy
from mapping.raw import Raw, Unmappable, as_object
from mapping.rule import rule
from mapping.shopify.nodes import entries

_SIDES = {
    "presentment": ("presentmentMoney", "presentmentCurrencyCode"),
    "shop": ("shopMoney", "currencyCode"),
}


@dataclass(frozen=True, slots=True)
class Pricing:
    """Reads amounts of one order, all in one currency."""

    side: str
    """presentmentMoney or shopMoney."""
    currency: str
    tax: int
    """What happens to the tax beside an amount: 1 it is added, -1 taken out, 0 left alone."""

    def amount(self, source: Raw, key: str, path: str) -> Decimal:
        """Returns the amount of the money bag under *key*; raises Unmappable if it has none."""
        money = as_object(as_object(source.get(key)).get(self.side))
        at = f"{path}{key}.{self.side}"
        amount = parse(money.get("amount"), f"{at}.amount")
        # leading connectors mixed the two sides of a bag; one order has one currency
        if currency_code(money.get("currencyCode"), f"{at}.currencyCode") != self.currency:
            raise Unmappable(
                f"{at}.currencyCode",
                f"is not {self.currency}, the order's currency; amounts must not be mixed.",
            )
        return amount

    def optional(self, source: Raw, key: str, path: str = "") -> Decimal:
        """Returns the same, zero where Shopify answers null."""
        return Decimal(0) if source.get(key) is None else self.amount(source, key, path)

    def summed(self, members: Sequence[Raw], key: str, path: str) -> Decimal:
        """Returns the sum of the bags under *key* of the *members* of the list at *path*."""
        amounts = (
            self.amount(member, key, f"{path}[{index}].") for index, member in enumerate(members)
        )
        return sum(amounts, Decimal(0))

    @rule("tax beside the amount")
    def taxed(self, amount: Decimal, source: Raw, path: str) -> Decimal:
        """Returns *amount* with or without the tax that *source* has beside it, as wanted."""
        if not self.tax:
            return amount
        taxes = entries(source, "taxLines", path)
        return amount + self.tax * self.summed(taxes, "priceSet", f"{path}taxLines")


@rule("currency and tax")
def read_pricing(order: Raw, policy: Policy) -> Pricing:
    """
    Returns how the amounts of *order* are read.

    Shopify's amounts are with tax if `taxesIncluded`, else without; the
    merchant wants them with (gross) or without (net).
    """
    side, field = _SIDES[policy.currency]
    included = order.get("taxesIncluded")
    if not isinstance(included, bool):
        raise Unmappable("taxesIncluded", "is missing, so what was paid is unknown.")
    wanted = policy.prices == "gross"
    return Pricing(side, currency_code(order.get(field), field), int(wanted) - int(included))
