"""409: At Last has the order already. Nothing loops, nothing that it took is quarantined."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from orderferry.sandbox.atlast.service import Naming, Partial
from orderferry.sandbox.server import Response
from state import RunOutcome
from tests.attack.test_delivering import add, deliver
from tests.attack.world import BULK, World

CAUTION = (
    "conflict: At Last had this order already, perhaps as it was before it changed, when it was"
    " pushed again after a push without an answer"
)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path)
    world.start()
    world.atlast.conflicts = True
    yield world
    world.close()


def lose_one_answer(world: World) -> None:
    lost = world.lost(lambda _told: Response(502, b""))
    with world.atlast_server.failing(lost, matches=lambda asked: asked.path == BULK):
        assert deliver(world).outcome is RunOutcome.TRANSIENT
    world.batches.clear()


@pytest.mark.parametrize(
    ("naming", "requests"),
    [
        # fifty first, after a failure, then the others: two whole trees of 2 n - 1 pushes
        pytest.param("none", 2 * (2 * 50 - 1), id="nobody named"),
        pytest.param("ids", 2, id="named by id"),
        pytest.param("indices", 2, id="named by position"),
    ],
)
def test_after_a_lost_answer_a_hundred_known_orders_are_settled_in_a_known_number_of_requests(
    world: World, naming: Naming, requests: int
) -> None:
    world.atlast.naming = naming
    ids = add(world, 100)
    lose_one_answer(world)

    report = deliver(world)

    assert (report.outcome, report.problem) == (RunOutcome.DONE, None)
    assert report.counts["delivered"] == report.counts["conflict"] == 100
    assert len(world.batches) == requests
    assert [world.accepted(order_id) for order_id in ids] == [1] * 100
    for order_id in ids:
        found = world.order(order_id)
        assert found is not None
        assert (found.state, found.reason, found.cautions) == ("delivered", None, (CAUTION,))


def test_what_was_settled_by_a_conflict_is_never_pushed_again(world: World) -> None:
    add(world, 20)
    lose_one_answer(world)
    deliver(world)
    world.batches.clear()

    for _ in range(3):
        (new,) = add(world)
        deliver(world)
        assert world.accepted(new) == 1

    assert world.batches == [1, 1, 1]


@pytest.mark.parametrize("partial", ["failures", "results"])
def test_known_orders_in_a_batch_taken_in_part_cost_no_request_more(
    world: World, partial: Partial
) -> None:
    world.atlast.partial, world.atlast.naming = partial, "ids"
    known = add(world, 3)
    lose_one_answer(world)
    new = add(world, 3)

    report = deliver(world)

    assert report.counts["delivered"] == 6
    assert report.counts["conflict"] == 3
    assert [world.accepted(order_id) for order_id in (*known, *new)] == [1] * 6


@pytest.mark.parametrize("naming", ["none", "ids"])
def test_an_order_that_was_never_in_doubt_is_quarantined_as_a_conflict(
    world: World, naming: Naming
) -> None:
    world.atlast.naming = naming
    ids = add(world, 30)
    strange = ids[3:15]  # another system's, with the same ids
    for order_id in strange:
        world.atlast.accepted["m-bolt", order_id] = [{"id": order_id}]

    report = deliver(world)

    # twelve are no guard's business: At Last said of each what is the matter
    assert (report.outcome, report.counts["refused"]) == (RunOutcome.DONE, 12)
    assert {order_id for order_id in ids if world.state(order_id) == "quarantined"} == set(strange)
    assert world.reason(strange[0]) == (
        "conflict: At Last has an order with this id already (order already exists). Look for it"
        " in At Last's dashboard. If it is this order, drop it: `orderferry quarantine drop`. If it"
        " is another shop's, give this merchant a merchant_id or an order_id of its own, then"
        " `orderferry quarantine retry`."
    ).replace("(order", "(Validation failed: order" if naming == "none" else "(order")


def test_all_orders_known_and_none_in_doubt_end_in_quarantine_and_are_not_pushed_again(
    world: World,
) -> None:
    ids = add(world, 20)
    for order_id in ids:
        world.atlast.accepted["m-bolt", order_id] = [{"id": order_id}]

    first, second = deliver(world), deliver(world)

    assert first.outcome is RunOutcome.DONE
    assert first.counts["requests"] == 39
    assert second.counts == {}
    assert {world.state(order_id) for order_id in ids} == {"quarantined"}


def test_known_orders_do_not_hide_that_all_others_are_refused(world: World) -> None:
    known = add(world, 5)
    lose_one_answer(world)
    others = add(world, 12)
    world.atlast.poison = lambda order: order["id"] in others

    report = deliver(world)

    assert report.outcome is RunOutcome.CONTRACT
    assert {world.state(order_id) for order_id in known} == {"delivered"}
    assert {world.state(order_id) for order_id in others} == {"pending"}
    assert "refuses every order" in str(report.problem)
