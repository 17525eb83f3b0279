"""The address blocks of an order."""

from __future__ import annotations

from mapping.address import Party
from mapping.raw import Raw, Unmappable, as_object, as_text
from mapping.rule import rule
from mapping.text import lines

_FIELDS = {
    "last_name": "lastName",
    "street": "address1",
    "city": "city",
    "post_code": "zip",
    "country": "countryCodeV2",
}
_PROTECTED = ("firstName", "lastName", "name", "address1", "address2", "zip")
"""What Shopify answers null to an app without protected customer data; company and city are not."""


@rule("recipient")
def recipient(order: Raw) -> Party:
    """
    Returns the block the parcel went to: shipping, or billing as a whole.

    Shopify has no shipping address for orders that are collected or sold over
    the counter. Blocks are never mixed: half of one and half of the other is
    an address nobody lives at.
    """
    name = _filled(order)
    block = as_object(order.get(name))
    if not any(as_text(block.get(field)) for field in _PROTECTED):
        raise Unmappable(
            f"{name}.address1",
            "is empty, and so are name and post code: Shopify hides them from an app without"
            " access to protected customer data. Allow the app name and address in its"
            " configuration, then retry; or add the address to the order.",
        )
    first, last = as_text(block.get("firstName")), as_text(block.get("lastName"))
    street = (block.get("address1"), block.get("address2"))
    return Party(
        fields={word: f"{name}.{field}" for word, field in _FIELDS.items()},
        first_name=first,
        last_name=last if first or last else as_text(block.get("name")),
        company=as_text(block.get("company")),
        street=tuple(line for part in street if isinstance(part, str) for line in lines(part)),
        city=as_text(block.get("city")),
        state=as_text(block.get("provinceCode")) or as_text(block.get("province")),
        post_code=as_text(block.get("zip")),
        country=as_text(block.get("countryCodeV2")) or as_text(block.get("country")),
    )


@rule("telephone")
def phone(order: Raw) -> str:
    """Returns the telephone number of shipping, else of billing, else of the order."""
    blocks = (as_object(order.get(name)) for name in ("shippingAddress", "billingAddress"))
    numbers = (as_text(holder.get("phone")) for holder in (*blocks, order))
    return next((number for number in numbers if number), "")


def _filled(order: Raw) -> str:
    for name in ("shippingAddress", "billingAddress"):
        block = as_object(order.get(name))
        if as_text(block.get("address1")) or as_text(block.get("city")):
            return name
    raise Unmappable(
        "shippingAddress", "is missing, and so is billingAddress; add an address to the order."
    )
