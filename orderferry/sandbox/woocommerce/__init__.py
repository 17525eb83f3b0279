"""A WooCommerce shop that behaves as a real one (11.0.1) was measured to behave."""

from orderferry.sandbox.woocommerce.keys import ApiKey
from orderferry.sandbox.woocommerce.records import LineFields, OrderFields, ProductFields, Storage
from orderferry.sandbox.woocommerce.shop import WooCommerceShop

__all__ = ["ApiKey", "LineFields", "OrderFields", "ProductFields", "Storage", "WooCommerceShop"]
