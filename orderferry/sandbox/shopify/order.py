"""An order's JSON, built from what was bought."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from orderferry.sandbox.shopify.addresses import address
from orderferry.sandbox.shopify.fulfilment import new_fulfilment, ship
from orderferry.sandbox.shopify.json_types import Json, gid, instant_text
from orderferry.sandbox.shopify.line import new_line, pricings
from orderferry.sandbox.shopify.money import Currencies
from orderferry.sandbox.shopify.records import Head, LineFields, OrderFields, Recipe, head_fields
from orderferry.sandbox.shopify.tax import Tax
from orderferry.sandbox.shopify.totals import shipping_line, totals

_ONE_LINE: Sequence[LineFields] = (LineFields(),)


def new_head(fields: OrderFields, order_id: int, name: str, now: datetime) -> Head:
    """Returns the head of a new order."""
    created_at = fields.get("created_at", now)
    fulfilled_at = fields.get("fulfilled_at", created_at)
    return Head(
        id=order_id,
        name=fields.get("name", name),
        created_at=created_at,
        processed_at=fields.get("processed_at", created_at),
        updated_at=fields.get("updated_at", max(created_at, fulfilled_at)),
        cancelled_at=None,
        closed_at=None,
        test=fields.get("test", False),
        fulfilment=_status(fields),
        financial="PAID",
    )


def item_count(fields: OrderFields) -> int:
    """Returns how many ids an order needs besides its own: lines, a parcel, addresses, shipping."""
    return len(_lines(fields)) + 4


def parcel_id(recipe: Recipe) -> int | None:
    """Returns the id of the parcel that a new order comes with, None if it has none."""
    fields = recipe.fields
    return recipe.first_item_id + len(_lines(fields)) if _ships(fields) else None


def build(recipe: Recipe) -> Json:
    """Returns the order's JSON; connections in it are plain lists."""
    fields, head = recipe.fields, recipe.head
    presentment = fields.get("currency", recipe.shop_currency)
    currencies = Currencies(recipe.shop_currency, presentment, Decimal(fields.get("rate", "1")))
    included = fields.get("taxes_included", True)
    tax = Tax(Decimal(fields.get("tax_rate", "0")), included, currencies)
    whole = Decimal(fields.get("order_discount", "0"))
    prices = pricings(_lines(fields), whole, currencies)
    first, stamp = recipe.first_item_id, instant_text(head.created_at)
    lines = [
        new_line(given, first + at, price, tax, stamp)
        for at, (given, price) in enumerate(zip(_lines(fields), prices, strict=True))
    ]
    shipping = shipping_line(Decimal(fields.get("shipping", "4.50")), first + len(lines) + 3, tax)
    node = head_fields(head) | _facts(fields, head, recipe.shop_currency, presentment)
    node |= _people(fields, head, first + len(lines) + 1)
    node |= totals(lines, shipping, whole, tax)
    node |= {"lineItems": lines, "shippingLines": [shipping], "fulfillments": [], "refunds": []}
    node["requiresShipping"] = any(line["requiresShipping"] for line in lines)
    if _ships(fields):
        _ship_all(node, fields, head, first + len(lines))
    return node | dict(fields.get("extra", {}))


def _lines(fields: OrderFields) -> Sequence[LineFields]:
    return fields.get("lines", _ONE_LINE)


def _ships(fields: OrderFields) -> bool:
    return fields.get("fulfilled", "trackings" in fields)


def _status(fields: OrderFields) -> str:
    if _ships(fields):
        return "FULFILLED"
    lines = _lines(fields)
    goods = any(one.get("requires_shipping", not one.get("gift_card", False)) for one in lines)
    return "UNFULFILLED" if goods else "FULFILLMENT_NOT_REQUIRED"


def _ship_all(node: Json, fields: OrderFields, head: Head, fulfilment_id: int) -> None:
    at = instant_text(fields.get("fulfilled_at", head.created_at))
    wanted = {line["id"]: line["quantity"] for line in node["lineItems"]}
    parcel = new_fulfilment(node, fulfilment_id, wanted, fields.get("trackings", ()), at)
    ship(node, parcel)


def _facts(fields: OrderFields, head: Head, shop_currency: str, presentment: str) -> Json:
    digits = "".join(char for char in head.name if char.isdigit())
    return {
        "number": int(digits or 0),
        "confirmationNumber": None,
        "poNumber": None,
        "sourceName": "web",
        "sourceIdentifier": None,
        "tags": list(fields.get("tags", ())),
        "note": fields.get("note"),
        "edited": False,
        "confirmed": True,
        "cancelReason": None,
        "customerLocale": "en",
        "currencyCode": shop_currency,
        "presentmentCurrencyCode": presentment,
        "taxesIncluded": fields.get("taxes_included", True),
        "taxExempt": False,
        "dutiesIncluded": False,
        "returnStatus": "NO_RETURN",
        "customAttributes": [],
        "discountCode": "WELCOME" if "order_discount" in fields else None,
        "discountCodes": ["WELCOME"] if "order_discount" in fields else [],
        "subtotalLineItemsQuantity": sum(line.get("quantity", 1) for line in _lines(fields)),
        "currentSubtotalLineItemsQuantity": sum(line.get("quantity", 1) for line in _lines(fields)),
        "totalWeight": None,
        "paymentGatewayNames": ["shopify_payments"],
        "additionalFees": [],
    }


def _people(fields: OrderFields, head: Head, address_id: int) -> Json:
    country = fields.get("country", "GB")
    shipping = _place(fields.get("shipping_address", {}), country, address_id)
    email = fields.get("email", "shopper@example.com")
    person = shipping or address(country, address_id)
    return {
        "email": email,
        "phone": fields.get("phone"),
        "shippingAddress": shipping,
        "billingAddress": _place(fields.get("billing_address", {}), country, address_id + 1),
        "billingAddressMatchesShippingAddress": shipping is not None,
        "customer": {
            "id": gid("Customer", head.id),
            "legacyResourceId": str(head.id),
            "firstName": person["firstName"],
            "lastName": person["lastName"],
            "displayName": person["name"],
            "locale": "en",
            "defaultEmailAddress": email and {"emailAddress": email},
            "defaultPhoneNumber": person["phone"] and {"phoneNumber": person["phone"]},
        },
    }


def _place(differs: Mapping[str, Any] | None, country: str, number: int) -> Json | None:
    return None if differs is None else address(country, number) | dict(differs)
