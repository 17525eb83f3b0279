"""R1 at the very beginning: `first_sync` counts from when a merchant was first to be read."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from orderferry.sandbox.server import reply
from state import RunOutcome
from tests.attack.world import World

HOUR = timedelta(hours=1)
DOWN = reply(503, "", {"Retry-After": "900"})


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path, orders='first_sync = "2h"')
    world.start()
    yield world
    world.close()


def changed(world: World, ago: timedelta) -> str:
    """A shipped order that was changed that long ago."""
    at = world.now - ago
    tracking = [("1Z999AA10123456784", "ups")]
    return str(
        world.shop.add_order(
            status="completed", tracking=tracking, created_at=at - HOUR, modified_at=at
        )
    )


def fail_for(world: World, hours: int) -> None:
    with world.shop_server.failing(DOWN):
        for _ in range(hours):
            report = world.poll()
            assert report is not None
            assert report.outcome is RunOutcome.TRANSIENT
            world.wait(3600)


def poll(world: World) -> None:
    report = world.poll()
    assert report is not None
    assert report.outcome is RunOutcome.DONE


def test_an_outage_at_the_very_beginning_loses_nothing_of_the_first_window(world: World) -> None:
    inside, outside = changed(world, 1.9 * HOUR), changed(world, 2.1 * HOUR)

    fail_for(world, hours=26)
    poll(world)

    assert (world.state(inside), world.state(outside)) == ("pending", "")


def test_a_restart_during_that_outage_changes_nothing(world: World) -> None:
    inside = changed(world, 1.9 * HOUR)

    fail_for(world, hours=1)
    world.restart()
    fail_for(world, hours=25)
    poll(world)

    assert world.state(inside) == "pending"


def test_without_an_outage_the_window_is_as_long_as_was_asked_for(world: World) -> None:
    inside, outside = changed(world, 1.9 * HOUR), changed(world, 2.1 * HOUR)

    poll(world)

    assert (world.state(inside), world.state(outside)) == ("pending", "")


def test_a_clock_that_was_years_behind_makes_no_window_of_years(world: World) -> None:
    world.clock_error = timedelta(days=-800)
    fail_for(world, hours=1)
    world.clock_error = timedelta()

    poll(world)

    (first, *_) = [r for r in world.shop_server.requests if r.first("modified_after")][-1:]
    assert first.first("modified_after") > (world.now - timedelta(days=61)).isoformat()[:19]
