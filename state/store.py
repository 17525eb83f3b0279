"""
The StateStore protocol and its records.

Every verb is one whole transaction, so that a store on another database can
keep the same promises; nothing outside `state` knows which one it is. All
instants are aware UTC. Jobs name a merchant or an account, never an object.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol


class StateError(Exception):
    """
    The state cannot be used; nothing was changed. The message says what to do.

    Args:
        message: One sentence and a remedy.
        passes: Whether the same call can succeed later by itself: a full disk,
            a lock, an I/O error. Otherwise a person has to act first.

    """

    def __init__(self, message: str, *, passes: bool = False) -> None:
        super().__init__(message)
        self.passes = passes


class LeaseHeld(Exception):
    """Another process holds the lease; the message names the owner and the expiry."""

    def __init__(self, name: str, owner: str, expires_at: datetime) -> None:
        super().__init__(f"{name} is held by {owner} until {expires_at:%Y-%m-%d %H:%M:%S} UTC.")
        self.name = name
        self.owner = owner
        self.expires_at = expires_at


class LeaseLost(Exception):
    """The lease of this process expired and was taken over; its write was refused."""


class OrderState(StrEnum):
    """Where an order stands; exactly one at any time (R1)."""

    PENDING = "pending"
    IN_DOUBT = "in_doubt"
    DELIVERED = "delivered"
    WAITING = "waiting"
    SKIPPED = "skipped"
    QUARANTINED = "quarantined"


@dataclass(frozen=True, slots=True)
class Decision:
    """
    What a page's mapping decided for one order, to be made durable.

    `state` is PENDING (with payload and fingerprint), WAITING (with
    wait_until), SKIPPED or QUARANTINED (each with a reason).
    """

    order_id: str
    state: OrderState
    modified_at: datetime | None = None
    created_at: datetime | None = None
    fingerprint: str | None = None
    payload: bytes | None = None
    reason: str | None = None
    wait_until: datetime | None = None
    cautions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Counts:
    """
    What became of the orders that were read.

    seen = ready + unchanged + waiting + skipped + quarantined. `changed` counts
    those among `unchanged` that differ from what was delivered but are not sent
    again by policy.
    """

    seen: int = 0
    ready: int = 0
    unchanged: int = 0
    waiting: int = 0
    skipped: int = 0
    quarantined: int = 0
    changed: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(
            self.seen + other.seen,
            self.ready + other.ready,
            self.unchanged + other.unchanged,
            self.waiting + other.waiting,
            self.skipped + other.skipped,
            self.quarantined + other.quarantined,
            self.changed + other.changed,
        )


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to work on *name* alone, until it expires."""

    name: str
    owner: str
    generation: int
    """Grows with every change of hands; a write under an older one is refused."""


@dataclass(frozen=True, slots=True)
class Claimed:
    """An order taken out of the outbox for a push; durable as `in_doubt` until settled."""

    merchant: str
    order_id: str
    fingerprint: str
    payload: bytes
    again: bool
    """An earlier push of this payload is in doubt: this one may be its duplicate."""
    lone_failures: int = 0
    """How often this payload failed alone while others passed."""


class Verdict(StrEnum):
    """How a push of one order ended."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    RETURNED = "returned"
    """Certainly not accepted (nothing was sent, or the server said so): pending again."""
    IN_DOUBT = "in_doubt"
    """The answer never came."""


@dataclass(frozen=True, slots=True)
class Settlement:
    """What is now known of one claimed order."""

    claimed: Claimed
    verdict: Verdict
    reason: str | None = None
    """Only for REFUSED: At Last's words, without personal data."""
    suspect: bool = False
    """Only for IN_DOUBT: the order was pushed alone, and others were accepted after it."""


class RunOutcome(StrEnum):
    """How a run ended."""

    DONE = "done"
    TRANSIENT = "try again later"
    CREDENTIALS = "credentials refused"
    CONTRACT = "cannot be read"
    STOPPED = "stopped"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Run:
    """One attempt for one subject: a merchant, or an At Last account for deliveries."""

    id: int
    subject: str
    kind: str
    """poll, backfill or deliver."""
    started_at: datetime
    finished_at: datetime | None = None
    outcome: RunOutcome | None = None
    counts: Mapping[str, int] = field(default_factory=dict)
    problem: str | None = None
    """Problem and remedy in words, when the outcome is not DONE."""
    retry_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Backfill:
    """An explicit window on its way; its resume point is its own, never the watermark."""

    id: int
    merchant: str
    since: datetime
    until: datetime
    done_until: datetime


@dataclass(frozen=True, slots=True)
class MerchantState:
    """What `status` shows of one merchant."""

    merchant: str
    orders: Mapping[OrderState, int]
    watermark: datetime | None
    oldest_pending_at: datetime | None
    """When the order that has waited longest in the outbox got there."""
    last_run: Run | None
    last_success_at: datetime | None
    quarantined: Mapping[str, int]
    """Reason -> number of orders, the most frequent first, at most ten."""


