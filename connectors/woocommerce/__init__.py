"""Reads WooCommerce shops."""

from connectors.base import Platform
from connectors.woocommerce.connector import WooCommerceConnector
from connectors.woocommerce.settings import WooCommerceSettings, identity

PLATFORM = Platform(
    settings=WooCommerceSettings,
    open=WooCommerceConnector,
    where=lambda settings: str(settings.url),
    tells_apart=lambda settings: identity(settings.url),
)
"""What the entry point "woocommerce" names."""

__all__ = ["PLATFORM", "WooCommerceConnector", "WooCommerceSettings"]
