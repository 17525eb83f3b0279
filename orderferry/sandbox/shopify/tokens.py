"""Access tokens: the one made in the admin, those for an hour or a day, and their renewal."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import parse_qsl

from orderferry.sandbox.server import Request, Response
from orderferry.sandbox.shopify.json_types import Json, encode

_DAY: Final = 86_399  # seconds that a client-credentials token lives (documented)
_HOUR: Final = 3_600  # seconds that an expiring offline token lives (documented)
_QUARTER: Final = 90 * 86_400  # seconds that a refresh token lives


@dataclass(slots=True)
class _Refresh:
    predecessor: str
    expires_at: datetime


class Tokens:
    """
    The tokens of one app in one shop.

    Attributes:
        client_id: The app's, for both grants.
        client_secret: The same.
        issued: How many access tokens were given out.

    """

    def __init__(self, token: str) -> None:
        self.client_id = "sandbox-client"
        self.client_secret = "shpss_sandbox"  # noqa: S105 - the simulator's, known to everybody
        self.issued = 0
        self._access: dict[str, datetime | None] = {token: None}
        self._refresh: dict[str, _Refresh] = {}

    def valid(self, token: str, now: datetime) -> bool:
        """Returns whether a token opens the shop now."""
        expires_at = self._access.get(token, now)
        return expires_at is None or now < expires_at

    def revoke(self, token: str) -> None:
        """Makes an access or a refresh token invalid at once."""
        self._access.pop(token, None)
        self._refresh.pop(token, None)

    def first_refresh_token(self, now: datetime) -> str:
        """Returns a refresh token as an installation leaves it."""
        return self._new_refresh("", now)

    def answer(self, request: Request, scopes: tuple[str, ...], now: datetime) -> Response:
        """Answers POST /admin/oauth/access_token, sent as a form or as JSON."""
        fields = _fields(request)
        known = (self.client_id, self.client_secret)
        if (fields.get("client_id"), fields.get("client_secret")) != known:
            return _failure("invalid_client", "The client id or secret is wrong.")
        grant = fields.get("grant_type")
        if grant == "client_credentials":
            return self._granted({}, _DAY, scopes, now)
        if grant == "refresh_token":
            return self._refreshed(fields.get("refresh_token", ""), scopes, now)
        return _failure("unsupported_grant_type", "The grant type is not supported.")

    def _refreshed(self, used: str, scopes: tuple[str, ...], now: datetime) -> Response:
        known = self._refresh.get(used)
        if known is None or now >= known.expires_at:
            return _failure("invalid_grant", "The refresh token is invalid or expired.")
        # the old one dies when the new one is used, not when it is made: an answer that is
        # lost locks nobody out (since 2026-08-28)
        self._refresh.pop(known.predecessor, None)
        more = {
            "refresh_token": self._new_refresh(used, now),
            "refresh_token_expires_in": _QUARTER,
        }
        return self._granted(more, _HOUR, scopes, now)

    def _new_refresh(self, predecessor: str, now: datetime) -> str:
        token = f"shprt_sandbox{len(self._refresh) + self.issued:08d}"
        self._refresh[token] = _Refresh(predecessor, now + timedelta(seconds=_QUARTER))
        return token

    def _granted(self, more: Json, life: int, scopes: tuple[str, ...], now: datetime) -> Response:
        self.issued += 1
        token = f"shpat_sandbox{self.issued:08d}"
        self._access[token] = now + timedelta(seconds=life)
        body = {"access_token": token, "scope": ",".join(scopes), "expires_in": life} | more
        return _json(200, body)


def _fields(request: Request) -> Mapping[str, str]:
    text = request.body.decode(errors="replace")
    if not request.headers.get("content-type", "").startswith("application/json"):
        return dict(parse_qsl(text))
    try:
        body = json.loads(text)
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _failure(error: str, description: str) -> Response:
    return _json(400, {"error": error, "error_description": description})


def _json(status: int, body: Json) -> Response:
    return Response(status, encode(body), {"Content-Type": "application/json; charset=utf-8"})
