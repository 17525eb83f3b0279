"""Access tokens of At Last: OAuth 2 client credentials behind an httpx.Auth."""

from __future__ import annotations

import math
import re
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import Enum
from hashlib import sha256
from itertools import chain
from threading import Lock
from typing import Literal
from urllib.parse import urlsplit

import httpx
from pydantic import SecretStr

from connectors.base import Surroundings
from connectors.failures import transport_failure
from connectors.http import make_client, parse_retry_after, place
from orderferry.answer import Denied, Misconfigured, NotSent
from orderferry.quoting import parse

TokenStyle = Literal["form", "basic", "json"]

_BEARER = re.compile(r"[\x21-\x7e]{1,8192}")
_ERROR_CODE = re.compile(r"[a-z_]{1,40}")
_RENEWAL_MARGIN = timedelta(seconds=60)
_ABOUT_THE_PAIR = frozenset({400, 401, 403, 406, 415, 422})
"""Statuses of an address that is there and may give a token for another style or secret."""


@dataclass(frozen=True, slots=True)
class Account:
    """One At Last account as it is reached: address, credentials and manners."""

    base_url: str
    token_url: str
    token_style: TokenStyle
    client_id: SecretStr
    client_secret: SecretStr
    batch_size: int = 100
    timeout_seconds: float = 60.0
    """For one whole request."""
    ca_bundle: str = ""

    @property
    def name(self) -> str:
        """A short stable label without secrets; a renewed client secret keeps it."""
        identity = f"{self.base_url}\n{self.client_id.get_secret_value()}"
        return f"{reached(self.base_url)}-{sha256(identity.encode()).hexdigest()[:8]}"

    def http_client(self, surroundings: Surroundings, auth: httpx.Auth | None) -> httpx.Client:
        """Returns a client for the account's address."""
        return make_client(
            base_url=self.base_url,
            timeout=self.timeout_seconds,
            ssl=surroundings.ssl(self.ca_bundle),
            user_agent=surroundings.user_agent,
            auth=auth,
        )


NoToken = Denied | Misconfigured | NotSent
"""What it means for a push that there is no token."""


class Extent(Enum):
    """How far a failure to get a token reaches."""

    PAIR = "this address and this style"
    ADDRESS = "this address, whatever the style"
    HOST = "every address of this host"


class TokenRefused(Exception):
    """There is no token to be had; *answer* says what that means for the push."""

    def __init__(self, answer: NoToken, extent: Extent) -> None:
        super().__init__(answer.problem)
        self.answer = answer
        self.extent = extent


@dataclass(frozen=True, slots=True)
class Token:
    """An access token as it was given."""

    text: str = field(repr=False)
    life: timedelta
    """Zero if it is not known."""


class TokenAuth(httpx.Auth):
    """
    Puts the bearer token on each request; any number of threads share one.

    A token is kept until its life is over but for a margin of min(60 s, 10 %).
    One without a lifetime serves a single request. After a 401 the request is
    repeated once with a new token. Raises TokenRefused. *token* is one that was
    fetched already.
    """

    def __init__(
        self, account: Account, surroundings: Surroundings, token: Token | None = None
    ) -> None:
        self._account = account
        self._now = surroundings.now
        self._http = account.http_client(surroundings, None)
        self._lock = Lock()
        self._token = ""
        self._good_until: datetime | None = None
        self._given = token

    def sync_auth_flow(
        self, request: httpx.Request
    ) -> Generator[httpx.Request, httpx.Response, None]:
        """Yields the request with a token, and once more if that was answered with 401."""
        token = self._current(refused="")
        request.headers["Authorization"] = f"Bearer {token}"
        response = yield request
        if response.status_code == httpx.codes.UNAUTHORIZED:
            request.headers["Authorization"] = f"Bearer {self._current(refused=token)}"
            yield request

    def close(self) -> None:
        """Releases the connections."""
        self._http.close()

    def _current(self, *, refused: str) -> str:
        with self._lock:
            fresh = self._good_until is not None and self._now() < self._good_until
            if not fresh or self._token == refused:
                token = self._given or fetch_token(self._http, self._account, self._now())
                self._given = None
                margin = min(_RENEWAL_MARGIN, token.life / 10)
                self._good_until = self._now() + token.life - margin if token.life else None
                self._token = token.text
            return self._token


