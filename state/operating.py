"""
What a person looks at and changes by hand: single orders, the quarantine, the watermark.

OperatorStore is the StateStore protocol with these verbs besides; each of them
is one whole transaction too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from state.ledger import DROPPED
from state.records import Decision, Kind, Lease, OrderState, Shop
from state.store import StateStore


@dataclass(frozen=True, slots=True)
class LedgerOrder:
    """What the ledger knows of one order."""

    row: int
    """Its place: grows in the order in which orders were first seen."""
    merchant: str
    order_id: str
    state: OrderState
    since_at: datetime
    """In this state since then; pending and in doubt are one here."""
    reason: str | None = None
    created_at: datetime | None = None
    modified_at: datetime | None = None
    """In the shop, when the decision was made."""
    wait_until: datetime | None = None
    cautions: tuple[str, ...] = ()
    fingerprint: str | None = None
    kept: bool = False
    """A payload is stored: the order can be sent as it is, without the shop."""
    payload: bytes | None = None
    """Only from `order`; personal data."""

    @property
    def retriable(self) -> bool:
        """Whether `retry` changes it: it is quarantined, or was dropped from there."""
        dropped = self.state is OrderState.SKIPPED and (self.reason or "").startswith(DROPPED)
        return dropped or self.state is OrderState.QUARANTINED


@dataclass(frozen=True, slots=True)
class WatermarkChange:
    """A watermark that was set by hand."""

    merchant: str
    changed_at: datetime
    before: datetime | None
    after: datetime
    by: str
    """Who, in words that a person can follow up."""
    note: str = ""


class ShopChangeKind(StrEnum):
    """What a person said of a merchant and its shop."""

    RENAMED = "renamed"
    """The merchant has another name; `before` and `after` are names."""
    ADOPTED = "adopted"
    """The ledger is about the shop that the configuration names now; they are shops."""


@dataclass(frozen=True, slots=True)
class ShopChange:
    """That a merchant was renamed, or its shop found under another address."""

    merchant: str
    changed_at: datetime
    kind: ShopChangeKind
    before: str | None
    after: str
    by: str
    """Who, in words that a person can follow up."""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Renamed:
    """What was moved to a merchant's new name."""

    change: ShopChange
    shop: Shop | None
    """Which shop the ledger is about; None if that was never noted."""
    orders: int
    watermark: datetime | None
    backfills: int
    """Unfinished ones."""
    runs: int
    kept: int
    """Values that its connector keeps, such as rotating tokens."""


class NotRenamed(Exception):
    """A merchant cannot get that name; nothing was changed. A sentence and a remedy."""


@dataclass(frozen=True, slots=True)
class ToFix:
    """A product (or the orders themselves) that lacks something, and how often that matters."""

    sku: str
    name: str
    """Both as in Missing."""
    missing: Mapping[str, int]
    """Field -> number of orders in which it is missing, the most first."""
    orders: int
    examples: tuple[str, ...]
    """Ids of the newest of these orders, three at most."""


@dataclass(frozen=True, slots=True)
class ReadinessReport:
    """How ready a merchant's orders are, and what to do about it."""

    grades: Mapping[str, int]
    """Grade -> number of orders."""
    to_fix: tuple[ToFix, ...]
    """Those with the most orders first."""


class OperatorStore(StateStore, Protocol):
    """A StateStore that operators can look into and correct."""

    # the quarantine ------------------------------------------------------

    def order(self, merchant: str, order_id: str) -> LedgerOrder | None:
        """Returns the order with its payload, None if the ledger does not hold it."""
        ...

    def quarantined(
        self,
        merchant: str,
        *,
        reason: str = "",
        order_ids: Sequence[str] = (),
        after: int = 0,
        limit: int,
    ) -> tuple[LedgerOrder, ...]:
        """
        Returns a page of the merchant's quarantine, the orders seen first before the others.

        Args:
            merchant: Whose.
            reason: Only orders whose reason holds this text, whatever the case; "" = all.
            order_ids: Only these orders; empty = all.
            after: `row` of the last order of the page before.
            limit: Length of the page at most.

        """
        ...

    def plan(
        self,
        merchant: str,
        decisions: Sequence[Decision],
        *,
        now: datetime,
        resend_on_change: bool = False,
    ) -> tuple[Kind, ...]:
        """Returns how `record_page` would count each of these decisions; stores nothing."""
        ...

    def retry(self, merchant: str, order_ids: Sequence[str], *, now: datetime) -> tuple[str, ...]:
        """
        Returns those of these orders that are pending now: the ones with a payload.

        Of the others, the dropped ones are back in the quarantine, so that the
        next reading of the order is a new decision. Orders that are neither
        quarantined nor dropped stay as they are.
        """
        ...

    def drop(self, merchant: str, order_ids: Sequence[str], *, now: datetime) -> int:
        """
        Moves these orders from the quarantine to SKIPPED and erases their payloads; how many.

        The reason begins with DROPPED and keeps the old one. Such an order
        stays skipped until reading it comes to something else than before.
        """
        ...

    # readiness -----------------------------------------------------------

    def readiness(self, merchant: str, *, since: datetime) -> ReadinessReport:
        """Returns how ready the merchant's orders are that were created since then."""
        ...

    # the watermark -------------------------------------------------------

    def set_watermark(  # noqa: PLR0913 - one column each
        self,
        lease: Lease,
        merchant: str,
        at: datetime,
        *,
        now: datetime,
        by: str,
        note: str = "",
    ) -> WatermarkChange:
        """
        Moves the watermark to *at*, also back, and records who did it.

        Raises LeaseLost, and changes nothing, if *lease* has changed hands.
        """
        ...

    def watermark_changes(self, merchant: str, *, limit: int) -> tuple[WatermarkChange, ...]:
        """Returns the changes made by hand, the newest first."""
        ...

    # shops ---------------------------------------------------------------

    def adopt_shop(  # noqa: PLR0913 - one column each
        self,
        lease: Lease,
        merchant: str,
        shop: Shop,
        *,
        now: datetime,
        by: str,
        note: str = "",
    ) -> ShopChange:
        """
        Notes that the merchant's ledger is about this shop, and records who said so.

        Raises LeaseLost, and changes nothing, if *lease* has changed hands.
        """
        ...

    def rename(  # noqa: PLR0913 - one column each
        self,
        held: Sequence[Lease],
        old: str,
        new: str,
        *,
        now: datetime,
        by: str,
        note: str = "",
    ) -> Renamed:
        """
        Moves everything that is kept under the name *old* to *new*, and records who did it.

        All or nothing. What runs that could not read left under *new* goes, but for
        values that its connector keeps: those are newer than the ones of *old*.

        Raises:
            NotRenamed: Nothing is known of *old*, or *new* has orders already.
            LeaseHeld: Somebody renews a token of *old* at this moment.
            LeaseLost: One of the *held* leases has changed hands.
            StateError: Orders of *old* are being pushed at this moment; it passes.

        """
        ...

    def shop_changes(self, merchant: str, *, limit: int) -> tuple[ShopChange, ...]:
        """Returns how the merchant came to its name and its shop, the newest first."""
        ...
