"""What every REST answer of WordPress has in common: errors, headers, fields."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from orderferry.sandbox.server import Response

Json = dict[str, Any]
"""A JSON object as the shop keeps and sends it."""

GET = "GET"
LIST = "GET, POST"
ITEM = "GET, POST, PUT, PATCH, DELETE"
SETTING = "GET, POST, PUT, PATCH"

_HEADERS = {
    "Content-Type": "application/json; charset=UTF-8",
    "X-Robots-Tag": "noindex",
    "X-Content-Type-Options": "nosniff",
    "Access-Control-Expose-Headers": "X-WP-Total, X-WP-TotalPages, Link",
    "Access-Control-Allow-Headers": (
        "Authorization, X-WP-Nonce, Content-Disposition, Content-MD5, Content-Type"
    ),
}
_LOGGED_IN = {
    "Expires": "Wed, 11 Jan 1984 05:00:00 GMT",
    "Cache-Control": "no-cache, must-revalidate, max-age=0, no-store, private",
}
_ANONYMOUS = {"Vary": "Origin"}


class RestError(Exception):
    """
    An answer of the shape {"code", "message", "data": {"status"}}.

    Args:
        status: HTTP status.
        code: The machine-readable code.
        message: The sentence as WooCommerce writes it.
        data: What `data` holds besides the status; it may also replace it.
        allowed: Whether the answer names the methods the route allows.

    """

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        data: Mapping[str, Any] | None = None,
        *,
        allowed: bool = True,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.allowed = allowed
        self.body: Json = {
            "code": code,
            "message": message,
            "data": {"status": status} | dict(data or {}),
        }


class PhpFatal(Exception):
    """PHP died while it built the answer; WordPress shows its page for that."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A successful answer before it becomes bytes."""

    body: Json | list[Json]
    headers: Mapping[str, str] = field(default_factory=dict)


def no_route() -> RestError:
    """Returns the error for an unknown address, and for a plugin that is switched off."""
    return RestError(
        404,
        "rest_no_route",
        "No route was found matching the URL and request method.",
        allowed=False,
    )


def headers(home: str, *, logged_in: bool, root: str) -> dict[str, str]:
    """Returns the headers that every REST answer carries."""
    state = _LOGGED_IN if logged_in else _ANONYMOUS
    return _HEADERS | {"Link": f'<{home}{root}>; rel="https://api.w.org/"'} | state


def encode(body: Json | list[Json]) -> bytes:
    """Returns JSON as PHP writes it: ASCII only, slashes escaped."""
    return json.dumps(body, separators=(",", ":")).replace("/", "\\/").encode()


def response(status: int, body: Json | list[Json], head: Mapping[str, str]) -> Response:
    """Returns the bytes of a REST answer."""
    return Response(status, encode(body), head)


def select(body: Json, fields: str) -> Json:
    """
    Returns the parts of an object that `_fields` names; all of it if that is empty.

    Dots reach into nested objects, not into lists: `line_items.sku` drops the key.
    Unknown names are ignored.
    """
    names = [name for name in fields.replace(",", " ").split() if name]
    return _pick(body, [name.split(".") for name in names]) if names else body


def _pick(body: Json, paths: Sequence[Sequence[str]]) -> Json:
    picked: Json = {}
    for name, value in body.items():
        rests = [path[1:] for path in paths if path[0] == name]
        if any(not rest for rest in rests):
            picked[name] = value
        elif rests and isinstance(value, dict):
            picked[name] = _pick(value, rests)
    return picked
