"""Which lines of an order are goods, and how many of each were shipped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from mapping.money import Prices
from mapping.outcome import Caution
from mapping.raw import Raw, Unmappable, as_object, as_objects, as_text, as_whole, meta
from mapping.rule import rule
from mapping.woocommerce.bundles import families, priced_once
from mapping.woocommerce.fulfilments import Fulfilment, telling
from mapping.woocommerce.line import Line, read_lines


@dataclass(frozen=True, slots=True)
class Goods:
    """The lines of an order, above all those that are goods."""

    lines: tuple[Line, ...]
    """All that were ordered; the order's totals are about these."""
    ordered: tuple[Line, ...]
    """With those that are no goods: whatever money hangs on."""
    kept: Mapping[str, int]
    """Line id -> quantity ordered and not refunded."""
    shipped: Mapping[str, int]
    """Line id -> quantity to send, at least one; what was refunded or not fulfilled is absent."""
    left_out: Decimal
    """Lines that are no goods, before discounts: theirs are in the order's discount."""
    fulfilments: tuple[Fulfilment, ...]
    """Those that tell something about parcels."""
    short: int
    """Lines of which less is fulfilled than was kept."""
    cautions: tuple[Caution, ...] = ()


def read_goods(
    order: Raw,
    related: Raw,
    fulfilments: Sequence[Fulfilment],
    *,
    currency: str,
    prices: Prices,
) -> Goods:
    """
    Returns the goods of *order*: no virtual lines, no bundle counted twice.

    Shipped is what was ordered less what was refunded; where the shop records
    fulfilments, at most what they say.
    """
    products = as_object(related.get("products"))
    lines, empty = read_lines(order, products, currency=currency, prices=prices)
    roots = families(lines)
    once, cautions = priced_once(lines, roots)
    physical = {line.id for line in lines if not line.virtual}
    # the container of a bundle is often virtual, yet the bundle's price hangs on it
    physical |= {roots[member] for member in physical if member in roots}
    goods = tuple(line for line in once if line.id in physical)
    useful = telling(fulfilments, physical)
    kept = _kept(goods, _refunded(order, related))
    shipped = _fulfilled(goods, kept, useful, roots) if useful else kept
    chosen = {line.id for line in goods}
    ordered = (*lines, *empty)
    no_goods = [line.subtotal for line in ordered if line.id not in chosen]
    return Goods(
        lines=goods,
        ordered=ordered,
        kept=kept,
        shipped={line: quantity for line, quantity in shipped.items() if quantity > 0},
        left_out=sum(no_goods, Decimal(0)),
        fulfilments=useful,
        short=sum(shipped[line] < quantity for line, quantity in kept.items()),
        cautions=(*cautions, *_money_refunds(related)),
    )


def _kept(goods: Sequence[Line], refunded: Mapping[str, int]) -> dict[str, int]:
    return {line.id: max(0, line.ordered - refunded.get(line.id, 0)) for line in goods}


def _fulfilled(
    goods: Sequence[Line],
    kept: Mapping[str, int],
    fulfilments: Sequence[Fulfilment],
    roots: Mapping[str, str],
) -> dict[str, int]:
    fulfilled: dict[str, int] = {}
    for fulfilment in fulfilments:
        for line, quantity in fulfilment.quantities.items():
            fulfilled[line] = fulfilled.get(line, 0) + quantity
    # a bundle's members go into the parcel, its container is only an entry in the order; where the
    # container is what people fulfil, its members went with it
    named = dict(fulfilled)
    for member, container in roots.items():
        if named.get(member) and container in kept:
            fulfilled.setdefault(container, kept[container])
        if named.get(container) and member in kept:
            fulfilled.setdefault(member, kept[member])
    # entries may name more than was ordered: WooCommerce accepts 99 of 2 (recorded)
    return {line.id: min(kept[line.id], fulfilled.get(line.id, 0)) for line in goods}


@rule("less refunds")
def _refunded(order: Raw, related: Raw) -> dict[str, int]:
    if as_objects(order.get("refunds")) and "refunds" not in related:
        raise Unmappable(
            "refunds", "were not read, so what was kept is unknown; read the order again."
        )
    refunded: dict[str, int] = {}
    for index, refund in enumerate(as_objects(related.get("refunds"))):
        for position, line in enumerate(as_objects(refund.get("line_items"))):
            path = f"refunds[{index}].line_items[{position}]"
            quantity = as_whole(line.get("quantity"))
            if quantity is None:
                raise Unmappable(f"{path}.quantity", "is not a whole number of pieces.")
            if quantity == 0:
                continue
            target = next((as_text(value) for value in meta(line, "_refunded_item_id")), "")
            if not target:
                raise Unmappable(f"{path}.meta_data", "does not name the line that was refunded.")
            # refunds carry negative quantities (recorded)
            refunded[target] = refunded.get(target, 0) + abs(quantity)
    return refunded


@rule("refunds of money")
def _money_refunds(related: Raw) -> tuple[Caution, ...]:
    """Returns a caution for refunds of money alone: prices cannot show them."""
    count = sum(
        not any(as_whole(line.get("quantity")) for line in as_objects(refund.get("line_items")))
        for refund in as_objects(related.get("refunds"))
    )
    detail = f"{count} refund(s) name no quantity; prices and quantities are sent without them."
    return (Caution("refunded_amount", detail),) if count else ()
