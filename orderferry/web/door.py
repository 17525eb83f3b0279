"""Every request comes in here: is it meant for us, who is it, may it act; and headers go out."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import parse_qs, quote

import structlog
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from connectors.errors import ConnectorError
from orderferry.clock import Stopping
from orderferry.runs import where
from orderferry.web.guard import LASTS, Session
from orderferry.web.site import Site, Visit
from state import StateError

log = structlog.get_logger()

COOKIE = "orderferry"
FORM_TOKEN = "form_token"  # noqa: S105 - the name of a field
_LONGEST_FORM = 65_536

_HEADERS = {
    # no script at all; forms and styles of our own alone; never inside another page
    "content-security-policy": "default-src 'none'; style-src 'self'; img-src 'self';"
    " form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    # "no-referrer" would make browsers send "Origin: null" with our own forms
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-store",
}

_FAILED = "orderferry met an unexpected error; see the log entry page_failed.\n"

Handler = Callable[[Visit], Response]


class Refused(Exception):
    """The request is not answered; the message says why, in a sentence."""

    def __init__(self, status: int, words: str) -> None:
        super().__init__(words)
        self.status = status


@dataclass(frozen=True, slots=True)
class Headed:
    """The application with the headers that every answer has; a fault of ours ends here."""

    app: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers as the application does, or says in the log where it failed."""
        begun = False

        async def headed(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                given = {name for name, _ in message["headers"]}
                message["headers"] = [
                    *message["headers"],
                    *(
                        (name.encode(), value.encode())
                        for name, value in _HEADERS.items()
                        if name.encode() not in given
                    ),
                ]
            await send(message)

        try:
            await self.app(scope, receive, headed)
        except Exception as error:  # noqa: BLE001 - uvicorn would log the message, which can quote an order
            log.error(  # noqa: TRY400 - the same
                "page failed", action="page_failed", error=type(error).__name__, at=where(error)
            )
            if not begun:
                await PlainTextResponse(_FAILED, 500)(scope, receive, headed)


def behind(
    site: Site, handler: Handler, *, public: bool = False
) -> Callable[[Request], Awaitable[Response]]:
    """
    Returns the handler behind the door.

    It runs in a thread, since it reads files and may read shops. *public* is for
    the sign-in itself.
    """

    async def endpoint(request: Request) -> Response:
        try:
            visit, fresh = await _admit(site, request)
            if not (public or visit.session.signed_in):
                return _ask_for_token(request)
            response = await run_in_threadpool(_answer, handler, visit)
        except Refused as refused:
            return PlainTextResponse(f"{refused}\n", refused.status)
        if fresh and COOKIE not in response.headers.get("set-cookie", ""):
            remember(response, visit.site, visit.session)
        return response

    return endpoint


def remember(response: Response, site: Site, session: Session) -> None:
    """Gives the browser the session's cookie."""
    response.set_cookie(
        COOKIE,
        site.guard.cookie(session),
        max_age=int(LASTS.total_seconds()),
        httponly=True,
        samesite="strict",
        secure=site.guard.secure,
    )


async def _admit(site: Site, request: Request) -> tuple[Visit, bool]:
    """Returns the visit, and whether its session is new; raises Refused."""
    guard, host = site.guard, request.headers.get("host")
    if not guard.knows_host(host):
        raise Refused(421, "This is not the name of this page; set daemon.status_url to it.")
    now = site.services.clock.now()
    known = guard.session(request.cookies.get(COOKIE), now)
    session = known or guard.begin(now, signed_in=False)
    form: Mapping[str, Sequence[str]] = {}
    if request.method == "POST":
        headers = request.headers
        form = await _form(request)
        given = next(iter(form.get(FORM_TOKEN, ())), "")
        if not guard.same_origin(headers.get("origin"), headers.get("sec-fetch-site"), host):
            raise Refused(403, "This form was sent by another page; nothing was changed.")
        if known is None or not guard.form_fits(known, given):
            raise Refused(
                403,
                "This form is too old, or was not made for this browser; nothing was changed. Load"
                " the page again and repeat.",
            )
    return Visit(site, session, request.path_params, request.query_params, form), known is None


async def _form(request: Request) -> Mapping[str, Sequence[str]]:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > _LONGEST_FORM:
            raise Refused(413, "This form is too long; nothing was changed.")
    return parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True)


def _ask_for_token(request: Request) -> Response:
    if request.method == "POST":
        raise Refused(403, "Sign in first; nothing was changed.")
    path = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return RedirectResponse(f"/login?next={quote(path, safe='')}", 303)


def _answer(handler: Handler, visit: Visit) -> Response:
    """Returns the handler's answer, or a page that says why there is none."""
    try:
        return handler(visit)
    except StateError as error:
        return visit.message("The state cannot be used", str(error), status=503)
    except ConnectorError as error:
        return visit.message("The shop cannot be read", str(error), status=502)
    except Stopping:
        return visit.message("Stopping", "The daemon is being stopped.", status=503)
