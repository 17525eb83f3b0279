"""
A week of many shops in minutes: an outage of a day, a revoked key, both changes of the clocks.

The week from 2026-03-28 holds the beginning of summer time in London and its end
in Sydney. WEEK_MERCHANTS and WEEK_POLL_MINUTES size it; `make week` is the full
form, and writes its plot to docs/week.md.
"""

from __future__ import annotations

import os
import random
from collections import Counter, deque
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

import pytest

from orderferry.sandbox.server import drop
from state import OrderState
from tests.attack.apart import Apart
from tests.attack.world import World

MERCHANTS = int(os.environ.get("WEEK_MERCHANTS", "4"))
POLL_EVERY = timedelta(minutes=int(os.environ.get("WEEK_POLL_MINUTES", "120")))
PLOT = os.environ.get("WEEK_PLOT", "")

BEGINS = datetime(2026, 3, 28, 22, 0, tzinfo=UTC)
ENDS = BEGINS + timedelta(days=7)
OUTAGE = (BEGINS + timedelta(hours=62), BEGINS + timedelta(hours=86))
REVOKED = (BEGINS + timedelta(hours=30), BEGINS + timedelta(hours=49))
ZONES = ("Europe/London", "Australia/Sydney", "America/New_York", "Asia/Kolkata")
HOUR = timedelta(hours=1)

FLAT_MEMORY = 1.15
"""By how much memory may grow from the end of the first day to the end of the week."""
BYTES_PER_ORDER = 700
"""What the file may hold for an order that is delivered: the ledger's row and its indexes."""


Sample = tuple[datetime, int, int, int, int]
"""When; orders delivered and in the outbox; bytes of memory and of the file."""


class Week:
    """The shops' staff, the outside world, and the daemon's schedule."""

    def __init__(self, folder: Path) -> None:
        self.world = World(folder, start=BEGINS, time_zone=ZONES[0], orders='tracking_wait = "6h"')
        for number in range(1, MERCHANTS):
            storage: Literal["hpos", "cpt"] = "cpt" if number % 3 == 1 else "hpos"
            zone = ZONES[number % len(ZONES)]
            self.world.add_shop(f"shop{number}", time_zone=zone, storage=storage)
        self.world.start()
        self.daemon = Apart(folder / "config.toml", self.world.environ, BEGINS)
        for server in (self.world.atlast_server, *self.world.servers.values()):
            server.requests = deque(maxlen=50)  # nobody looks at them
        self.chance = random.Random(7)
        self.shipped: dict[str, set[str]] = {name: set() for name in self.world.shops}
        self.untracked: deque[tuple[datetime, str, int]] = deque()
        self.retry_at: dict[str, datetime] = {}
        self.seen = Counter[str]()
        self.outcomes = Counter[str]()

    # the shops -----------------------------------------------------------

    def trade(self, name: str) -> None:
        """About an hour's orders of one shop, at most some minutes old."""
        shop, now = self.world.shops[name], self.world.now
        for _ in range(self.chance.choice([0, 1, 1, 2, 3])):
            tracked, shipped = self.chance.random() < 0.7, self.chance.random() < 0.8
            order_id = shop.add_order(
                status="processing",
                created_at=now - timedelta(hours=self.chance.randrange(1, 72)),
                tracking=[("1Z999AA10123456784", "ups")] if tracked else [],
            )
            if shipped:
                shop.edit_order(order_id, status="completed")
                self.shipped[name].add(str(order_id))
                if not tracked:
                    late = timedelta(hours=self.chance.randrange(1, 9))
                    self.untracked.append((now + late, name, order_id))
            elif self.chance.random() < 0.5:
                shop.edit_order(order_id, status="cancelled")

    def track(self) -> None:
        """Numbers that come late; on legacy storage nothing shows that the order changed."""
        for _ in range(len(self.untracked)):
            at, name, order_id = self.untracked.popleft()
            if at > self.world.now:
                self.untracked.append((at, name, order_id))
            elif order_id in self.world.shops[name].records.orders:
                self.world.shops[name].add_tracking(order_id, "1Z999AA10123456784", "ups")

    def forget(self) -> None:
        """Takes what is over from the simulators, or a week would need gigabytes."""
        for name, shop in self.world.shops.items():
            for order_id in list(shop.records.orders):
                if self.world.state(str(order_id), name) == OrderState.DELIVERED:
                    shop.delete_order(order_id)
        for versions in self.world.atlast.accepted.values():
            versions[:] = [{} for _ in versions]
        self.world.batches.clear()

    # the daemon ----------------------------------------------------------

    def work(self) -> None:
        """One round of the schedule; who has to wait is left alone."""
        for name in self.world.shops:
            if self.retry_at.get(name, BEGINS) > self.world.now:
                continue
            report, self.world.now = self.daemon.poll(name, self.world.now)
            self.outcomes[f"{name}: {report.outcome.value}"] += 1
            self.seen.update(report.counts)
            if report.retry_at:
                self.retry_at[name] = report.retry_at
        if self.retry_at.get("", BEGINS) <= self.world.now:
            report, self.world.now = self.daemon.deliver(self.world.now)
            self.outcomes[f"deliver: {report.outcome.value}"] += 1
            if report.retry_at:
                self.retry_at[""] = report.retry_at

    def fates(self) -> Iterator[None]:
        """Begins and ends the outage and the revocation; to be advanced each round."""
        key, shop = self.world.shop.keys[0], self.world.shop
        while True:
            now = self.world.now
            faults = self.world.atlast_server.faults
            if OUTAGE[0] <= now < OUTAGE[1] and not faults:
                self.world.atlast_server.fail(drop(), times=-1)
            elif now >= OUTAGE[1]:
                faults.clear()
            if REVOKED[0] <= now < REVOKED[1]:
                shop.revoke(key)
            elif not shop.keys:
                shop.grant(key)
            yield

    # what it came to -----------------------------------------------------

    def orders(self, *states: OrderState) -> int:
        found = (self.world.ledger.merchant_state(name).orders for name in self.world.shops)
        return sum(orders[state] for orders in found for state in states)


