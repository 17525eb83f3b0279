"""The pages that show: all merchants, one merchant, its orders, one order."""

from __future__ import annotations

from starlette.responses import RedirectResponse, Response

from orderferry.web.chart import chart, first_day
from orderferry.web.notices import notice
from orderferry.web.order_page import order_page, order_path
from orderferry.web.site import Visit
from orderferry.wording import outbox
from state import OrderState

MERCHANTS = 100
"""Merchants on a page, the troubled ones first."""

ORDERS = 50
"""Orders on a page."""

SHORT = 10
"""Orders and runs shown on a merchant's own page."""

RUNS = 50
"""Runs on a page."""

_DIGITS = 15
"""Of a number in a query; more are not a page of anything."""


def overview(visit: Visit) -> Response:
    """Returns all merchants: what is wrong, the last 14 days, and how each one stands."""
    facts = visit.site.facts()
    today = facts.now.date()
    wanted = visit.query.get("find", "").strip().lower()
    found = [state for state in facts.states if wanted in state.merchant.lower()]
    # sorting is stable: within both groups the configuration's order stays
    found.sort(key=lambda state: state.merchant not in facts.troubled)
    page = _number(visit.query.get("page", ""), least=1)
    days = visit.site.store.days(list(facts.config.merchants), since=first_day(today))
    return visit.render(
        "overview.html",
        facts=facts,
        outbox=outbox(facts.states, facts.now),
        chart=chart(days, today),
        merchants=found[(page - 1) * MERCHANTS : page * MERCHANTS],
        number=len(found),
        find=wanted,
        page=page,
        pages=max(1, -(-len(found) // MERCHANTS)),
    )


def merchant(visit: Visit) -> Response:
    """Returns one merchant: its troubles, runs, waiting and quarantined orders."""
    name = visit.path["merchant"]
    if name not in visit.site.services.config.merchants:
        return _no_merchant(visit)
    facts, store = visit.site.facts([name]), visit.site.store
    today = facts.now.date()
    return visit.render(
        "merchant.html",
        facts=facts,
        state=facts.states[0],
        merchant=facts.config.merchants[name],
        states=OrderState,
        chart=chart(store.days([name], since=first_day(today)), today),
        quarantined=store.orders_in(name, OrderState.QUARANTINED, limit=SHORT),
        waiting=store.orders_in(name, OrderState.WAITING, limit=SHORT),
        runs=store.runs(name, limit=SHORT),
        delivery=facts.accounts.get(facts.config.merchants[name].account),
        changes=store.watermark_changes(name, limit=SHORT),
        notice=notice(visit.query),
    )


def runs(visit: Visit) -> Response:
    """Returns the runs of a merchant that are kept, the newest first."""
    name = visit.path["merchant"]
    if name not in visit.site.services.config.merchants:
        return _no_merchant(visit)
    page = _number(visit.query.get("page", ""), least=1)
    found = visit.site.store.runs(name, limit=page * RUNS + 1)
    return visit.render(
        "runs.html",
        name=name,
        runs=found[(page - 1) * RUNS : page * RUNS],
        page=page,
        more=len(found) > page * RUNS,
    )


def orders(visit: Visit) -> Response:
    """Returns a page of a merchant's orders in one state, those seen first before the others."""
    name = visit.path["merchant"]
    if name not in visit.site.services.config.merchants:
        return _no_merchant(visit)
    if wanted := visit.query.get("find", "").strip():
        return RedirectResponse(order_path(name, wanted), 303)
    chosen = visit.query.get("state", "")
    state = OrderState(chosen) if chosen in set(OrderState) else OrderState.QUARANTINED
    after = _number(visit.query.get("after", ""))
    found = visit.site.store.orders_in(name, state, after=after, limit=ORDERS + 1)
    return visit.render(
        "orders.html",
        name=name,
        state=state,
        states=OrderState,
        orders=found[:ORDERS],
        first=not after,
        after=found[ORDERS - 1].row if len(found) > ORDERS else None,
        notice=notice(visit.query),
    )


def order(visit: Visit) -> Response:
    """Returns one order: where it stands, how it got there, and what is sent."""
    name, order_id = visit.path["merchant"], visit.path["order_id"]
    if name not in visit.site.services.config.merchants:
        return _no_merchant(visit)
    return order_page(visit, name, order_id)


def _no_merchant(visit: Visit) -> Response:
    words = "There is no such merchant in the configuration; it may have another name now."
    return visit.message("No such merchant", words, status=404)


def _number(text: str, *, least: int = 0) -> int:
    """Returns the number in a query, *least* if there is none."""
    sound = text.isascii() and text.isdigit() and len(text) <= _DIGITS
    return max(least, int(text)) if sound else least
