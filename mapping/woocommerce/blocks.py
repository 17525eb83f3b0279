"""The address blocks of an order."""

from __future__ import annotations

from mapping.address import Party
from mapping.raw import Raw, as_object, as_text
from mapping.rule import rule
from mapping.text import lines

_FIELDS = {
    block: {
        "last_name": f"{block}.last_name",
        "street": f"{block}.address_1",
        "city": f"{block}.city",
        "post_code": f"{block}.postcode",
        "country": f"{block}.country",
    }
    for block in ("shipping", "billing")
}


@rule("recipient")
def recipient(order: Raw) -> Party:
    """
    Returns the block the parcel went to: shipping, or billing as a whole.

    Shipping is empty for orders that were picked up, and where a shop ships to
    the billing address only (recorded). Blocks are never mixed: half of one
    and half of the other is an address nobody lives at.
    """
    shipping = as_object(order.get("shipping"))
    filled = as_text(shipping.get("address_1")) or as_text(shipping.get("city"))
    name = "shipping" if filled else "billing"
    block = as_object(order.get(name))
    street = (block.get("address_1"), block.get("address_2"))
    return Party(
        fields=_FIELDS[name],
        first_name=as_text(block.get("first_name")),
        last_name=as_text(block.get("last_name")),
        company=as_text(block.get("company")),
        street=tuple(line for part in street if isinstance(part, str) for line in lines(part)),
        city=as_text(block.get("city")),
        state=as_text(block.get("state")),
        post_code=as_text(block.get("postcode")),
        country=as_text(block.get("country")),
    )


@rule("telephone")
def phone(order: Raw) -> str:
    """Returns the telephone number of the shipping block, else of the billing block."""
    blocks = (as_object(order.get(name)) for name in ("shipping", "billing"))
    return next((text for block in blocks if (text := as_text(block.get("phone")))), "")