@pytest.fixture
def week(tmp_path: Path) -> Iterator[Week]:
    week = Week(tmp_path)
    yield week
    week.daemon.close()
    week.world.close()


@pytest.mark.timeout(3600)
def test_a_week_of_outages_ends_with_every_order_delivered_once(week: Week) -> None:
    world = week.world
    state = world.services.config.state_path
    fates, hour = week.fates(), BEGINS
    samples: list[Sample] = []
    while world.now < ENDS:
        next(fates)
        while hour <= world.now:
            for name in world.shops:
                week.trade(name)
            hour += HOUR
        week.track()
        week.work()
        if len(samples) <= (world.now - BEGINS) / (6 * HOUR):
            week.forget()
            outbox = week.orders(OrderState.PENDING, OrderState.IN_DOUBT)
            delivered = week.orders(OrderState.DELIVERED)
            samples.append(
                (world.now, delivered, outbox, week.daemon.memory(), state.stat().st_size)
            )
        world.now = max(world.now, min(world.now + POLL_EVERY, ENDS))
    for _ in range(14):  # the last waits for tracking end
        week.work()
        world.wait(1800)

    plot = drawn(samples)
    print(plot)  # noqa: T201 - the plot, for people
    print(dict(sorted(week.outcomes.items())))  # noqa: T201
    if PLOT:
        Path(PLOT).write_text(page(plot, week), encoding="utf-8")
    accepted = {
        (merchant.removeprefix("m-"), order_id)
        for merchant, order_id in world.atlast.accepted
        if merchant
    }
    assert accepted == {(name, one) for name, ids in week.shipped.items() for one in ids}
    assert world.atlast.duplicates == 0
    parts = ("ready", "unchanged", "waiting", "skipped", "quarantined")
    assert week.seen["seen"] == sum(week.seen[part] for part in parts)
    assert week.orders(OrderState.DELIVERED) == sum(map(len, week.shipped.values()))
    assert week.outcomes["bolt: credentials refused"] > 0
    assert week.outcomes["deliver: try again later"] > 0
    _, _, _, after_a_day, _ = samples[4]
    _, delivered, _, at_the_end, size = samples[-1]
    assert at_the_end < FLAT_MEMORY * after_a_day
    most_waiting = max(outbox for _, _, outbox, _, _ in samples)
    assert size < 500_000 + BYTES_PER_ORDER * delivered + 5_000 * most_waiting


def drawn(samples: list[Sample]) -> str:
    """Returns a text plot: the outbox as bars, memory and file size beside it."""
    most = max(outbox for _, _, outbox, _, _ in samples) or 1
    lines = ["time (UTC)    delivered  outbox                        memory   file"]
    for at, delivered, outbox, resident, size in samples:
        bar = "█" * round(20 * outbox / most)
        lines.append(
            f"{at:%a %d %H:%M}  {delivered:9,}  {outbox:6,} {bar:<20}"
            f"  {resident / 2**20:4.0f} MB {size / 2**20:5.1f} MB"
        )
    return "\n".join(lines)


def page(plot: str, week: Week) -> str:
    """Returns docs/week.md."""
    polls = sum(n for what, n in week.outcomes.items() if not what.startswith("deliver"))
    shipped = sum(map(len, week.shipped.values()))
    return f"""# A week, simulated

{MERCHANTS} shops, {shipped:,} shipped orders, {polls:,} polls, one At Last account. At Last was
down for a day from {OUTAGE[0]:%A %H:%M}, one shop's key was revoked from {REVOKED[0]:%A %H:%M} to
{REVOKED[1]:%A %H:%M}; London's clocks went forward and Sydney's back. Every order was accepted
once.

Memory is that of the process that polls and delivers; the simulators have one of their own. The
file grows by the ledger's rows, about 400 bytes an order; the write-ahead log beside it stays below
5 MB. `make week` runs it and writes this page.

```
{plot}
```
"""
