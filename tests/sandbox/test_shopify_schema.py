"""The simulator's schema is a part of the platform's own, name by name and type by type."""

from __future__ import annotations

import gzip
from functools import cache

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    build_schema,
)

from orderferry.sandbox.shopify.schema import SCHEMA
from tests.sandbox.shopify_client import shared

_OWN = sorted(name for name in SCHEMA.type_map if not name.startswith("__"))


@cache
def _real() -> GraphQLSchema:
    path = shared("contract", "shopify-admin-2026-10.graphql.gz")
    with gzip.open(path, "rt", encoding="utf-8") as file:
        return build_schema(file.read(), assume_valid=True)


def _lines(kind: GraphQLNamedType) -> set[str]:
    """Returns what a type promises, one line per field, argument, value, member or interface."""
    lines: set[str] = {f"is {type(kind).__name__}"}
    if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType):
        lines |= {f"implements {one.name}" for one in kind.interfaces}
        for name, field in kind.fields.items():
            lines.add(f"{name}: {field.type}")
            for label, arg in field.args.items():
                node = arg.ast_node
                default = node.default_value.loc if node and node.default_value else None
                text = default.source.body[default.start : default.end] if default else ""
                lines.add(f"{name}({label}: {arg.type} = {text})")
    if isinstance(kind, GraphQLEnumType):
        lines |= set(kind.values)
    if isinstance(kind, GraphQLUnionType):
        lines |= {f"may be {one.name}" for one in kind.types}
    return lines


@pytest.mark.parametrize("name", _OWN)
def test_every_line_of_the_schema_is_one_of_the_platform(name: str) -> None:
    real = _real().type_map.get(name)

    assert real is not None
    assert _lines(SCHEMA.type_map[name]) - _lines(real) == set()


@pytest.mark.parametrize("name", _OWN)
def test_no_required_argument_of_the_platform_is_left_out(name: str) -> None:
    own, real = SCHEMA.type_map[name], _real().type_map[name]
    if not isinstance(own, GraphQLObjectType) or not isinstance(real, GraphQLObjectType):
        return

    for label, field in own.fields.items():
        required = {
            arg
            for arg, one in real.fields[label].args.items()
            if str(one.type).endswith("!") and not (one.ast_node and one.ast_node.default_value)
        }
        assert required <= field.args.keys(), f"{name}.{label}"


@pytest.mark.parametrize(
    ("name", "line"),
    [
        pytest.param("Order", "fulfillments: [Fulfillment!]!", id="parcels are a list"),
        pytest.param("Order", "refunds: [Refund!]!", id="refunds are a list"),
        pytest.param("Order", "lineItems: LineItemConnection!", id="lines are a connection"),
        pytest.param("Order", "shippingAddress: MailingAddress", id="an address may be missing"),
        pytest.param("Order", "subtotalPriceSet: MoneyBag", id="the subtotal may be missing"),
        pytest.param("Order", "legacyResourceId: UnsignedInt64!", id="ids are large"),
        pytest.param("Fulfillment", "trackingInfo: [FulfillmentTrackingInfo!]!", id="tracking"),
        pytest.param("LineItem", "variant: ProductVariant", id="a variant may be missing"),
        pytest.param("LineItem", "weight: Weight", id="weight of a line"),
        pytest.param("QueryRoot", "nodes: [Node]!", id="an unknown id is null"),
        pytest.param("QueryRoot", "orders(sortKey: OrderSortKeys = PROCESSED_AT)", id="sorting"),
        pytest.param("BulkOperation", "url: URL", id="an empty result has no address"),
        pytest.param("FulfillmentStatus", "CANCELLED", id="a cancelled parcel, with two L"),
        pytest.param("FulfillmentDisplayStatus", "CANCELED", id="shown, with one L"),
    ],
)
def test_the_schema_says_what_the_connector_relies_on(name: str, line: str) -> None:
    assert line in _lines(SCHEMA.type_map[name])
