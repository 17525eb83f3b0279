"""Orders that are deliberately not sent, by their status and what became of them."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from mapping.money import parse
from mapping.outcome import Skipped, SkipReason
from mapping.raw import Raw, Unmappable, as_objects, as_text
from mapping.rule import rule
from mapping.woocommerce.lines import Goods
from mapping.woocommerce.rules import Rules

_NEVER = {
    "trash": SkipReason.TRASHED,
    "checkout-draft": SkipReason.DRAFT,
    "draft": SkipReason.DRAFT,
    "auto-draft": SkipReason.DRAFT,
    "cancelled": SkipReason.CANCELLED,
    "refunded": SkipReason.REFUNDED,
}
"""Whatever the merchant calls shipped."""


@rule("status")
def skipped_by_status(order: Raw, rules: Rules) -> Skipped | None:
    """Returns why *order* is not sent, None if its status means shipped."""
    status = _slug(as_text(order.get("status")))
    if not status:
        raise Unmappable("status", "is missing; every order has one.")
    if status in _NEVER:
        return Skipped(_NEVER[status])
    if _money_returned(order):
        return Skipped(SkipReason.REFUNDED)
    if status not in map(_slug, rules.shipped_statuses):
        return Skipped(SkipReason.NOT_SHIPPED, status)
    if rules.sub_orders == "skip" and as_text(order.get("parent_id")) not in {"", "0"}:
        return Skipped(SkipReason.SUB_ORDER)
    return None


def skipped_for_lines(order_lines: Goods) -> Skipped | None:
    """Returns why an order with these goods has nothing to send, None if it has."""
    if not order_lines.lines:
        return Skipped(SkipReason.NO_GOODS)
    if not any(order_lines.kept.values()):
        return Skipped(SkipReason.REFUNDED)
    if not order_lines.shipped:
        return Skipped(SkipReason.NOT_SHIPPED, "nothing that was kept is fulfilled")
    return None


def _slug(status: str) -> str:
    return status.lower().removeprefix("wc-")


def _money_returned(order: Raw) -> bool:
    """
    Returns whether refunds reach the order's total.

    WooCommerce then sets the status to refunded by itself (recorded), but a
    merchant can set it back.
    """
    refunds = as_objects(order.get("refunds"))
    return bool(refunds) and 0 < _amounts([order]) <= -_amounts(refunds)


@rule("money given back")
def _amounts(sources: Sequence[Raw]) -> Decimal:
    # junk is no reason to skip: it is named when the order is mapped
    found = Decimal(0)
    for source in sources:
        try:
            found += parse(source.get("total"), "total")
        except Unmappable:
            return Decimal(0)
    return found
