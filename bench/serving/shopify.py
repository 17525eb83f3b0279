"""
A Shopify shop: feed and details from memory, everything else from the simulator.

A few orders are rendered by the simulator for the very document that is asked;
the others are copies of these with an id, a name, a shopper and times of their own. The
bucket never runs dry: what points cost in time is not what is measured here,
how many are asked for is.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from bench.serving.answer import Answered, Asked, Body
from bench.serving.series import CHANGED_AFTER, Series
from connectors.shopify.documents import ORDERS
from orderferry.sandbox.server import Request
from orderferry.sandbox.shopify import ShopifyShop
from orderferry.sandbox.shopify.records import LineFields

FIRST_ID: Final = 5_000_000_000
_GID: Final = "gid://shopify/Order/"
_KINDS: Final = 10
_COUNTRIES: Final = ("GB", "DE", "US", "CA")
_BUCKET: Final = {
    "maximumAvailable": 10_000_000.0,
    "currentlyAvailable": 10_000_000,
    "restoreRate": 500_000.0,
}
_TIMES: Final = re.compile(r"(updated|created)_at:(>=|<)'([^']+)'")
_PATH: Final = "/admin/api/2026-10/graphql.json"


class Nodes:
    """Renders orders as a document asks for them; the same for every shop of the process."""

    def __init__(self) -> None:
        self._shop = ShopifyShop(time_zone="UTC", currency="GBP", maximum_available=10_000_000)
        self._ids = [self._kind(number) for number in range(_KINDS)]
        self._texts: dict[tuple[object, ...], list[str]] = {}
        self._told: dict[tuple[object, ...], Mapping[str, Any]] = {}

    def _kind(self, number: int) -> int:
        created = datetime.now(UTC) - timedelta(days=3)
        lines: list[LineFields] = [
            {
                "title": f"A thing of kind {line}",
                "sku": f"SKU-{line:04}",
                "quantity": 1 + line % 2,
                "hs_code": "6109100010",
            }
            for line in range(1 + number % 4)
        ]
        return self._shop.add_order(
            created_at=created,
            updated_at=created,
            country=_COUNTRIES[number % len(_COUNTRIES)],
            lines=lines,
            trackings=[("UPS", f"1Z999AA1{number:010}")],
        )

    def ask(self, document: Mapping[str, Any]) -> Mapping[str, Any]:
        """Returns the simulator's answer about its own orders, whatever ids are asked for."""
        variables = document.get("variables") or {}
        sizes = sorted((k, v) for k, v in variables.items() if isinstance(v, int))
        key = (document["query"], *sizes)
        if key not in self._told:
            given = {k: v for k, v in variables.items() if k != "after"}
            if "ids" in given:
                given["ids"] = [f"{_GID}{one}" for one in self._ids]
            body = json.dumps({**document, "variables": given}).encode()
            headers = {
                "x-shopify-access-token": self._shop.token,
                "content-type": "application/json",
            }
            request = Request("POST", _PATH, (), headers, body, "http://127.0.0.1")
            self._told[key] = json.loads(self._shop.handle(request).body)
        return self._told[key]

    def node(self, series: Series, number: int, query: str, variables: Mapping[str, object]) -> str:
        """Returns the JSON of an order as the query asks for it."""
        key = (query, variables.get("lines"), variables.get("customs"))
        if key not in self._texts:
            asked = {"query": query, "variables": {**variables, "ids": ()}}
            self._texts[key] = [_marked(node) for node in self.ask(asked)["data"]["nodes"]]
        return (
            self._texts[key][number % _KINDS]
            .replace("@id@", str(FIRST_ID + number))
            .replace("@number@", str(1001 + number))
            .replace("@created@", f"{series.created_at(number):%Y-%m-%dT%H:%M:%SZ}")
            .replace("@changed@", f"{series.changed_at(number):%Y-%m-%dT%H:%M:%SZ}")
        )


