"""
Orders by id, whole: the authoritative read.

`nodes(ids:)` asks the database and not the search index, so what it shows is
the order's state at that instant. Long orders are paged; if one is changed
meanwhile, it is read again from its beginning. A change that still slips in
between lies after the window's end, and the next poll reads the order again.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from connectors.base import Page, RawOrder, Unreadable
from connectors.errors import Transient
from connectors.failures import RequestFailed
from connectors.shopify.client import Answer, Json, ShopClient
from connectors.shopify.documents import (
    FULFILLED_LINES,
    LINES,
    ORDERS,
    REFUNDED_LINES,
    SHIPPING_LINES,
    SHOP,
)
from connectors.shopify.pace import Pace
from connectors.shopify.refusals import AGAIN, Problem, TooExpensive, access_refusal
from connectors.shopify.shape import GID, Part, raw_order, unfinished

_LOG: Final = logging.getLogger(__name__)

UNSTEADY: Final = "The order changed again and again while it was read; the next poll reads it."
FATAL: Final = "Shopify fails on this order; ask its support, naming the order."

_READS: Final = 3  # of an order that changes while its pages are read
_OUTAGE: Final = 5  # orders that fail alone, with none that can be read: the shop is at fault
_CUSTOMS: Final = ("variant", "inventoryItem")
_PAGES: Final = {
    "lineItems": LINES,
    "shippingLines": SHIPPING_LINES,
    "fulfillmentLineItems": FULFILLED_LINES,
    "refundLineItems": REFUNDED_LINES,
}


@dataclass(slots=True)
class Found:
    """What became of a batch of ids; every one is in exactly one of the three."""

    orders: list[RawOrder] = field(default_factory=list)
    unreadable: list[Unreadable] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)

    def __len__(self) -> int:
        """Returns how many ids this is about."""
        return len(self.orders) + len(self.unreadable) + len(self.missing)

    def page(self, complete_until: datetime | None = None) -> Page:
        """Returns what was found of a window; an order that vanished is no part of it."""
        return Page(tuple(self.orders), tuple(self.unreadable), complete_until=complete_until)


class _Changed(Exception):
    """An order was changed between two of its pages."""


@dataclass(slots=True)
class Outage:
    """Tells a shop that fails on every order from one that has bad orders."""

    where: str
    failed: int = 0
    answered: bool = False

    def note(self, found: Found) -> None:
        """Raises Transient if orders fail one by one and none could be read before."""
        self.answered = self.answered or bool(found.orders or found.missing)
        self.failed += sum(one.problem == FATAL for one in found.unreadable)
        if self.failed >= _OUTAGE and not self.answered:
            raise Transient(
                f"{self.where} fails on each of {self.failed} orders one by one.", AGAIN
            )


@dataclass(slots=True)
class Rights:
    """What the app may read, as far as its readers learned."""

    customs: bool = True
    """Products, which have the customs codes."""


class OrderReader:
    """Reads orders by id; for one thread at a time."""

    def __init__(self, client: ShopClient, pace: Pace, rights: Rights | None = None) -> None:
        self._rights = rights or Rights()
        self._client = client
        self._pace = pace

    @property
    def customs(self) -> bool:
        """Whether the app may read products, as far as is known."""
        return self._rights.customs

    @property
    def size(self) -> int:
        """How many orders the next request asks for."""
        return self._pace.orders

    @property
    def where(self) -> str:
        """The shop's address, as it may be shown."""
        return self._client.where

    def twin(self) -> OrderReader:
        """Returns a reader for another thread; it begins with the sizes that work now."""
        return OrderReader(self._client, copy(self._pace), self._rights)

    def read(self, ids: Sequence[str]) -> Iterator[Found]:
        """Yields the orders with these numeric ids, in batches; a bad order costs itself."""
        outage = Outage(self.where)
        for found in self.pieces(ids):
            outage.note(found)
            yield found

    def pieces(self, ids: Sequence[str]) -> Iterator[Found]:
        """Yields the same; whether the shop fails on all of them is the caller's to judge."""
        waiting = list(dict.fromkeys(ids))
        while waiting:
            batch = waiting[: self._pace.orders]
            try:
                found = self._batch(batch)
            except RequestFailed as error:
                if self._pace.shrink(lines=isinstance(error, TooExpensive)):
                    continue
                self._require_healthy(error)
                found = Found(unreadable=[Unreadable(batch[0], FATAL)])
            else:
                self._pace.grow()
            waiting = waiting[len(batch) :]
            yield found

    def _require_healthy(self, error: RequestFailed) -> None:
        if isinstance(error, TooExpensive) or not self._client.healthy(SHOP):
            raise error

    def _batch(self, ids: Sequence[str]) -> Found:
        found = Found()
        nodes, failed = self._nodes(ids)
        for id_ in failed:
            # one order's failure may have been the moment's
            again, twice = self._nodes([id_])
            nodes.update(again)
            if twice:
                found.unreadable.append(Unreadable(id_, FATAL))
        for id_, node in nodes.items():
            if node is None:
                found.missing.append(id_)
            else:
                self._complete(id_, node, found)
        return found

    def _nodes(self, ids: Sequence[str]) -> tuple[dict[str, Json], list[str]]:
        """Returns the nodes by id, None for a missing one, and the ids that Shopify failed on."""
        variables = {
            "ids": [f"{GID}{id_}" for id_ in ids],
            "lines": self._pace.lines,
            "customs": self.customs,
        }
        answer = self._client.ask(ORDERS, variables, partial=True)
        failed = {
            ids[place] for one in self._hard_problems(answer) if (place := _place(one)) is not None
        }
        nodes = answer.data["nodes"]
        read = {id_: node or None for id_, node in zip(ids, nodes, strict=True)}
        return {id_: node for id_, node in read.items() if id_ not in failed}, sorted(failed)

    def _hard_problems(self, answer: Answer) -> list[Problem]:
        """Returns the problems that spoil an order; raises for rights that all of them need."""
        hard = []
        for one in answer.problems:
            if one.code != "ACCESS_DENIED" and not one.protected:
                hard.append(one)
            elif one.concerns(*_CUSTOMS):
                self._forgo_customs()
            elif one.access != "read_all_orders":  # else it is too old to be seen: missing
                raise access_refusal(one, self._client.where)
        if any(_place(one) is None for one in hard):
            raise RequestFailed(f"{self._client.where} failed on a part of the query.", AGAIN)
        return hard

    def _forgo_customs(self) -> None:
        if self._rights.customs:
            _LOG.info(
                "%s does not let the app read products: orders come without customs codes.",
                self._client.where,
                extra={"action": "customs_denied"},
            )
        self._rights.customs = False

    def _complete(self, id_: str, node: dict[str, Any], found: Found) -> None:
        """Reads the later pages of an order and puts it where it belongs."""
        for _ in range(_READS):
            try:
                for part in unfinished(node):
                    self._pages(part, node)
            except _Changed:
                nodes, failed = self._nodes([id_])
                if failed:
                    found.unreadable.append(Unreadable(id_, FATAL))
                    return
                if nodes[id_] is None:
                    found.missing.append(id_)
                    return
                node = nodes[id_]
            else:
                found.orders.append(raw_order(node))
                return
        found.unreadable.append(Unreadable(id_, UNSTEADY))

    def _pages(self, part: Part, order: Mapping[str, Json]) -> None:
        after, more = part.after, True
        while more:
            variables = {"order": order["id"], "first": self._pace.lines, "after": after}
            if part.kind == "lineItems":
                variables["customs"] = self.customs
            if part.owner != order["id"]:
                variables["owner"] = part.owner
            answer = self._client.ask(_PAGES[part.kind], variables, partial=True)
            self._hard_problems(answer)
            now = answer.data["order"]
            owner = answer.data.get("owner", now)
            if not now or not owner or now["updatedAt"] != order["updatedAt"]:
                raise _Changed
            part.nodes.extend(owner[part.kind]["nodes"])
            info = owner[part.kind]["pageInfo"]
            after, more = info["endCursor"], info["hasNextPage"]


def _place(problem: Problem) -> int | None:
    """Returns which node of `nodes` a problem is about, None if it is about none of them."""
    if len(problem.path) > 1 and problem.path[0] == "nodes" and isinstance(problem.path[1], int):
        return problem.path[1]
    return None
