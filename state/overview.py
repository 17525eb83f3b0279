"""
What a page or a monitor shows of many merchants at once, and of the past.

These verbs only read. A figure of 500 merchants costs as many queries as
that of one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Protocol

from state.operating import LedgerOrder, OperatorStore
from state.records import MerchantState, OrderState, Run, RunOutcome


@dataclass(frozen=True, slots=True)
class Stay:
    """A state that an order was in, and left."""

    state: OrderState
    reason: str | None
    since_at: datetime
    until_at: datetime


@dataclass(frozen=True, slots=True)
class Day:
    """What became of one merchant's orders on one day, UTC."""

    merchant: str
    day: date
    delivered: int = 0
    quarantined: int = 0
    """Orders that came into the quarantine, also those that left it since."""


@dataclass(frozen=True, slots=True)
class RunTotal:
    """All runs of one kind that a subject ever had, added up; only grows."""

    subject: str
    kind: str
    outcomes: Mapping[RunOutcome, int] = field(default_factory=dict)
    """How many ended how."""
    counts: Mapping[str, int] = field(default_factory=dict)
    """The runs' own counts."""


class OverviewStore(OperatorStore, Protocol):
    """An OperatorStore in which many merchants can be looked at; each verb is one snapshot."""

    def merchant_states(self, merchants: Sequence[str]) -> tuple[MerchantState, ...]:
        """Returns what `status` shows of these merchants, in their order."""
        ...

    def unsent_beyond(self, merchants: Sequence[str]) -> Mapping[str, int]:
        """
        Returns the orders that are still to be sent, per merchant that is none of these.

        Pending, in doubt or waiting; a merchant without any is left out.
        """
        ...

    def last_runs(self, subjects: Sequence[str]) -> Mapping[str, Run]:
        """Returns the last run that came to an end, of those of these subjects that had one."""
        ...

    def orders_in(
        self, merchant: str, state: OrderState, *, after: int = 0, limit: int
    ) -> tuple[LedgerOrder, ...]:
        """Returns a page of the merchant's orders in that state, like `quarantined` does."""
        ...

    def history(self, merchant: str, order_id: str) -> tuple[Stay, ...]:
        """
        Returns the states that the order was in before the present one, the earliest first.

        The outbox is told only where a push was in doubt: every delivered order
        was in it, and the ledger would be twice as large.
        """
        ...

    def days(self, merchants: Sequence[str], *, since: date) -> tuple[Day, ...]:
        """Returns what happened since that day, for days on which anything did."""
        ...

    def run_totals(self) -> tuple[RunTotal, ...]:
        """Returns the totals of every subject."""
        ...
