"""What the state's verbs take and give, and how they refuse; values without behaviour."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


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
class Missing:
    """What an order lacks before it can come back across a border."""

    sku: str
    """Empty for a product that has none, and where the order itself lacks something."""
    name: str
    """What the shop calls the product; empty where the order itself lacks something."""
    fields: tuple[str, ...]
    """Names of At Last's contract."""


@dataclass(frozen=True, slots=True)
class Readiness:
    """How ready an order is for a return across a border."""

    grade: str
    missing: tuple[Missing, ...] = ()


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
    readiness: Readiness | None = None
    """Of a PENDING order; kept with the ledger when the payload is erased."""
    unread: bool = False
    """The order could not be read just now: a pending or waiting one stays as it is."""
    source: bytes | None = None
    """Digest of all that the decision was made from, but the time; None if that is unknown."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Where one order stands in the ledger: what a sweep compares with the shop."""

    state: OrderState
    modified_at: datetime | None = None
    """In the shop, of the version that was read last."""
    reason: str | None = None
    cautions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Recognised:
    """Orders of which the same was read again, so that nothing is to be decided."""

    order_ids: frozenset[str] = frozenset()
    changed: int = 0
    """How many of them differ from what was delivered but are not sent again by policy."""


class Kind(StrEnum):
    """Under which of the Counts a read order falls."""

    READY = "ready"
    UNCHANGED = "unchanged"
    WAITING = "waiting"
    SKIPPED = "skipped"
    QUARANTINED = "quarantined"
    CHANGED = "changed"
    """Unchanged, and also `changed`: differs from what was delivered."""


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
    caution: str | None = None
    """Only for ACCEPTED: what is kept with the order, beside mapping's own cautions."""


@dataclass(frozen=True, slots=True)
class Shop:
    """Which shop a ledger is about: equal values are the same shop."""

    platform: str
    address: str
    """What tells it apart from all other shops of the platform."""

    def __str__(self) -> str:
        return f"{self.address} ({self.platform})"


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
    """poll, backfill, sweep or deliver."""
    started_at: datetime
    finished_at: datetime | None = None
    outcome: RunOutcome | None = None
    counts: Mapping[str, int] = field(default_factory=dict)
    problem: str | None = None
    """Problem and remedy in words; of a run that is DONE, what should be seen to in time."""
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
    changed: int = 0
    """Delivered orders whose shop shows another version since, which policy does not send."""
    last_sweep: Run | None = None
    """The last one that was completed."""
    last_end: Run | None = None
    """The last run that came to an end: `last_run`, unless that is under way."""
    first_seen_at: datetime | None = None
    """When the merchant was first to be read."""


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What was deleted because of its age."""

    orders: int = 0
    payloads: int = 0
    """Of quarantined orders; the orders stay, with their reasons."""
    runs: int = 0
    """Runs and abandoned backfills."""

    def __add__(self, other: Forgotten) -> Forgotten:
        return Forgotten(
            self.orders + other.orders, self.payloads + other.payloads, self.runs + other.runs
        )
