"""The documents against Shopify's own schema, the mapper's needs, and what they cost."""

from __future__ import annotations

import gzip
import math
import re
from collections.abc import Iterator
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

import graphql
import pytest
from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLNamedType,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
)

from connectors import Window
from connectors.shopify import documents
from connectors.shopify.documents import Document, bulk_feed
from mapping.shopify.fields import FIELDS
from tests.connectors.shopify.world import HOURS, World, connected, fill, orders, shop_at

SHARED = Path(__file__).parents[4] / "shared"
SCHEMA = SHARED / "contract" / "shopify-admin-2026-10.graphql.gz"
EXAMPLES = SHARED / "examples" / "shopify"

needs_schema = pytest.mark.skipif(not SCHEMA.exists(), reason="Shopify's schema is not here")

ALL = {one.name: one for one in vars(documents).values() if isinstance(one, Document)}
SIZES: dict[str, list[dict[str, Any]]] = {
    "Feed": [{"first": size} for size in (10, 100, 250)],
    "Stamps": [{"first": size} for size in (10, 100, 250)],
    "Sample": [{"first": 10}],
    "Orders": [
        {"lines": size, "customs": customs} for size in (10, 100, 250) for customs in (True, False)
    ],
    "Lines": [{"first": 100, "customs": True}, {"first": 100, "customs": False}],
    "ShippingLines": [{"first": 100}],
    "FulfilledLines": [{"first": 100}],
    "RefundedLines": [{"first": 100}],
}


@cache
def schema() -> GraphQLSchema:
    return graphql.build_schema(gzip.decompress(SCHEMA.read_bytes()).decode(), assume_valid=True)


class Costs:
    """Estimates a document by the rule in the facts, from nothing but its text and the schema."""

    free = ("MoneyBag", "MoneyV2", "MailingAddress", "InventoryItemMeasurement", "Weight")

    def __init__(self, text: str, variables: dict[str, Any]) -> None:
        document = graphql.parse(text)
        self.variables = variables
        self.fragments = {
            one.name.value: one
            for one in document.definitions
            if isinstance(one, FragmentDefinitionNode)
        }
        (self.operation,) = (
            one for one in document.definitions if isinstance(one, OperationDefinitionNode)
        )

    def total(self) -> int:
        kind = schema().get_root_type(self.operation.operation)
        assert kind is not None
        return self.selections(self.operation.selection_set, kind)

    def selections(self, chosen: SelectionSetNode, kind: GraphQLNamedType) -> int:
        return sum(self.field(one, owner) for one, owner in self.flat(chosen, kind))

    def flat(
        self, chosen: SelectionSetNode, kind: GraphQLNamedType
    ) -> Iterator[tuple[FieldNode, Any]]:
        for one in chosen.selections:
            if any(
                not self.variables[argument.value.name.value]  # type: ignore[attr-defined]  # always a variable here
                for directive in one.directives or ()
                for argument in directive.arguments or ()
            ):
                continue
            if isinstance(one, FieldNode):
                yield one, kind
            elif isinstance(one, FragmentSpreadNode):
                fragment = self.fragments[one.name.value]
                on = schema().type_map[fragment.type_condition.name.value]
                yield from self.flat(fragment.selection_set, on)
            elif isinstance(one, InlineFragmentNode) and one.type_condition is not None:
                on = schema().type_map[one.type_condition.name.value]
                yield from self.flat(one.selection_set, on)

    def field(self, one: FieldNode, owner: Any) -> int:
        kind = graphql.get_named_type(owner.fields[one.name.value].type)
        if one.selection_set is None:
            return 0
        if kind.name == "Count" or owner.name == "Mutation":
            return 10
        inner = self.selections(one.selection_set, kind)
        if kind.name.endswith("Connection"):
            (first,) = (arg.value for arg in one.arguments or () if arg.name.value == "first")
            size = (
                self.variables[first.name.value]
                if isinstance(first, graphql.VariableNode)
                else int(first.value)  # type: ignore[attr-defined]  # always a number here
            )
            # nodes and pageInfo are counted as objects below: a node's own 1 is in the rule
            node = inner - 1
            return 2 + max(1, math.floor(2 * math.log(size))) * (1 + node)
        if kind.name == "PageInfo":
            return 0
        return (kind.name not in self.free) + inner


@needs_schema
@pytest.mark.parametrize("name", ALL)
def test_document_is_valid_in_shopifys_schema(name: str) -> None:
    assert graphql.validate(schema(), graphql.parse(ALL[name].text)) == []


@needs_schema
@pytest.mark.parametrize("customs", [True, False])
def test_bulk_document_is_valid_in_shopifys_schema(customs: bool) -> None:  # noqa: FBT001
    text = bulk_feed("updated_at:>='2026-11-01T00:00:00Z'", customs=customs)

    assert graphql.validate(schema(), graphql.parse(text)) == []


