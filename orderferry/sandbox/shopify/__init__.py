"""A Shopify shop with the Admin GraphQL API as it was recorded and documented."""

from orderferry.sandbox.shopify.records import LineFields, OrderFields, Tracking
from orderferry.sandbox.shopify.shop import ShopifyShop

__all__ = ["LineFields", "OrderFields", "ShopifyShop", "Tracking"]
