"""One goods line as At Last's order item."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from functools import lru_cache

from mapping import money
from mapping.customs import country_code, hs_code
from mapping.ingest import IngestItem, Price, Weight, WeightUnit
from mapping.policy import Policy
from mapping.raw import Raw, as_object, as_objects, as_text
from mapping.rule import rule
from mapping.text import web_address
from mapping.woocommerce.customs import hs_code_of, origin_of
from mapping.woocommerce.line import Line
from mapping.woocommerce.rules import Rules

_UNITS = {
    "kg": WeightUnit.KILOGRAMS,
    "g": WeightUnit.GRAMS,
    "lbs": WeightUnit.POUNDS,
    "lb": WeightUnit.POUNDS,
    "oz": WeightUnit.OUNCES,
}
_WEIGHT = re.compile(r"[0-9]{1,9}(\.[0-9]{1,6})?")


@rule("text of the line")
def item(  # noqa: PLR0913 - a line needs all that decides it
    line: Line,
    quantity: int,
    rebate: Decimal,
    *,
    currency: str,
    weight_unit: str,
    policy: Policy,
    rules: Rules,
) -> IngestItem:
    """
    Returns *line* as an item.

    Args:
        line: As it was ordered.
        quantity: How many of it were shipped.
        rebate: What all that were ordered cost less than the line says.
        currency: ISO 4217.
        weight_unit: The shop's.
        policy: The merchant's.
        rules: The merchant's.

    """
    price, discount = unit_prices(line, rebate, currency)
    name, variant = _names(line)
    code = hs_code_of(line, rules) or hs_code(policy.default_hs_code)
    origin = origin_of(line, rules) or country_code(policy.default_country_of_origin)
    return IngestItem(
        id=line.id,
        quantity=quantity,
        image_url=_image(line) or None,
        sku=as_text(line.raw.get("sku")) or None,
        name=name or None,
        variant_name=variant or None,
        price=Price(value=price, currency=currency),
        weight=_weight(line, weight_unit),
        discount=Price(value=discount, currency=currency) if discount else None,
        hs_code=code or None,
        country_code_of_origin=origin or None,
    )


def unit_prices(line: Line, rebate: Decimal, currency: str) -> tuple[Decimal, Decimal]:
    """Returns price and discount of one unit; their difference is what it cost."""
    before = max(line.subtotal, line.total)
    return money.unit_prices(before, line.total - rebate, line.ordered, currency)


@rule("name and variant")
def _names(line: Line) -> tuple[str, str]:
    name, parent = as_text(line.raw.get("name")), as_text(line.raw.get("parent_name"))
    if not parent:
        return name, ""
    rest = name.removeprefix(parent).removeprefix(" - ") if name.startswith(parent) else ""
    is_variation = as_text(line.raw.get("variation_id")) not in {"", "0"}
    attributes = ", ".join(_attributes(line)) if is_variation else ""
    return parent, attributes or rest


@rule("attributes of the variation")
def _attributes(line: Line) -> Iterator[str]:
    """Yields the variation's values, "S" and "Red": an attribute's key is shown under a label."""
    for entry in as_objects(line.raw.get("meta_data")):
        key, label = as_text(entry.get("key")), as_text(entry.get("display_key"))
        value = as_text(entry.get("display_value"))
        # add-ons ("Engraving") are stored under their label; their text may be personal
        if value and label and label != key and not key.startswith("_"):
            yield value


@rule("first image")
def _image(line: Line) -> str:
    addresses = (image.get("src") for image in _images(line))
    usable = (web_address(src) for src in addresses if isinstance(src, str))
    return next((address for address in usable if address), "")


def _images(line: Line) -> Iterator[Raw]:
    yield as_object(line.raw.get("image"))
    for product in line.products:
        # variations have one image, products a list (recorded)
        yield as_object(product.get("image"))
        yield from as_objects(product.get("images"))[:1]


@rule("weight")
def _weight(line: Line, unit: str) -> Weight | None:
    weights = (_read_weight(as_text(product.get("weight")), unit) for product in line.products)
    return next((weight for weight in weights if weight is not None), None)


@lru_cache(maxsize=1024)  # the weights of the shop's products, again with every order
def _read_weight(text: str, unit: str) -> Weight | None:
    """Returns the weight, None for zero (WooCommerce's way of saying unknown) and for junk."""
    known = _UNITS.get(unit.lower())
    if known is None or not _WEIGHT.fullmatch(text) or not Decimal(text):
        return None
    return Weight(value=Decimal(text), unit=known)
