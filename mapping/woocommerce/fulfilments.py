"""What WooCommerce's own fulfilments say was shipped (core, since 10.1, off by default)."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass

from mapping.raw import Raw, Unmappable, as_objects, as_text, as_whole, is_true, meta
from mapping.rule import rule


@dataclass(frozen=True, slots=True)
class Fulfilment:
    """One fulfilled entry of GET orders/<id>/fulfillments."""

    quantities: Mapping[str, int]
    """Line id -> quantity."""
    number: str
    carrier: str
    at: object
    """Raw `_date_fulfilled`, UTC since WooCommerce 10.8, else `date_updated`."""


@rule("fulfilments")
def read_fulfilments(entries: object) -> tuple[Fulfilment, ...]:
    """
    Returns the entries that are fulfilled and not deleted.

    `is_fulfilled` is "1" in lists and true in answers to writes (recorded).
    """
    return tuple(
        _fulfilment(entry, f"fulfillments[{index}]")
        for index, entry in enumerate(as_objects(entries))
        if (is_true(entry.get("is_fulfilled")) or entry.get("status") == "fulfilled")
        and not entry.get("date_deleted")
    )


def telling(fulfilments: Sequence[Fulfilment], physical: Container[str]) -> tuple[Fulfilment, ...]:
    """
    Returns the fulfilments that cover one of the *physical* lines.

    WooCommerce fulfils virtual lines by itself, in shops too that never touch
    the feature; those entries say nothing about parcels.
    """
    return tuple(
        fulfilment
        for fulfilment in fulfilments
        if any(line in physical for line in fulfilment.quantities)
    )


@rule("fulfilments")
def _fulfilment(entry: Raw, path: str) -> Fulfilment:
    quantities: dict[str, int] = {}
    for items in meta(entry, "_items"):
        for item in as_objects(items):
            line, quantity = as_text(item.get("item_id")), as_whole(item.get("qty"))
            if not line or quantity is None:
                raise Unmappable(
                    f"{path}._items", "holds an entry without a line or a whole quantity."
                )
            quantities[line] = quantities.get(line, 0) + max(quantity, 0)
    # _shipping_provider: the key's name in early builds
    carrier = _text(entry, "_shipment_provider") or _text(entry, "_shipping_provider")
    if carrier.lower() in {"", "other"}:
        carrier = _text(entry, "_provider_name")
    return Fulfilment(
        quantities=quantities,
        number=_text(entry, "_tracking_number"),
        carrier=carrier,
        at=_text(entry, "_date_fulfilled") or entry.get("date_updated"),
    )


def _text(entry: Raw, key: str) -> str:
    return next((text for value in meta(entry, key) if (text := as_text(value))), "")
