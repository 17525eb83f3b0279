"""A clock that jumps an hour or a day: nothing gets stuck, nothing is lost or doubled."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from orderferry.daemon import Daemon, due
from orderferry.leases import Owner
from orderferry.sweep import sweep
from state import RunOutcome
from tests.attack.world import World

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
JUMPS = [
    pytest.param(-DAY, id="a day back"),
    pytest.param(-HOUR, id="an hour back"),
    pytest.param(HOUR, id="an hour ahead"),
    pytest.param(DAY, id="a day ahead"),
]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path)
    world.start()
    yield world
    world.close()


def add(world: World) -> str:
    return str(
        world.shop.add_order(
            status="completed",
            created_at=world.now - HOUR,
            modified_at=world.now,
            tracking=[("1Z999AA10123456784", "ups")],
        )
    )


def work(world: World) -> None:
    world.wait(60)
    polled, delivered = world.poll(), world.deliver()
    assert polled is not None
    assert delivered is not None
    assert (polled.problem, delivered.problem) == (None, None)


@pytest.mark.parametrize("jump", JUMPS)
@pytest.mark.parametrize("away", [timedelta(), 3 * HOUR], ids=["working on", "stopped meanwhile"])
def test_every_order_is_delivered_once_whatever_the_clock_did(
    world: World, jump: timedelta, away: timedelta
) -> None:
    ids = [add(world)]
    work(world)

    world.clock_error = jump
    ids.append(add(world))
    work(world)
    ids.append(add(world))
    world.clock_error = timedelta()
    ids.append(add(world))
    world.wait(away.total_seconds())
    work(world)
    ids.append(add(world))
    work(world)
    assert sweep("bolt", world.services).problem is None
    work(world)

    assert {order_id: world.accepted(order_id) for order_id in ids} == dict.fromkeys(ids, 1)


@pytest.mark.parametrize("jump", JUMPS)
def test_orders_after_the_jump_are_not_kept_waiting_for_a_sweep(
    world: World, jump: timedelta
) -> None:
    add(world)
    world.clock_error = jump
    work(world)
    world.clock_error = timedelta()
    order_id = add(world)

    work(world)

    assert world.accepted(order_id) == 1


@pytest.mark.parametrize("jump", JUMPS)
def test_a_back_off_begun_under_another_clock_does_not_last(world: World, jump: timedelta) -> None:
    world.clock_error = jump
    run_id = world.ledger.start_run("bolt", "poll", now=world.clock())
    world.ledger.finish_run(
        run_id,
        RunOutcome.TRANSIENT,
        now=world.clock(),
        counts={},
        problem="x",
        retry_at=world.clock() + timedelta(minutes=30),
    )
    at_once = due(world.services, "bolt", "poll")
    world.clock_error = timedelta()
    world.wait(31 * 60)

    assert not at_once
    assert due(world.services, "bolt", "poll")


@pytest.mark.parametrize("back", [HOUR, DAY], ids=["an hour", "a day"])
def test_a_lease_left_behind_by_a_clock_that_was_ahead_holds_nobody_up(
    world: World, back: timedelta
) -> None:
    other = Owner("elsewhere", 7, "", "abcdef")
    world.ledger.acquire(
        "merchant:bolt", str(other), now=world.clock() + back, ttl=timedelta(minutes=5)
    )
    order_id = add(world)

    work(world)

    assert world.accepted(order_id) == 1


def test_what_a_clock_set_back_has_put_off_is_brought_forward(world: World) -> None:
    """The scheduler waits for instants; after a day back it would do nothing for a day."""
    daemon = Daemon(world.services, reload=lambda: world.services.config)
    daemon._schedule(world.services.config)
    daemon._scheduler.start(paused=True)
    jobs = {job.name: job for job in daemon._scheduler.get_jobs()}
    usual = {name: job.next_run_time for name, job in jobs.items()}
    daemon._mend_schedule()
    unchanged = {job.name: job.next_run_time for job in daemon._scheduler.get_jobs()}
    for job in jobs.values():
        job.modify(next_run_time=job.next_run_time + 2 * DAY)

    daemon._mend_schedule()

    now = datetime.now(UTC)
    mended = [job.next_run_time for job in daemon._scheduler.get_jobs()]
    daemon._scheduler.shutdown(wait=False)
    assert unchanged == usual
    assert {"poll:bolt", "tidy:state"} < set(usual)
    assert all(at <= now for at in mended)
