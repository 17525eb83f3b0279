"""Which lines of an order are goods, and how many of each were shipped."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mapping.outcome import Skipped, SkipReason
from mapping.policy import Policy
from mapping.raw import Raw
from mapping.shopify.fulfilments import Fulfilment, read_fulfilments
from mapping.shopify.line import Line, read_lines


@dataclass(frozen=True, slots=True)
class Goods:
    """The lines that are goods, and those that are none."""

    lines: tuple[Line, ...]
    """All goods that were ordered; the order's totals are about these."""
    others: tuple[Line, ...]
    shipped: Mapping[str, int]
    """Line id -> quantity to send, at least one; what was not shipped or not kept is absent."""
    fulfilments: tuple[Fulfilment, ...]
    """Those that carried goods of which something was kept, in the order they left."""


def read_goods(order: Raw) -> Goods:
    """
    Returns the goods of *order*.

    Shipped is the sum over the successful fulfilments, at most what the
    shopper keeps: a unit refunded after it was shipped must not be refunded
    again, and one refunded before is in no fulfilment.
    """
    lines = read_lines(order)
    goods = tuple(line for line in lines if line.goods)
    fulfilments = read_fulfilments(order, {line.id for line in goods if line.kept})
    fulfilled: dict[str, int] = {}
    for fulfilment in fulfilments:
        for line_id, quantity in fulfilment.quantities.items():
            fulfilled[line_id] = fulfilled.get(line_id, 0) + quantity
    shipped = {line.id: min(line.kept, fulfilled.get(line.id, 0)) for line in goods}
    return Goods(
        lines=goods,
        others=tuple(line for line in lines if not line.goods),
        shipped={line_id: quantity for line_id, quantity in shipped.items() if quantity},
        fulfilments=fulfilments,
    )


def skipped_for_goods(goods: Goods, policy: Policy) -> Skipped | None:
    """Returns why an order with these goods has nothing to send yet, or never; None if it has."""
    if not goods.lines:
        return Skipped(SkipReason.NO_GOODS)
    if not any(line.kept for line in goods.lines):
        return Skipped(SkipReason.REFUNDED)
    if not goods.shipped:
        return Skipped(SkipReason.NOT_SHIPPED, "nothing that was kept is fulfilled")
    still = sum(goods.shipped.get(line.id, 0) < line.kept for line in goods.lines)
    if still and policy.ship_when == "all_fulfilled":
        return Skipped(SkipReason.NOT_SHIPPED, f"{still} line(s) are still to be fulfilled")
    return None
