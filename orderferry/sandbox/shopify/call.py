"""One request to the API: who asks, by which version, and what was noticed on the way."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from orderferry.sandbox.shopify.json_types import Json
from orderferry.sandbox.shopify.listing import Reach
from orderferry.sandbox.shopify.rights import Rights
from orderferry.sandbox.shopify.search import Search

if TYPE_CHECKING:
    from orderferry.sandbox.shopify.shop import ShopifyShop

_READ_WINDOW: Final = timedelta(days=60)
"""How old an order may be for an app without `read_all_orders`, by its creation."""


@dataclass(frozen=True, slots=True)
class Call:
    """What a resolver gets to see."""

    shop: ShopifyShop
    rights: Rights
    version: str
    now: datetime
    url: str
    """Where the shop is served, for addresses in answers."""
    noticed: list[Json] = field(default_factory=list)
    """`extensions.search`: what searches ignored."""

    @property
    def reach(self) -> Reach:
        """Returns what the caller can list."""
        since = None if self.rights.sees_old_orders else self.now - _READ_WINDOW
        return Reach(self.version, self.shop.zone, since, self.shop.deepest)

    def notice(self, field_name: str, text: str, search: Search) -> None:
        """Notes what a search ignored, for the answer's extensions."""
        if search.warnings:
            self.noticed.append(
                {"path": [field_name], "query": text, "warnings": list(search.warnings)}
            )
