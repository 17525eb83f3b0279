"""
Bulk operations: a window's orders as one file, made by the shop in its own time.

    asked ──▶ CREATED ──▶ RUNNING ──▶ COMPLETED ──▶ a file (none if it is empty)
      │           └───────────┴─────▶ FAILED, EXPIRED, CANCELED ──▶ paging
      └── others run already ───────▶ paging

The operation's id is in the vault while it runs, so that a process that was
restarted goes on with its own operation, or cancels it if it is of no use any
more. Whatever is wrong with an operation, the same orders can be had by paging:
nothing here ends a run but a shop that is not to be reached at all.
"""

from __future__ import annotations

import logging
from collections.abc import Generator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from pydantic import AwareDatetime, BaseModel, ValidationError

from connectors.base import Surroundings, Window
from connectors.errors import Contract, Credentials
from connectors.failures import RequestFailed
from connectors.shopify.client import Json, ShopClient
from connectors.shopify.documents import BULK_CANCEL, BULK_START, BULK_STATUS, bulk_feed
from connectors.shopify.windows import search

VAULT_NAME: Final = "shopify bulk operation"
PATIENCE: Final = timedelta(hours=1)  # then paging is the faster way

_FRESH: Final = timedelta(days=6)  # files are deleted after seven
_RUNNING: Final = frozenset({"CREATED", "RUNNING"})
_FIRST_WAIT: Final = 1.0  # seconds
_LONGEST_WAIT: Final = 30.0
_LOG: Final = logging.getLogger(__name__)


class _Kept(BaseModel):
    id: str
    since: AwareDatetime
    until: AwareDatetime
    started_at: AwareDatetime


@dataclass(frozen=True, slots=True)
class Operation:
    """A bulk operation of ours."""

    id: str
    window: Window
    started_at: datetime
    resumed: bool = False
    """A former run started it: an order may have been read in a newer state since then."""


@dataclass(frozen=True, slots=True)
class Result:
    """What a completed operation left."""

    operation: Operation
    url: str | None
    """Signed, for everybody who has it: never shown. None if no order matched."""
    objects: int
    """Lines of the file."""
    orders: int


class BulkRunner:
    """Runs bulk operations in one shop, one after the other."""

    def __init__(self, client: ShopClient, surroundings: Surroundings) -> None:
        self._client = client
        self._surroundings = surroundings

    def run(self, window: Window, *, customs: bool) -> Generator[None, None, Result | None]:
        """
        Returns the orders of the window, or of its beginning; None where paging must do.

        Yields whenever it is about to look again, so that the caller can show
        that it is alive. An operation that a former run started for the same
        beginning is used, also if it ends earlier: the rest of the window is
        then left.
        """
        operation = self._resumable(window) or self._start(window, customs=customs)
        if operation is None:
            return None
        return (yield from self._await(operation))

    def forget(self) -> None:
        """Forgets the operation whose orders are all handed over, or which is of no use."""
        self._keep(None)

    def _resumable(self, window: Window) -> Operation | None:
        vault = self._surroundings.vault
        text = None if vault is None else vault.get(VAULT_NAME)
        if text is None:
            return None
        try:
            kept = _Kept.model_validate_json(text)
        except ValidationError:
            self.forget()
            return None
        fresh = self._surroundings.now() - kept.started_at < _FRESH
        if fresh and kept.since <= window.since < kept.until <= window.until:
            span = Window(kept.since.astimezone(UTC), kept.until.astimezone(UTC))
            return Operation(kept.id, span, kept.started_at.astimezone(UTC), resumed=True)
        self._cancel(kept.id)
        self.forget()
        return None

    def _start(self, window: Window, *, customs: bool) -> Operation | None:
        text = bulk_feed(search(window), customs=customs)
        try:
            payload = self._client.ask(BULK_START, {"text": text}).data["bulkOperationRunQuery"]
        except (Contract, Credentials, RequestFailed) as error:
            self._give_up(f"it was refused ({type(error).__name__})")
            return None
        if payload["userErrors"] or not payload["bulkOperation"]:
            codes = {str(one.get("code")) for one in payload["userErrors"]}
            self._give_up(f"it was refused ({', '.join(sorted(codes)) or 'no reason'})")
            return None
        operation = Operation(payload["bulkOperation"]["id"], window, self._surroundings.now())
        self._keep(operation)
        return operation

    def _await(self, operation: Operation) -> Generator[None, None, Result | None]:
        wait = _FIRST_WAIT
        while True:
            told = self._client.ask(BULK_STATUS, {"id": operation.id}).data["bulkOperation"]
            status = told["status"] if told else "EXPIRED"
            if status == "COMPLETED":
                return self._result(operation, told)
            waited = self._surroundings.now() - operation.started_at
            if status not in _RUNNING:
                self.forget()
                self._give_up(f"it ended as {status}")
                return None
            if waited > PATIENCE:
                self._cancel(operation.id)
                self.forget()
                self._give_up(f"it is {status} after {waited}")
                return None
            yield
            self._surroundings.sleep(wait)
            wait = min(wait * 2, _LONGEST_WAIT)

    def _result(self, operation: Operation, told: Json) -> Result | None:
        objects, orders = int(told["objectCount"]), int(told["rootObjectCount"])
        url = told["url"]
        if url is None and objects:
            self.forget()
            self._give_up("it has no file")
            return None
        return Result(operation, url, objects, orders)

    def _cancel(self, operation_id: str) -> None:
        try:
            self._client.ask(BULK_CANCEL, {"id": operation_id})
        except (Contract, Credentials, RequestFailed):
            _LOG.debug(
                "A bulk operation could not be cancelled; it ends by itself.",
                extra={"action": "bulk_not_cancelled"},
            )

    def _keep(self, operation: Operation | None) -> None:
        if self._surroundings.vault is None:
            return
        text = None
        if operation is not None:
            text = _Kept(
                id=operation.id,
                since=operation.window.since,
                until=operation.window.until,
                started_at=operation.started_at,
            ).model_dump_json()
        self._surroundings.vault.put(VAULT_NAME, text)

    def _give_up(self, why: str) -> None:
        _LOG.warning(
            "%s: the bulk operation is given up for paging: %s.",
            self._client.where,
            why,
            extra={"action": "bulk_given_up"},
        )
