"""Work that is not there, or is another's, leaves no trace; work that must end ends soon."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import structlog

from orderferry.runs import Report
from orderferry.sandbox.server import Handler, Request, Response, drop
from state import RunOutcome
from tests.attack.world import BULK, World

TTL = timedelta(minutes=5)
ELSEWHERE = "process 1 on elsewhere (0-0)"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path)
    world.start()
    yield world
    world.close()


def add(world: World, number: int) -> list[str]:
    """Shipped orders with tracking, in the outbox."""
    fields: Any = {"status": "completed", "tracking": [("1Z999AA10123456784", "ups")]}
    fields |= {"created_at": world.now - timedelta(days=1), "modified_at": world.now}
    ids = [str(world.shop.add_order(**fields)) for _ in range(number)]
    world.wait(60)
    report = world.poll()
    assert report is not None
    assert report.outcome is RunOutcome.DONE
    return ids


def deliver(world: World) -> Report:
    report = world.deliver()
    assert report is not None
    return report


def account(world: World) -> str:
    (one,) = world.services.accounts()
    return one


def test_an_empty_outbox_is_neither_a_run_nor_a_lease(world: World) -> None:
    reports = [deliver(world) for _ in range(3)]

    assert {report.outcome for report in reports} == {RunOutcome.DONE}
    assert world.ledger.runs(account(world), limit=9) == ()
    lease = world.ledger.acquire(f"account:{account(world)}", "me", now=world.clock(), ttl=TTL)
    assert lease.generation == 1


def test_a_fault_of_the_last_delivery_is_cleared_though_nothing_is_left(world: World) -> None:
    ids = add(world, 1)
    with world.atlast_server.failing(drop()):
        deliver(world)
    world.ledger.expire(["bolt"], created_before=world.now + timedelta(days=1), now=world.clock())

    report = deliver(world)
    again = deliver(world)

    runs = world.ledger.runs(account(world), limit=9)
    assert [run.outcome for run in runs] == [RunOutcome.DONE, RunOutcome.TRANSIENT]
    assert (report.outcome, again.outcome) == (RunOutcome.DONE, RunOutcome.DONE)
    assert world.state(ids[0]) == "skipped"


@pytest.mark.parametrize("job", ["poll", "deliver"])
def test_work_of_another_process_is_no_run_and_is_told_once(world: World, job: str) -> None:
    add(world, 1)
    subject, lease = ("bolt", "merchant:bolt")
    if job == "deliver":
        subject, lease = account(world), f"account:{account(world)}"
    before = len(world.ledger.runs(subject, limit=9))
    taken = world.ledger.acquire(lease, ELSEWHERE, now=world.clock(), ttl=TTL)

    with structlog.testing.capture_logs() as logged:
        reports = [getattr(world, job)() for _ in range(3)]
        world.ledger.release(taken)
        mended = getattr(world, job)()
        taken = world.ledger.acquire(lease, ELSEWHERE, now=world.clock(), ttl=TTL)
        if job == "deliver":
            add(world, 1)
        getattr(world, job)()

    assert {report.outcome for report in reports} == {RunOutcome.STOPPED}
    assert all(ELSEWHERE in str(report.problem) for report in reports)
    assert mended.outcome is RunOutcome.DONE
    assert len(world.ledger.runs(subject, limit=9)) == before + 1
    told = [line["holder"] for line in logged if line["action"] == "lease_held"]
    assert told == [ELSEWHERE, ELSEWHERE]  # once for each time it took the work


def refusing(world: World, bad: str, after: int, then: Any) -> None:
    """At Last refuses batches with one order; after so many pushes something happens."""
    pushes: list[int] = []

    def answer(request: Request, handler: Handler) -> Response:
        pushes.append(1)
        if len(pushes) == after:
            then()
        return handler(request)

    world.atlast.poison = lambda order: order["id"] == bad
    world.atlast_server.fail(answer, times=-1, matches=lambda request: request.path == BULK)


def test_a_stop_takes_effect_between_two_pushes_of_a_split(world: World) -> None:
    ids = add(world, 64)
    refusing(world, ids[63], after=3, then=world.services.clock.stop.set)

    stopped = deliver(world)
    pushes = len(world.batches)
    states = [world.state(order_id) for order_id in ids]
    world.restart()
    deliver(world)

    assert stopped.outcome is RunOutcome.STOPPED
    assert pushes == 3  # all, the first half, the second half
    assert states == ["delivered"] * 32 + ["pending"] * 32
    assert [world.accepted(order_id) for order_id in ids] == [1] * 63 + [0]
    assert world.state(ids[63]) == "quarantined"


@pytest.mark.parametrize(
    ("bad", "sent", "batches"),
    [
        pytest.param(0, 100, [100, 50], id="between two batches"),
        pytest.param(1, 0, [100, 100], id="in a split"),
    ],
)
def test_a_delivery_ends_at_its_deadline_and_the_next_one_goes_on(
    world: World, bad: int, sent: int, batches: list[int]
) -> None:
    ids = add(world, 150)
    poison = ids[0] if bad else ""
    refusing(world, poison, after=1, then=lambda: world.wait(31 * 60))

    first = deliver(world)
    accepted = sum(world.accepted(order_id) for order_id in ids)
    second = deliver(world)

    assert first.outcome is RunOutcome.STOPPED
    assert "daemon.run_deadline" in str(first.problem)
    assert first.retry_at is None
    assert accepted == sent
    assert second.outcome is RunOutcome.DONE
    assert sum(world.accepted(order_id) for order_id in ids) == 150 - bad
    assert world.batches[:2] == batches