def fetch_token(http: httpx.Client, account: Account, now: datetime) -> Token:
    """Returns a new token; raises TokenRefused."""
    try:
        response = http.send(_token_request(http, account), auth=None)
    except httpx.RequestError as error:
        failure = transport_failure(error, place(httpx.URL(account.token_url)))
        raise TokenRefused(NotSent(f"No token: {failure}"), Extent.HOST) from None
    document = parse(response.content)
    given = document if isinstance(document, dict) else {}
    token = given.get("access_token")
    if response.is_success and isinstance(token, str) and _BEARER.fullmatch(token):
        return Token(token, _life(given.get("expires_in")))
    extent = Extent.PAIR if response.status_code in _ABOUT_THE_PAIR else Extent.ADDRESS
    raise TokenRefused(_token_fault(response, document, account, now), extent)


@dataclass(frozen=True, slots=True)
class TokenProbe:
    """How one way to get a token went."""

    token_url: str
    token_style: TokenStyle
    result: Token | NoToken

    @property
    def works(self) -> bool:
        """Whether it gave a token."""
        return isinstance(self.result, Token)


def probe_tokens(account: Account, surroundings: Surroundings) -> Iterator[TokenProbe]:
    """
    Yields how each way to get a token goes, what is configured first, up to one that works.

    The others are those that At Last documents. They are tried only on the
    hosts the operator named: the secret goes nowhere else. Ways that an earlier
    answer rules out are left out.
    """
    hopeless: set[str] = set()
    with account.http_client(surroundings, None) as http:
        for url, style in _ways(account):
            if hopeless & {url, reached(url)}:
                continue
            way = replace(account, token_url=url, token_style=style)
            try:
                token = fetch_token(http, way, surroundings.now())
            except TokenRefused as fault:
                if fault.extent is not Extent.PAIR:
                    hopeless.add(reached(url) if fault.extent is Extent.HOST else url)
                yield TokenProbe(url, style, fault.answer)
            else:
                yield TokenProbe(url, style, token)
                return


def _ways(account: Account) -> tuple[tuple[str, TokenStyle], ...]:
    base = account.base_url.rstrip("/")
    parts = httpx.URL(base)
    oauth = str(parts.copy_with(path="/oauth2/token", query=None))
    styles: tuple[TokenStyle, ...] = ("form", "basic", "json")
    documented: tuple[tuple[str, TokenStyle], ...] = (
        (oauth, "form"),
        (oauth, "basic"),
        (f"{base}/auth/token", "json"),
    )
    configured = ((account.token_url, account.token_style),)
    return tuple(
        dict.fromkeys(
            chain(configured, documented, ((account.token_url, style) for style in styles))
        )
    )


def reached(url: str) -> str:
    """Returns host, and port if it is not the usual one."""
    return urlsplit(url).netloc.rpartition("@")[2]


def _token_request(http: httpx.Client, account: Account) -> httpx.Request:
    client_id = account.client_id.get_secret_value()
    secret = account.client_secret.get_secret_value()
    grant = {"grant_type": "client_credentials"}
    credentials = {"client_id": client_id, "client_secret": secret}
    headers = {"Accept": "application/json"}
    url = account.token_url
    match account.token_style:
        case "json":
            return http.build_request("POST", url, json=grant | credentials, headers=headers)
        case "form":
            return http.build_request("POST", url, data=grant | credentials, headers=headers)
        case "basic":
            request = http.build_request("POST", url, data=grant, headers=headers)
            return next(httpx.BasicAuth(client_id, secret).auth_flow(request))


def _life(expires_in: object) -> timedelta:
    """Returns the lifetime in seconds as sent; the contract allows 0, others send text."""
    try:
        seconds = float(str(expires_in))
    except ValueError:
        return timedelta()
    if not math.isfinite(seconds) or seconds <= 0:
        return timedelta()
    return timedelta(seconds=min(seconds, 86_400 * 365))


def _token_fault(
    response: httpx.Response, document: object, account: Account, now: datetime
) -> NoToken:
    status = response.status_code
    # only the code of RFC 6749: a description may repeat what was sent
    code = str(document.get("error")) if isinstance(document, dict) else ""
    said = f"{status} {code}" if _ERROR_CODE.fullmatch(code) else f"{status}"
    url = place(httpx.URL(account.token_url))
    problem = f"The token address {url} answered {said}."
    pair = f"token_url {url} and token_style {account.token_style}"
    if status in {408, 425, 429} or status >= httpx.codes.INTERNAL_SERVER_ERROR:
        wait = parse_retry_after(response.headers.get("Retry-After"), now)
        return NotSent(problem, wait)
    if status in {400, 401, 403}:
        return Denied(
            problem,
            f"Correct client_id and client_secret, or {pair};"
            " `orderferry check` names the pair that works.",
        )
    if response.is_success:
        problem = f"The token address {url} answered without a token."
    return Misconfigured(
        problem, f"Correct {pair}; run `orderferry check`, which names the pair that works."
    )
