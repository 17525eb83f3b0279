"""Whether the app sees customers' names and addresses (protected customer data)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import Enum
from typing import Any, Final

_PROTECTED: Final = ("firstName", "lastName", "name", "address1", "address2", "zip", "phone")
_OPEN: Final = ("city", "province", "provinceCode", "country", "countryCodeV2")


class Sight(Enum):
    """What some orders prove."""

    VISIBLE = "at least one protected field has a value"
    REDACTED = "addresses have a city or country, and nothing that is protected"
    UNKNOWN = "no order has an address"


def sight(orders: Iterable[Mapping[str, Any]]) -> Sight:
    """
    Returns what *orders* prove together.

    An app without approval gets null for exactly the protected fields; city,
    province, country and company stay.
    """
    redacted = False
    for order in orders:
        addresses = [order.get("shippingAddress"), order.get("billingAddress")]
        present = [address for address in addresses if isinstance(address, Mapping)]
        values = [order.get("email"), order.get("phone")]
        values += [address.get(field) for address in present for field in _PROTECTED]
        if any(values):
            return Sight.VISIBLE
        redacted = redacted or any(address.get(field) for address in present for field in _OPEN)
    return Sight.REDACTED if redacted else Sight.UNKNOWN
