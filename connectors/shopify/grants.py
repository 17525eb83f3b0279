"""Asks a shop for tokens: POST /admin/oauth/access_token."""

from __future__ import annotations

import re
from typing import Final

import httpx
from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError

from connectors.base import Surroundings
from connectors.errors import ConnectorError, Contract, Credentials, Transient
from connectors.http import place, send
from connectors.shopify.refusals import AGAIN, status_refusal

PATH: Final = "/admin/oauth/access_token"

_CODE: Final = re.compile(r"[a-z_]{1,40}")
_APP: Final = "Copy both from the app's settings in the Dev Dashboard."
_REFUSALS: Final = {
    "invalid_grant": (
        "the refresh token is spent, revoked or expired",
        "Authorise the app in the shop again, and put its new refresh token in place.",
    ),
    "invalid_client": ("client_id and client_secret do not belong together", _APP),
    "application_cannot_be_found": ("there is no app with this client_id", _APP),
    "shop_not_permitted": (
        "this app may not log in to this shop by itself",
        "Use an app of the organisation that owns the shop, or a refresh token.",
    ),
}
"""From OAuth's error codes; `shop_not_permitted` is Shopify's own for client credentials."""


class Grant(BaseModel):
    """A shop's answer with tokens; only what is needed."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    access_token: str = Field(min_length=1, repr=False)
    refresh_token: str | None = Field(default=None, repr=False)
    expires_in: float | None = Field(default=None, gt=0)
    """Seconds; some answers leave it out."""


class Grants:
    """Asks one shop for tokens, in the name of one app."""

    def __init__(
        self,
        http: httpx.Client,
        surroundings: Surroundings,
        client_id: SecretStr | None,
        client_secret: SecretStr | None,
    ) -> None:
        self._http = http
        self._surroundings = surroundings
        self._app = {
            "client_id": _text(client_id),
            "client_secret": _text(client_secret),
        }

    def by_client(self) -> Grant:
        """Returns a token for the app itself."""
        return self._ask({"grant_type": "client_credentials"})

    def by_refresh_token(self, refresh_token: str) -> Grant:
        """Returns the next pair; the old one stays valid until the new one is used."""
        return self._ask({"grant_type": "refresh_token", "refresh_token": refresh_token})

    def _ask(self, form: dict[str, str]) -> Grant:
        where = place(self._http.base_url.join(PATH))
        response = send(
            self._http,
            lambda: self._http.build_request("POST", PATH, data={**self._app, **form}),
            surroundings=self._surroundings,
        )
        if response.status_code != httpx.codes.OK:
            raise _refusal(response, where)
        try:
            return Grant.model_validate_json(response.content)
        except ValidationError:
            # not chained: it knows the answer, and with it the token
            pass
        raise Transient(f"{where} answered without an access token.", AGAIN)


def _refusal(response: httpx.Response, where: str) -> ConnectorError:
    """Returns what the refusal of a token means; the answer's own text is not repeated."""
    try:
        body = response.json()
    except ValueError:
        body = None
    told = body.get("error") if isinstance(body, dict) else None
    code = told if isinstance(told, str) and _CODE.fullmatch(told) else ""
    status = response.status_code
    if code in _REFUSALS:
        found, remedy = _REFUSALS[code]
        return Credentials(f"{where} answered {status}: {found}.", remedy)
    if status in {httpx.codes.BAD_REQUEST, httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN}:
        named = f" ({code})" if code else ""
        return Credentials(f"{where} refused the app with {status}{named}.", _APP)
    return status_refusal(status, where) or Contract(
        f"{where} answered {status} instead of a token.", "Correct shop: another server answers."
    )


def _text(secret: SecretStr | None) -> str:
    return "" if secret is None else secret.get_secret_value().strip()
