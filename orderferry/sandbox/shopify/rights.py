"""What a token may read: scopes, and personal data that was not approved."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final, Literal

from orderferry.sandbox.shopify.plan import Denial

Redaction = Literal["", "null", "error"]
"""What becomes of protected personal data: shown, null, or null with an ACCESS_DENIED error."""

_ORDERS: Final = ("read_orders", "`read_orders` access scope.")
_PRODUCTS: Final = ("read_products", "`read_products` access scope.")
_SCOPES: Final = {
    ("QueryRoot", "orders"): _ORDERS,
    ("QueryRoot", "order"): _ORDERS,
    ("QueryRoot", "fulfillment"): _ORDERS,
    ("QueryRoot", "refund"): _ORDERS,
    ("QueryRoot", "ordersCount"): _ORDERS,
    ("QueryRoot", "nodes"): _ORDERS,
    ("QueryRoot", "productsCount"): _PRODUCTS,
    ("Order", "customer"): ("read_customers", "`read_customers` access scope."),
    ("LineItem", "variant"): _PRODUCTS,
    ("LineItem", "product"): _PRODUCTS,
    ("ProductVariant", "product"): _PRODUCTS,
}
_INVENTORY: Final = ("ProductVariant", "inventoryItem")

_PROTECTED: Final = frozenset(
    {("Order", "email"), ("Order", "phone")}
    | {
        ("MailingAddress", name)
        for name in ("address1", "address2", "zip", "firstName", "lastName", "name", "phone")
    }
    | {
        ("Customer", name)
        for name in (
            "firstName",
            "lastName",
            "defaultEmailAddress",
            "defaultPhoneNumber",
        )
    }
)
"""Fields that need approval for protected customer data; city, province and country do not."""


@dataclass(frozen=True, slots=True)
class Rights:
    """The rights of one token."""

    scopes: Collection[str]
    redacts: Redaction = ""

    @property
    def sees_old_orders(self) -> bool:
        """Whether orders of more than 60 days are there at all."""
        return self.has("read_all_orders")

    def has(self, scope: str) -> bool:
        """Returns whether a scope is granted; the right to write includes reading."""
        return scope in self.scopes or scope.replace("read_", "write_", 1) in self.scopes

    def denial(self, owner: str, name: str) -> Denial | None:
        """Returns why a field is null, None if it may be read."""
        needed = _SCOPES.get((owner, name))
        if needed is not None and not self.has(needed[0]):
            return Denial(needed[1])
        if (owner, name) == _INVENTORY and not (
            self.has("read_inventory") or self.has("read_products")
        ):
            return Denial("`read_inventory` access scope or `read_products` access scope.")
        if self.redacts and (owner, name) in _PROTECTED:
            error = self.redacts == "error"
            return Denial("approval for protected customer data." if error else "")
        return None
