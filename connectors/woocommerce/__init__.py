"""Reads WooCommerce shops."""

from connectors.base import Platform
from connectors.woocommerce.connector import WooCommerceConnector
from connectors.woocommerce.settings import WooCommerceSettings

PLATFORM = Platform(
    settings=WooCommerceSettings,
    open=WooCommerceConnector,
    where=lambda settings: str(settings.url),
)
"""What the entry point "woocommerce" names."""

__all__ = ["PLATFORM", "WooCommerceConnector", "WooCommerceSettings"]
