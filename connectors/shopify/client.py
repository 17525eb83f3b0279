"""Queries to one shop, answered with data or with an error that names the remedy."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import httpx

from connectors.base import Surroundings
from connectors.errors import ConnectorError, Contract, Credentials, Transient
from connectors.failures import RequestFailed
from connectors.http import make_client, place, send
from connectors.shopify import refusals, versions
from connectors.shopify.auth import make_access
from connectors.shopify.documents import Document, Variables
from connectors.shopify.grants import Grants
from connectors.shopify.settings import ShopifySettings
from connectors.shopify.throttle import Throttle
from connectors.shopify.together import Together
from connectors.shopify.tokens import Tokens

Json = Any
"""Decoded JSON of the shop; stops at mapping."""

_LOG: Final = logging.getLogger(__name__)
_THROTTLED_TRIES: Final = 8
_LEAST_WAIT: Final = 1.0  # seconds, where the shop is throttled and does not say how far
_SCOPES: Final = "/admin/oauth/access_scopes.json"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a query brought."""

    data: Json
    problems: tuple[refusals.Problem, ...] = ()
    """Errors beside data: some of its fields are null for that reason."""


class ShopClient:
    """
    Reads one shop; for several threads.

    Attributes:
        together: Ends the threads of one reading together.
        where: The address of its GraphQL interface, as it may be shown.
        answered: The API version that answered last, "" before the first answer.
        date: The last answer's Date header.

    """

    def __init__(self, settings: ShopifySettings, surroundings: Surroundings) -> None:
        from connectors.shopify.bound import BoundGraphQL, open_session  # noqa: PLC0415 - 0.3 s

        self.answered = ""
        self.date = ""
        self.together = Together(surroundings.sleep)
        surroundings = replace(surroundings, sleep=self.together.sleep)
        self._settings = settings
        self._surroundings = surroundings
        self._lock = threading.Lock()
        """Of the token and of what the answers' headers tell."""
        self._http = make_client(
            base_url=settings.base_url or f"https://{settings.shop}",
            timeout=settings.timeout.total_seconds(),
            ssl=surroundings.ssl(settings.ca_bundle),
            user_agent=surroundings.user_agent,
            auth=None,
        )
        self._session = open_session(settings.shop, settings.api_version)
        self._graphql = BoundGraphQL(self._session, self._http, surroundings, settings.base_url)
        grants = Grants(self._http, surroundings, settings.client_id, settings.client_secret)
        self._access = make_access(settings, surroundings, grants)
        self._throttle = Throttle(settings.bucket_share, surroundings)
        self.where = place(httpx.URL(self._graphql.endpoint))

    def close(self) -> None:
        """Releases the connections; may be called again."""
        self._http.close()

    def ask(
        self, document: Document, variables: Variables | None = None, *, partial: bool = False
    ) -> Answer:
        """
        Returns the data of a query; with *partial* also where parts of it are missing.

        Waits for points before, and again where another app was faster.

        Raises:
            ConnectorError: Every kind; RequestFailed where a smaller query may pass.

        """
        given = variables or {}
        # what a query costs depends on its sizes, not on ids, cursors and times
        query = (document.name, *sorted((k, v) for k, v in given.items() if isinstance(v, int)))
        for attempt in range(1, _THROTTLED_TRIES + 1):
            with self._throttle.points(query, document.estimate(given)) as learn:
                self.together.check()
                body = self._body(self._respond(document, given))
                cost = _cost(body)
                learn(cost)
            try:
                return self._answer(body, partial=partial)
            except refusals.Throttled:
                if attempt == _THROTTLED_TRIES:
                    raise
                if not isinstance(cost, Mapping):
                    self._throttle.rest(_LEAST_WAIT * attempt)
        raise ValueError("unreachable: the last attempt returns or raises")

    def scopes(self) -> list[str]:
        """Returns the scopes that the token has."""
        response = self._with_token(self._get_scopes)
        try:
            listed = response.json()["access_scopes"]
            return [str(scope["handle"]) for scope in listed]
        except (ValueError, KeyError, TypeError):
            pass
        raise Contract(
            f"{place(self._http.base_url.join(_SCOPES))} does not list the app's scopes.",
            "Correct shop: another server answers.",
        )

    def tokens(self) -> Tokens | None:
        """Returns the tokens in use if they are renewed from time to time, None otherwise."""
        return self._access.tokens

    def healthy(self, document: Document) -> bool:
        """Returns whether the shop answers a small query."""
        try:
            self.ask(document)
        except RequestFailed:
            return False
        return True

    def _respond(self, document: Document, given: Variables) -> httpx.Response:
        return self._with_token(
            lambda token: self._graphql.post(document.text, dict(given), document.name, token=token)
        )

    def _with_token(self, request: Callable[[str], httpx.Response]) -> httpx.Response:
        """Returns an answer of 200, with a renewed token if the first one is refused."""
        token = self._token()
        response = request(token)
        if response.status_code == httpx.codes.UNAUTHORIZED and self._is_renewed(token):
            response = request(self._token())
        with self._lock:
            self._note(response)
        if response.status_code != httpx.codes.OK:
            raise self._refusal(response)
        return response

    def _token(self) -> str:
        with self._lock:
            token = self._session.token = self._access.token()
            return token

    def _is_renewed(self, refused: str) -> bool:
        """Returns whether there is another token now; of several requests one asks for it."""
        with self._lock:
            return self._access.token() != refused or self._access.renew(refused)

    def _get_scopes(self, token: str) -> httpx.Response:
        return send(
            self._http,
            lambda: self._http.build_request("GET", _SCOPES, headers=self._graphql.carrying(token)),
            surroundings=self._surroundings,
        )

    def _note(self, response: httpx.Response) -> None:
        self.date = response.headers.get("Date", self.date)
        answered = response.headers.get(versions.HEADER, "")
        if answered and answered not in {self.answered, self._settings.api_version}:
            _LOG.warning(
                "%s is answered by version %s: api_version %s is not supported.",
                self.where,
                answered,
                self._settings.api_version,
                extra={"action": "api_version_fell_forward"},
            )
        self.answered = answered or self.answered

    def _refusal(self, response: httpx.Response) -> ConnectorError:
        status = response.status_code
        if status == httpx.codes.UNAUTHORIZED:
            return Credentials(
                f"{self.where} does not accept the access token (401).", self._access.remedy
            )
        refused = refusals.status_refusal(status, self.where)
        if refused is not None:
            return refused
        body = _decode(response)
        found = refusals.problems(body.get("errors")) if isinstance(body, Mapping) else ()
        if found:
            return refusals.refusal(found, self.where)
        return Contract(
            f"{self.where} answered {status}.", "Correct shop: another server seems to answer."
        )

    def _body(self, response: httpx.Response) -> Mapping[str, Json]:
        if "html" in response.headers.get("Content-Type", ""):
            raise Transient(f"{self.where} answered 200 with a web page.", refusals.AGAIN)
        body = _decode(response)
        if not isinstance(body, Mapping):
            raise RequestFailed(f"{self.where} answered 200 with incomplete JSON.", refusals.AGAIN)
        return body

    def _answer(self, body: Mapping[str, Json], *, partial: bool) -> Answer:
        """Returns what is usable of an answer; raises where nothing is."""
        ignored = refusals.search_refusal(body.get("extensions"), self.where)
        if ignored is not None:
            raise ignored
        found = refusals.problems(body.get("errors"))
        data = body.get("data")
        usable = isinstance(data, Mapping) and any(value is not None for value in data.values())
        if found and not (partial and usable and not refusals.is_fatal(found)):
            raise refusals.refusal(found, self.where)
        if not isinstance(data, Mapping):
            raise RequestFailed(f"{self.where} answered 200 without data.", refusals.AGAIN)
        return Answer(data, found)


def _cost(body: Mapping[str, Json]) -> Json:
    extensions = body.get("extensions")
    return extensions.get("cost") if isinstance(extensions, Mapping) else None


def _decode(response: httpx.Response) -> Json:
    try:
        return json.loads(response.content)
    except (ValueError, RecursionError):
        return None
