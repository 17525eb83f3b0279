"""One HTTP client per server: timeouts, bounded answers, retries, no leaks."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http.cookiejar import CookieJar, DefaultCookiePolicy
from ssl import SSLContext
from typing import Final

import httpx

from connectors.base import Surroundings
from connectors.errors import ConnectorError, Transient
from connectors.failures import RETRIED, RequestFailed, status_failure, transport_failure

MAX_BODY: Final = 64 * 1024 * 1024  # bytes, decompressed; a page of 100 orders is under 1 MiB
LONGEST_SLEEP: Final = 30.0  # seconds; a longer wait is the caller's to plan
_LONGEST_RETRY_AFTER: Final = timedelta(days=1).total_seconds()
_FIRST_WAIT: Final = 1.0  # seconds
_CONNECT: Final = 15.0  # seconds for the connection alone

_PARTS: Final = ("connection", "http11", "http2", "proxy", "socks")
_LOGGERS: Final = ("httpx", *(f"httpcore.{part}" for part in _PARTS))


def make_client(
    *, base_url: str, timeout: float, ssl: SSLContext, user_agent: str, auth: httpx.Auth | None
) -> httpx.Client:
    """
    Returns a client for one server.

    It follows no redirects, keeps no cookies and shares *ssl*, whose making
    costs 30 ms. HTTPS_PROXY, HTTP_PROXY and NO_PROXY are honoured, because many
    servers reach the internet through a proxy only; loopback never is proxied.
    *timeout* is in seconds and bounds one whole request.
    """
    quiet_http_logs()
    return httpx.Client(
        base_url=base_url,
        auth=auth,
        verify=ssl,
        follow_redirects=False,
        timeout=httpx.Timeout(timeout, connect=min(timeout, _CONNECT)),
        limits=httpx.Limits(max_connections=16, max_keepalive_connections=4, keepalive_expiry=30),
        headers={"User-Agent": user_agent, "Accept": "application/json"},
        mounts={f"all://{host}": None for host in ("localhost", "127.0.0.1", "[::1]")},
        # a session cookie would tie the requests to one visitor, and to that visitor's cache
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
    )


def quiet_http_logs() -> None:
    """
    Silences httpx and httpcore below WARNING for the whole process.

    They log complete URLs at INFO and complete headers at DEBUG: signatures,
    keys in query strings, and WooCommerce's Link header, which repeats both.
    """
    for name in _LOGGERS:
        logging.getLogger(name).addFilter(_is_worth_logging)  # the same filter counts once


def _is_worth_logging(record: logging.LogRecord) -> bool:
    return record.levelno >= logging.WARNING


def parse_retry_after(value: str | None, now: datetime) -> float | None:
    """
    Returns the seconds that a Retry-After header asks for, at most a day.

    Both forms of RFC 9110 are read, seconds and a date; what is neither is None,
    what lies in the past is 0.
    """
    if value is None:
        return None
    try:
        seconds = float(value)
    except ValueError:
        seconds = _seconds_until(value, now)
    if math.isnan(seconds):
        return None
    return min(max(seconds, 0.0), _LONGEST_RETRY_AFTER)


def _seconds_until(value: str, now: datetime) -> float:
    try:
        at = parsedate_to_datetime(value)
    except ValueError:
        return math.nan
    return ((at if at.tzinfo else at.replace(tzinfo=UTC)) - now).total_seconds()


def place(url: httpx.URL) -> str:
    """Returns the part of a URL that may be shown: scheme, host, port and path."""
    port = "" if url.port is None else f":{url.port}"
    return f"{url.scheme}://{url.host}{port}{url.path}"


def send(
    client: httpx.Client,
    build: Callable[[], httpx.Request],
    *,
    surroundings: Surroundings,
    tries: int = 3,
    auth: httpx.Auth | None = None,
) -> httpx.Response:
    """
    Returns the answer, complete and decompressed; its status is below 500 and not 408, 425 or 429.

    The one place where a request is repeated within a run. *build* is called
    anew for every try, so that each is signed anew. *auth* replaces the client's
    own; `httpx.Auth()` sends none.

    Raises:
        Transient: The failure lasted, or the server asks for more than 30
            seconds; `retry_after` says how many.
        Contract: The connection cannot be made as things are set up (TLS).

    """
    for attempt in range(1, tries + 1):
        outcome = _try(client, build, auth, surroundings.now())
        if isinstance(outcome, httpx.Response):
            return outcome
        wait = _wait(outcome, attempt, surroundings.random())
        if attempt == tries or wait is None:
            raise outcome.error
        surroundings.sleep(wait)
    raise ValueError("tries must be at least 1")


@dataclass(frozen=True, slots=True)
class _Failure:
    error: ConnectorError
    repeat: bool
    """A second request moments later may well succeed."""


def _try(
    client: httpx.Client, build: Callable[[], httpx.Request], auth: httpx.Auth | None, now: datetime
) -> httpx.Response | _Failure:
    where = place(client.base_url)
    try:
        request = build()
        where = place(request.url)
        response = _fetch(client, request, client.auth if auth is None else auth)
    except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as error:
        # returned, not raised here: a chained httpx error would carry the URL with its query
        failure = transport_failure(error, where)
        return _Failure(failure, repeat=isinstance(failure, Transient))
    if response is None:
        size = f"more than {MAX_BODY // 1024**2} MiB"
        return _Failure(
            RequestFailed(f"{where} sent {size}.", "Ask for less at a time."), repeat=False
        )
    retry_after = parse_retry_after(response.headers.get("Retry-After"), now)
    refusal = status_failure(response.status_code, where, retry_after)
    if refusal is None:
        return response
    return _Failure(refusal, repeat=response.status_code in RETRIED)


def _fetch(
    client: httpx.Client, request: httpx.Request, auth: httpx.Auth | None
) -> httpx.Response | None:
    """Returns a response that keeps no request and no encoding, None if it is too large."""
    # real seconds: they guard a socket against a dripping server, whatever the caller's clock says
    deadline = time.monotonic() + (client.timeout.read or math.inf)
    response = client.send(request, stream=True, auth=auth)
    try:
        body = bytearray()
        for chunk in response.iter_bytes():
            body += chunk
            if len(body) > MAX_BODY:
                return None
            if time.monotonic() > deadline:
                raise httpx.ReadTimeout("the whole answer took too long")
    finally:
        response.close()
    headers = _without(
        response.headers, {"content-encoding", "content-length", "transfer-encoding"}
    )
    return httpx.Response(response.status_code, headers=list(headers), content=bytes(body))


def _without(headers: httpx.Headers, names: set[str]) -> Iterator[tuple[str, str]]:
    return ((name, value) for name, value in headers.multi_items() if name.lower() not in names)


def _wait(failure: _Failure, attempt: int, jitter: float) -> float | None:
    """Returns the seconds before the next try, None if there should be none in this run."""
    if not failure.repeat:
        return None
    backoff = _FIRST_WAIT * math.pow(2, attempt - 1) * (0.5 + jitter)
    asked = failure.error.retry_after if isinstance(failure.error, Transient) else None
    if asked is None:
        return backoff
    return None if asked > LONGEST_SLEEP else asked + backoff / 4
