"""One line of an order, built from the few fields that matter to a test."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final

from orderferry.sandbox.shopify.json_types import Json, gid
from orderferry.sandbox.shopify.money import Currencies
from orderferry.sandbox.shopify.records import LineFields
from orderferry.sandbox.shopify.tax import Tax

_CODE: Final = "WELCOME"


@dataclass(frozen=True, slots=True)
class Pricing:
    """What a line costs, in the customer's currency."""

    price: Decimal
    quantity: int
    own_discount: Decimal
    """Given on this line alone."""
    order_discount: Decimal
    """Its share of what was given on the whole order."""

    @property
    def before(self) -> Decimal:
        """The line without discounts."""
        return self.price * self.quantity

    @property
    def after_own(self) -> Decimal:
        """What the order's discount is spread by."""
        return self.before - self.own_discount

    @property
    def paid(self) -> Decimal:
        """The line with all discounts."""
        return self.after_own - self.order_discount


def pricings(
    lines: Sequence[LineFields], order_discount: Decimal, currencies: Currencies
) -> list[Pricing]:
    """Returns the prices of an order's lines, its discount spread over them."""
    prices = [_pricing(line) for line in lines]
    shares = currencies.spread(order_discount, [price.after_own for price in prices])
    return [
        replace(price, order_discount=share) for price, share in zip(prices, shares, strict=True)
    ]


def _pricing(fields: LineFields) -> Pricing:
    return Pricing(
        price=Decimal(fields.get("price", "12.50")),
        quantity=fields.get("quantity", 1),
        own_discount=Decimal(fields.get("discount", "0")),
        order_discount=Decimal(0),
    )


def new_line(fields: LineFields, line_id: int, price: Pricing, tax: Tax, stamp: str) -> Json:
    """Returns the line's JSON, nothing of it shipped; *stamp* is when its variant was made."""
    title = fields.get("title", "Coffee Mug")
    variant_title = fields.get("variant_title")
    gift_card = fields.get("gift_card", False)
    image = fields.get("image")
    line: Json = {
        "__typename": "LineItem",
        "id": gid("LineItem", line_id),
        "title": title,
        "variantTitle": variant_title,
        "name": f"{title} - {variant_title}" if variant_title else title,
        "sku": fields.get("sku", "MUG-1"),
        "vendor": fields.get("vendor", "Sandbox Goods"),
        "requiresShipping": fields.get("requires_shipping", not gift_card),
        "isGiftCard": gift_card,
        "taxable": True,
        "restockable": True,
        "merchantEditable": True,
        "customAttributes": [],
        "image": image and {"id": None, "url": image, "altText": None, "width": 1, "height": 1},
        "variant": _variant(fields, line_id, stamp) if fields.get("has_variant", True) else None,
        "product": None,
        "weight": {"value": fields.get("grams", 250.0), "unit": "GRAMS"},
        "duties": [],
        "taxLines": tax.lines(tax.of(price.paid)),
    }
    line |= _quantities(price.quantity) | _prices(price, tax)
    return line | dict(fields.get("extra", {}))


def _quantities(quantity: int) -> Json:
    return {
        "quantity": quantity,
        "currentQuantity": quantity,
        "unfulfilledQuantity": quantity,
        "nonFulfillableQuantity": 0,
        "refundableQuantity": quantity,
    }


def _prices(price: Pricing, tax: Tax) -> Json:
    currencies = tax.currencies

    def unit(total: Decimal) -> Decimal:
        # "approximate" by the platform's own words: a rounded quotient
        return currencies.round(total / price.quantity) if price.quantity else Decimal(0)

    bag = currencies.bag
    return {
        "originalUnitPriceSet": bag(price.price),
        # leaves out what was given on the whole order and by code
        "discountedUnitPriceSet": bag(unit(price.after_own)),
        "discountedUnitPriceAfterAllDiscountsSet": bag(unit(price.paid)),
        "originalTotalSet": bag(price.before),
        "discountedTotalSet": bag(price.after_own),
        "totalDiscountSet": bag(price.own_discount),
        "unfulfilledOriginalTotalSet": bag(price.before),
        "unfulfilledDiscountedTotalSet": bag(price.after_own),
        "priceAfterAllDiscountsBeforeTaxesSet": bag(price.paid - tax.inside(price.paid)),
        "discountAllocations": _allocations(price, currencies),
    }


def _allocations(price: Pricing, currencies: Currencies) -> list[Json]:
    found = []
    if price.own_discount:
        found.append((price.own_discount, "AutomaticDiscountApplication", "EACH", "ENTITLED"))
    if price.order_discount:
        found.append((price.order_discount, "DiscountCodeApplication", "ACROSS", "ALL"))
    return [
        {
            "allocatedAmountSet": currencies.bag(amount),
            "discountApplication": {
                "__typename": kind,
                "index": index,
                "allocationMethod": method,
                "targetSelection": selection,
                "targetType": "LINE_ITEM",
                "code": _CODE,
                "title": "Line discount",
                "value": currencies.bag(amount)["presentmentMoney"] | {"__typename": "MoneyV2"},
            },
        }
        for index, (amount, kind, method, selection) in enumerate(found)
    ]


def _variant(fields: LineFields, line_id: int, stamp: str) -> Json:
    common = {"createdAt": stamp, "updatedAt": stamp, "sku": fields.get("sku", "MUG-1")}
    title = fields.get("variant_title") or "Default Title"
    return common | {
        "__typename": "ProductVariant",
        "id": gid("ProductVariant", line_id),
        "legacyResourceId": str(line_id),
        "title": title,
        "displayName": f"{fields.get('title', 'Coffee Mug')} - {title}",
        "barcode": None,
        "price": fields.get("price", "12.50"),
        "product": {
            "id": gid("Product", line_id),
            "legacyResourceId": str(line_id),
            "title": fields.get("title", "Coffee Mug"),
            "handle": "coffee-mug",
            "vendor": fields.get("vendor") or "",
            "productType": "",
            "isGiftCard": fields.get("gift_card", False),
        },
        "inventoryItem": common
        | {
            "id": gid("InventoryItem", line_id),
            "legacyResourceId": str(line_id),
            "requiresShipping": True,
            "tracked": True,
            "harmonizedSystemCode": fields.get("hs_code", "691110"),
            "countryCodeOfOrigin": fields.get("origin", "PT"),
            "provinceCodeOfOrigin": None,
            "unitCost": None,
            "measurement": {
                "id": gid("InventoryItemMeasurement", line_id),
                "weight": {"value": fields.get("grams", 250.0), "unit": "GRAMS"},
            },
        },
    }
