"""Waiting for tracking, and resending on change, end to end."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from orderferry.cli.status import Findings, document
from orderferry.runs import Report
from state import RunOutcome, Settlement, Verdict
from tests.attack.world import World

HOUR = timedelta(hours=1)


@pytest.fixture
def worlds(tmp_path: Path) -> Iterator[Any]:
    """Makes worlds with the [orders] keys of a test."""
    made: list[World] = []

    def make(orders: str = "", **more: Any) -> World:
        world = World(tmp_path, orders=orders, **more)
        world.start()
        made.append(world)
        return world

    yield make
    for world in made:
        world.close()


def turn(world: World) -> Report:
    """A poll and a delivery, a minute later."""
    world.wait(60)
    report = world.poll()
    world.deliver()
    assert report is not None
    assert report.outcome is RunOutcome.DONE, report.problem
    return report


def ship(world: World, **fields: Any) -> str:
    """Shipped a moment ago, without a number."""
    fields = {"status": "completed", "tracking": [], "completed_at": world.now, **fields}
    return str(world.shop.add_order(created_at=world.now - HOUR, modified_at=world.now, **fields))


def shipment(world: World, order_id: str) -> Any:
    return world.atlast.accepted["m-bolt", order_id][-1].get("outboundFulfilment")


# waiting ---------------------------------------------------------------


def test_waiting_orders_are_read_by_id_at_most_a_hundred_at_once(worlds: Any) -> None:
    world = worlds()
    ids = {ship(world) for _ in range(230)}
    turn(world)
    world.shop_server.requests.clear()

    turn(world)

    batches = [
        request.first("include").split(",")
        for request in world.shop_server.requests
        if request.first("include") and request.path.endswith("/orders")
    ]
    assert sorted(map(len, batches)) == [30, 100, 100]
    assert {order_id for batch in batches for order_id in batch} == ids


@pytest.mark.parametrize("storage", ["hpos", "cpt"])
def test_an_order_goes_with_the_first_poll_after_its_number_came(worlds: Any, storage: str) -> None:
    """On legacy storage nothing but reading the order shows that it changed."""
    world = worlds(storage=storage)
    order_id = ship(world)
    turn(world)
    waiting = world.state(order_id)
    world.wait(5 * 3600)
    world.shop.add_tracking(int(order_id), "1Z999AA10123456784", "ups")

    turn(world)

    assert waiting == "waiting"
    assert world.accepted(order_id) == 1
    assert shipment(world, order_id)["trackingNumber"] == "1Z999AA10123456784"


@pytest.mark.parametrize(
    ("orders", "state", "accepted"),
    [
        pytest.param("", "delivered", 1, id="sent without a shipment"),
        pytest.param('when_tracking_never_comes = "quarantine"', "quarantined", 0, id="kept"),
    ],
)
def test_when_the_wait_is_over_policy_decides(
    worlds: Any, orders: str, state: str, accepted: int
) -> None:
    world = worlds(f'tracking_wait = "6h"\n{orders}')
    order_id = ship(world)
    turn(world)
    world.wait(5.9 * 3600)
    turn(world)
    before = world.state(order_id)
    world.wait(600)

    turn(world)

    assert before == "waiting"
    assert world.state(order_id) == state
    assert world.accepted(order_id) == accepted
    if accepted:
        assert shipment(world, order_id) is None


def test_a_quarantined_order_is_sent_when_its_number_came_after_the_wait(worlds: Any) -> None:
    """On today's storage the number moves the modification time: the poll sees it."""
    world = worlds('when_tracking_never_comes = "quarantine"\ntracking_wait = "0h"')
    order_id = ship(world)
    turn(world)
    kept = world.order(order_id)
    world.shop.add_tracking(int(order_id), "1Z999AA10123456784", "ups")

    turn(world)

    assert kept is not None
    assert kept.reason == (
        "tracking: no tracking number came within tracking_wait; add one in the shop, or retry."
    )
    assert world.accepted(order_id) == 1


# resending on change ---------------------------------------------------


def changed(world: World) -> int:
    """What `status` says."""
    shown = document([world.ledger.merchant_state("bolt")], Findings((), ()), world.now)
    (merchant,) = json.loads(json.dumps(shown, default=str))["merchants"]
    return int(merchant["changed"])


def delivered(world: World) -> str:
    order_id = ship(world, tracking=[("1Z999AA10123456784", "ups")])
    turn(world)
    assert world.accepted(order_id) == 1
    return order_id


def test_by_default_a_change_is_counted_and_not_sent(worlds: Any) -> None:
    world = worlds()
    order_id = delivered(world)
    before = changed(world)
    world.shop.edit_order(int(order_id), shipping={"city": "Leeds"})

    first, second = turn(world), turn(world)

    assert (before, changed(world)) == (0, 1)
    assert (first.counts["changed"], second.counts["changed"]) == (1, 1)
    assert world.state(order_id) == "delivered"
    assert world.accepted(order_id) == 1


def test_an_order_that_changes_back_is_no_longer_counted(worlds: Any) -> None:
    world = worlds()
    order_id = delivered(world)
    city = world.shop.order(int(order_id))["shipping"]["city"]
    world.shop.edit_order(int(order_id), shipping={"city": "Leeds"})
    turn(world)
    between = changed(world)
    world.shop.edit_order(int(order_id), shipping={"city": city})

    turn(world)

    assert (between, changed(world)) == (1, 0)


def test_where_changes_are_sent_each_version_is_sent_once(worlds: Any) -> None:
    world = worlds("resend_on_change = true")
    order_id = delivered(world)
    for city in ("Leeds", "Hull"):
        world.shop.edit_order(int(order_id), shipping={"city": city})
        turn(world)
        turn(world)

    sent = world.atlast.accepted["m-bolt", order_id]

    assert [order["customer"]["address"]["city"] for order in sent[1:]] == ["Leeds", "Hull"]
    assert changed(world) == 0


def test_a_change_during_the_push_is_counted_too(worlds: Any) -> None:
    """The poll reads the new version while At Last's answer is on its way."""
    world = worlds()
    order_id = ship(world, tracking=[("1Z999AA10123456784", "ups")])
    world.wait(60)
    world.poll()
    lease = world.ledger.acquire("x", "tester", now=world.clock(), ttl=HOUR)
    world.shop.edit_order(int(order_id), shipping={"city": "Leeds"})
    (claimed,) = world.ledger.claim(lease, ["bolt"], limit=9, now=world.clock())
    world.wait(60)
    world.poll()

    world.ledger.settle(lease, [Settlement(claimed, Verdict.ACCEPTED)], now=world.clock())

    assert world.state(order_id) == "delivered"
    assert changed(world) == 1


def test_an_order_modified_without_changing_what_is_sent_is_no_change(worlds: Any) -> None:
    world = worlds()
    order_id = delivered(world)
    world.shop.edit_order(int(order_id), customer_note="Leave it with the neighbour")

    counts = turn(world).counts
    known = world.order(order_id)

    assert counts["changed"] == changed(world) == 0
    # a sweep compares with the version that was read
    told = datetime.fromisoformat(world.shop.order(int(order_id))["date_modified_gmt"])
    assert known is not None
    assert known.modified_at == told.replace(tzinfo=UTC)
