"""/livez, /readyz and /metrics: for supervisors and monitors, without cookies."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from orderferry.web.door import COOKIE
from orderferry.web.metrics import CONTENT_TYPE, exposition
from orderferry.web.ready import UNREADABLE, reasons
from orderferry.web.site import Site
from state import StateError

_BEARER = "bearer "

Endpoint = Callable[[Request], Awaitable[Response]]


async def livez(_request: Request) -> Response:
    """Returns "ok": the process answers. Nothing else is looked at, so that nobody kills it."""
    return PlainTextResponse("ok\n")


def readyz(site: Site) -> Endpoint:
    """Returns the endpoint that says whether the daemon does its work, 503 and why if not."""

    def answer() -> Response:
        try:
            found = list(reasons(site.facts()))
        except StateError:
            found = [UNREADABLE]
        return JSONResponse({"ready": not found, "reasons": found}, 503 if found else 200)

    async def endpoint(_request: Request) -> Response:
        return await run_in_threadpool(answer)

    return endpoint


def metrics(site: Site) -> Endpoint:
    """Returns the endpoint of the metrics: with the token, where there is one."""

    def answer() -> Response:
        try:
            told = exposition(site.facts(), site.store.run_totals())
        except StateError:
            return PlainTextResponse(f"{UNREADABLE}\n", 503)
        return Response(told, headers={"content-type": CONTENT_TYPE})

    async def endpoint(request: Request) -> Response:
        if refusal := _refusal(site, request):
            return refusal
        return await run_in_threadpool(answer)

    return endpoint


def _refusal(site: Site, request: Request) -> Response | None:
    """Returns why the metrics are not shown, None if they are."""
    guard, given = site.guard, request.headers.get("authorization", "")
    if given[: len(_BEARER)].lower() == _BEARER and guard.token_fits(given[len(_BEARER) :].strip()):
        return None
    if not guard.knows_host(request.headers.get("host")):
        return PlainTextResponse("This is not the name of this page.\n", 421)
    session = guard.session(request.cookies.get(COOKIE), site.services.clock.now())
    if not guard.token or (session is not None and session.signed_in):
        return None
    challenge = {"www-authenticate": 'Bearer realm="orderferry"'}
    words = "Send the token of the status page: Authorization: Bearer TOKEN\n"
    return PlainTextResponse(words, 401, challenge)