class Graph:
    """Answers one shop's queries."""

    def __init__(self, orders: int, nodes: Nodes) -> None:
        self._series = Series.of(orders)
        self._nodes = nodes
        self._bodies: dict[tuple[object, ...], Answered] = {}

    def answer(self, asked: Asked) -> Answered:
        """Returns the answer, rendered at the first time only."""
        document = json.loads(asked.body)
        key = (document["query"], json.dumps(document.get("variables")))
        if key not in self._bodies:
            self._bodies[key] = self._render(document)
        return self._bodies[key]

    def _render(self, document: Mapping[str, Any]) -> Answered:
        query, variables = document["query"], document.get("variables") or {}
        found = re.match(r"\s*(?:query|mutation)\s+(\w+)", query)
        render = {
            "Feed": self._feed,
            "Stamps": self._feed,
            "Count": self._count,
            "Orders": self._orders,
            "Whole": self._whole,
        }.get(found[1] if found else "")
        if render is self._whole:
            return Answered(_body(self._whole(query, variables), 0))
        told = self._nodes.ask(document)
        cost = int(told["extensions"]["cost"]["requestedQueryCost"])
        data = render(query, variables) if render else json.dumps(told["data"])
        return Answered(_body(data, cost), points=cost)

    def _count(self, _query: str, variables: Mapping[str, Any]) -> str:
        start, stop = self._window(variables["search"])
        return json.dumps({"ordersCount": {"count": stop - start, "precision": "EXACT"}})

    def _feed(self, _query: str, variables: Mapping[str, Any]) -> str:
        start, stop = self._window(variables["search"])
        shown, info = _page(start, stop, variables)
        nodes = [
            {
                "id": f"{_GID}{FIRST_ID + number}",
                "updatedAt": f"{self._series.changed_at(number):%Y-%m-%dT%H:%M:%SZ}",
            }
            for number in shown
        ]
        return json.dumps({"orders": {"nodes": nodes, "pageInfo": info}})

    def _orders(self, query: str, variables: Mapping[str, Any]) -> str:
        numbers = [int(gid.removeprefix(_GID)) - FIRST_ID for gid in variables["ids"]]
        return f'{{"nodes":[{self._joined(numbers, query, variables)}]}}'

    def _whole(self, _query: str, variables: Mapping[str, Any]) -> str:
        """Returns a page of whole orders; for peers, who do not read in two steps."""
        shown, info = _page(0, self._series.orders, variables)
        nodes = self._joined(shown, ORDERS.text, {"lines": 100, "customs": True})
        return f'{{"orders":{{"nodes":[{nodes}],"pageInfo":{json.dumps(info)}}}}}'

    def _joined(self, numbers: Sequence[int], query: str, variables: Mapping[str, object]) -> str:
        return ",".join(
            self._nodes.node(self._series, number, query, variables)
            if 0 <= number < self._series.orders
            else "null"
            for number in numbers
        )

    def _window(self, search: str) -> tuple[int, int]:
        start, stop = 0, self._series.orders
        for what, sign, text in _TIMES.findall(search):
            later = CHANGED_AFTER if what == "created" else timedelta()
            number = self._series.first_from(datetime.fromisoformat(text) + later)
            start, stop = (number, stop) if sign == ">=" else (start, number)
        return start, max(start, stop)


def _page(start: int, stop: int, variables: Mapping[str, Any]) -> tuple[range, dict[str, object]]:
    """Returns the numbers of a page and its pageInfo; a cursor is the number after which it is."""
    begin = int(variables["after"]) + 1 if variables.get("after") else start
    end = min(begin + int(variables["first"]), stop)
    return range(begin, end), {"hasNextPage": end < stop, "endCursor": str(end - 1)}


def _body(data: str, cost: int) -> Body:
    told = {
        "requestedQueryCost": cost,
        "actualQueryCost": cost,
        "throttleStatus": _BUCKET,
    }
    return Body(f'{{"data":{data},"extensions":{{"cost":{json.dumps(told)}}}}}'.encode())


def _marked(node: Mapping[str, Any]) -> str:
    """Returns the JSON of a rendered order with marks for what is each order's own."""
    marks = {
        "id": f"{_GID}@id@",
        "legacyResourceId": "@id@",
        "name": "#@number@",
        "createdAt": "@created@",
        "updatedAt": "@changed@",
    }
    own = {name: marks.get(name, value) for name, value in node.items()}
    own |= {"email": "shopper-@id@@example.com", "phone": "+44113@id@"}
    for name in ("shippingAddress", "billingAddress"):
        block = own[name]
        own[name] = block | {part: f"{block[part]} @id@" for part in ("lastName", "address1")}
    return json.dumps(own, separators=(",", ":"))
