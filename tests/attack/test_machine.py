"""
R1 to R3 under any interleaving of a shop's life, faults, deaths and restarts.

Everything is real: the simulators over HTTP, the connector, the mapping, the
SQLite file. ATTACK_EXAMPLES and ATTACK_STEPS size the run; `make attack` is the
long one.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar, Literal

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from connectors.base import Window
from orderferry.backfill import Progress, backfill
from orderferry.backfill import Request as Wanted
from orderferry.runs import Report
from orderferry.sandbox.atlast.service import Naming, Partial
from orderferry.sandbox.server import Request, drop, reply
from orderferry.sweep import sweep
from state import OrderState, RunOutcome
from tests.attack.staff import Staff, WooCommerceStaff
from tests.attack.world import BULK, World, spoiled

EXAMPLES = int(os.environ.get("ATTACK_EXAMPLES", "15"))
STEPS = int(os.environ.get("ATTACK_STEPS", "30"))

MINUTE = timedelta(minutes=1)
WAIT = timedelta(hours=2)
"""The merchant's tracking_wait."""

ATLAST_FAULTS = {
    "dropped": drop(),
    "429": reply(429),
    "429, long": reply(429, "", {"Retry-After": "3600"}),
    "503": reply(503, "", {"Retry-After": "60"}),
    "500": reply(500, '{"message": "Internal error"}'),
    "502": reply(502, "<html>Bad gateway</html>", {"Content-Type": "text/html"}),
    "401": reply(401, '{"message": "Access is unauthorized."}'),
    "408": reply(408),
    "a page": reply(200, "<html>Welcome</html>", {"Content-Type": "text/html"}),
}
"""Without 413: for a single order that is a judgement, which lasts until the order changes."""
LOST = {
    "no answer": spoiled(cut="before"),
    "500": spoiled(status=500, body=b""),
    "a page": spoiled(status=200, body=b"<html>", headers={"Content-Type": "text/html"}),
}
"""What becomes of At Last's answer after it has taken the orders."""


SEEN = Counter[str]()
"""What happened in all examples together; printed at the end with `pytest -s`."""


