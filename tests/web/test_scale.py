"""500 merchants: every page costs a few queries; the full size, a million orders: make scale."""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime, timedelta

from state import Decision, OrderState, RunOutcome
from tests.web.world import World, served

MERCHANTS = 500
ORDERS = int(os.environ.get("ORDERFERRY_LEDGER_ROWS", "20000")) // MERCHANTS
BUDGET_SECONDS = 1.0


def test_a_page_of_many_merchants_is_cheap(
    world: World,
) -> None:
    world.merchants = tuple(f"shop-{number:03}" for number in range(MERCHANTS))
    with served(world) as page:
        store, now = page.services.store, datetime.now(UTC)
        store._connection.execute("PRAGMA synchronous = OFF")  # type: ignore[attr-defined] # only to be filled quickly
        for name in world.merchants:
            lease = store.acquire(name, "test", now=now, ttl=timedelta(minutes=5))
            decisions = [Decision(str(n), OrderState.SKIPPED, reason="old") for n in range(ORDERS)]
            store.record_page(lease, name, decisions, now=now, watermark=now)
            for kind in ("poll", "sweep", "poll"):
                run_id = store.start_run(name, kind, now=now)
                store.finish_run(run_id, RunOutcome.DONE, now=now, counts={"ready": 1, "seen": 1})
        browser = page.browser(timeout=60)

        for path in ("/", "/merchants/shop-250", "/metrics", "/readyz"):
            assert browser.get(path).status_code == 200  # and what is imported is imported
            begun, size = time.process_time(), len(browser.get(path).content)
            taken = time.process_time() - begun
            print(f"{path}: {taken * 1000:.0f} ms of CPU, {size // 1000} kB")  # noqa: T201 - with -s
            assert taken < BUDGET_SECONDS, path
