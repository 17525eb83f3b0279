"""
Which orders of a bulk operation need no read of their own.

A bulk query cannot have a connection within a list, so a row lacks the lines of
its fulfilments and refunds: what shipped, and what came back. They follow from
the rest of the row in two cases, and only there:

- nothing was fulfilled and nothing refunded: there are no such lines;
- there is one fulfilment, no refund, and as many units are in the fulfilment as
  the lines ever had. No line can be fulfilled beyond its quantity, so every line
  is in it whole.

Partial, split, edited (a removed unit counts in `quantity`) and refunded orders
are read by id.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from connectors.base import RawOrder
from connectors.shopify.shape import raw_order
from connectors.shopify.spool import Row

Json = Any


def proven(row: Row) -> RawOrder | None:
    """Returns the order as a read by id would give it, None if the row does not prove it."""
    fulfillments = row.order["fulfillments"]
    if row.order["refunds"] or len(fulfillments) > 1:
        return None
    lines = row.lines
    for one in fulfillments:
        if one["totalQuantity"] != sum(line["quantity"] for line in lines):
            return None
    shipped = _shipped(lines)
    return raw_order(
        {
            **row.order,
            "lineItems": {"nodes": lines},
            "shippingLines": {"nodes": row.shipping},
            "fulfillments": [
                {**one, "fulfillmentLineItems": {"nodes": shipped}} for one in fulfillments
            ],
        }
    )


def _shipped(lines: Sequence[Json]) -> list[Json]:
    return [
        {"quantity": line["quantity"], "lineItem": {"id": line["id"]}}
        for line in lines
        if line["quantity"]
    ]