class Attack(RuleBasedStateMachine):
    """One shop, one account, one process after the other."""

    world: World
    staff: Staff
    storage: ClassVar[Literal["hpos", "cpt"]] = "hpos"

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.orders: list[int] = []
        self.poisoned: set[str] = set()
        self.watermark: datetime | None = None
        self.latest_start: datetime | None = None

    @initialize(
        batch=st.sampled_from([1, 2, 5, 100]),
        zone=st.sampled_from(["America/New_York", "Asia/Tokyo", "Europe/London"]),
        partial=st.sampled_from(["", "", "failures", "results", "counts"]),
        naming=st.sampled_from(["none", "indices", "paths", "ids", "numbers"]),
        conflicts=st.booleans(),
    )
    def begin(
        self, *, batch: int, zone: str, partial: Partial, naming: Naming, conflicts: bool
    ) -> None:
        self.world = World(
            self.folder,
            storage=self.storage,
            time_zone=zone,
            orders='tracking_wait = "2h"',
            atlast=f"batch_size = {batch}",
        )
        # it is not known which of these At Last does
        self.world.atlast.partial, self.world.atlast.naming = partial, naming
        # by a number alone nobody can tell a known order from a bad one
        self.world.atlast.conflicts = conflicts and partial != "counts"
        self.world.atlast.poison = lambda order: order["id"] in self.poisoned
        self.staff = self.hire()
        self.world.start()

    def hire(self) -> Staff:
        return WooCommerceStaff(self.world.shop)

    def teardown(self) -> None:
        if hasattr(self, "world"):
            try:
                self.become_quiet()
                self.check_everything()
            finally:
                self.world.close()
        shutil.rmtree(self.folder)

    # the shop's life -----------------------------------------------------

    @rule(
        shipped=st.sampled_from([True, True, False]),
        tracked=st.sampled_from([True, True, False]),
        age=st.sampled_from([0, 1, 30, 58]),
        number=st.integers(1, 8),
        poisoned=st.sampled_from([False, False, False, True]),
    )
    def order(self, age: int, number: int, *, shipped: bool, tracked: bool, poisoned: bool) -> None:
        for _ in range(number):
            created_at = self.world.now - timedelta(days=age)
            order_id = self.staff.add(created_at=created_at, shipped=shipped, tracked=tracked)
            self.orders.append(order_id)
        if poisoned:
            self.poisoned.add(str(order_id))

    def pick(self, data: st.DataObject) -> int | None:
        return data.draw(st.sampled_from(self.orders)) if self.orders else None

    @rule(data=st.data())
    def ship(self, data: st.DataObject) -> None:
        if order_id := self.pick(data):
            self.staff.ship(order_id)

    @rule(data=st.data())
    def cancel(self, data: st.DataObject) -> None:
        if order_id := self.pick(data):
            self.staff.cancel(order_id)

    @rule(data=st.data(), phone=st.sampled_from(["07700", "07701"]))
    def edit(self, data: st.DataObject, phone: str) -> None:
        if order_id := self.pick(data):
            self.staff.edit(order_id, phone)

    @rule(data=st.data())
    def track(self, data: st.DataObject) -> None:
        if order_id := self.pick(data):
            self.staff.track(order_id)

    @rule(data=st.data(), whole=st.booleans())
    def refund(self, data: st.DataObject, *, whole: bool) -> None:
        if order_id := self.pick(data):
            self.staff.refund(order_id, whole=whole)

    @rule(seconds=st.sampled_from([1, 20, 60, 600, 3600, 86_400]))
    def time_passes(self, seconds: int) -> None:
        self.world.wait(seconds)

    @rule(minutes=st.sampled_from([-1440, -60, -5, 0, 0, 0, 5, 60, 1440]))
    def our_clock_jumps(self, minutes: int) -> None:
        """What a poll with a clock that is a day ahead misses is the sweep's to find."""
        self.world.clock_error = minutes * MINUTE

    # our work ------------------------------------------------------------

    @rule(times=st.integers(1, 3))
    def work(self, times: int) -> None:
        """What the daemon does all day."""
        for _ in range(times):
            self.world.wait(60)
            self.watch(self.world.poll())
            self.watch(self.world.deliver())

    @rule()
    def poll(self) -> None:
        self.world.wait(20)
        self.watch(self.world.poll())

    @rule()
    def deliver(self) -> None:
        self.watch(self.world.deliver())

    @rule(days=st.integers(1, 59))
    def backfill(self, days: int) -> None:
        now = self.world.now.replace(microsecond=0)
        request = Wanted(Window(now - timedelta(days=days), now))
        self.watch(
            self.world.survive(lambda: backfill("bolt", request, self.world.services, Progress()))
        )

    @rule()
    def sweep(self) -> None:
        self.watch(self.world.survive(lambda: sweep("bolt", self.world.services)))

    @rule()
    def restart(self) -> None:
        self.world.restart()

    # what goes wrong -----------------------------------------------------

    @rule(data=st.data(), times=st.integers(1, 5))
    def shop_fails(self, data: st.DataObject, times: int) -> None:
        fault = data.draw(st.sampled_from(sorted(self.staff.faults)))
        self.world.shop_server.fail(self.staff.faults[fault], times=times)

    @rule(fault=st.sampled_from(sorted(ATLAST_FAULTS)), times=st.integers(1, 5))
    def atlast_fails(self, fault: str, times: int) -> None:
        self.world.atlast_server.fail(ATLAST_FAULTS[fault], times=times)

    @rule(fault=st.sampled_from(sorted(LOST)), times=st.integers(1, 3))
    def answers_get_lost(self, fault: str, times: int) -> None:
        self.world.atlast_server.fail(
            self.world.lost(LOST[fault]), times=times, matches=lambda asked: asked.path == BULK
        )

    @rule(
        number=st.integers(1, 8),
        fault=st.sampled_from(["", *sorted(ATLAST_FAULTS), *sorted(LOST)]),
        good=st.integers(0, 2),
        calls=st.integers(0, 12),
        death=st.sampled_from(["", "", "before", "after", "while pushing"]),
    )
    def push_under_fire(self, number: int, fault: str, good: int, calls: int, death: str) -> None:
        """New orders, and trouble when they are pushed: after some good answers, or a death."""
        self.order(0, number, shipped=True, tracked=True, poisoned=False)
        self.poll()
        answer = ATLAST_FAULTS.get(fault) or (self.world.lost(LOST[fault]) if fault else None)
        pushes: list[Request] = []

        def matches(asked: Request) -> bool:
            pushes.extend([asked] if asked.path == BULK else [])
            return len(pushes) > good

        if answer is not None:
            self.world.atlast_server.fail(answer, times=1 + calls % 3, matches=matches)
        if death == "while pushing":
            self.world.deadly = True
        elif death:
            self.world.store.doom(calls, acts=death == "after")
        self.deliver()

    @rule()
    def tokens_are_revoked(self) -> None:
        self.world.atlast.revoke_tokens()

    @rule(calls=st.integers(0, 30), acts=st.booleans())
    def the_process_will_die(self, calls: int, *, acts: bool) -> None:
        self.world.store.doom(calls, acts=acts)

    @rule()
    def the_process_will_die_while_pushing(self) -> None:
        self.world.deadly = True

    # what always holds ---------------------------------------------------

    def watch(self, report: Report | None) -> None:
        """R2, and R1's sums, after each run."""
        SEEN[f"{report.kind}: {report.outcome.value}" if report else "died"] += 1
        if report is not None and report.kind in {"poll", "backfill"}:
            counts = dict(report.counts)
            seen = counts.pop("seen", 0)
            counts.pop("changed", None)
            assert seen == sum(counts.values())
        if report is not None:
            assert report.outcome is not RunOutcome.FAILED  # that is a bug of ours
        runs = self.world.ledger.runs("bolt", limit=1)
        if runs:
            started = runs[0].started_at
            self.latest_start = max(self.latest_start or started, started)
        watermark = self.world.ledger.watermark("bolt")
        if self.watermark is not None:
            assert watermark is not None
            assert watermark >= self.watermark
        if watermark is not None:
            assert self.latest_start is not None
            assert watermark <= self.latest_start
        self.watermark = watermark

    @invariant()
    def no_order_is_accepted_twice_without_a_doubt(self) -> None:
        """R3, counted at At Last's side."""
        if not hasattr(self, "world"):
            return
        for (name, order_id), versions in self.world.atlast.accepted.items():
            assert len(versions) <= 1 + self.world.losses[f"{name}/{order_id}"]
            assert order_id not in self.poisoned

    # the end -------------------------------------------------------------

    def become_quiet(self) -> None:
        """Nothing fails any more, and every wait is over."""
        world = self.world
        for server in (world.shop_server, world.atlast_server):
            server.faults.clear()
        world.clock_error = timedelta()
        world.deadly = False
        world.restart()
        for _ in range(6):
            world.wait(31 * 60)
            self.watch(world.poll())
            self.watch(world.deliver())
        self.sweep()
        for _ in range(30):
            report = world.deliver()
            if report is not None and report.outcome is RunOutcome.DONE:
                break
        self.no_order_is_accepted_twice_without_a_doubt()

    def check_everything(self) -> None:
        """R1: every order that is shipped is where it belongs, and nothing else was sent."""
        world = self.world
        known = world.ledger.merchant_state("bolt")
        assert sum(known.orders.values()) <= len(self.orders)
        assert known.orders[OrderState.WAITING] == 0
        assert known.orders[OrderState.PENDING] == 0
        SEEN["orders"] += len(self.orders)
        SEEN["orders accepted"] += len(world.atlast.accepted)
        SEEN["accepted again after a doubt"] += world.atlast.duplicates
        for order_id in self.orders:
            SEEN[f"in the end {world.state(str(order_id)) or 'unknown'}"] += 1
            self.check(str(order_id))

    def check(self, order_id: str) -> None:
        world = self.world
        state, accepted = world.state(order_id), world.accepted(order_id)
        age = world.now - self.staff.created_at(int(order_id))
        # an answer was lost, and the order is too old to be pushed once more: the ledger says so
        if (world.reason(order_id) or "").endswith("whether At Last took it is not known"):
            assert state == "skipped"
        else:
            assert (state == "delivered") == (accepted > 0)
        if not self.staff.is_shipped(int(order_id)):
            assert state in {"", "delivered", "skipped", "quarantined"}
            return
        if state == "skipped" or (not state and self.staff.hides_old_orders):
            assert age > timedelta(days=59)
        elif order_id in self.poisoned:
            assert state == "quarantined"
        else:
            assert state == "delivered"


