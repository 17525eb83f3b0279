"""Requests to one shop, answered with JSON or with an error that names the remedy."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, NoReturn
from urllib.parse import urlsplit

import httpx

from connectors.base import Surroundings
from connectors.errors import Contract, Transient
from connectors.failures import RequestFailed
from connectors.http import make_client, place, send
from connectors.woocommerce.auth import make_auth
from connectors.woocommerce.decoding import decode
from connectors.woocommerce.not_json import page_fault, redirect_fault
from connectors.woocommerce.refusals import refusal
from connectors.woocommerce.settings import WooCommerceSettings

Json = Any
"""Decoded JSON of the shop; stops at mapping."""
Params = Mapping[str, str | int]

_LOG: Final = logging.getLogger(__name__)
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_PAGES: Final = frozenset({200, 202, 203})
_NOWHERE: Final = "wc/v3/orderferry-has-no-such-route"
_WRITES: Final = {
    (401, "woocommerce_rest_authentication_error"): False,
    (404, "rest_no_route"): True,
}
"""Answers to a POST there, once the key was seen to be good for reading (WooCommerce 11.0.1)."""
_OUTAGE: Final = (
    "It is tried again by itself; if it lasts, look for PHP errors under WooCommerce > Status >"
    " Logs."
)


@dataclass(frozen=True, slots=True)
class Answer:
    """What the shop answered to a request."""

    body: Json
    total: int | None
    """Rows of the whole list; None where a proxy strips the header. 0 past the last page."""
    total_pages: int | None
    headers: Mapping[str, str]
    """Names in lower case. `link` repeats signatures and keys: never log it, never follow it."""


class ShopClient:
    """
    Reads one shop; for one thread at a time.

    Attributes:
        noisy: The shop prints text around its JSON (PHP notices).

    """

    def __init__(self, settings: WooCommerceSettings, surroundings: Surroundings) -> None:
        self.noisy = False
        self._surroundings = surroundings
        self._folder = urlsplit(settings.url).path
        self._http = make_client(
            base_url=f"{settings.url}/{settings.api_path.strip('/')}/",
            timeout=settings.timeout.total_seconds(),
            ssl=surroundings.ssl(settings.ca_bundle),
            user_agent=settings.user_agent or surroundings.user_agent,
            auth=make_auth(settings, surroundings.now),
        )

    def close(self) -> None:
        """Releases the connections; may be called again."""
        self._http.close()

    def get(
        self, path: str, params: Params | None = None, *, tries: int = 3, anonymous: bool = False
    ) -> Answer:
        """
        Returns the JSON at a path below the REST prefix, "wc/v3/orders" for example.

        Args:
            path: Without a leading slash.
            params: Lists as comma-separated text, nothing empty (see OAuthOverHttp).
            tries: Requests at most, for failures that a moment later may be gone.
            anonymous: Without the keys, which WordPress outside of WooCommerce takes for a
                user's name and refuses.

        Raises:
            ConnectorError: Every kind; Missing and NoRoute for what is not there.

        """
        response = send(
            self._http,
            lambda: self._http.build_request(
                "GET",
                path,
                params={name: str(value) for name, value in (params or {}).items()},
                # page caches of hosts keep GET /wp-json/ where nobody told them otherwise
                headers={"Cache-Control": "no-cache"},
            ),
            surroundings=self._surroundings,
            tries=tries,
            auth=httpx.Auth() if anonymous else None,
        )
        where = place(self._http.base_url.join(path))
        body = self._body(response, where)
        headers = response.headers
        return Answer(
            body, _number(headers, "X-WP-Total"), _number(headers, "X-WP-TotalPages"), headers
        )

    def rows(self, path: str, params: Params, *, tries: int = 3) -> Answer:
        """Returns the answer like `get`, certain that its body is a list."""
        answer = self.get(path, params, tries=tries)
        if not isinstance(answer.body, list):
            raise Contract(
                f"{place(self._http.base_url.join(path))} answered {_kind(answer.body)} where a"
                " list is due.",
                "Deactivate the shop's plugins one after the other to find the one that changes"
                " REST answers.",
            )
        return answer

    def record(self, path: str, params: Params | None = None, *, anonymous: bool = False) -> Json:
        """Returns the object at a path, certain that it is one."""
        body = self.get(path, params, anonymous=anonymous).body
        if not isinstance(body, dict):
            raise Contract(
                f"{place(self._http.base_url.join(path))} answered {_kind(body)} where an object"
                " is due.",
                "Deactivate the shop's plugins one after the other to find the one that changes"
                " REST answers.",
            )
        return body

    def may_write(self) -> bool | None:
        """
        Returns whether the key has the right to write, None if the shop does not show it.

        WooCommerce looks at a key's right before it looks for the route, so a
        POST to a route that nobody has tells, and can change nothing.
        """
        response = send(
            self._http,
            lambda: self._http.build_request("POST", _NOWHERE),
            surroundings=self._surroundings,
            tries=1,
        )
        decoded = decode(response.content)
        code = decoded.value.get("code") if decoded and isinstance(decoded.value, dict) else None
        return _WRITES.get((response.status_code, str(code)))

    def healthy(self) -> bool:
        """Returns whether WooCommerce answers at all, by its cheapest request."""
        try:
            self.get("wc/v3", {"_fields": "namespace"}, tries=1)
        except Transient:
            return False
        return True

    def _body(self, response: httpx.Response, where: str) -> Json:
        status = response.status_code
        if status in _REDIRECTS:
            location = response.headers.get("Location", "")
            raise redirect_fault(status, location, where, self._folder)
        decoded = decode(response.content)
        if decoded is None:
            self._raise_without_json(response, where)
        if decoded.noisy and not self.noisy:
            self.noisy = True
            _LOG.warning(
                "%s prints text around its JSON; turn off display_errors in its PHP.",
                where,
                extra={"action": "text_around_json"},
            )
        if status != httpx.codes.OK or _is_refusal(decoded.value):
            raise refusal(_status(status, decoded.value), decoded.value, where)
        return decoded.value

    def _raise_without_json(self, response: httpx.Response, where: str) -> NoReturn:
        status = response.status_code
        is_page = "html" in response.headers.get("Content-Type", "") and response.content.strip()
        if status in _PAGES and is_page:
            raise page_fault(status, response.headers, response.content, where)
        if status == httpx.codes.OK:
            # what PHP leaves when it dies with display_errors off, or a connection that was cut
            found = "incomplete JSON" if response.content.strip() else "nothing"
            raise RequestFailed(f"{where} answered 200 with {found}.", _OUTAGE)
        raise refusal(status, None, where)


def _is_refusal(body: Json) -> bool:
    # some plugins answer an error with status 200
    return isinstance(body, dict) and {"code", "message", "data"} <= body.keys()


def _status(status: int, body: Json) -> int:
    """Returns the status of a refusal; the body's own where the answer claims success."""
    data = body.get("data") if isinstance(body, dict) else None
    inner = str(data.get("status")) if isinstance(data, dict) else ""  # text for fulfilments
    return int(inner) if status == httpx.codes.OK and inner.isdecimal() else status


def _kind(body: Json) -> str:
    return "a list" if isinstance(body, list) else "an object"


def _number(headers: httpx.Headers, name: str) -> int | None:
    value = headers.get(name, "")
    return int(value) if value.isdecimal() else None
