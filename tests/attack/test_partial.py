"""A batch that At Last takes in part: nobody is lost, nobody arrives needlessly twice (R1, R3)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from orderferry.sandbox.atlast.service import Naming, Partial
from orderferry.sandbox.server import reply
from state import RunOutcome
from tests.attack.test_delivering import add, deliver
from tests.attack.world import BULK, World


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path)
    world.start()
    yield world
    world.close()


def poison(world: World, *bad: str) -> None:
    world.atlast.poison = lambda order: order["id"] in bad


@pytest.mark.parametrize("status", [201, 207])
@pytest.mark.parametrize(
    ("partial", "naming"),
    [
        ("failures", "ids"),
        ("failures", "numbers"),
        ("failures", "indices"),
        ("failures", "paths"),
        ("results", "ids"),
        ("results", "numbers"),
        ("results", "indices"),
        ("results", "none"),
    ],
)
def test_an_order_that_is_named_in_a_success_is_quarantined_and_no_other_pushed_again(
    world: World, partial: Partial, naming: Naming, status: int
) -> None:
    world.atlast.partial, world.atlast.naming = partial, naming
    world.atlast.partial_status = status
    ids = add(world, 100)
    poison(world, ids[37])

    report = deliver(world)

    assert world.batches == [100]
    assert (report.outcome, report.counts["delivered"]) == (RunOutcome.DONE, 99)
    assert [order_id for order_id in ids if not world.accepted(order_id)] == [ids[37]]
    assert world.atlast.duplicates == 0
    assert world.state(ids[37]) == "quarantined"
    assert world.reason(ids[37]) in {"cannot be processed", "order cannot be processed"}


@pytest.mark.parametrize(("partial", "naming"), [("counts", "ids"), ("failures", "none")])
def test_after_an_unclear_success_each_order_goes_alone_and_arrives_twice_at_most(
    world: World, partial: Partial, naming: Naming
) -> None:
    world.atlast.partial, world.atlast.naming = partial, naming
    ids = add(world, 250)
    poison(world, ids[37], ids[210])

    report = deliver(world)

    # the first hundred, each of them alone, and the others alone from the start
    assert world.batches == [100, *[1] * 250]
    assert (report.outcome, report.counts["delivered"]) == (RunOutcome.DONE, 248)
    assert report.counts["unclear"] == 100
    assert report.counts["pushed_again"] == 100
    assert sorted(world.accepted(order_id) for order_id in ids) == [0] * 2 + [1] * 149 + [2] * 99
    assert {order_id for order_id in ids if world.state(order_id) == "quarantined"} == {
        ids[37],
        ids[210],
    }


def test_an_unclear_success_is_remembered_for_twenty_deliveries(world: World) -> None:
    world.atlast.partial = "counts"
    ids = add(world, 2)
    poison(world, ids[0])
    deliver(world)
    poison(world)
    world.batches.clear()

    for _ in range(20):
        add(world, 2)
        deliver(world)
    add(world, 2)
    deliver(world)

    assert world.batches == [1, 1] * 20 + [2]
    assert world.atlast.duplicates == 1  # of the first two


def test_an_order_left_open_is_in_doubt_when_the_run_ends_before_it_went_alone(
    world: World,
) -> None:
    ids = add(world, 3)
    answers = [reply(201, '{"failed":1}'), reply(201), reply(429)]
    for answer in answers:
        world.atlast_server.fail(answer, matches=lambda request: request.path == BULK)

    report = deliver(world)

    assert report.outcome is RunOutcome.TRANSIENT
    assert [world.state(order_id) for order_id in ids] == ["delivered", "in_doubt", "in_doubt"]


@pytest.mark.parametrize("naming", ["ids", "numbers"])
def test_a_refusal_that_names_orders_by_id_costs_one_request_more(
    world: World, naming: Naming
) -> None:
    world.atlast.naming = naming
    ids = add(world, 100)
    poison(world, ids[3], ids[50], ids[99])

    deliver(world)

    assert world.batches == [100, 97]
    assert [order_id for order_id in ids if not world.accepted(order_id)] == [
        ids[3],
        ids[50],
        ids[99],
    ]
    assert world.atlast.duplicates == 0
