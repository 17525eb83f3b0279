"""The part of the Admin API that the simulator answers, and how it differs between versions."""

from __future__ import annotations

from importlib.resources import files
from typing import Final

from graphql import GraphQLSchema, build_schema


def _load() -> GraphQLSchema:
    return build_schema(files(__package__).joinpath("schema.graphql").read_text(encoding="utf-8"))


SCHEMA: Final = _load()

FREE: Final = frozenset(
    {"PageInfo", "MoneyBag", "MoneyV2", "MailingAddress", "InventoryItemMeasurement", "Weight"}
)
"""Objects that cost no points (recorded)."""

SINCE: Final = {
    ("QueryRoot", "bulkOperation"): "2026-01",
    ("QueryRoot", "bulkOperations"): "2026-01",
    ("Refund", "processedAt"): "2026-01",
    ("LineItem", "weight"): "2026-07",
    ("LineItem", "priceAfterAllDiscountsBeforeTaxesSet"): "2026-07",
}
"""The version that brought a field; before it the field does not exist."""


def is_connection(type_name: str) -> bool:
    """Returns whether objects of that type are pages of a connection."""
    return type_name.endswith("Connection")
