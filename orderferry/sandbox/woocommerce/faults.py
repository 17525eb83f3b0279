"""
What happens to shops in the wild, each as an answer for `Server.fail` or `Server.failing`.

Every function returns an answer: it takes the request and the real handler, and either
replaces or spoils what the shop would have said.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from email.utils import format_datetime

from orderferry.sandbox.server import Handler, Request, Response
from orderferry.sandbox.woocommerce import pages
from orderferry.sandbox.woocommerce.rest import encode, headers, no_route, response

Failure = Callable[[Request, Handler], Response]

_DEFAULT_PER_PAGE = 10


def maintenance() -> Failure:
    """WordPress is updating itself: 503, HTML, back in ten minutes (recorded)."""
    sentence = "Briefly unavailable for scheduled maintenance. Check back in a minute."
    return _always(pages.page(503, "Maintenance", sentence, {"Retry-After": "600"}))


def php_fatal() -> Failure:
    """A plugin dies, or PHP runs out of memory: 500 with WordPress's page for that."""
    return _always(pages.critical_error())


def database_down() -> Failure:
    """MySQL does not answer WordPress: 500, HTML."""
    sentence = "Error establishing a database connection"
    return _always(pages.page(500, "Database Error", sentence))


def bad_gateway() -> Failure:
    """PHP is down behind nginx: 502, HTML."""
    return _always(pages.bad_gateway())


def woocommerce_deactivated() -> Failure:
    """WordPress lives, the plugin is off: its routes and namespaces are gone (recorded)."""

    def answer(request: Request, handler: Handler) -> Response:
        told = handler(request)
        if "/wc/" in request.path:
            error = no_route()
            head = headers(request.url, logged_in=False, root="/wp-json/")
            return response(error.status, error.body, head)
        if told.headers.get("Content-Type", "").startswith("application/json"):
            index = json.loads(told.body)
            kept = [name for name in index.get("namespaces", []) if not name.startswith("wc")]
            return replace(told, body=encode(index | {"namespaces": kept}))
        return told

    return answer


def rest_closed() -> Failure:
    """A security plugin lets nobody into the REST API, keys or not: 401, its own code."""
    body = {
        "code": "rest_not_logged_in",
        "message": "You are not currently logged in.",
        "data": {"status": 401},
    }
    return lambda request, _handler: response(
        401, body, headers(request.url, logged_in=False, root="/wp-json/")
    )


def php_notice() -> Failure:
    """PHP prints a notice before the JSON; status and content type stay those of JSON."""
    notice = (
        b"<br />\n<b>Notice</b>:  Undefined index: plugin in <b>plugin.php</b> on line 7<br />\n"
    )
    return _spoil(lambda told: replace(told, body=notice + told.body))


def byte_order_mark() -> Failure:
    """A theme file saved with a byte-order mark puts it before the JSON."""
    return _spoil(lambda told: replace(told, body=b"\xef\xbb\xbf" + told.body))


def empty_body() -> Failure:
    """PHP dies with errors hidden: 200, JSON by its type, and nothing in it."""
    return _spoil(lambda told: replace(told, status=200, body=b""))


def truncated() -> Failure:
    """The connection breaks in the middle of the body."""
    return _spoil(lambda told: replace(told, cut="body"))


def totals_stripped() -> Failure:
    """A proxy lets no X-WP-* header through."""

    def strip(told: Response) -> Response:
        kept = {k: v for k, v in told.headers.items() if not k.lower().startswith("x-wp-")}
        return replace(told, headers=kept)

    return _spoil(strip)


def firewall_block() -> Failure:
    """A web application firewall dislikes the request: 403, HTML."""
    return _always(pages.page(403, "Forbidden", "Your request was blocked by the firewall."))


def captcha(status: int = 202) -> Failure:
    """A bot check stands before the shop: a success by its status, HTML by its type."""
    sentence = "Checking that you are not a robot before you may enter the site."
    return _always(pages.page(status, "One moment", sentence))


def login_page() -> Failure:
    """A members-only plugin shows its login form instead: 200, HTML."""
    return _always(pages.page(200, "Log In", "Please log in to see this site."))


def rate_limited(retry_after: int | datetime | None = None) -> Failure:
    """The host has had enough: 429, and when to return as seconds, as a date, or not at all."""
    head: dict[str, str] = {}
    if isinstance(retry_after, datetime):
        head["Retry-After"] = format_datetime(retry_after, usegmt=True)
    elif retry_after is not None:
        head["Retry-After"] = str(retry_after)
    return _always(pages.page(429, "Too Many Requests", "Too Many Requests", head))


def too_heavy(limit: int) -> Failure:
    """Pages of more than *limit* rows take PHP too long: the gateway gives up with a 504."""

    def answer(request: Request, handler: Handler) -> Response:
        asked = request.first("per_page", str(_DEFAULT_PER_PAGE))
        if asked.isdigit() and int(asked) > limit:
            return pages.page(504, "504 Gateway Time-out", "504 Gateway Time-out")
        return handler(request)

    return answer


def slow(seconds: float) -> Failure:
    """The shop thinks for a while before it says anything."""

    def answer(request: Request, handler: Handler) -> Response:
        time.sleep(seconds)
        return handler(request)

    return answer


def stalling(seconds_per_byte: float) -> Failure:
    """The body comes byte by byte, so that no single read takes long."""
    return _spoil(lambda told: replace(told, drip_seconds=seconds_per_byte))


def cached(answer: Response, age_seconds: int) -> Failure:
    """A page cache that takes the REST API for a page: an old answer with its age."""
    return _always(
        replace(answer, headers={**answer.headers, "Age": str(age_seconds), "X-Cache": "HIT"})
    )


def _always(answer: Response) -> Failure:
    return lambda _request, _handler: answer


def _spoil(change: Callable[[Response], Response]) -> Failure:
    return lambda request, handler: change(handler(request))
