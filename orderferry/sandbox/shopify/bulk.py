"""Bulk operations: started, polled, finished, downloaded."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Literal

from orderferry.sandbox.server import Request, Response
from orderferry.sandbox.shopify.bulk_rules import faults
from orderferry.sandbox.shopify.call import Call
from orderferry.sandbox.shopify.graphql_endpoint import plan_bulk
from orderferry.sandbox.shopify.json_types import Json, gid, instant_text
from orderferry.sandbox.shopify.jsonl import Result, write_jsonl
from orderferry.sandbox.shopify.plan import Selection

Ending = Literal["COMPLETED", "FAILED", "EXPIRED"]

FILES: Final = "/bulk-operation-outputs/"
"""Where results lie; on the real platform it is another host."""

_KEPT: Final = timedelta(days=7)
_SEVERAL_SINCE: Final = "2026-01"
_BUSY: Final = frozenset({"CREATED", "RUNNING", "CANCELING"})


@dataclass(slots=True)
class _Operation:
    number: int
    call: Call
    """As it was when the operation was made: its rights and its version hold."""
    plan: Selection
    query: str
    grouped: bool
    status: str = "CREATED"
    polls: int = 0
    error: str | None = None
    completed_at: datetime | None = None
    result: Result | None = None
    partial: bool = False

    @property
    def key(self) -> str:
        """Returns what stands for the operation in an address."""
        return hashlib.sha256(f"bulk {self.number}".encode()).hexdigest()[:40]


@dataclass(slots=True)
class BulkOperations:
    """
    The bulk operations of one shop.

    Attributes:
        polls_needed: An operation runs from the first look at it and ends at this one.
        longest: After this time it has ended, looked at or not.
        ending: How the next operations end.
        error_code: The `errorCode` of those that fail; they leave half of their rows.
        omits_when_sorted: Whether a feed filtered by `updated_at` and sorted by it loses rows.
        downloads: How many results were fetched.

    """

    polls_needed: int = 2
    longest: timedelta = timedelta(minutes=10)
    ending: Ending = "COMPLETED"
    error_code: str | None = "INTERNAL_SERVER_ERROR"
    omits_when_sorted: bool = True
    downloads: int = 0
    _operations: dict[str, _Operation] = field(default_factory=dict)

    def run(self, call: Call, query: str, *, grouped: bool) -> Json:
        """Starts an operation; returns the mutation's payload."""
        plan, problems = plan_bulk(call, query)
        if plan is None or problems:
            return _refused("INVALID", ["query"], problems)
        problems = list(faults(query, plan))
        if problems:
            return _refused("INVALID", ["query"], problems)
        limit = 5 if call.version >= _SEVERAL_SINCE else 1
        busy = [name for name, one in self._operations.items() if self._settled(one, call) in _BUSY]
        if len(busy) >= limit:
            message = (
                "A bulk query operation for this app and shop is already in progress:"
                f" {', '.join(busy)}."
            )
            return _refused("OPERATION_IN_PROGRESS", None, [message])
        number = 6_000_000_000_001 + len(self._operations)
        operation = _Operation(number, call, plan, query, grouped)
        self._operations[gid("BulkOperation", number)] = operation
        return {"bulkOperation": _shown(operation, call), "userErrors": []}

    def cancel(self, call: Call, global_id: str) -> Json:
        """Asks an operation to end; returns the mutation's payload."""
        operation = self._operations.get(global_id)
        if operation is None:
            return _not_cancelled(None, "Bulk operation does not exist")
        if self._settled(operation, call) not in _BUSY:
            sentence = f"A bulk operation cannot be canceled when it is {operation.status.lower()}"
            return _not_cancelled(_shown(operation, call), sentence)
        operation.status = "CANCELING"
        return {"bulkOperation": _shown(operation, call), "userErrors": []}

    def find(self, call: Call, global_id: str) -> Json | None:
        """Returns an operation as a poll sees it, which is one step on."""
        operation = self._operations.get(global_id)
        return None if operation is None else self._polled(operation, call)

    def current(self, call: Call) -> Json | None:
        """Returns the youngest operation as a poll sees it."""
        return next((self._polled(one, call) for one in reversed(self._operations.values())), None)

    def all(self, call: Call) -> Iterator[Json]:
        """Yields all operations, oldest first; this is no poll."""
        for operation in self._operations.values():
            self._settled(operation, call)
            yield _shown(operation, call)

    def download(self, request: Request, now: datetime) -> Response:
        """Answers a request for a result, which is open to whoever knows the address."""
        if "x-shopify-access-token" in request.headers:
            return _xml(400, "InvalidArgument", "A shop's token has no business here.")
        key = request.path.removeprefix(FILES).removesuffix(".jsonl")
        operation = next((one for one in self._operations.values() if one.key == key), None)
        if operation is None or operation.result is None or operation.completed_at is None:
            return _xml(404, "NoSuchKey", "The specified key does not exist.")
        if now >= operation.completed_at + _KEPT:
            return _xml(400, "ExpiredToken", "Invalid argument: the address has expired.")
        self.downloads += 1
        return Response(200, operation.result.data, {"Content-Type": "application/jsonl"})

    def _polled(self, operation: _Operation, call: Call) -> Json:
        operation.polls += 1
        if self._settled(operation, call) in _BUSY:
            if operation.status == "CANCELING":
                self._finish(operation, call, "CANCELED")
            elif operation.polls >= self.polls_needed:
                self._finish(operation, call, self.ending)
            else:
                operation.status = "RUNNING"
        return _shown(operation, call)

    def _settled(self, operation: _Operation, call: Call) -> str:
        if operation.status in _BUSY and call.now - operation.call.now >= self.longest:
            canceling = operation.status == "CANCELING"
            self._finish(operation, call, "CANCELED" if canceling else self.ending)
        return operation.status

    def _finish(self, operation: _Operation, call: Call, status: str) -> None:
        result = write_jsonl(operation.call, operation.plan, grouped=operation.grouped)
        if result.denied:
            status, operation.error = "FAILED", "ACCESS_DENIED"
            result = Result(b"", 0, 0, denied=True)
        elif status == "FAILED":
            operation.error = self.error_code
        operation.partial = status != "COMPLETED"
        operation.result = _half(result) if operation.partial else result
        operation.status = status
        operation.completed_at = call.now


