"""Amounts as the platform writes them, in the shop's and in the customer's currency."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from typing import Final

from orderferry.sandbox.shopify.json_types import Json

_DIGITS: Final = {"JPY": 0, "KRW": 0, "ISK": 0, "VND": 0, "CLP": 0, "KWD": 3, "BHD": 3, "TND": 3}


@dataclass(frozen=True, slots=True)
class Currencies:
    """The two currencies of an order."""

    shop: str
    presentment: str
    rate: Decimal = Decimal(1)
    """Units of the shop's currency for one of the customer's."""

    def round(self, value: Decimal) -> Decimal:
        """Returns an amount in the customer's currency, rounded to its minor unit."""
        return _rounded(value, self.presentment)

    def bag(self, value: Decimal) -> Json:
        """Returns the MoneyBag of an amount in the customer's currency; shared, never changed."""
        return _bag(self, value)

    def spread(self, total: Decimal, weights: Sequence[Decimal]) -> list[Decimal]:
        """Returns parts of *total* by weight, in minor units, whose sum is *total*."""
        whole, shares, given, passed = sum(weights, Decimal(0)), [], Decimal(0), Decimal(0)
        for weight in weights:
            passed += weight
            due = self.round(total * passed / whole) if whole else Decimal(0)
            shares.append(due - given)
            given = due
        return shares


def value_of(bag: Json) -> Decimal:
    """Returns what a MoneyBag holds in the customer's currency."""
    return Decimal(bag["presentmentMoney"]["amount"])


def currencies_of(node: Json) -> Currencies:
    """Returns the currencies of an order's JSON, with the rate its total tells."""
    total = node["totalPriceSet"]
    paid = value_of(total)
    rate = Decimal(total["shopMoney"]["amount"]) / paid if paid else Decimal(1)
    return Currencies(node["currencyCode"], node["presentmentCurrencyCode"], rate)


def text(value: Decimal) -> str:
    """Returns an amount as the platform writes it: at least one decimal, no idle zeros."""
    plain = f"{value.normalize():f}"
    return plain if "." in plain else f"{plain}.0"


@lru_cache(maxsize=65_536)
def _bag(currencies: Currencies, value: Decimal) -> Json:
    # most bags of a shop are equal; sharing them keeps an order's JSON small
    in_shop = _rounded(value * currencies.rate, currencies.shop)
    return {
        "shopMoney": {"amount": text(in_shop), "currencyCode": currencies.shop},
        "presentmentMoney": {"amount": text(value), "currencyCode": currencies.presentment},
    }


def _rounded(value: Decimal, currency: str) -> Decimal:
    return value.quantize(Decimal(1).scaleb(-_DIGITS.get(currency, 2)), ROUND_HALF_UP)