class StateStore(Protocol):
    """Durable memory of what was seen, what is to be sent, and who works on what."""

    # leases ------------------------------------------------------------

    def acquire(self, name: str, owner: str, *, now: datetime, ttl: timedelta) -> Lease:
        """
        Takes the lease, also over an expired one.

        The same owner does not get it twice: it raises LeaseHeld like for any other.
        """
        ...

    def renew(self, lease: Lease, *, now: datetime, ttl: timedelta) -> None:
        """Extends the lease; raises LeaseLost if it changed hands."""
        ...

    def release(self, lease: Lease) -> None:
        """Gives the lease back; no error if it is no longer held."""
        ...

    # runs --------------------------------------------------------------

    def start_run(self, subject: str, kind: str, *, now: datetime) -> int:
        """Returns the id of a new run."""
        ...

    def finish_run(  # noqa: PLR0913 - one column each
        self,
        run_id: int,
        outcome: RunOutcome,
        *,
        now: datetime,
        counts: Mapping[str, int],
        problem: str | None = None,
        retry_at: datetime | None = None,
    ) -> None:
        """Closes the run."""
        ...

    def runs(self, subject: str, *, limit: int) -> tuple[Run, ...]:
        """Returns the subject's last runs, newest first."""
        ...

    # reading -----------------------------------------------------------

    def watermark(self, merchant: str) -> datetime | None:
        """Returns the instant before which every change is durable, None before any window."""
        ...

    def record_page(  # noqa: PLR0913 - one transaction
        self,
        lease: Lease,
        merchant: str,
        decisions: Sequence[Decision],
        *,
        now: datetime,
        watermark: datetime | None = None,
        backfill: Backfill | None = None,
        resend_on_change: bool = False,
    ) -> Counts:
        """
        Stores a page's decisions and, with them, the progress they complete.

        One transaction. *watermark* moves the merchant's watermark forward to
        that instant (an earlier one is ignored: it never moves back);
        *backfill* stores that backfill's `done_until` in the same way. Raises
        LeaseLost, and changes nothing, if *lease* has changed hands.

        For an order already known:

        - the same fingerprint (or, without one, the same state and reason):
          `unchanged`, whatever its state; one indexed look-up;
        - DELIVERED: stays so; a different fingerprint counts as `changed`, and
          with *resend_on_change* the order becomes PENDING again;
        - IN_DOUBT: stays so; a new payload replaces the old one, other
          decisions are ignored until the push is settled;
        - otherwise the decision replaces the row. A WAITING row keeps the
          earlier of both wait_until.

        If one page holds an order twice, the later decision counts and both are seen.
        """
        ...

    def waiting(self, merchant: str) -> tuple[str, ...]:
        """Returns the ids of the merchant's waiting orders, the longest waiting first."""
        ...

    # delivering --------------------------------------------------------

    def expire(self, merchants: Sequence[str], *, created_before: datetime, now: datetime) -> int:
        """Moves unsent orders created before that to SKIPPED, with their age; returns how many."""
        ...

    def claim(
        self, lease: Lease, merchants: Sequence[str], *, limit: int, now: datetime
    ) -> tuple[Claimed, ...]:
        """
        Takes the oldest outbox rows (pending and in doubt) of these merchants.

        They are durable as IN_DOUBT when this returns: a crash during the push
        leaves the truth. Rows claimed earlier under the same lease generation
        and not settled yet are not returned again.
        """
        ...

    def settle(self, lease: Lease, settlements: Sequence[Settlement], *, now: datetime) -> None:
        """
        Stores how the pushes ended and erases the payloads of accepted orders.

        If the row's fingerprint changed during the push: ACCEPTED makes it
        DELIVERED with the claimed fingerprint and counts a change, or PENDING
        with the new payload if the newer decision was recorded with
        resend_on_change; the other verdicts make it PENDING or IN_DOUBT with
        the new payload.
        """
        ...

    # backfills ---------------------------------------------------------

    def open_backfill(
        self,
        merchant: str,
        since: datetime,
        until: datetime,
        *,
        now: datetime,
        open_ended: bool = False,
    ) -> Backfill:
        """
        Returns the unfinished backfill of exactly this window, or begins one.

        With *open_ended* the window ends "now", which is another instant each
        time: the oldest unfinished one with the same beginning is returned,
        whatever its end.
        """
        ...

    def close_backfill(self, backfill: Backfill, *, now: datetime) -> None:
        """Marks the backfill as finished, so that the same window begins anew next time."""
        ...

    # looking -----------------------------------------------------------

    def merchant_state(self, merchant: str) -> MerchantState:
        """Returns what `status` shows of one merchant."""
        ...

    def known(self, merchant: str, order_ids: Sequence[str]) -> Mapping[str, str | None]:
        """Returns id -> fingerprint for those of these orders that the ledger holds."""
        ...

    # keeping for connectors ---------------------------------------------

    def kept(self, merchant: str, name: str) -> str | None:
        """Returns a small value that the merchant's connector keeps, None if there is none."""
        ...

    def keep(self, merchant: str, name: str, value: str | None) -> None:
        """Stores such a value, or forgets it; durable when it returns."""
        ...

    def close(self) -> None:
        """Closes the store; safe to call twice."""
        ...
