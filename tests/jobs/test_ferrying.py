"""Commands that read and deliver do both at the same time."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from orderferry.clock import Stopping
from orderferry.ferrying import ferry
from orderferry.runs import Report
from orderferry.sync import poll
from state import RunOutcome
from tests.attack.world import World

SECONDS = 20  # a bound that only ends a test that has failed


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path, orders='tracking_wait = "0h"')
    world.start()
    yield world
    world.close()


@pytest.fixture
def small(tmp_path: Path) -> Iterator[World]:
    """A world that sends two orders at a time."""
    world = World(tmp_path, orders='tracking_wait = "0h"', atlast="batch_size = 2")
    world.start()
    yield world
    world.close()


def shipped(world: World) -> str:
    at = world.now - timedelta(hours=1)
    return str(world.shop.add_order(status="completed", created_at=at, modified_at=at))


def read(world: World) -> Report:
    return poll("bolt", world.services)


def arrival(world: World) -> threading.Event:
    """Returns what is set when the first batch has come to At Last."""
    arrived = threading.Event()
    handle = world.atlast_server.handler

    def tell(request: object) -> object:
        answer = handle(request)  # type: ignore[arg-type]  # the server's own request
        if world.batches:
            arrived.set()
        return answer

    world.atlast_server.handler = tell  # type: ignore[assignment]  # it returns the same answer
    return arrived


def test_what_is_durable_is_delivered_while_reading_goes_on(world: World) -> None:
    first, arrived = shipped(world), arrival(world)
    later: list[str] = []

    def reading() -> list[Report]:
        reports = [read(world)]
        assert arrived.wait(SECONDS), "nothing was delivered before reading had ended"
        later.append(shipped(world))
        return [*reports, read(world)]

    reports = ferry(reading, world.services.accounts(), world.services, patience=0)

    assert [(report.kind, report.outcome) for report in reports] == [
        ("poll", RunOutcome.DONE),
        ("poll", RunOutcome.DONE),
        ("deliver", RunOutcome.DONE),
    ]
    assert reports[-1].counts["delivered"] == 2
    assert [world.accepted(order_id) for order_id in (first, *later)] == [1, 1]


def test_a_batch_that_is_whole_is_delivered_while_reading_goes_on(small: World) -> None:
    orders, arrived = [shipped(small) for _ in range(5)], arrival(small)

    def reading() -> list[Report]:
        reports = [read(small)]
        assert arrived.wait(SECONDS), "nothing was delivered before reading had ended"
        return reports

    ferry(reading, small.services.accounts(), small.services)

    assert small.batches == [2, 2, 1]
    assert [small.accepted(order_id) for order_id in orders] == [1, 1, 1, 1, 1]


def test_a_part_of_a_batch_waits_for_the_rest_while_reading_goes_on(small: World) -> None:
    def reading() -> list[Report]:
        reports = []
        for _ in range(4):
            shipped(small)
            reports.append(read(small))
        return reports

    ferry(reading, small.services.accounts(), small.services)

    assert small.batches == [2, 2]


def test_an_order_read_last_is_delivered_too(world: World) -> None:
    order_id = shipped(world)

    reports = ferry(lambda: [read(world)], world.services.accounts(), world.services)

    assert world.accepted(order_id) == 1
    assert reports[-1].counts["delivered"] == 1


def test_a_delivery_that_fails_is_not_tried_again_in_the_same_command(world: World) -> None:
    shipped(world)
    world.refuses = lambda _order: True

    reports = ferry(lambda: [read(world)], world.services.accounts(), world.services)

    assert [report.outcome for report in reports] == [RunOutcome.DONE, RunOutcome.TRANSIENT]
    assert reports[-1].counts["in_doubt"] == 1


def test_what_interrupts_reading_ends_the_delivery_too(world: World) -> None:
    def interrupted() -> list[Report]:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        ferry(interrupted, world.services.accounts(), world.services)
    with pytest.raises(Stopping):
        world.services.clock.check()
