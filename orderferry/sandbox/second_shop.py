"""The made-up world's second shop, on Shopify; served where graphql-core is installed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from orderferry.sandbox.shopify import ShopifyShop

MISSING: Final = "A simulated Shopify shop comes too with: pip install 'orderferry[sandbox]'"

MOST_ORDERS: Final = 300
"""A first sync of more would have to wait for query points, as at a real shop."""

_WAITING, _OPEN, _CANCELLED = 7, 8, 9
"""Kinds of order, number modulo ten, as in the first shop."""

_COUNTRIES = ("US", "CA", "GB", "DE", "US", "US")


def open_shop(now: Callable[[], datetime], orders: int) -> ShopifyShop | None:
    """Returns a shop with so many orders of the last 59 days, None without graphql-core."""
    try:
        # an optional package: the simulator's GraphQL is real
        from orderferry.sandbox.shopify import ShopifyShop  # noqa: PLC0415 - see above
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "graphql":
            raise
        return None
    shop = ShopifyShop(now=now, time_zone="America/New_York", currency="USD")
    for number in range(orders):
        _add(shop, now(), number, orders)
    return shop


def _add(shop: ShopifyShop, now: datetime, number: int, orders: int) -> None:
    kind = number % 10
    created_at = now - timedelta(days=59) * (orders - number) / (orders + 1)
    if kind == _WAITING:
        created_at = now - timedelta(hours=2, seconds=number)
    order_id = shop.add_order(
        created_at=created_at,
        updated_at=created_at + timedelta(hours=1),
        country=_COUNTRIES[number % len(_COUNTRIES)],
        fulfilled=kind not in {_OPEN, _CANCELLED},
        trackings=[("UPS", f"1Z999AA1{number:010d}")] if kind < _WAITING else [],
    )
    if kind == _CANCELLED:
        shop.cancel_order(order_id)
        shop.touch(order_id, created_at + timedelta(hours=1))


def shipped(shop: ShopifyShop) -> int:
    """Returns how many of the shop's orders are shipped."""
    return sum(order.head.fulfilment == "FULFILLED" for order in shop.books.orders.values())


def add_tracking(shop: ShopifyShop, order_id: int) -> None:
    """Gives the order's parcel a tracking number."""
    (parcel,) = shop.fulfilment_ids(order_id)
    shop.edit_tracking(order_id, parcel, [("UPS", f"1Z999AA1{order_id % 10**10:010d}")])
