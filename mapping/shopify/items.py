"""One goods line as At Last's order item."""

from __future__ import annotations

from decimal import Decimal

from mapping.customs import country_code, hs_code
from mapping.ingest import IngestItem, Price, Weight, WeightUnit
from mapping.money import parse, unit_prices
from mapping.policy import Policy
from mapping.raw import Raw, Unmappable, as_object, as_text
from mapping.rule import rule
from mapping.shopify.line import Charge, Line
from mapping.text import web_address

_WITHOUT_VARIANTS = "Default Title"
"""Shopify's name for the one variant of a product that has none."""
_GRAIN = Decimal("0.000001")
_HEAVIEST = 10**9
_LONGEST_CODE = 13
"""Digits that Shopify takes in its own field for the code (schema, harmonizedSystemCode)."""
_UNITS = frozenset(WeightUnit)


@rule("text of the line")
def item(line: Line, quantity: int, cost: Charge, *, currency: str, policy: Policy) -> IngestItem:
    """Returns *line* as an item of which *quantity* were shipped."""
    price, discount = unit_prices(cost.before, cost.paid, line.ordered, currency)
    product = as_object(as_object(line.raw.get("variant")).get("inventoryItem"))
    variant = as_text(line.raw.get("variantTitle"))
    code, origin = _customs(product, policy)
    return IngestItem(
        id=line.id,
        quantity=quantity,
        image_url=_image(line) or None,
        sku=as_text(line.raw.get("sku")) or None,
        name=as_text(line.raw.get("title")) or None,
        variant_name=(variant if variant != _WITHOUT_VARIANTS else "") or None,
        price=Price(value=price, currency=currency),
        weight=_weight(line.raw) or _weight(as_object(product.get("measurement"))),
        discount=Price(value=discount, currency=currency) if discount else None,
        hs_code=code or None,
        country_code_of_origin=origin or None,
    )


@rule("customs")
def _customs(product: Raw, policy: Policy) -> tuple[str, str]:
    """Returns HS code and country of origin, each empty where unknown."""
    code = hs_code(product.get("harmonizedSystemCode"), longest=_LONGEST_CODE)
    origin = country_code(product.get("countryCodeOfOrigin"))
    return (
        code or hs_code(policy.default_hs_code),
        origin or country_code(policy.default_country_of_origin),
    )


@rule("first image")
def _image(line: Line) -> str:
    address = as_object(line.raw.get("image")).get("url")
    return web_address(address) if isinstance(address, str) else ""


@rule("weight")
def _weight(holder: Raw) -> Weight | None:
    """Returns the weight, None for zero (Shopify's way of saying unknown) and for junk."""
    weight = as_object(holder.get("weight"))
    unit = as_text(weight.get("unit"))
    try:
        value = parse(weight.get("value"), "weight").quantize(_GRAIN)
    except Unmappable:
        return None
    usable = 0 < value < _HEAVIEST and unit in _UNITS
    return Weight(value=value, unit=WeightUnit(unit)) if usable else None
