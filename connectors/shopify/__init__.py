"""Reads Shopify shops."""

from connectors.base import Platform
from connectors.shopify.connector import ShopifyConnector
from connectors.shopify.settings import ShopifySettings

PLATFORM = Platform(
    settings=ShopifySettings,
    open=ShopifyConnector,
    where=lambda settings: str(settings.shop),
    keeps=True,
)
"""What the entry point "shopify" names."""

__all__ = ["PLATFORM", "ShopifyConnector", "ShopifySettings"]
