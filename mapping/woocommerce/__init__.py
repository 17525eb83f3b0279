"""Turns WooCommerce orders (REST API v3) into outcomes."""

from mapping.woocommerce.order import build_mapper

__all__ = ["build_mapper"]
