"""
The StateStore protocol.

Every verb is one whole transaction, so that a store on another database can
keep the same promises; nothing outside `state` knows which one it is. All
instants are aware UTC. Jobs name a merchant or an account, never an object.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from state.records import (
    Backfill,
    Claimed,
    Counts,
    Decision,
    Forgotten,
    Lease,
    MerchantState,
    Recognised,
    Run,
    RunOutcome,
    Settlement,
    Shop,
    Standing,
)


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

    def last_run(self, subject: str, kind: str, *, done: bool = False) -> Run | None:
        """Returns the subject's last run of that kind, or the last that ended DONE."""
        ...

    # reading -----------------------------------------------------------

    def watermark(self, merchant: str) -> datetime | None:
        """Returns the instant before which every change is durable, None before any window."""
        ...

    def reads_since(self, merchant: str) -> datetime | None:
        """
        Returns where the windows began that the watermark closes, None before any window.

        Changes before that instant are left out on purpose: by `first_sync`, or by
        a person who moved the watermark forward.
        """
        ...

    def first_seen(self, merchant: str, *, now: datetime) -> datetime:
        """
        Returns when the merchant was first to be read; the first call makes that *now*.

        `first_sync` counts from there: while the first polls fail, the window
        must not slide away over changes that no poll has read yet (R1).
        """
        ...

    def recognised(self, merchant: str, sources: Mapping[str, bytes]) -> Recognised:
        """
        Returns which of these orders would be decided as they were, from their `source`.

        Never a waiting or quarantined order, nor one that was too old: what becomes
        of those depends on the time or on a person as well.

        Args:
            merchant: Whose orders.
            sources: Order id -> digest of what was read now.

        """
        ...

    def record_page(  # noqa: PLR0913 - one transaction
        self,
        lease: Lease,
        merchant: str,
        decisions: Sequence[Decision],
        *,
        now: datetime,
        watermark: datetime | None = None,
        since: datetime | None = None,
        backfill: Backfill | None = None,
        resend_on_change: bool = False,
    ) -> Counts:
        """
        Stores a page's decisions and, with them, the progress they complete.

        One transaction. *watermark* moves the merchant's watermark forward to
        that instant (an earlier one is ignored: it never moves back), and the
        merchant is read since *since* if that is earlier than so far;
        *backfill* stores that backfill's `done_until` in the same way. Raises
        LeaseLost, and changes nothing, if *lease* has changed hands.

        For an order already known:

        - the same fingerprint (or, without one, the same state and reason):
          `unchanged`, whatever its state; one indexed look-up, and a write only
          if the order was modified without changing what is sent;
        - DELIVERED: stays so; a different fingerprint counts as `changed`, and
          with *resend_on_change* the order becomes PENDING again;
        - IN_DOUBT: stays so; a new payload replaces the old one, other
          decisions are ignored until the push is settled;
        - otherwise the decision replaces the row. A WAITING row keeps the
          earlier of both wait_until.

        If one page holds an order twice, the later decision counts and both are seen.
        """
        ...

    def waiting(self, merchant: str, *, until: datetime | None = None) -> tuple[str, ...]:
        """
        Returns the ids of the merchant's waiting orders, the longest waiting first.

        With *until*: of those only whose wait is over then.
        """
        ...

    def unsent(self, merchant: str, *, before: datetime, limit: int) -> tuple[str, ...]:
        """
        Returns the ids of at most *limit* orders that were due to be pushed before that.

        They are in the outbox still; the first to be pushed comes first.
        """
        ...

    # delivering --------------------------------------------------------

    def expire(self, merchants: Sequence[str], *, created_before: datetime, now: datetime) -> int:
        """Moves unsent orders created before that to SKIPPED, with their age; returns how many."""
        ...

    def owes(self, merchants: Sequence[str]) -> bool:
        """Returns whether the outbox of these merchants holds anything; takes nothing from it."""
        ...

    def claim(
        self,
        lease: Lease,
        merchants: Sequence[str],
        *,
        limit: int,
        least: int = 1,
        now: datetime,
    ) -> tuple[Claimed, ...]:
        """
        Takes the oldest outbox rows (pending and in doubt) of these merchants.

        At most *limit*, and none if there are fewer than *least*.

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

    def standings(self, merchant: str, order_ids: Sequence[str]) -> Mapping[str, Standing]:
        """Returns where those of these orders stand that the ledger holds."""
        ...

    def known(self, merchant: str, order_ids: Sequence[str]) -> Mapping[str, str | None]:
        """Returns id -> fingerprint for those of these orders that the ledger holds."""
        ...

    # forgetting ----------------------------------------------------------

    def forget(
        self,
        *,
        now: datetime,
        keep_orders: timedelta,
        keep_quarantined: timedelta,
        limit: int,
    ) -> Forgotten:
        """
        Deletes what is older than is kept, at most *limit* of each kind; returns how many.

        Orders count from their creation *and* from their last change of state. They
        are old in comparison with the newest modification that any shop has told as
        well: a clock that is years ahead must not delete the memory of what was
        sent. Payloads of quarantined orders count from when they were quarantined,
        runs and abandoned backfills are kept for 90 days.
        """
        ...

    def tidy(self) -> int:
        """Gives space that erased data left behind back to the disk; returns how many bytes."""
        ...

    # shops -------------------------------------------------------------

    def shop(self, merchant: str) -> Shop | None:
        """Returns which shop the merchant's ledger is about, None if that was never noted."""
        ...

    def note_shop(self, merchant: str, shop: Shop, *, now: datetime) -> None:
        """Notes which shop the merchant's ledger is about."""
        ...

    def shops(
        self, merchants: Sequence[str] | None = None, *, like: Shop | None = None
    ) -> Mapping[str, Shop]:
        """
        Returns the shop of every merchant of which it was noted, also of forgotten names.

        Only of these merchants, and only if it is *like* that one, if told.
        """
        ...

    def begun(self, merchants: Sequence[str]) -> frozenset[str]:
        """Returns those of these merchants that have orders in the ledger, or a watermark."""
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
