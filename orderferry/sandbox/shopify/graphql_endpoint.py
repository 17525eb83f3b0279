"""POST graphql.json: from the request's bytes to the answer's, with what it costs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from graphql import FragmentDefinitionNode, GraphQLObjectType, OperationType
from graphql.execution.values import VariableValues

from orderferry.sandbox.server import Request, Response
from orderferry.sandbox.shopify.call import Call
from orderferry.sandbox.shopify.cost import actual_cost, requested_cost
from orderferry.sandbox.shopify.document import read_document, read_variables
from orderferry.sandbox.shopify.fields import RESOLVERS
from orderferry.sandbox.shopify.json_types import Json, encode
from orderferry.sandbox.shopify.plan import Planner, Selection
from orderferry.sandbox.shopify.problems import Refusal, problem, throttled, too_expensive
from orderferry.sandbox.shopify.reading import Reader
from orderferry.sandbox.shopify.schema import SCHEMA

if TYPE_CHECKING:
    from orderferry.sandbox.shopify.shop import ShopifyShop

MAX_COST = 1000
"""Points that one query may request, whatever is in the bucket."""

JSON_TYPE = {"Content-Type": "application/json; charset=utf-8"}


@dataclass(frozen=True, slots=True)
class _Asked:
    name: str
    root: str
    plan: Selection


def respond(shop: ShopifyShop, request: Request, call: Call, token: str) -> Response:
    """Returns the answer to one query or mutation of a caller whose token is good."""
    try:
        body = json.loads(request.body)
    except ValueError:
        body = None
    if not isinstance(body, dict) or not isinstance(body.get("query"), str):
        return _json(400, {"errors": {"query": "Required parameter missing or invalid"}})
    try:
        asked = _planned(call, body)
        return _answer(shop, call, asked, token)
    except Refusal as refusal:
        return _json(200, {"errors": refusal.errors})


def plan_bulk(call: Call, text: str) -> tuple[Selection | None, list[str]]:
    """Returns the plan of a bulk query, in which no connection needs `first`, and its problems."""
    try:
        document = read_document(text)
        operation = document.operation("")
        planner = _planner(call, document.fragments, read_variables(operation, {}), unbounded=True)
        return planner.plan(_root(OperationType.QUERY), operation.selection_set), []
    except Refusal as refusal:
        return None, [f"Invalid bulk query: {error['message']}" for error in refusal.errors]


def _planned(call: Call, body: Json) -> _Asked:
    document = read_document(body["query"])
    name = body.get("operationName") or ""
    operation = document.operation(name)
    variables = read_variables(operation, body.get("variables") or {})
    planner = _planner(call, document.fragments, variables)
    root = _root(operation.operation)
    plan = planner.plan(root, operation.selection_set)
    return _Asked(operation.name.value if operation.name else "", root.name, plan)


def _root(kind: OperationType) -> GraphQLObjectType:
    root = SCHEMA.get_root_type(kind)
    if root is None:
        raise Refusal(problem(f"Schema is not configured for {kind.value}s"))
    return root


def _planner(
    call: Call,
    fragments: Mapping[str, FragmentDefinitionNode],
    variables: VariableValues,
    *,
    unbounded: bool = False,
) -> Planner:
    return Planner(fragments, variables, call.version, call.rights, RESOLVERS, unbounded)


def _answer(shop: ShopifyShop, call: Call, asked: _Asked, token: str) -> Response:
    requested = requested_cost(asked.plan)
    if requested > MAX_COST:
        shop.note(asked.name, requested, None, token)
        return _json(200, {"errors": [too_expensive(requested, MAX_COST)]})
    if shop.bucket.available < requested:
        shop.note(asked.name, requested, None, token)
        return _throttled(shop, requested)
    reader = Reader(call)
    data = reader.answer(asked.plan, asked.root)
    actual = min(actual_cost(asked.plan), requested)
    shop.bucket.take(actual)
    shop.note(asked.name, requested, actual, token)
    extensions: Json = {"cost": _cost(shop, requested, actual)}
    if call.noticed:
        extensions["search"] = call.noticed
    body: Json = {"data": data}
    if reader.errors:
        body["errors"] = reader.errors
    return _json(200, body | {"extensions": extensions})


def _throttled(shop: ShopifyShop, requested: int) -> Response:
    body = {"errors": [throttled()], "extensions": {"cost": _cost(shop, requested, None)}}
    if not shop.throttles_with_429:
        return _json(200, body)
    missing = requested - shop.bucket.available
    wait = f"{missing / shop.bucket.restore_rate:.1f}"
    answer = _json(429, body)
    return Response(429, answer.body, {**answer.headers, "Retry-After": wait})


def _cost(shop: ShopifyShop, requested: int, actual: int | None) -> Json:
    return {
        "requestedQueryCost": requested,
        "actualQueryCost": actual,
        "throttleStatus": shop.bucket.status(),
    }


def _json(status: int, body: Json) -> Response:
    return Response(status, encode(body), JSON_TYPE)
