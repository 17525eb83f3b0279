"""What would have kept an order from arriving for ever, had nobody looked."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from orderferry.quarantine import Chosen, retry
from orderferry.retention import tidy
from orderferry.runs import Report
from orderferry.sandbox.server import Handler, Request, Response, reply
from orderferry.sweep import sweep
from state import RunOutcome
from tests.attack.world import BULK, World

DAY = timedelta(days=1)


@pytest.fixture
def worlds(tmp_path: Path) -> Iterator[Any]:
    """Makes a world, started; further tables come before the merchant's."""
    made: list[World] = []

    def make(tables: str = "", **more: Any) -> World:
        world = World(tmp_path, **more)
        world._tables = tables + world._tables
        world.start()
        made.append(world)
        return world

    yield make
    for world in made:
        world.close()


def add(world: World, number: int, **fields: Any) -> list[str]:
    """Shipped orders with a number."""
    fields = {
        "status": "completed",
        "created_at": world.now - DAY,
        "modified_at": world.now,
        "tracking": [("1Z999AA10123456784", "ups")],
        **fields,
    }
    return [str(world.shop.add_order(**fields)) for _ in range(number)]


def states(world: World, ids: list[str]) -> set[str]:
    return {world.state(order_id) for order_id in ids}


def turn(world: World, seconds: float = 60) -> Report:
    """A poll and a delivery after a while; returns the poll's report."""
    world.wait(seconds)
    report = world.poll()
    world.deliver()
    assert report is not None
    return report


def test_a_push_that_was_cut_off_is_sent_again_after_an_edit_of_the_account(worlds: Any) -> None:
    world = worlds()
    ids = add(world, 3)
    world.wait(60)
    world.poll()
    world.deadly = True
    world.deliver()
    assert states(world, ids) == {"in_doubt"}

    world._atlast = "batch_size = 50"
    world.restart()
    turn(world, 600)

    assert states(world, ids) == {"delivered"}


def unknown_merchant(request: Request, handler: Handler) -> Response:
    """At Last knows one merchant, and names no order when it refuses another's."""
    orders = json.loads(request.body)["orders"]
    if any(order.get("merchantId") != "m-bolt" for order in orders):
        return reply(422, '{"message": "unknown merchant"}')(request, handler)
    return handler(request)


@pytest.mark.parametrize("number", [12, 3], ids=["kept in the outbox", "quarantined"])
@pytest.mark.parametrize("way", ["sweep", "retry"])
def test_orders_mapped_with_a_wrong_merchant_id_arrive_once_it_is_corrected(
    worlds: Any, number: int, way: str
) -> None:
    world = worlds()
    world._tables = world._tables.replace("m-bolt", "m-wrong")
    world.restart()
    with world.atlast_server.failing(unknown_merchant, matches=lambda asked: asked.path == BULK):
        ids = add(world, number)
        turn(world)
        assert states(world, ids) == {"pending" if number == 12 else "quarantined"}

        world._tables = world._tables.replace("m-wrong", "m-bolt")
        world.restart()
        turn(world, 3600)
        if way == "sweep" or number == 12:
            sweep("bolt", world.services)
        else:
            retry("bolt", Chosen(), world.services)
        turn(world, 3600)

    assert states(world, ids) == {"delivered"}


def test_a_refused_order_whose_data_was_erased_can_be_sent_again(worlds: Any) -> None:
    world = worlds('[daemon]\nkeep_quarantined = "1d"\n')
    ids = add(world, 1)
    refused = reply(422, '{"message": "sku too long"}')
    with world.atlast_server.failing(refused, matches=lambda asked: asked.path == BULK):
        turn(world)
    assert states(world, ids) == {"quarantined"}
    world.wait(2 * 86_400)
    tidy(world.services)

    retry("bolt", Chosen(order_ids=tuple(ids)), world.services)
    world.deliver()

    assert states(world, ids) == {"delivered"}


def test_a_shop_too_slow_for_the_deadline_is_read_to_the_end_all_the_same(worlds: Any) -> None:
    world = worlds()
    since = {"created_at": world.now - 3 * DAY, "modified_at": world.now - 2 * DAY}
    ids = add(world, 400, **since)

    def slow(request: Request, handler: Handler) -> Response:
        world.now += timedelta(seconds=500)
        return handler(request)

    with world.shop_server.failing(slow, matches=lambda asked: asked.path.endswith("/orders")):
        for _ in range(3):
            turn(world, 1800)

    assert states(world, ids) == {"delivered"}


def test_an_order_edited_all_the_time_waits_for_tracking_no_longer_than_others(
    worlds: Any,
) -> None:
    world = worlds()
    world._tables = world._tables.replace(
        'auth = "basic"', 'auth = "basic"\nshipped_statuses = ["processing"]'
    )
    world.restart()
    (order_id,) = add(world, 1, status="processing", tracking=[])

    for day in range(3):
        turn(world, 20 * 3600)
        world.shop.edit_order(int(order_id), billing={"phone": f"0770{day}"})

    assert world.state(order_id) == "delivered"


@pytest.mark.parametrize("platform", ["woocommerce", "shopify"])
@pytest.mark.parametrize("seen", ["before", "never"])
def test_a_clock_that_was_a_year_ahead_costs_no_order(
    worlds: Any, tmp_path: Path, platform: str, seen: str
) -> None:
    world = World(tmp_path)
    staff = world.replace_with_shopify(timedelta()) if platform == "shopify" else None
    world.start()
    try:
        if seen == "before":
            turn(world)
        if staff is None:
            (order_id,) = add(world, 1)
        else:
            created_at = world.now - DAY
            order_id = str(staff.add(created_at=created_at, shipped=True, tracked=True))
        world.clock_error = timedelta(days=365)
        turn(world)
        world.clock_error = timedelta()
        for _ in range(2):
            turn(world, 12 * 3600)
            sweep("bolt", world.services)
        turn(world)

        assert world.state(order_id) == "delivered"
    finally:
        world.close()


@pytest.mark.parametrize("status", [401, 403, 500])
def test_what_at_last_quotes_of_an_order_stays_out_of_the_run(worlds: Any, status: int) -> None:
    world = worlds()
    add(world, 1, shipping={"first_name": "Wilhelmina", "last_name": "Quackenbush"})
    quoted = reply(status, '{"message": "Customer Wilhelmina Quackenbush is blocked"}')

    with world.atlast_server.failing(quoted, matches=lambda asked: asked.path == BULK):
        world.wait(60)
        world.poll()
        report = world.deliver()

    assert report.outcome is not RunOutcome.DONE
    assert "Wilhelmina" not in str(report.problem)
    assert "Quackenbush" not in str(report.problem)
