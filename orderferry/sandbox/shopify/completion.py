"""Fills what an order's JSON lacks, by the schema: recordings rarely hold every field."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from graphql import (
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLUnionType,
)

from orderferry.sandbox.shopify.json_types import Json, gid, legacy_id
from orderferry.sandbox.shopify.schema import SCHEMA, is_connection

_BLANK: Final[dict[str, Any]] = {
    "Boolean": False,
    "Int": 0,
    "Float": 0.0,
    "String": "",
    "Decimal": "0.0",
    "Money": "0.0",
    "UnsignedInt64": "0",
    "URL": "https://example.com/",
    "OrderDisplayFulfillmentStatus": "UNFULFILLED",
    "OrderReturnStatus": "NO_RETURN",
    "FulfillmentStatus": "SUCCESS",
    "FulfillmentEventStatus": "CONFIRMED",
    "RefundLineItemRestockType": "NO_RESTOCK",
    "WeightUnit": "KILOGRAMS",
    "DiscountApplicationAllocationMethod": "ACROSS",
    "DiscountApplicationTargetSelection": "ALL",
    "DiscountApplicationTargetType": "LINE_ITEM",
}


class Completion:
    """
    Completes one order.

    Args:
        currency: Of amounts that are missing.
        stamp: Of times that are missing.
        new_id: Returns an id for an object that came without one.

    """

    def __init__(self, currency: str, stamp: str, new_id: Callable[[], int]) -> None:
        self._new_id = new_id
        self._blank = _BLANK | {"CurrencyCode": currency, "DateTime": stamp}

    def order(self, given: Json) -> Json:
        """
        Returns the whole order: what is missing is null, empty or zero, connections are lists.

        Quantities that follow from others do; parcels and refunds share the order's lines.
        """
        given = given | {"lineItems": [_quantities(row) for row in rows(given.get("lineItems"))]}
        given.setdefault("legacyResourceId", str(legacy_id(given["id"])))
        given.setdefault("processedAt", given.get("createdAt", self._blank["DateTime"]))
        given.setdefault("closed", given.get("closedAt") is not None)
        goods = any(row["requiresShipping"] for row in given["lineItems"])
        given.setdefault("requiresShipping", goods)
        node: Json = self._object(_object_type("Order"), given)
        lines = {line["id"]: line for line in node["lineItems"]}
        for group, items in (
            ("fulfillments", "fulfillmentLineItems"),
            ("refunds", "refundLineItems"),
        ):
            for owner in node[group]:
                for item in owner[items]:
                    item["lineItem"] = lines.get(item["lineItem"]["id"], item["lineItem"])
        return node

    def _value(self, kind: GraphQLOutputType, given: Any) -> Any:  # noqa: ANN401 - any JSON
        if isinstance(kind, GraphQLNonNull):
            return self._required(kind.of_type, given)
        return None if given is None else self._required(kind, given)

    def _required(self, kind: GraphQLOutputType, given: Any) -> Any:  # noqa: ANN401 - any JSON
        if isinstance(kind, GraphQLList):
            return [self._value(kind.of_type, one) for one in given or ()]
        if isinstance(kind, GraphQLInterfaceType | GraphQLUnionType):
            return self._object(_object_type(_guess(kind.name, given or {})), given or {})
        if isinstance(kind, GraphQLObjectType):
            if is_connection(kind.name):
                node_list = kind.fields["nodes"].type
                return self._value(node_list, rows(given))
            return self._object(kind, given or {})
        name = getattr(kind, "name", "")
        return self._blank.get(name) if given is None else given

    def _object(self, kind: GraphQLObjectType, given: Json) -> Json:
        if kind.name == "MoneyBag" and given:
            other = given.get("shopMoney") or given.get("presentmentMoney")
            given = {"shopMoney": other, "presentmentMoney": other} | given
        node = {
            name: self._id(kind.name, given)
            if name == "id"
            else self._value(one.type, given.get(name))
            for name, one in kind.fields.items()
        }
        if node.get("legacyResourceId") == "0":
            node["legacyResourceId"] = str(legacy_id(node["id"]))
        return node | {"__typename": kind.name}

    def _id(self, kind: str, given: Json) -> str:
        return str(given.get("id") or gid(kind, self._new_id()))


def rows(connection: Any) -> list[Json]:  # noqa: ANN401 - a connection in any of its forms, or none
    """Returns the rows of a connection's JSON, whether it has `nodes`, `edges` or is a list."""
    if isinstance(connection, list):
        return connection
    if not isinstance(connection, dict):
        return []
    if "nodes" in connection:
        return list(connection["nodes"])
    return [edge["node"] for edge in connection.get("edges", ())]


def _quantities(line: Json) -> Json:
    quantity = line.get("quantity", 1)
    derived = {"quantity": quantity, "currentQuantity": quantity, "refundableQuantity": quantity}
    return {"requiresShipping": True, "name": line.get("title")} | derived | line


def _object_type(name: str) -> GraphQLObjectType:
    kind = SCHEMA.type_map[name]
    if not isinstance(kind, GraphQLObjectType):
        raise TypeError(f"{name} is no object type")
    return kind


def _guess(name: str, given: Json) -> str:
    if "__typename" in given:
        return str(given["__typename"])
    if name == "PricingValue":
        return "PricingPercentageValue" if "percentage" in given else "MoneyV2"
    return "DiscountCodeApplication" if "code" in given else "AutomaticDiscountApplication"