@pytest.fixture(scope="module", autouse=True)
def _print_what_was_seen() -> Iterator[None]:
    yield
    for what, number in sorted(SEEN.items()):
        print(f"{number:8,}  {what}")  # noqa: T201 - what an attack came to, for people


class AttackOnLegacyStorage(Attack):
    """The same where a late tracking number leaves no trace in the modification time."""

    storage = "cpt"


class AttackOnShopify(Attack):
    """The same on the other platform; backfills of some size are bulk operations."""

    def hire(self) -> Staff:
        return self.world.replace_with_shopify(timedelta(seconds=30))


_SETTINGS = settings(
    max_examples=-(-EXAMPLES // 3),
    stateful_step_count=STEPS,
    deadline=None,
    report_multiple_bugs=False,
    phases=(Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink),
    suppress_health_check=list(HealthCheck),
)
TestAttack: Any = Attack.TestCase
TestAttackOnLegacyStorage: Any = AttackOnLegacyStorage.TestCase
TestAttackOnShopify: Any = AttackOnShopify.TestCase
for _case in (TestAttack, TestAttackOnLegacyStorage, TestAttackOnShopify):
    _case.settings = _SETTINGS
    _case.pytestmark = [pytest.mark.timeout(10 * EXAMPLES + 120)]
del _case  # or it would be found as a test of its own
