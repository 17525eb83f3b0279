"""How the fields are read that are not simply there."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from orderferry.sandbox.shopify import versions
from orderferry.sandbox.shopify.books import OrderView
from orderferry.sandbox.shopify.call import Call
from orderferry.sandbox.shopify.connection import Connection, paged
from orderferry.sandbox.shopify.json_types import Json
from orderferry.sandbox.shopify.listing import order_listing, visible
from orderferry.sandbox.shopify.plan import Resolver
from orderferry.sandbox.shopify.problems import Refusal, problem
from orderferry.sandbox.shopify.search import compile_search

_GID: Final = re.compile(r"gid://shopify/(\w+)/(\d+)(\?.*)?")
_PARTS: Final = {"Fulfillment": "fulfillments", "Refund": "refunds"}
"""Where an order's JSON keeps what has an id of its own."""
_NOT_REQUIRED: Final = ("FULFILLMENT_NOT_REQUIRED", "UNFULFILLED", "2026-10")
"""A status, what it was called before, and the version that renamed it."""

Args = Mapping[str, Any]


def _orders(call: Call, _root: object, args: Args) -> Connection:
    listing = order_listing(call.shop.settled_books(), call.reach, args)
    call.notice("orders", args.get("query") or "", listing.search)
    return listing.page(args["first"], args.get("after"))


def _orders_count(call: Call, _root: object, args: Args) -> Json:
    listing = order_listing(call.shop.settled_books(), call.reach, args)
    call.notice("ordersCount", args.get("query") or "", listing.search)
    count, exact = listing.count(args.get("limit"))
    return {"count": count, "precision": "EXACT" if exact else "AT_LEAST"}


def _products_count(call: Call, _root: object, args: Args) -> Json:
    text = args.get("query") or ""
    tags = call.shop.product_tags
    search = compile_search(text, {"tag": lambda word: lambda tag: tag == word.value})
    call.notice("productsCount", text, search)
    return {"count": sum(map(search.matches, tags)), "precision": "EXACT"}


def _node(call: Call, _root: object, args: Args) -> object:
    return _find(call, args["id"])


def _nodes(call: Call, _root: object, args: Args) -> list[object]:
    return [_find(call, one) for one in args["ids"]]


def _order(call: Call, _root: object, args: Args) -> OrderView | None:
    found = _find(call, args["id"])
    return found if isinstance(found, OrderView) else None


def _part(kind: str) -> Resolver:
    def find(call: Call, _root: object, args: Args) -> Json | None:
        found = _find(call, args["id"])
        return found if isinstance(found, dict) and found["__typename"] == kind else None

    return find


def _find(call: Call, global_id: str) -> object:
    match = _GID.fullmatch(global_id)
    if match is None:
        raise Refusal(problem(f"Invalid global id '{global_id}'", "argumentLiteralsIncompatible"))
    if match[1] == "BulkOperation":
        return call.shop.bulk.find(call, global_id)
    books = call.shop.books
    if match[1] == "Order":
        order = books.orders.get(int(match[2]))
    else:
        order = books.orders.get(books.owners.get(global_id, 0))
    if order is None or not visible(order.head, call.reach) or not call.rights.has("read_orders"):
        return None
    if match[1] == "Order":
        return OrderView(order)
    return books.part(_PARTS[match[1]], global_id)


def _status(call: Call, order: OrderView, _args: Args) -> str:
    status: str = order["displayFulfillmentStatus"]
    new, old, since = _NOT_REQUIRED
    return old if status == new and call.version < since else status


def _shop(call: Call, _root: object, _args: Args) -> Json:
    return call.shop.profile()


def _installation(call: Call, _root: object, _args: Args) -> Json:
    scopes = [{"handle": scope, "description": scope} for scope in call.shop.scopes]
    return {"id": "gid://shopify/AppInstallation/1", "accessScopes": scopes}


def _versions(call: Call, _root: object, _args: Args) -> list[Json]:
    return versions.shown(call.shop.api_version)


def _bulk_operation(call: Call, _root: object, args: Args) -> Json | None:
    return call.shop.bulk.find(call, args["id"])


def _current_bulk_operation(call: Call, _root: object, _args: Args) -> Json | None:
    return call.shop.bulk.current(call)


def _bulk_operations(call: Call, _root: object, args: Args) -> Connection:
    text = args.get("query") or ""
    search = compile_search(
        text,
        {
            "status": lambda word: lambda one: one["status"] == word.value.upper(),
            "operation_type": lambda word: lambda one: one["type"] == word.value.upper(),
        },
    )
    call.notice("bulkOperations", text, search)
    return paged([one for one in call.shop.bulk.all(call) if search.matches(one)], args)


def _run_bulk(call: Call, _root: object, args: Args) -> Json:
    return call.shop.bulk.run(call, args["query"], grouped=args["groupObjects"])


def _cancel_bulk(call: Call, _root: object, args: Args) -> Json:
    return call.shop.bulk.cancel(call, args["id"])


def _list(name: str) -> Resolver:
    def cut(_call: Call, owner: Any, args: Args) -> Sequence[Json]:  # noqa: ANN401 - the owner is JSON or behaves like it
        rows: Sequence[Json] = owner[name]
        return rows if args.get("first") is None else rows[: args["first"]]

    return cut


def _pages(name: str) -> Callable[[Call, Any, Args], Connection]:
    return lambda _call, owner, args: paged(owner[name], args)


RESOLVERS: Final[Mapping[tuple[str, str], Resolver]] = {
    ("QueryRoot", "orders"): _orders,
    ("QueryRoot", "order"): _order,
    ("QueryRoot", "ordersCount"): _orders_count,
    ("QueryRoot", "productsCount"): _products_count,
    ("QueryRoot", "node"): _node,
    ("QueryRoot", "nodes"): _nodes,
    ("QueryRoot", "fulfillment"): _part("Fulfillment"),
    ("QueryRoot", "refund"): _part("Refund"),
    ("QueryRoot", "shop"): _shop,
    ("QueryRoot", "bulkOperation"): _bulk_operation,
    ("QueryRoot", "bulkOperations"): _bulk_operations,
    ("QueryRoot", "currentBulkOperation"): _current_bulk_operation,
    ("QueryRoot", "currentAppInstallation"): _installation,
    ("QueryRoot", "publicApiVersions"): _versions,
    ("Mutation", "bulkOperationRunQuery"): _run_bulk,
    ("Mutation", "bulkOperationCancel"): _cancel_bulk,
    ("Order", "displayFulfillmentStatus"): _status,
    ("Order", "fulfillments"): _list("fulfillments"),
    ("Order", "fulfillmentsCount"): lambda _call, order, _args: {
        "count": len(order["fulfillments"]),
        "precision": "EXACT",
    },
    ("Order", "refunds"): _list("refunds"),
    ("Order", "lineItems"): _pages("lineItems"),
    ("Order", "shippingLine"): lambda _call, order, _args: next(iter(order["shippingLines"]), None),
    ("Order", "shippingLines"): _pages("shippingLines"),
    ("LineItem", "taxLines"): _list("taxLines"),
    ("Fulfillment", "trackingInfo"): _list("trackingInfo"),
    ("Fulfillment", "fulfillmentLineItems"): _pages("fulfillmentLineItems"),
    ("Fulfillment", "events"): _pages("events"),
    ("Refund", "refundLineItems"): _pages("refundLineItems"),
    ("Refund", "refundShippingLines"): _pages("refundShippingLines"),
    ("Refund", "orderAdjustments"): _pages("orderAdjustments"),
}
