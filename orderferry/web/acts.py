"""What can be done from the pages; each of these answers a form of ours."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar
from urllib.parse import quote

import structlog
from starlette.responses import RedirectResponse, Response

from orderferry import quarantine
from orderferry.leases import hold
from orderferry.preview import Preview, preview
from orderferry.quarantine import Chosen
from orderferry.services import Services
from orderferry.web import notices
from orderferry.web.door import COOKIE, remember
from orderferry.web.order_page import order_page, order_path
from orderferry.web.site import Visit
from state import LeaseHeld, RunOutcome

log = structlog.get_logger()

_TURNS, _TURN_SECONDS = 50, 0.2
"""How often, and after which wait, it is tried whether a poll of the merchant has ended."""

_T = TypeVar("_T")


def act(visit: Visit) -> Response:
    """Does what the form's button says with the orders that it names."""
    name = visit.path["merchant"]
    if name not in visit.site.services.config.merchants:
        return visit.message("No such merchant", "It may have another name now.", status=404)
    order_ids = tuple(visit.form.get("order", ()))
    does = _DOES.get(visit.field("do"))
    back = f"/merchants/{quote(name, safe='')}"
    if does is None or not order_ids:
        return visit.message(
            "Nothing was chosen", "Choose at least one order first.", status=400, back=back
        )
    # a shutdown waits for it, as it does for every job
    with visit.site.services.clock.jobs.one(f"page:{name}"):
        try:
            return does(visit, name, order_ids)
        except LeaseHeld:
            return visit.message("Busy", _BUSY, status=409, back=back)


_BUSY = (
    "Another run is reading this shop just now: what has to be read from it stayed as it is, and"
    " the others are on the way. Try again in a minute, or see the merchant's runs."
)


def _retry(visit: Visit, name: str, order_ids: tuple[str, ...]) -> Response:
    services, path = visit.site.services, _back(visit, name, order_ids)
    if not services.merchant(name).enabled:
        words = "Nothing of it is read or sent. Set enabled = true in its table and reload first."
        return visit.message("The merchant is disabled", words, status=409, back=path)
    with suppress(LeaseHeld):  # what can be sent as it is does not wait for a long poll
        when_free(name, services, lambda: None)
    done = quarantine.retry(name, Chosen(order_ids=order_ids), services)
    log.info(
        "orders retried",
        action="page_retried",
        merchant=name,
        orders=len(order_ids),
        requeued=done.requeued,
        reread=done.reread,
    )
    visit.site.deliver_soon(services.merchant(name).account)
    address = notices.retried(path, pending=done.requeued, reread=done.reread)
    if done.report is None or done.report.outcome is RunOutcome.DONE:
        return RedirectResponse(address, 303)
    if done.report.outcome is RunOutcome.STOPPED:
        return visit.message("Busy", _BUSY, status=409, back=address)
    words = done.report.problem or ""
    return visit.message("Not every order was read again", words, status=502, back=address)


def _drop(visit: Visit, name: str, order_ids: tuple[str, ...]) -> Response:
    if visit.field("sure") != "yes":
        return visit.render(
            "drop.html",
            name=name,
            order_ids=order_ids,
            back=_back(visit, name, order_ids),
            from_list=visit.field("from") == "list",
        )
    services = visit.site.services
    orders = services.store.drop(name, order_ids, now=services.clock.now())
    log.info("orders dropped", action="page_dropped", merchant=name, orders=orders)
    return RedirectResponse(notices.dropped(_back(visit, name, order_ids), orders=orders), 303)


def _show(visit: Visit, name: str, order_ids: tuple[str, ...]) -> Response:
    personal = _personal(visit, name, order_ids[0])
    return order_page(visit, name, order_ids[0], personal=personal)


def _read(visit: Visit, name: str, order_ids: tuple[str, ...]) -> Response:
    services = visit.site.services

    def read() -> Preview:
        return preview(name, order_ids[0], services)

    personal = visit.field("personal") == "yes" and _personal(visit, name, order_ids[0])
    seen = when_free(name, services, read)
    if seen.gone:
        words = "The shop has no such order any more."
        back = order_path(name, order_ids[0])
        return visit.message("Gone from the shop", words, status=404, back=back)
    return order_page(visit, name, order_ids[0], personal=personal, preview=seen)


_DOES: dict[str, Callable[[Visit, str, tuple[str, ...]], Response]] = {
    "retry": _retry,
    "drop": _drop,
    "show": _show,
    "read": _read,
}


def _personal(visit: Visit, name: str, order_id: str) -> bool:
    """Returns whether personal data is shown; that it was is logged."""
    if visit.may_see_personal:
        log.info(
            "personal data shown", action="page_showed_personal", merchant=name, order=order_id
        )
    return visit.may_see_personal


def _back(visit: Visit, name: str, order_ids: tuple[str, ...]) -> str:
    """Returns the page that the form was on."""
    if visit.field("from") == "list" or len(order_ids) != 1:
        return f"/merchants/{quote(name, safe='')}"
    return order_path(name, order_ids[0])


def when_free(name: str, services: Services, work: Callable[[], _T]) -> _T:
    """
    Returns what *work* returns, done under the merchant's lease.

    A connector is used by one job at a time, and a poll may be at work.

    Raises:
        LeaseHeld: The merchant was busy all the time.

    """
    for _ in range(_TURNS):
        with (
            suppress(LeaseHeld),
            hold(services.store, f"merchant:{name}", services.owner, services.clock.now),
        ):
            return work()
        services.clock.sleep(_TURN_SECONDS)
    with hold(services.store, f"merchant:{name}", services.owner, services.clock.now):
        return work()


def login_page(visit: Visit) -> Response:
    """Returns the page that asks for the token."""
    return visit.render("login.html", next=_local(visit.query.get("next", "/")), wrong=False)


def login(visit: Visit) -> Response:
    """Signs the browser in if the token fits."""
    guard, asked = visit.site.guard, _local(visit.field("next"))
    if not guard.token_fits(visit.field("token").strip()):
        log.warning("wrong token", action="page_token_refused")
        return visit.render("login.html", status=403, next=asked, wrong=True)
    session = guard.begin(visit.site.services.clock.now(), signed_in=True)
    response = RedirectResponse(asked, 303)
    remember(response, visit.site, session)
    return response


def logout(visit: Visit) -> Response:
    """Signs the browser out."""
    visit.site.guard.end(visit.session)
    response = RedirectResponse("/login", 303)
    response.delete_cookie(COOKIE, httponly=True, samesite="strict")
    return response


def _local(path: str) -> str:
    """Returns the path if it leads to a page of ours, else that of the overview."""
    return path if path.startswith("/") and not path.startswith(("//", "/\\")) else "/"