def _half(result: Result) -> Result:
    rows = result.data.splitlines(keepends=True)
    kept = rows[: len(rows) // 2]
    return Result(b"".join(kept), len(kept), min(result.roots, len(kept)), result.denied)


def _shown(operation: _Operation, call: Call) -> Json:
    result, at = operation.result, operation.completed_at
    # an empty result has no address at all
    address = f"{call.url}{FILES}{operation.key}.jsonl" if result and result.data else None
    return {
        "__typename": "BulkOperation",
        "id": gid("BulkOperation", operation.number),
        "type": "QUERY",
        "status": operation.status,
        "errorCode": operation.error,
        "query": operation.query,
        "createdAt": instant_text(operation.call.now),
        "completedAt": instant_text(at) if at and operation.status == "COMPLETED" else None,
        "objectCount": str(result.objects if result else 0),
        "rootObjectCount": str(result.roots if result else 0),
        "fileSize": str(len(result.data)) if result and not operation.partial else None,
        "url": None if operation.partial else address,
        "partialDataUrl": address if operation.partial else None,
    }


def _refused(code: str, field_name: list[str] | None, messages: list[str]) -> Json:
    errors = [{"field": field_name, "message": message, "code": code} for message in messages]
    return {"bulkOperation": None, "userErrors": errors}


def _not_cancelled(operation: Json | None, message: str) -> Json:
    error = {"field": ["id"], "message": message}
    return {"bulkOperation": operation, "userErrors": [error]}


def _xml(status: int, code: str, message: str) -> Response:
    body = (
        f"<?xml version='1.0' encoding='UTF-8'?><Error><Code>{code}</Code>"
        f"<Message>{message}</Message></Error>"
    )
    return Response(status, body.encode(), {"Content-Type": "application/xml; charset=UTF-8"})
