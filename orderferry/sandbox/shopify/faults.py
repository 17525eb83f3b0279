"""
What happens on the way to the platform, each as an answer for `Server.fail` or `Server.failing`.

Every function returns an answer: it takes the request and the real handler, and either
replaces or spoils what the shop would have said.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

from orderferry.sandbox.server import Handler, Request, Response
from orderferry.sandbox.shopify.graphql_endpoint import JSON_TYPE
from orderferry.sandbox.shopify.json_types import Json, encode
from orderferry.sandbox.shopify.problems import problem, throttled

Failure = Callable[[Request, Handler], Response]

_HTML = {"Content-Type": "text/html; charset=utf-8"}


def errors_as_text(text: str = "Something went wrong", status: int = 200) -> Failure:
    """`errors` is a sentence."""
    return _json(status, {"errors": text})


def errors_as_object(status: int = 200, **fields: str) -> Failure:
    """`errors` is an object, for example {"query": "Required parameter missing or invalid"}."""
    return _json(status, {"errors": fields or {"message": "Something went wrong"}})


def errors_as_list(*messages: str, code: str = "", status: int = 200) -> Failure:
    """`errors` is a list, as GraphQL has it."""
    return _json(status, {"errors": [problem(message, code) for message in messages]})


def timeout_body() -> Failure:
    """The platform gave up on the query, and says so with a 200 (seen in the wild)."""
    return _json(200, {"errors": {"message": "Timeout"}})


def internal_error() -> Failure:
    """The platform failed inside: a 200 with a request id (recorded)."""
    message = (
        "Internal error. Looks like something went wrong on our end.\n"
        "Request ID: sandbox-00000000 (include this in support requests)."
    )
    return _json(200, {"errors": [problem(message, "INTERNAL_SERVER_ERROR")]})


def throttled_once() -> Failure:
    """THROTTLED inside a 200, without a word on cost."""
    return _json(200, {"errors": [throttled()]})


def too_many_requests(retry_after: str | None = "2.0") -> Failure:
    """429, and when to come back, or not."""
    head = JSON_TYPE | ({} if retry_after is None else {"Retry-After": retry_after})
    body = {"errors": "Exceeded 2 calls per second for api client."}
    return _always(Response(429, encode(body), head))


def frozen() -> Failure:
    """402: the shop has not paid the platform."""
    return _json(402, {"errors": "Unavailable Shop"})


def forbidden() -> Failure:
    """403: the app may not do this here."""
    return _json(403, {"errors": "User does not have access"})


def unknown_shop() -> Failure:
    """404: no shop has this name."""
    return _json(404, {"errors": "Not Found"})


def locked() -> Failure:
    """423: the shop is locked, by the platform or while it is moved."""
    return _json(423, {"errors": "This shop is unavailable"})


def suspicious() -> Failure:
    """430: the platform takes the traffic for an attack."""
    return _always(Response(430, b"<html><body>Request rejected</body></html>", _HTML))


def server_error(status: int = 502) -> Failure:
    """A 5xx with a page for people."""
    body = f"<html><head><title>{status}</title></head><body><h1>{status}</h1></body></html>"
    return _always(Response(status, body.encode(), _HTML))


def password_page() -> Failure:
    """200, HTML: something in between shows a page instead of the API."""
    return _always(Response(200, b"<html><body>Enter the store password</body></html>", _HTML))


def empty_body() -> Failure:
    """200, JSON by its type, and nothing in it."""
    return _spoil(lambda told: replace(told, status=200, body=b""))


def truncated() -> Failure:
    """The connection breaks in the middle of the body."""
    return _spoil(lambda told: replace(told, cut="body"))


def half_json() -> Failure:
    """A proxy sends half of the body as if that were all."""
    return _spoil(lambda told: replace(told, body=told.body[: len(told.body) // 2]))


def other_version(version: str) -> Failure:
    """Another version of the API answered than was asked for."""
    return _spoil(
        lambda told: replace(told, headers={**told.headers, "X-Shopify-API-Version": version})
    )


def slow(seconds: float) -> Failure:
    """The platform thinks for a while before it says anything."""

    def answer(request: Request, handler: Handler) -> Response:
        time.sleep(seconds)
        return handler(request)

    return answer


def stalling(seconds_per_byte: float) -> Failure:
    """The body comes byte by byte, so that no single read takes long."""
    return _spoil(lambda told: replace(told, drip_seconds=seconds_per_byte))


def operation(name: str) -> Callable[[Request], bool]:
    """Returns what matches the requests whose document names that operation or field."""
    return lambda request: name.encode() in request.body


def _json(status: int, body: Json) -> Failure:
    return _always(Response(status, encode(body), JSON_TYPE))


def _always(answer: Response) -> Failure:
    return lambda _request, _handler: answer


def _spoil(change: Callable[[Response], Response]) -> Failure:
    return lambda request, handler: change(handler(request))
