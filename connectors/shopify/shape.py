"""The form in which orders are handed over: connections as {"nodes": [...]}, in a fixed order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from connectors.base import RawOrder

Json = Any

GID: Final = "gid://shopify/Order/"


@dataclass(frozen=True, slots=True)
class Part:
    """A connection of an order that has further pages."""

    kind: str
    """lineItems, shippingLines, fulfillmentLineItems or refundLineItems."""
    owner: str
    """Id of what has the connection: the order, a fulfilment or a refund."""
    after: str
    nodes: list[Json]
    """What is read of it so far; later pages are added here."""


def instant(value: object) -> datetime | None:
    """Returns a time of Shopify's as aware UTC, None if it is not one."""
    try:
        at = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return at.astimezone(UTC) if at is not None and at.tzinfo is not None else None


def number(gid: object) -> int:
    """Returns the number at the end of a global id, 0 if there is none."""
    last = str(gid).rpartition("/")[2]
    return int(last) if last.isdecimal() else 0


def unfinished(order: Mapping[str, Json]) -> Iterator[Part]:
    """Yields the connections of an order that have further pages."""
    for owner, kind in _connections(order):
        connection = owner[kind]
        info = connection["pageInfo"]
        if info["hasNextPage"]:
            yield Part(kind, owner["id"], info["endCursor"], connection["nodes"])


def _connections(order: Mapping[str, Json]) -> Iterator[tuple[Mapping[str, Json], str]]:
    yield order, "lineItems"
    yield order, "shippingLines"
    for fulfillment in order["fulfillments"]:
        yield fulfillment, "fulfillmentLineItems"
    for refund in order["refunds"]:
        yield refund, "refundLineItems"


def raw_order(order: Mapping[str, Json]) -> RawOrder:
    """
    Returns an order whose connections are complete, without what paging needed.

    Lines are sorted by their number: the two ways to read an order, by id and by
    bulk operation, must give the same.
    """
    plain = dict(order)
    plain["lineItems"] = {"nodes": sorted(order["lineItems"]["nodes"], key=_line_number)}
    plain["shippingLines"] = {"nodes": sorted(order["shippingLines"]["nodes"], key=_line_number)}
    plain["fulfillments"] = [
        {**one, "fulfillmentLineItems": _sorted(one["fulfillmentLineItems"])}
        for one in order["fulfillments"]
    ]
    plain["refunds"] = [
        {**one, "refundLineItems": _sorted(one["refundLineItems"])} for one in order["refunds"]
    ]
    return RawOrder(str(number(order["id"])), instant(order["updatedAt"]), plain)


def _line_number(line: Mapping[str, Json]) -> int:
    return number(line["id"])


def _sorted(connection: Mapping[str, Json]) -> dict[str, Json]:
    """Returns a connection of references to lines, sorted by the lines' numbers."""
    nodes = sorted(connection["nodes"], key=lambda node: number(node["lineItem"]["id"]))
    return {"nodes": nodes}
