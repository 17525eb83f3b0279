"""The simulator's endpoints: tokens, bulk ingest, carriers."""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from threading import Lock
from typing import Any, Literal
from urllib.parse import parse_qs

from orderferry.sandbox.atlast.contract import Fault, faults
from orderferry.sandbox.server import Request, Response

Naming = Literal["none", "indices", "paths", "ids", "numbers"]
"""How an answer names orders: not at all, by position, by path, by id, by order number."""

Partial = Literal["", "failures", "results", "counts"]
"""
What the answer to a partly accepted batch holds.

Nothing, as batches are accepted or refused as a whole; the orders that were
refused; a result for each order; or how many were refused.
"""

_Found = Mapping[int, list[Fault]]
"""Position -> what is wrong with the order there."""

_EXISTS = Fault("", "already exists", None)

_SOUGHT_KEYS = ("client_id", "client_secret", "grant_type")


class AtLast:
    """
    Remembers every order it accepts, and how often.

    Attributes:
        accepted: (merchantId or None, id) -> every accepted version, oldest first;
            fractions are Decimal, so that money keeps its digits.
        token_calls: Requests to a token endpoint, whatever came of them.
        bulk_calls: Authorised requests to the bulk endpoint.
        poison: Orders for which it is true are refused although nothing is wrong with them.
        naming: How an answer names orders.
        partial: Whether the good orders of a batch are accepted and the bad ones refused, and what
            the answer says then. With naming "none" failures name nobody, and results go by place.
        partial_status: Status of that answer.
        echoes: Whether a refusal repeats the values it found, as careless servers do.
        expires_in: Life of a new token in seconds; 0 gives tokens for one request, None says
            nothing and means the same.
        wrong_secret_status: What a wrong client id or secret is answered with.
        conflicts: Whether an order of which the id is known is refused with 409.
        strangers: merchantIds that this account may not send for.
        stranger_status: Status of the answer to a batch with an order of theirs; it names nobody.
        max_body: Bytes of the largest request; a larger one is answered with 413.

    """

    def __init__(  # noqa: PLR0913 - one switch each
        self,
        now: Callable[[], datetime],
        *,
        client_id: str = "sandbox-id",
        client_secret: str = "sandbox-secret",  # noqa: S107 - opens a simulator only
        token_endpoints: Iterable[Literal["form", "basic", "json"]] = ("form", "basic", "json"),
        expires_in: int | None = 3600,
        wrong_secret_status: int = 401,
        naming: Naming = "none",
        partial: Partial = "",
        partial_status: int = 207,
        echoes: bool = False,
        poison: Callable[[Mapping[str, Any]], bool] = lambda _order: False,
        conflicts: bool = False,
        strangers: Iterable[str] = (),
        stranger_status: int = 403,
        max_body: int = 5_000_000,
    ) -> None:
        self.now = now
        self.client_id = client_id
        self.client_secret = client_secret
        self.token_endpoints = frozenset(token_endpoints)
        self.expires_in = expires_in
        self.wrong_secret_status = wrong_secret_status
        self.naming = naming
        self.partial = partial
        self.partial_status = partial_status
        self.echoes = echoes
        self.poison = poison
        self.conflicts = conflicts
        self.strangers = frozenset(strangers)
        self.stranger_status = stranger_status
        self.max_body = max_body
        self.accepted: dict[tuple[str | None, str], list[dict[str, Any]]] = {}
        self.token_calls = 0
        self.bulk_calls = 0
        self._tokens: dict[str, datetime | None] = {}
        self._lock = Lock()

    @property
    def duplicates(self) -> int:
        """How many orders were accepted beyond the first time."""
        return sum(len(versions) - 1 for versions in self.accepted.values())

    def revoke_tokens(self) -> None:
        """Makes every token invalid at once."""
        with self._lock:
            self._tokens.clear()

    def handle(self, request: Request) -> Response:
        """Answers one request; give it to a Server."""
        with self._lock:
            return self._handle(request)

    def _handle(self, request: Request) -> Response:
        endpoints = {
            "/oauth2/token": ("POST", self._oauth_token),
            "/v1/auth/token": ("POST", self._json_token),
            "/v1/orders/bulk": ("POST", self._bulk),
            "/v1/carriers/services": ("GET", self._carriers),
        }
        if request.path not in endpoints:
            return _message(404, "The server cannot find the requested resource.")
        method, answer = endpoints[request.path]
        if request.method != method:
            return _message(405, "Method not allowed.")
        return answer(request)

    # tokens ------------------------------------------------------------

    def _oauth_token(self, request: Request) -> Response:
        self.token_calls += 1
        if not self.token_endpoints & {"form", "basic"}:
            return _message(404, "The server cannot find the requested resource.")
        if _media_type(request) != "application/x-www-form-urlencoded":
            return _message(415, "Unsupported media type.")
        form = {key: values[0] for key, values in parse_qs(request.body.decode()).items()}
        if "basic" in self.token_endpoints:
            form = {**_basic_credentials(request), **form}
        if "form" not in self.token_endpoints and "authorization" not in request.headers:
            return _json(400, {"error": "invalid_request"})
        return self._token(form)

    def _json_token(self, request: Request) -> Response:
        self.token_calls += 1
        if "json" not in self.token_endpoints:
            return _message(404, "The server cannot find the requested resource.")
        if _media_type(request) != "application/json":
            return _message(415, "Unsupported media type.")
        try:
            document = json.loads(request.body)
        except ValueError:
            return _message(400, "The body is not JSON.")
        return self._token(document if isinstance(document, dict) else {})

    def _token(self, given: Mapping[str, object]) -> Response:
        if not all(isinstance(given.get(key), str) for key in _SOUGHT_KEYS):
            return _json(400, {"error": "invalid_request"})
        if given["grant_type"] != "client_credentials":
            return _json(400, {"error": "unsupported_grant_type"})
        if (given["client_id"], given["client_secret"]) != (self.client_id, self.client_secret):
            description = f"No client {given['client_id']}/{given['client_secret']}."
            return _json(
                self.wrong_secret_status,
                {"error": "invalid_client", "error_description": description},
            )
        token = secrets.token_urlsafe(24)
        life = self.expires_in
        self._tokens[token] = self.now() + timedelta(seconds=life) if life else None
        document: dict[str, object] = {"access_token": token, "token_type": "Bearer"}
        return _json(200, document if life is None else {**document, "expires_in": life})

    def _authorised(self, request: Request) -> bool:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme != "Bearer" or token not in self._tokens:
            return False
        good_until = self._tokens[token]
        if good_until is None:
            del self._tokens[token]  # good for one request
            return True
        return self.now() < good_until

    # orders ------------------------------------------------------------

    def _bulk(self, request: Request) -> Response:
        if not self._authorised(request):
            return _message(401, "Access is unauthorized.")
        self.bulk_calls += 1
        if len(request.body) > self.max_body:
            return _message(413, "Request entity too large.")
        if _media_type(request) != "application/json":
            return _message(415, "Unsupported media type.")
        orders = _orders(request.body)
        if not 1 <= len(orders) <= 100:  # noqa: PLR2004 - minItems and maxItems
            return _message(400, "The body must be JSON with 1 to 100 orders.")
        return self._ingest(orders)

    def _ingest(self, orders: list[Any]) -> Response:
        if any(_merchant(order) in self.strangers for order in orders):
            return _message(self.stranger_status, "Unknown merchant.")
        found = {position: self._judge(order) for position, order in enumerate(orders)}
        found = {position: wrong for position, wrong in found.items() if wrong}
        known = [at for at, order in enumerate(orders) if at not in found and self._knows(order)]
        if known and not found and not self.partial:
            exists = {position: [_EXISTS] for position in known}
            return self._refusal(orders, exists, 409)
        found |= {position: [_EXISTS] for position in known}
        if found and not self.partial:
            return self._refusal(orders, found, 400)
        for position, order in enumerate(orders):
            if position not in found:
                self.accepted.setdefault((order.get("merchantId"), order["id"]), []).append(order)
        return self._partly(orders, found) if found else Response(201)

    def _knows(self, order: Any) -> bool:  # noqa: ANN401 - JSON as it came
        return self.conflicts and (order.get("merchantId"), order["id"]) in self.accepted

    def _judge(self, order: Any) -> list[Fault]:  # noqa: ANN401 - JSON as it came
        found = faults(order, self.now())
        if not found and self.poison(order):
            return [Fault("", "cannot be processed", order["orderNumber"])]
        return found

    def _refusal(self, orders: list[Any], found: _Found, status: int) -> Response:
        """Returns the answer for these bad orders; the batch is atomic, nothing was taken."""
        if self.naming == "none":
            (first, *_), *_ = found.values()
            words = f"Validation failed: {first.path or 'order'} {first.what}"
            return _message(status, words + (f', got "{first.found}"' if self.echoes else ""))
        errors = self._errors(orders, found)
        return _json(status, {"message": "Validation failed", "errors": errors})

    def _partly(self, orders: list[Any], found: _Found) -> Response:
        """Returns the answer for a batch of which all but these bad orders were accepted."""
        if self.partial == "counts":
            counts = {"accepted": len(orders) - len(found), "rejected": len(found)}
            return _json(self.partial_status, counts)
        if self.partial == "failures":
            return _json(self.partial_status, {"failed": self._errors(orders, found)})
        results = []
        for position, order in enumerate(orders):
            name = self._name(position, order)
            if position in found:
                (fault, *_) = found[position]
                status = 409 if fault is _EXISTS else 400
                result = {**name, "status": status, "error": fault.what}
            else:
                result = {**name, "status": 201}
            results.append(result)
        return _json(self.partial_status, {"results": results})

    def _errors(self, orders: list[Any], found: _Found) -> list[dict[str, object]]:
        return [
            self._error(position, orders[position], fault)
            for position, wrong in found.items()
            for fault in wrong
        ]

    def _error(self, position: int, order: Any, fault: Fault) -> dict[str, object]:  # noqa: ANN401 - JSON as it came
        words = fault.what + (f', got "{fault.found}"' if self.echoes else "")
        status = {"status": 409} if fault is _EXISTS else {}
        if self.naming != "paths":
            name = self._name(position, order)
            return {**name, **status, "message": f"{fault.path or 'order'} {words}"}
        path = f"orders[{position}]" + (f".{fault.path}" if fault.path else "")
        return {"path": path, **status, "message": words}

    def _name(self, position: int, order: Any) -> dict[str, object]:  # noqa: ANN401 - JSON as it came
        known = order if isinstance(order, dict) else {}
        names: dict[Naming, dict[str, object]] = {
            "none": {},
            "indices": {"index": position},
            "paths": {"path": f"orders[{position}]"},
            "ids": {"id": known.get("id")},
            "numbers": {"orderNumber": known.get("orderNumber")},
        }
        return names[self.naming]

    def _carriers(self, request: Request) -> Response:
        if not self._authorised(request):
            return _message(401, "Access is unauthorized.")
        service = {
            "carrierId": "00000000-0000-4000-8000-000000000001",
            "serviceId": "00000000-0000-4000-8000-000000000002",
            "name": "Parcel shop",
            "carrierName": "Sandbox Parcels",
            "type": "INTERNATIONAL",
            "deliveryEnabled": True,
            "collectionEnabled": False,
        }
        return _json(200, [service])


def _orders(body: bytes) -> list[Any]:
    """Returns the orders of a request, none if it is not one; numbers keep their digits."""
    try:
        document = json.loads(body, parse_float=Decimal, parse_constant=_not_json)
    except (ValueError, RecursionError):
        return []
    orders = document.get("orders") if isinstance(document, dict) else None
    return orders if isinstance(orders, list) else []


def _merchant(order: Any) -> object:  # noqa: ANN401 - JSON as it came
    return order.get("merchantId") if isinstance(order, dict) else None


def _media_type(request: Request) -> str:
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def _basic_credentials(request: Request) -> dict[str, str]:
    scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
    if scheme != "Basic":
        return {}
    try:
        name, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
    except ValueError:
        return {}
    return {"client_id": name, "client_secret": secret}


def _not_json(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _message(status: int, message: str) -> Response:
    return _json(status, {"message": message})


def _json(status: int, document: object) -> Response:
    body = json.dumps(document).encode()
    return Response(status, body, {"Content-Type": "application/json"})
