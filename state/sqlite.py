"""
SqliteStore: the StateStore in one SQLite file, with what operators look at besides.

Each verb takes the lock, opens one transaction and leaves the SQL to the module
of its noun. Many threads share a store; many processes share the file. Instants
are stored as text that sorts (`instants.py`). Leases and the record of runs do
not wait for the disk: a poll that finds nothing new costs no disk flush.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime, timedelta
from pathlib import Path

from sqlite_utils import Database

from state import forgetting, leases, opening, orders, progress, quarantine, readiness, runs
from state.operating import LedgerOrder, ReadinessReport, WatermarkChange
from state.overview import OverviewStore
from state.records import (
    Backfill,
    Claimed,
    Counts,
    Decision,
    Forgotten,
    Lease,
    Recognised,
    Run,
    RunOutcome,
    Settlement,
    Standing,
)
from state.refusals import refusing
from state.sqlite_overview import SqliteOverview
from state.sqlite_shops import SqliteShops


class SqliteStore(SqliteOverview, SqliteShops, OverviewStore):
    """
    The state in one file, made by `SqliteStore.open`.

    What each verb promises is in StateStore, OperatorStore and OverviewStore. An error of SQLite or
    of the disk comes out as StateError, and nothing was changed by the verb that
    raised it.
    """

    def __init__(self, db: Database, path: Path) -> None:
        self._connection = db.conn
        self._path = path
        self._lock = threading.RLock()

    @classmethod
    def open(
        cls,
        path: Path,
        *,
        now: datetime,
        read_only: bool = False,
        busy_seconds: float = 10.0,
    ) -> SqliteStore:
        """
        Returns the store in this file, created (mode 0600) or converted if need be.

        Opening forgets runs and unfinished backfills older than 90 days, as of
        *now*. With *read_only* nothing is created or changed, also while another
        process has the file open. *busy_seconds* is how long a verb waits for
        other processes' transactions before it raises StateError.
        """
        db = opening.open_database(path, now=now, read_only=read_only, busy_seconds=busy_seconds)
        return cls(db, path)

    # leases ------------------------------------------------------------

    def acquire(self, name: str, owner: str, *, now: datetime, ttl: timedelta) -> Lease:
        """See StateStore."""
        with self._noting() as connection:
            return leases.acquire(connection, name, owner, now=now, ttl=ttl)

    def renew(self, lease: Lease, *, now: datetime, ttl: timedelta) -> None:
        """See StateStore."""
        with self._noting() as connection:
            leases.renew(connection, lease, now=now, ttl=ttl)

    def release(self, lease: Lease) -> None:
        """See StateStore."""
        with self._noting() as connection:
            leases.release(connection, lease)

    # runs --------------------------------------------------------------

    def start_run(self, subject: str, kind: str, *, now: datetime) -> int:
        """See StateStore; forgets the subject's oldest runs, never its last success."""
        with self._noting() as connection:
            return runs.start(connection, subject, kind, now=now)

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
        """See StateStore."""
        with self._noting() as connection:
            runs.finish(
                connection,
                run_id,
                outcome,
                now=now,
                counts=counts,
                problem=problem,
                retry_at=retry_at,
            )

    def runs(self, subject: str, *, limit: int) -> tuple[Run, ...]:
        """See StateStore."""
        with self._reading() as connection:
            return runs.latest(connection, subject, limit)

    def last_run(self, subject: str, kind: str, *, done: bool = False) -> Run | None:
        """See StateStore."""
        with self._reading() as connection:
            return runs.last(connection, subject, kind, done=done)

    # reading -----------------------------------------------------------

    def watermark(self, merchant: str) -> datetime | None:
        """See StateStore."""
        with self._reading() as connection:
            return progress.watermark(connection, merchant)

    def reads_since(self, merchant: str) -> datetime | None:
        """See StateStore."""
        with self._reading() as connection:
            return progress.reads_since(connection, merchant)

    def first_seen(self, merchant: str, *, now: datetime) -> datetime:
        """See StateStore."""
        with self._writing() as connection:
            return progress.first_seen(connection, merchant, now=now)

    def recognised(self, merchant: str, sources: Mapping[str, bytes]) -> Recognised:
        """See StateStore."""
        with self._reading() as connection:
            return orders.recognised(connection, merchant, sources)

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
        """See StateStore."""
        # a watermark alone may be undone: the next poll begins where it was and reads the same
        stores = bool(decisions) or backfill is not None
        with self._writing() if stores else self._noting() as connection:
            leases.require(connection, lease)
            counts = orders.record(
                connection, merchant, decisions, now=now, resend=resend_on_change
            )
            if watermark is not None:
                progress.advance(connection, merchant, watermark, since=since, now=now)
            if backfill is not None:
                progress.advance_backfill(connection, backfill)
            return counts

    def waiting(self, merchant: str, *, until: datetime | None = None) -> tuple[str, ...]:
        """See StateStore."""
        with self._reading() as connection:
            return orders.waiting(connection, merchant, until=until)

    def unsent(self, merchant: str, *, before: datetime, limit: int) -> tuple[str, ...]:
        """See StateStore."""
        with self._reading() as connection:
            return orders.unsent(connection, merchant, before=before, limit=limit)

    # delivering --------------------------------------------------------

    def expire(self, merchants: Sequence[str], *, created_before: datetime, now: datetime) -> int:
        """
        See StateStore.

        Orders whose push is under way stay; one that was delivered before and
        was to be sent again is DELIVERED again.
        """
        with self._writing() as connection:
            return orders.expire(connection, merchants, created_before=created_before, now=now)

    def owes(self, merchants: Sequence[str]) -> bool:
        """See StateStore."""
        with self._reading() as connection:
            return orders.owes(connection, merchants)

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
        See StateStore; the merchants take turns.

        "Oldest" counts from the last failed push, so that orders which fail
        again and again cannot keep the others from being sent.
        """
        with self._writing() as connection:
            leases.require(connection, lease)
            return orders.claim(connection, lease, merchants, limit=limit, least=least, now=now)

    def settle(self, lease: Lease, settlements: Sequence[Settlement], *, now: datetime) -> None:
        """See StateStore; a push that is already settled, or was not claimed, changes nothing."""
        with self._writing() as connection:
            leases.require(connection, lease)
            orders.settle(connection, lease, settlements, now=now)

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
        """See StateStore."""
        with self._writing() as connection:
            return progress.open_backfill(
                connection, merchant, since, until, now=now, open_ended=open_ended
            )

    def close_backfill(self, backfill: Backfill, *, now: datetime) -> None:
        """See StateStore."""
        del now  # a finished backfill leaves no row; its run has the time
        with self._writing() as connection:
            progress.close_backfill(connection, backfill)

    # looking -----------------------------------------------------------

    def standings(self, merchant: str, order_ids: Sequence[str]) -> Mapping[str, Standing]:
        """See StateStore."""
        with self._reading() as connection:
            return orders.standings(connection, merchant, order_ids)

    def known(self, merchant: str, order_ids: Sequence[str]) -> Mapping[str, str | None]:
        """See StateStore."""
        with self._reading() as connection:
            return orders.known(connection, merchant, order_ids)

    # operating ---------------------------------------------------------

    def order(self, merchant: str, order_id: str) -> LedgerOrder | None:
        """See OperatorStore."""
        with self._reading() as connection:
            return quarantine.order(connection, merchant, order_id)

    def quarantined(
        self,
        merchant: str,
        *,
        reason: str = "",
        order_ids: Sequence[str] = (),
        after: int = 0,
        limit: int,
    ) -> tuple[LedgerOrder, ...]:
        """See OperatorStore."""
        with self._reading() as connection:
            return quarantine.page(
                connection, merchant, reason=reason, order_ids=order_ids, after=after, limit=limit
            )

    def retry(self, merchant: str, order_ids: Sequence[str], *, now: datetime) -> tuple[str, ...]:
        """See OperatorStore."""
        with self._writing() as connection:
            return quarantine.retry(connection, merchant, order_ids, now=now)

    def drop(self, merchant: str, order_ids: Sequence[str], *, now: datetime) -> int:
        """See OperatorStore."""
        with self._writing() as connection:
            return quarantine.drop(connection, merchant, order_ids, now=now)

    def readiness(self, merchant: str, *, since: datetime) -> ReadinessReport:
        """See OperatorStore."""
        with self._reading() as connection:
            return readiness.report(connection, merchant, since=since)

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
        """See OperatorStore."""
        with self._writing() as connection:
            leases.require(connection, lease)
            before = progress.watermark(connection, merchant)
            change = WatermarkChange(merchant, now, before, at, by, note)
            progress.set_watermark(connection, change)
            return change

    def watermark_changes(self, merchant: str, *, limit: int) -> tuple[WatermarkChange, ...]:
        """See OperatorStore."""
        with self._reading() as connection:
            return progress.watermark_changes(connection, merchant, limit)

    # forgetting --------------------------------------------------------

    def forget(
        self, *, now: datetime, keep_orders: timedelta, keep_quarantined: timedelta, limit: int
    ) -> Forgotten:
        """See StateStore; what is old is looked for before the transaction that deletes it."""
        with self._reading() as connection:
            old = forgetting.old_orders(connection, now=now, keep=keep_orders, limit=limit)
            erasable = forgetting.old_payloads(
                connection, now=now, keep=keep_quarantined, limit=limit
            )
        with self._writing() as connection:
            return Forgotten(
                payloads=forgetting.erase_payloads(connection, erasable),
                orders=forgetting.delete_orders(connection, old),
                runs=forgetting.delete_runs(connection, now=now),
            )

    def tidy(self) -> int:
        """See StateStore."""
        with self._lock, refusing(self._path):
            return forgetting.give_back(self._connection)

    # keeping for connectors --------------------------------------------

    def kept(self, merchant: str, name: str) -> str | None:
        """See StateStore."""
        with self._reading() as connection:
            found = connection.execute(
                "SELECT value FROM kept WHERE merchant = ? AND name = ?", (merchant, name)
            ).fetchone()
            return None if found is None else str(found[0])

    def keep(self, merchant: str, name: str, value: str | None) -> None:
        """See StateStore."""
        with self._writing() as connection:
            if value is None:
                connection.execute(
                    "DELETE FROM kept WHERE merchant = ? AND name = ?", (merchant, name)
                )
            else:
                connection.execute(
                    "INSERT INTO kept (merchant, name, value) VALUES (?, ?, ?)"
                    " ON CONFLICT (merchant, name) DO UPDATE SET value = excluded.value",
                    (merchant, name, value),
                )

    def close(self) -> None:
        """See StateStore."""
        with self._lock, refusing(self._path):
            self._connection.close()

    # transactions ------------------------------------------------------

    def _writing(self) -> AbstractContextManager[sqlite3.Connection]:
        return self._transaction(opening.immediate)

    def _noting(self) -> AbstractContextManager[sqlite3.Connection]:
        """Writes what a power cut may undo: who is at work, and that nothing was new."""
        return self._transaction(opening.forgettable)

    def _reading(self) -> AbstractContextManager[sqlite3.Connection]:
        return self._transaction(opening.snapshot)

    @contextmanager
    def _transaction(
        self, begin: Callable[[sqlite3.Connection], AbstractContextManager[None]]
    ) -> Iterator[sqlite3.Connection]:
        with self._lock, refusing(self._path), begin(self._connection):
            yield self._connection
