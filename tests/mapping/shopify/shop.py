"""
A made-up Shopify shop: orders as the connector hands them over, and a way to map them.

Orders are written short, in the tests and in the golden files alike:

- an amount is "12.00 EUR", or "12.00 EUR / 10.00 GBP" for what the customer
  sees / what the shop books;
- `taxLines` and `discountAllocations` are lists of amounts;
- an id is its number;
- `fulfillmentLineItems` is {line: quantity};
- connections are lists.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from mapping.outcome import Outcome, Ready
from mapping.policy import Policy
from mapping.provenance import Origin, provenance
from mapping.shopify import build_mapper

NOW = datetime(2026, 6, 20, 12, 0, tzinfo=UTC)

ADDRESS = {
    "firstName": "Ada",
    "lastName": "Byron",
    "name": "Ada Byron",
    "company": None,
    "address1": "12 High Street",
    "address2": None,
    "city": "Leeds",
    "zip": "LS1 4DY",
    "provinceCode": "ENG",
    "province": "England",
    "countryCodeV2": "GB",
    "country": "United Kingdom",
    "phone": None,
}
LINE = {
    "id": 1,
    "title": "Teapot",
    "variantTitle": None,
    "sku": "TEA-1",
    "quantity": 1,
    "currentQuantity": 1,
    "requiresShipping": True,
    "isGiftCard": False,
    "originalUnitPriceSet": "10.00 GBP",
    "discountAllocations": [],
    "taxLines": [],
    "weight": None,
    "image": None,
    "variant": None,
}
FULFILMENT = {
    "id": 1,
    "status": "SUCCESS",
    "displayStatus": "FULFILLED",
    "createdAt": "2026-06-18T12:00:00Z",
    "trackingInfo": [{"company": "Royal Mail", "number": "AB123456789GB"}],
    "fulfillmentLineItems": {1: 1},
}
ORDER = {
    "id": "gid://shopify/Order/501",
    "legacyResourceId": "501",
    "name": "#1001",
    "createdAt": "2026-06-17T09:00:00Z",
    "email": "ada@example.com",
    "phone": None,
    "test": False,
    "cancelledAt": None,
    "displayFinancialStatus": "PAID",
    "currencyCode": "GBP",
    "presentmentCurrencyCode": "GBP",
    "taxesIncluded": True,
    "dutiesIncluded": False,
    "totalPriceSet": "10.00 GBP",
    "originalTotalDutiesSet": None,
    "originalTotalAdditionalFeesSet": None,
    "shippingAddress": ADDRESS,
    "billingAddress": ADDRESS,
    "shippingLines": [],
    "fulfillments": [FULFILMENT],
    "lineItems": [LINE],
}
"""One teapot for 10.00 GBP, sent by Royal Mail two days before NOW; the other totals are zero."""

_ZERO = ("totalTaxSet", "totalShippingPriceSet", "totalDiscountsSet", "totalRefundedSet")

_BAG_OF = {"taxLines": "priceSet", "discountAllocations": "allocatedAmountSet"}
_CONNECTIONS = ("lineItems", "shippingLines", "fulfillmentLineItems")
_DEFAULTS = {"lineItems": LINE, "fulfillments": FULFILMENT}


@dataclass(frozen=True)
class Shop:
    time_zone: str = "Europe/London"
    weight_unit: str = "kg"


def order(**changes: Any) -> dict[str, Any]:
    """The standard order with *changes*, written out as GraphQL answers it."""
    short = completed(ORDER, changes)
    zero = f"0.00 {short['presentmentCurrencyCode']} / 0.00 {short['currencyCode']}"
    written: dict[str, Any] = _written({**dict.fromkeys(_ZERO, zero), **short}, "")
    return written


def completed(base: Any, changes: Any) -> Any:
    """*base* with *changes* laid over it; lists are replaced."""
    if isinstance(base, Mapping) and isinstance(changes, Mapping):
        merged = {key: completed(base.get(key), value) for key, value in changes.items()}
        return {**base, **merged}
    return changes


def _written(value: Any, key: str) -> Any:
    if key.endswith("Set") and isinstance(value, str):
        return _bag(value)
    if isinstance(value, Mapping):
        if key == "fulfillmentLineItems" and "nodes" not in value:
            members = [
                {"quantity": quantity, "lineItem": {"id": _gid("LineItem", line)}}
                for line, quantity in value.items()
            ]
            return {"nodes": members}
        return {name: _written(member, name) for name, member in value.items()}
    if not isinstance(value, list):
        return value
    members = [_member(member, key) for member in value]
    return {"nodes": members} if key in _CONNECTIONS else members


def _member(value: Any, key: str) -> Any:
    if key in _BAG_OF and isinstance(value, str):
        return {_BAG_OF[key]: _bag(value)}
    if key in _DEFAULTS and isinstance(value, Mapping):
        kind = "LineItem" if key == "lineItems" else "Fulfillment"
        full = {**_DEFAULTS[key], **value}
        return _written({**full, "id": _gid(kind, full["id"])}, "")
    return _written(value, "")


def _gid(kind: str, number: Any) -> Any:
    return f"gid://shopify/{kind}/{number}" if isinstance(number, int) else number


def _bag(text: str) -> dict[str, Any]:
    customer, _, shop = text.partition(" / ")
    return {"presentmentMoney": _money(customer), "shopMoney": _money(shop or customer)}


def _money(text: str) -> dict[str, Any]:
    amount, currency = text.split()
    return {"amount": amount, "currencyCode": currency}


def mapped(
    raw: Any,
    *,
    policy: Policy | None = None,
    shop: Shop | None = None,
    now: datetime = NOW,
) -> Outcome:
    """The outcome of *raw*."""
    mapper = build_mapper(None)
    return mapper(raw, {}, shop=shop or Shop(), policy=policy or Policy(), now=now)


def traced(
    raw: Any,
    *,
    policy: Policy | None = None,
    shop: Shop | None = None,
    now: datetime = NOW,
) -> tuple[Origin, ...]:
    """Where what `mapped` returns comes from."""
    shop, policy = shop or Shop(), policy or Policy()
    return provenance(build_mapper(None), raw, {}, shop=shop, policy=policy, now=now)


def ready(raw: Any, **how: Any) -> Ready:
    """The outcome of *raw*, which is Ready."""
    outcome = mapped(raw, **how)
    assert isinstance(outcome, Ready), outcome
    return outcome


def payload(raw: Any, **how: Any) -> dict[str, Any]:
    """What is sent for *raw*, as a reader of the JSON sees it."""
    sent: dict[str, Any] = json.loads(ready(raw, **how).payload)
    return sent
