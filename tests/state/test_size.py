"""
The state file's size under a steady load: it grows to what is kept, and stays there.

`make size` runs it with 2,000 orders a day and prints the figures of docs/reliability-file.md.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest

from state import Lease, RunOutcome, Settlement, SqliteStore, Verdict
from tests.state.make import NOW, ready, take

DAY = timedelta(days=1)
KEPT = 120
DAYS = 300
A_DAY = int(os.environ.get("ORDERFERRY_ORDERS_A_DAY", "20"))
POLLS = 288
PAYLOAD_BYTES = 1_900
"""The mean of the recorded orders, as JSON."""


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    store = SqliteStore.open(tmp_path / "state.db", now=NOW)
    store._connection.execute("PRAGMA synchronous = OFF")  # only to be quick
    yield store
    store.close()


def live_a_day(store: SqliteStore, lease: Lease, day: int, now: datetime) -> None:
    """New orders are read and delivered, one in fifty is refused; the shop is polled all day."""
    names = [f"{day:03}{number:05}" for number in range(A_DAY)]
    for start in range(0, len(names), 100):
        page = [
            replace(
                ready(name, created_at=now - 2 * DAY),
                modified_at=now,
                fingerprint=sha256(name.encode()).hexdigest(),
                payload=name.encode() * (PAYLOAD_BYTES // 8),
            )
            for name in names[start : start + 100]
        ]
        store.record_page(lease, "acme", page, now=now, watermark=now)
    while claimed := store.claim(lease, ["acme"], limit=100, now=now):
        verdicts = (
            Verdict.REFUSED if int(one.order_id) % 50 == 0 else Verdict.ACCEPTED for one in claimed
        )
        settlements = [
            Settlement(one, verdict, "country: unknown" if verdict is Verdict.REFUSED else None)
            for one, verdict in zip(claimed, verdicts, strict=True)
        ]
        store.settle(lease, settlements, now=now)
    for _ in range(POLLS // 24):
        run_id = store.start_run("acme", "poll", now=now)
        counts = {"seen": 12, "ready": 1, "unchanged": 11, "waiting": 0, "skipped": 0}
        store.finish_run(run_id, RunOutcome.DONE, now=now, counts=counts)
    store.forget(now=now, keep_orders=KEPT * DAY, keep_quarantined=90 * DAY, limit=10**6)
    while store.tidy():
        pass


def test_the_file_grows_to_what_is_kept_and_no_further(store: SqliteStore, tmp_path: Path) -> None:
    lease = take(store)
    sizes = []
    for day in range(DAYS):
        live_a_day(store, lease, day, NOW + day * DAY)
        store._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        sizes.append((tmp_path / "state.db").stat().st_size)

    full, last = sizes[KEPT + 5], sizes[-1]
    (orders,) = store._connection.execute("SELECT count(*) FROM orders").fetchone()
    (payloads,) = store._connection.execute("SELECT count(*) FROM payloads").fetchone()
    print(  # noqa: T201 - the measurement; make size shows it
        f"\n{A_DAY} orders a day: {orders} orders kept, {last:,} bytes on day {DAYS},"
        f" {full:,} on day {KEPT + 5}; {(last - 300_000) / orders:.0f} bytes an order"
    )
    assert orders == A_DAY * (KEPT + 1)
    assert payloads == -(-A_DAY // 50) * 91
    assert last < full * 1.1
    assert max(sizes[KEPT + 5 :]) < full * 1.15
