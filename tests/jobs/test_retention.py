"""The daily tidying: what is old goes, and going does not make anything be sent again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from orderferry import retention
from state import Forgotten, RunOutcome
from tests.attack.world import World

DAY = timedelta(days=1)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path)
    world.start()
    yield world
    world.close()


def turn(world: World) -> None:
    world.wait(60)
    polled, delivered = world.poll(), world.deliver()
    assert polled is not None
    assert delivered is not None
    assert polled.outcome is delivered.outcome is RunOutcome.DONE


def add(world: World, number: int) -> list[str]:
    return [
        str(
            world.shop.add_order(
                status="completed",
                created_at=world.now - DAY,
                modified_at=world.now,
                tracking=[("1Z999AA10123456784", "ups")],
            )
        )
        for _ in range(number)
    ]


def test_an_order_that_was_forgotten_is_not_sent_again_however_it_is_read(world: World) -> None:
    """It is too old by then: that is what makes forgetting safe."""
    ids = add(world, 3)
    turn(world)
    world.wait(121 * 86_400)
    add(world, 1)
    turn(world)

    forgotten = retention.tidy(world.services)
    gone = [world.state(order_id) for order_id in ids]
    for order_id in ids:
        world.shop.edit_order(int(order_id), billing={"phone": "07700"})
    turn(world)

    assert forgotten == Forgotten(orders=3, runs=2)
    assert gone == ["", "", ""]
    assert [world.state(order_id) for order_id in ids] == ["skipped"] * 3
    assert [world.accepted(order_id) for order_id in ids] == [1, 1, 1]


def test_more_than_fits_into_one_transaction_is_forgotten_all_the_same(world: World) -> None:
    add(world, 35)
    turn(world)
    world.wait(121 * 86_400)
    add(world, 1)
    turn(world)

    assert retention.tidy(world.services, at_once=10).orders == 35


def test_within_their_time_nothing_is_forgotten(world: World) -> None:
    ids = add(world, 3)
    turn(world)
    world.wait(80 * 86_400)

    assert retention.tidy(world.services) == Forgotten()
    assert [world.state(order_id) for order_id in ids] == ["delivered"] * 3
