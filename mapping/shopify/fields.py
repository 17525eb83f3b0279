"""
The fields of Shopify's `Order` that mapping reads, as dotted paths.

An order is the node as the detail document gives it: names are those of the
Admin API's schema; a connection is read to its end and flattened to
{"nodes": [...]}; `fulfillments`, `trackingInfo`, `discountAllocations` and
`taxLines` are plain lists. A money bag (`...Set`) needs both `presentmentMoney`
and `shopMoney`: the merchant chooses the side.

`lineItems.nodes.weight` exists since version 2026-07 and `variant` needs
read_products; without them weight, HS code and origin are left out. No other
field may be missing, though Shopify may answer null to those it can answer
null to.
"""

from __future__ import annotations

_MONEY = ("amount", "currencyCode")
_BAG = tuple(f"{side}.{field}" for side in ("presentmentMoney", "shopMoney") for field in _MONEY)
_ADDRESS = (
    *("firstName", "lastName", "name", "company", "address1", "address2", "city", "zip"),
    *("provinceCode", "province", "countryCodeV2", "country", "phone"),
)
_WEIGHT = ("weight.value", "weight.unit")


def _under(path: str, *fields: str) -> tuple[str, ...]:
    return tuple(f"{path}.{field}" for field in fields)


_LINE = (
    *("id", "title", "variantTitle", "sku", "image.url"),
    *("quantity", "currentQuantity", "requiresShipping", "isGiftCard"),
    *_under("originalUnitPriceSet", *_BAG),
    *_under("discountAllocations.allocatedAmountSet", *_BAG),
    *_under("taxLines.priceSet", *_BAG),
    *_WEIGHT,
    *_under(
        "variant.inventoryItem",
        *("harmonizedSystemCode", "countryCodeOfOrigin"),
        *_under("measurement", *_WEIGHT),
    ),
)
_FULFILMENT = (
    *("id", "status", "displayStatus", "createdAt"),
    *("trackingInfo.company", "trackingInfo.number"),
    *("fulfillmentLineItems.nodes.quantity", "fulfillmentLineItems.nodes.lineItem.id"),
)
_TOTALS = (
    *("totalPriceSet", "totalTaxSet", "totalShippingPriceSet", "totalDiscountsSet"),
    *("totalRefundedSet", "originalTotalDutiesSet", "originalTotalAdditionalFeesSet"),
)

FIELDS: tuple[str, ...] = (
    *("id", "legacyResourceId", "name", "createdAt", "processedAt", "email", "phone"),
    *("test", "cancelledAt", "displayFinancialStatus"),
    *("currencyCode", "presentmentCurrencyCode", "taxesIncluded", "dutiesIncluded"),
    *(path for total in _TOTALS for path in _under(total, *_BAG)),
    *_under("shippingAddress", *_ADDRESS),
    *_under("billingAddress", *_ADDRESS),
    *_under("shippingLines.nodes.taxLines.priceSet", *_BAG),
    *_under("fulfillments", *_FULFILMENT),
    *_under("lineItems.nodes", *_LINE),
)
"""Every path that mapping reads, and no other; a connector's documents must select them all."""
