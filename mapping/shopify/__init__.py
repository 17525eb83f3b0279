"""Turns Shopify orders (GraphQL Admin API) into outcomes."""

from mapping.shopify.fields import FIELDS
from mapping.shopify.order import build_mapper

__all__ = ["FIELDS", "build_mapper"]
