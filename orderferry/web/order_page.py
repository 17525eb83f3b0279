"""One order's page; also what is shown of it after something was asked for."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any
from urllib.parse import quote

from starlette.responses import Response

from orderferry.masking import shown
from orderferry.preview import Preview, explain
from orderferry.web.notices import notice
from orderferry.web.site import Visit
from state import LedgerOrder, OrderState, Stay

_SOURCES = 6
"""Sources told of one field: a total comes from every line."""


@dataclass(frozen=True, slots=True)
class Event:
    """A line of an order's history."""

    at: datetime
    words: str
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Sources:
    """Where one field of the payload comes from."""

    field: str
    values: tuple[str, ...]
    """Path in the shop's order, and the rule that took it; the first few."""
    more: int
    """How many others there are."""


def order_path(name: str, order_id: str) -> str:
    """Returns the address of an order's page."""
    return f"/merchants/{quote(name, safe='')}/orders/{quote(order_id, safe='')}"


def order_page(
    visit: Visit,
    name: str,
    order_id: str,
    *,
    personal: bool = False,
    preview: Preview | None = None,
) -> Response:
    """
    Returns the page.

    Args:
        visit: The request.
        name: The merchant's.
        order_id: The shop's id of the order.
        personal: Show the shopper's data too; the visit must be allowed to.
        preview: What the order would become now, if it was read from the shop.

    """
    store = visit.site.store
    order = store.order(name, order_id)
    if order is None and preview is None:
        words = (
            f"The ledger of {name} holds no order with that id. It takes the shop's id, not the"
            " number that shoppers see; an order that was not shipped yet may be missing too."
        )
        back = f"/merchants/{quote(name, safe='')}"
        return visit.message("No such order", words, status=404, back=back)
    resend = visit.site.services.merchant(name).resend_on_change
    return visit.render(
        "order.html",
        name=name,
        order_id=order_id,
        order=order,
        history=() if order is None else _history(order, store.history(name, order_id)),
        payload=_payload(order.payload if order else None, personal=personal),
        personal=personal,
        preview=preview,
        preview_payload=_payload(preview.decision.payload if preview else None, personal=personal),
        sources=_sources(preview),
        explanation=explain(preview, resend_on_change=resend) if preview else "",
        can_retry=order is not None and order.retriable,
        can_drop=order is not None and order.state is OrderState.QUARANTINED,
        path=order_path(name, order_id),
        notice=notice(visit.query),
    )


def _history(order: LedgerOrder, stays: tuple[Stay, ...]) -> list[Event]:
    """Returns what is known of the order's life, the earliest first."""
    events = [
        Event(stay.since_at, stay.state.value.replace("_", " "), stay.reason) for stay in stays
    ]
    events.append(Event(order.since_at, order.state.value.replace("_", " "), order.reason))
    if order.created_at is not None:
        events.append(Event(order.created_at, "created in the shop"))
    if order.modified_at is not None:
        events.append(Event(order.modified_at, "modified in the shop (the version that was read)"))
    return sorted(events, key=lambda event: event.at)


def _sources(preview: Preview | None) -> list[Sources]:
    """Returns where the fields come from, in the order of the payload."""
    if preview is None:
        return []
    found: list[Sources] = []
    for field, group in groupby(preview.provenance, lambda origin: origin.field):
        values = tuple(f"{origin.source} ({origin.rule})" for origin in group)
        found.append(Sources(field, values[:_SOURCES], max(0, len(values) - _SOURCES)))
    return found


def _payload(payload: bytes | None, *, personal: bool) -> str | None:
    """Returns the payload as text that people can read, None if there is none."""
    if payload is None:
        return None
    content: Mapping[str, Any] = shown(payload, personal=personal)
    return json.dumps(content, ensure_ascii=False, indent=2)
