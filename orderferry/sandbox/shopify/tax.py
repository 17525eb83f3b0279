"""Tax on the parts of an order, in the prices or on top of them."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from orderferry.sandbox.shopify.json_types import Json
from orderferry.sandbox.shopify.money import Currencies


@dataclass(frozen=True, slots=True)
class Tax:
    """One tax on everything."""

    percent: Decimal
    included: bool
    """Whether prices contain it."""
    currencies: Currencies

    def of(self, amount: Decimal) -> Decimal:
        """Returns the tax on, or inside of, an amount; rounded part by part."""
        net = amount / (1 + self.percent / 100) if self.included else amount
        return self.currencies.round(net * self.percent / 100)

    def inside(self, amount: Decimal) -> Decimal:
        """Returns the tax that an amount contains."""
        return self.of(amount) if self.included else Decimal(0)

    def on_top(self, tax: Decimal) -> Decimal:
        """Returns what a tax adds to the price."""
        return Decimal(0) if self.included else tax

    def lines(self, tax: Decimal) -> list[Json]:
        """Returns `taxLines`; there are none where there is no tax."""
        if not self.percent:
            return []
        return [
            {
                "title": "VAT",
                "rate": float(self.percent / 100),
                "ratePercentage": float(self.percent),
                "priceSet": self.currencies.bag(tax),
            }
        ]


def tax_of(lines: list[Json]) -> Decimal:
    """Returns the sum of `taxLines`, in the customer's currency."""
    amounts = (Decimal(one["priceSet"]["presentmentMoney"]["amount"]) for one in lines)
    return sum(amounts, Decimal(0))
