"""The verbs that OverviewStore adds, on a SQLite file."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import date, datetime

from state import orders, quarantine, runs, summaries, tallies
from state.operating import LedgerOrder
from state.overview import Day, RunTotal, Stay
from state.records import Decision, Kind, MerchantState, OrderState, Run


class SqliteOverview:
    """What SqliteStore tells of many merchants and of the past; knows how, not from where."""

    def _reading(self) -> AbstractContextManager[sqlite3.Connection]:
        """Returns a connection in a transaction that only reads; SqliteStore has one."""
        raise NotImplementedError

    def merchant_state(self, merchant: str) -> MerchantState:
        """See StateStore; names every state, also those without orders."""
        return self.merchant_states([merchant])[0]

    def merchant_states(self, merchants: Sequence[str]) -> tuple[MerchantState, ...]:
        """See OverviewStore."""
        with self._reading() as connection:
            return summaries.merchant_states(connection, merchants)

    def unsent_beyond(self, merchants: Sequence[str]) -> Mapping[str, int]:
        """See OverviewStore."""
        with self._reading() as connection:
            return summaries.unsent_beyond(connection, merchants)

    def last_runs(self, subjects: Sequence[str]) -> Mapping[str, Run]:
        """See OverviewStore."""
        with self._reading() as connection:
            return runs.newest(connection, subjects, ended=True)

    def plan(
        self,
        merchant: str,
        decisions: Sequence[Decision],
        *,
        now: datetime,
        resend_on_change: bool = False,
    ) -> tuple[Kind, ...]:
        """See OperatorStore."""
        with self._reading() as connection:
            return orders.plan(connection, merchant, decisions, now=now, resend=resend_on_change)

    def orders_in(
        self, merchant: str, state: OrderState, *, after: int = 0, limit: int
    ) -> tuple[LedgerOrder, ...]:
        """See OverviewStore."""
        with self._reading() as connection:
            return quarantine.page(connection, merchant, state=state, after=after, limit=limit)

    def history(self, merchant: str, order_id: str) -> tuple[Stay, ...]:
        """See OverviewStore."""
        with self._reading() as connection:
            return summaries.history(connection, merchant, order_id)

    def days(self, merchants: Sequence[str], *, since: date) -> tuple[Day, ...]:
        """See OverviewStore."""
        with self._reading() as connection:
            return tallies.days(connection, merchants, since=since)

    def run_totals(self) -> tuple[RunTotal, ...]:
        """See OverviewStore."""
        with self._reading() as connection:
            return tallies.run_totals(connection)
