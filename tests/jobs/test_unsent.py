"""Orders that lie in the outbox are looked at again: a shop does not wait for At Last."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from orderferry.sandbox.server import Handler, Request, Response, reply
from orderferry.sweep import sweep
from tests.attack.test_delivering import add
from tests.attack.world import BULK, World, spoiled

NO = "; whether At Last took it is not known"
REFUSED = reply(401, '{"message": "Access is unauthorized."}')


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    made.start()
    yield made
    made.close()


def pushes(asked: Request) -> bool:
    return asked.path == BULK


def outcome(world: World, order_id: str) -> tuple[str, str | None]:
    return world.state(order_id), world.reason(order_id)


def take_back(world: World, refunded: str, cancelled: str, trashed: str) -> None:
    world.shop.refund(int(refunded))
    world.shop.edit_order(int(cancelled), status="cancelled")
    world.shop.trash_order(int(trashed))


TAKEN_BACK = [
    ("skipped", "fully refunded"),
    ("skipped", "cancelled"),
    ("skipped", "no longer in the shop"),
]


def test_what_is_cancelled_while_at_last_is_away_is_not_sent(world: World) -> None:
    *back, kept = add(world, 4)
    with world.atlast_server.failing(REFUSED, matches=pushes):
        world.deliver()
        world.wait(3600)
        take_back(world, *back)
        world.poll()
    world.wait(3600)

    world.deliver()

    assert [outcome(world, order_id) for order_id in back] == TAKEN_BACK
    assert [world.accepted(order_id) for order_id in (*back, kept)] == [0, 0, 0, 1]


def test_a_sweep_finds_what_is_too_many_for_a_poll(world: World) -> None:
    back = add(world, 3)
    with world.atlast_server.failing(REFUSED, matches=pushes):
        world.deliver()
        world.wait(3600)
        take_back(world, *back)

        report = world.survive(lambda: sweep("bolt", world.services))

    assert report is not None
    assert report.counts["skipped"] == 3
    assert [outcome(world, order_id) for order_id in back] == TAKEN_BACK


def test_an_order_whose_answer_was_lost_is_not_pushed_again_after_it_was_cancelled(
    world: World,
) -> None:
    (taken,) = add(world, 1)
    with world.atlast_server.failing(lost(world), matches=pushes):
        world.deliver()
    (not_taken,) = add(world, 1)
    with world.atlast_server.failing(reply(503), matches=pushes):
        world.wait(3600)
        world.deliver()
    for order_id in (taken, not_taken):
        world.shop.edit_order(int(order_id), status="cancelled")
    world.wait(3600)
    world.poll()

    world.deliver()

    assert [outcome(world, order_id) for order_id in (taken, not_taken)] == [
        ("skipped", f"cancelled{NO}")
    ] * 2
    assert (world.accepted(taken), world.accepted(not_taken)) == (1, 0)


def lost(world: World) -> Callable[[Request, Handler], Response]:
    return world.lost(spoiled(status=500, body=b""))


def test_an_order_that_is_being_pushed_is_left_to_that_push(world: World) -> None:
    (order_id,) = add(world, 1)
    world.wait(3600)

    def meanwhile(asked: Request, handler: Handler) -> Response:
        if world.state(order_id) == "in_doubt" and not polled:
            world.shop.edit_order(int(order_id), status="cancelled")
            polled.append(world.poll())
        return handler(asked)

    polled: list[Any] = []
    world.atlast_server.fail(meanwhile, times=-1, matches=pushes)

    world.deliver()

    assert len(polled) == 1
    assert world.state(order_id) == "delivered"


def test_young_ones_are_left_alone(world: World) -> None:
    with world.atlast_server.failing(REFUSED, matches=pushes):
        add(world, 3)
        young = ids_of(world)
        world.wait(601)
        old = ids_of(world)

    assert (young, old) == (0, 3)


def ids_of(world: World) -> int:
    """How many orders a poll asks for by id."""
    world.shop_server.requests.clear()
    world.poll()
    lists = [one for one in world.shop_server.requests if one.path.endswith("/orders")]
    return sum(len(ids.split(",")) for one in lists if (ids := one.first("include")))
