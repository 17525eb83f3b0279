"""The At Last client: one bulk request, and what its answer means."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

import httpx

from connectors.base import Surroundings
from connectors.failures import transport_failure
from connectors.http import parse_retry_after, place
from orderferry.answer import (
    Accepted,
    Answer,
    Busy,
    Denied,
    Doubtful,
    Misconfigured,
    NotSent,
    Partly,
    Refused,
    Stopping,
    TooLarge,
)
from orderferry.atlast_auth import (
    Account,
    Token,
    TokenAuth,
    TokenProbe,
    TokenRefused,
    probe_tokens,
    reached,
)
from orderferry.manifest import Manifest
from orderferry.receipt import read_receipt
from orderferry.refusal import read_blame

__all__ = [
    "Accepted",
    "Account",
    "Answer",
    "AtLastClient",
    "Busy",
    "Denied",
    "Doubtful",
    "Misconfigured",
    "NotSent",
    "Partly",
    "Refused",
    "Stopping",
    "Token",
    "TokenProbe",
    "TooLarge",
    "probe_tokens",
]

BULK = "/orders/bulk"
PROBE = "/carriers/services"
"""Read-only and harmless: the carriers that returns can use."""

_BODY_LIMIT = 256 * 1024
"""Bytes read of an answer; the longest sensible one names 100 orders."""

# Statuses by what they say of the orders. The contract documents 201 alone; the reasons for each
# are in the facts on At Last, section 4. What is in no set is decided by its class (`_answer`).
_ACCEPTED = frozenset({200, 201, 202, 204, 207})
_DENIED = frozenset({401, 402, 403})
_OF_A_MERCHANT = frozenset({402, 403, 404})
"""What a wrong merchant_id may be answered with, where several merchants share an account."""
_NOT_THE_INTERFACE = frozenset({404, 405, 406, 407, 410, 411, 414, 415, 417, 421, 426, 431})
_DOUBTFUL = frozenset({408, 425})
_CREATED = frozenset({201, 207})
"""What says that orders were taken, also beside failures; 200 does not."""

# these are raised before the first byte of a request is written
_BEFORE_SENDING = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
    httpx.LocalProtocolError,
)


_NO_ORDERS = Manifest(())


@dataclass(frozen=True, slots=True)
class _Reply:
    """An answer as far as it was read."""

    status: int
    headers: httpx.Headers
    body: bytes
    whole: bool
    """False if the body broke off, took too long or is too large; then it is empty here."""

    @property
    def html(self) -> bool:
        kind: str = self.headers.get("Content-Type", "")
        return kind.lower().startswith("text/html") or self.body.lstrip()[:1] == b"<"


class AtLastClient:
    """Pushes orders to one account; usable by several threads."""

    def __init__(
        self, account: Account, surroundings: Surroundings, token: Token | None = None
    ) -> None:
        self.account = account
        self._now = surroundings.now
        self._auth = TokenAuth(account, surroundings, token)
        self._http = account.http_client(surroundings, self._auth)
        self._where = f"At Last ({reached(account.base_url)})"

    def push(self, payloads: Sequence[bytes]) -> Answer:
        """
        Returns what one bulk request with these orders, already JSON, came to.

        A request refused with 401 is repeated once with a new token, nothing
        else is. Never raises for what a network or a server can do.
        """
        body = b'{"orders":[' + b",".join(payloads) + b"]}"
        try:
            reply = self._exchange("POST", BULK, body)
        except TokenRefused as refused:
            return refused.answer
        except _BEFORE_SENDING as error:
            return NotSent(str(transport_failure(error, self._address(BULK))))
        except httpx.RequestError as error:
            return Doubtful(transport_failure(error, self._address(BULK)).problem)
        return self._answer(reply, Manifest(payloads))

    def probe(self) -> Accepted | NotSent | Denied | Misconfigured:
        """Returns whether the address and the credentials work; changes nothing at At Last."""
        try:
            reply = self._exchange("GET", PROBE, None)
        except TokenRefused as refused:
            return refused.answer
        except httpx.RequestError as error:
            return NotSent(str(transport_failure(error, self._address(PROBE))))
        if reply.status == httpx.codes.OK and not reply.html:
            return Accepted()
        fault = self._fault_of_set_up(reply, PROBE)
        return fault or NotSent(f"{self._where} answered {reply.status}.", self._wait(reply))

    def close(self) -> None:
        """Releases the connections."""
        self._http.close()
        self._auth.close()

    def _exchange(self, method: str, path: str, content: bytes | None) -> _Reply:
        headers = {"Accept": "application/json"}
        if content is not None:
            headers["Content-Type"] = "application/json"
        # real seconds: they guard a socket against a dripping server, whatever our clock says
        until = time.monotonic() + self.account.timeout_seconds
        url = self.account.base_url.rstrip("/") + path
        with self._http.stream(method, url, content=content, headers=headers) as response:
            body, whole = _read(response, until)
            return _Reply(response.status_code, response.headers, body, whole)

    def _answer(self, reply: _Reply, manifest: Manifest) -> Answer:
        status = reply.status
        if httpx.codes.is_success(status):
            return self._success(reply, manifest)
        if status == httpx.codes.REQUEST_ENTITY_TOO_LARGE:
            return TooLarge()
        if status == httpx.codes.TOO_MANY_REQUESTS:
            return Busy(self._wait(reply))
        blames = httpx.codes.is_client_error(status) or httpx.codes.is_redirect(status)
        if status in _DOUBTFUL or not blames:
            said = read_blame(reply.body, manifest).problem
            words = f"{status} to a push: {said}." if said else f"{status} to a push."
            return Doubtful(f"{self._where} answered {words}", self._wait(reply))
        refused = self._refused(reply, manifest)
        # a 403 or 404 may be about one order's merchantId; only if it says so
        if refused.named is not None and status != httpx.codes.UNAUTHORIZED:
            return refused
        return self._fault_of_set_up(reply, BULK, manifest) or refused

    def _success(self, reply: _Reply, manifest: Manifest) -> Answer:
        known = reply.status in _ACCEPTED
        if not known or reply.html:
            what = (
                "with a web page" if reply.html else f"{reply.status}, which it does not document"
            )
            return Misconfigured(
                f"{self._where} answered a push {what}.",
                "Correct base_url; run `orderferry check`.",
                may_have_acted=True,
            )
        if not reply.whole:
            return Doubtful(f"{self._where} answered {reply.status}, but the answer broke off.")
        receipt = read_receipt(reply.body, manifest, created=reply.status in _CREATED)
        if receipt is None:
            return Accepted()
        otherwise = f"At Last reported a failure with status {reply.status}"
        reasons = {at: why or otherwise for at, why in receipt.refused.items()}
        problem = receipt.problem or otherwise
        if receipt.nothing_taken or (len(manifest) == 1 and (reasons or receipt.unknown)):
            return Refused(tuple(reasons) or None, reasons, problem, receipt.conflicts)
        return Partly(reasons, receipt.unknown, receipt.conflicts)

    def _refused(self, reply: _Reply, manifest: Manifest) -> Refused:
        blame = read_blame(reply.body, manifest)
        otherwise = f"At Last answered {reply.status} without a reason"
        problem = blame.problem or otherwise
        reasons = {at: why or problem for at, why in blame.reasons.items()}
        whole = reply.status == httpx.codes.CONFLICT
        conflicts = {at for at in range(len(manifest)) if blame.conflicts.get(at, whole)}
        return Refused(tuple(sorted(reasons)) or None, reasons, problem, frozenset(conflicts))

    def _fault_of_set_up(
        self, reply: _Reply, path: str, manifest: Manifest = _NO_ORDERS
    ) -> Denied | Misconfigured | None:
        """Returns the fault if the answer says more of the account than of the orders."""
        at = f"{self._address(path)} answered {reply.status}"
        check = "run `orderferry check`."
        one = path == BULK and reply.status in _OF_A_MERCHANT
        said = read_blame(reply.body, manifest).problem
        words = f"{at}: {said}." if said else f"{at}."
        if reply.status in _DENIED:
            return Denied(
                words,
                "Ask At Last whether these credentials may send orders, correct client_id,"
                f" client_secret, token_url or merchant_id, then {check}",
                of_merchant=one,
            )
        if httpx.codes.is_redirect(reply.status):
            return Misconfigured(f"{at}, a redirect.", f"Correct base_url; {check}")
        if reply.status in _NOT_THE_INTERFACE or (reply.html and reply.status == httpx.codes.OK):
            return Misconfigured(words, f"Correct base_url; {check}", of_merchant=one)
        return None

    def _address(self, path: str) -> str:
        return place(httpx.URL(self.account.base_url)).rstrip("/") + path

    def _wait(self, reply: _Reply) -> float | None:
        return parse_retry_after(reply.headers.get("Retry-After"), self._now())


def _read(response: httpx.Response, until: float) -> tuple[bytes, bool]:
    """Returns the body, and False with an empty one if not all of it came by *until*."""
    body = b""
    try:
        for chunk in response.iter_bytes():
            body += chunk
            if len(body) > _BODY_LIMIT or time.monotonic() > until:
                return b"", False
    except httpx.RequestError:
        return b"", False
    return body, True
