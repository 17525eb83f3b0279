"""The shop's orders, and the lists they stand in."""

from __future__ import annotations

import copy
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from orderferry.sandbox.shopify.index import Index, SearchIndex
from orderferry.sandbox.shopify.json_types import Json, gid, instant_text, read_instant
from orderferry.sandbox.shopify.order import build, parcel_id
from orderferry.sandbox.shopify.records import Head, Order, head_field, head_fields


class OrderView:
    """One order while an answer is written; what its head tells costs nothing."""

    __slots__ = ("_node", "_order")

    def __init__(self, order: Order) -> None:
        self._order = order
        self._node = order.node

    def __getitem__(self, name: str) -> Any:  # noqa: ANN401 - a value of the order's JSON
        try:
            return head_field(self._order.head, name)
        except KeyError:
            if self._node is None:
                self._node = node_of(self._order)
            return self._node[name]

    @property
    def head(self) -> Head:
        """Returns what lists know of the order."""
        return self._order.head


def node_of(order: Order) -> Json:
    """Returns the order's JSON; that of an unchanged order is built anew."""
    if order.node is not None:
        return order.node
    if order.recipe is None:
        raise ValueError("an order has a recipe or its JSON")
    return build(order.recipe) | head_fields(order.head)


@dataclass(slots=True)
class Books:
    """All orders; every change goes through here, so that the lists stay true."""

    orders: dict[int, Order] = field(default_factory=dict)
    database: Index = field(default_factory=Index)
    searched: SearchIndex = field(default_factory=SearchIndex)
    last_order_id: int = 5_500_000_000_000
    last_item_id: int = 14_000_000_000_000
    last_number: int = 1000
    owners: dict[str, int] = field(default_factory=dict)
    """Orders of parcels and refunds, by global id."""
    positions: dict[tuple[object, ...], int] = field(default_factory=dict)
    """How many rows lie before a cursor that was given out, by list and cursor."""

    def new_order_id(self, wanted: int | None = None) -> int:
        """Returns the next id, or the wanted one and keeps the sequence above it."""
        order_id = self.last_order_id + 1 if wanted is None else wanted
        self.last_order_id = max(self.last_order_id, order_id)
        return order_id

    def new_item_ids(self, count: int) -> int:
        """Returns the first of so many ids."""
        first = self.last_item_id + 1
        self.last_item_id += count
        return first

    def put(self, order: Order, now: datetime) -> None:
        """Adds an order, or replaces it."""
        known = order.head.id in self.orders
        self._own(order)
        self.orders[order.head.id] = order
        # an order of former times was indexed then, not when a test tells of it
        self._list(order.head, now if known else min(now, order.head.updated_at))

    def remove(self, order_id: int) -> None:
        """Deletes an order for good."""
        del self.orders[order_id]
        self.database.remove(order_id)
        self.searched.remove(order_id)

    def open(self, order_id: int) -> Json:
        """Returns the order's JSON to be changed; it is kept from now on."""
        order = self.orders[order_id]
        if order.node is None:
            order.node = copy.deepcopy(node_of(order))
            order.recipe = None
        return order.node

    def save(self, order_id: int, now: datetime, updated_at: datetime | None) -> None:
        """Takes a changed JSON into the lists; *updated_at* None leaves it where it was."""
        order = self.orders[order_id]
        node = self.open(order_id)
        order.head = head_of(node, updated_at or order.head.updated_at)
        node |= head_fields(order.head)
        self._own(order)
        self._list(order.head, now)

    def touch(self, order_id: int, now: datetime, updated_at: datetime) -> None:
        """Moves an order's time of change and nothing else."""
        order = self.orders[order_id]
        order.head = replace(order.head, updated_at=updated_at)
        if order.node is not None:
            order.node["updatedAt"] = instant_text(updated_at)
        self._list(order.head, now)

    def settle(self, now: datetime, lag: timedelta) -> None:
        """Lets the search index hear what is old enough."""
        self.searched.settle(now - lag)

    def view(self, order_id: int) -> OrderView:
        """Returns the order with this id."""
        return OrderView(self.orders[order_id])

    def views(self, ids: Iterable[int]) -> list[OrderView]:
        """Returns the orders with these ids, in that order."""
        return [self.view(order_id) for order_id in ids]

    def part(self, kind: str, global_id: str) -> Json | None:
        """Returns a parcel or a refund (kind: their key in the order's JSON), None if unknown."""
        owner = self.orders.get(self.owners.get(global_id, 0))
        parts: list[Json] = [] if owner is None else node_of(owner)[kind]
        return next((one for one in parts if one["id"] == global_id), None)

    def _own(self, order: Order) -> None:
        if order.node is not None:
            parts = [*order.node["fulfillments"], *order.node["refunds"]]
            self.owners |= {one["id"]: order.head.id for one in parts}
        elif order.recipe is not None and (number := parcel_id(order.recipe)) is not None:
            self.owners[gid("Fulfillment", number)] = order.head.id

    def _list(self, head: Head, at: datetime) -> None:
        self.database.put(head)
        self.searched.hear(head, at)


def head_of(node: Json, updated_at: datetime | None = None) -> Head:
    """Returns the head of an order's JSON; *updated_at* knows microseconds."""

    def instant(name: str) -> datetime | None:
        return read_instant(node[name]) if node[name] else None

    return Head(
        id=int(node["legacyResourceId"]),
        name=node["name"],
        created_at=read_instant(node["createdAt"]),
        processed_at=read_instant(node["processedAt"]),
        updated_at=updated_at or read_instant(node["updatedAt"]),
        cancelled_at=instant("cancelledAt"),
        closed_at=instant("closedAt"),
        test=node["test"],
        fulfilment=node["displayFulfillmentStatus"],
        financial=node["displayFinancialStatus"],
    )