@needs_schema
@pytest.mark.parametrize(
    ("name", "sizes"),
    [
        pytest.param(name, sizes, id=f"{name} {sizes}")
        for name in ALL
        for sizes in SIZES.get(name, [{}])
    ],
)
def test_estimate_follows_the_cost_rule(name: str, sizes: dict[str, Any]) -> None:
    expected = Costs(ALL[name].text, sizes).total()

    assert ALL[name].estimate(sizes) == expected


@needs_schema
@pytest.mark.skipif(not EXAMPLES.exists(), reason="the candidate documents are not here")
@pytest.mark.parametrize(
    ("file", "sizes", "points"),
    [
        pytest.param("orders_lean", {"first": 10}, 6, id="lean 10"),
        pytest.param("orders_lean", {"first": 250}, 13, id="lean 250"),
        pytest.param("order_detail", {"lineItems": 25}, 76, id="detail 25"),
        pytest.param("order_detail", {"lineItems": 100}, 103, id="detail 100"),
        pytest.param("order_detail", {"lineItems": 250}, 121, id="detail 250"),
        pytest.param("orders_candidate", {"first": 50, "lineItems": 50}, 597, id="one shot"),
    ],
)
def test_the_rule_used_here_gives_the_figures_of_the_facts(
    file: str, sizes: dict[str, Any], points: int
) -> None:
    text = (EXAMPLES / f"{file}.graphql").read_text()

    assert Costs(text, {**sizes, "withCustoms": True, "withCustomer": False}).total() == points


def test_estimates_are_what_the_simulator_asks_for() -> None:
    world = World()
    shop = shop_at(world)
    long = fill(shop, 1, lines=[{}] * 120)
    shop.refund(int(long[0]))
    fill(shop, 300)

    with connected(shop, world) as (connector, _):
        connector.profile()
        connector.sample()
        orders(connector.changed(Window(HOURS.since, world.now + timedelta(seconds=1))))

    told = {name: requested for name, requested, *_ in shop.queries}
    assert told.pop("Feed") == documents.FEED.estimate({"first": 250}) == 13
    assert told.pop("Orders") == documents.ORDERS.estimate({"lines": 100, "customs": True})
    assert told.pop("Lines") == documents.LINES.estimate({"first": 100, "customs": True})
    assert told.pop("FulfilledLines") == documents.FULFILLED_LINES.estimate({"first": 100})
    assert told.pop("RefundedLines") == documents.REFUNDED_LINES.estimate({"first": 100})
    assert told.pop("Sample") == documents.SAMPLE.estimate({"first": 10})
    assert told == {"Shop": 1, "Count": 10}


def test_estimates_are_what_the_simulator_asks_for_in_bulk() -> None:
    world = World()
    shop = shop_at(world)
    fill(shop, 300)

    with connected(shop, world, bulk_from=10) as (connector, _):
        orders(connector.changed(HOURS))

    told = {name: requested for name, requested, *_ in shop.queries}
    assert (told["BulkStart"], told["BulkStatus"]) == (10, 1)


@cache
def selected() -> set[str]:
    """Returns the paths of the detail document, below an order."""
    document = graphql.parse(documents.ORDERS.text)
    fragments = {
        one.name.value: one.selection_set
        for one in document.definitions
        if isinstance(one, FragmentDefinitionNode)
    }

    def paths(chosen: SelectionSetNode, prefix: str) -> Iterator[str]:
        for one in chosen.selections:
            if isinstance(one, FragmentSpreadNode):
                yield from paths(fragments[one.name.value], prefix)
            elif isinstance(one, InlineFragmentNode):
                yield from paths(one.selection_set, prefix)
            elif isinstance(one, FieldNode) and one.selection_set is not None:
                yield from paths(one.selection_set, f"{prefix}{one.name.value}.")
            elif isinstance(one, FieldNode):
                yield f"{prefix}{one.name.value}".removeprefix("nodes.")

    (operation,) = (one for one in document.definitions if isinstance(one, OperationDefinitionNode))
    return set(paths(operation.selection_set, ""))


@pytest.mark.parametrize("path", FIELDS)
def test_every_field_that_mapping_reads_is_asked_for(path: str) -> None:
    assert path in selected()


def test_bulk_text_obeys_the_rules_for_bulk_operations() -> None:
    """Recorded from Shopify's validator; see the comment in the document."""
    text = bulk_feed("updated_at:>='2026-11-01T00:00:00Z'", customs=True)

    assert "$" not in text
    assert "sortKey" not in text
    assert "nodes" not in text
    assert "..." not in text
    assert text.count("edges {") == 3
    assert len(text.encode()) < 65_535
    lists = re.findall(
        r"^        (fulfillments|refunds) \{(.*?)^        \}", text, re.MULTILINE | re.DOTALL
    )
    assert [name for name, _ in lists] == ["fulfillments", "refunds"]
    assert not any("edges" in inner for _, inner in lists)


def test_bulk_text_can_do_without_products() -> None:
    assert "variant {" not in bulk_feed("x", customs=False)
