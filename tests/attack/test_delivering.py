"""Delivery when At Last misbehaves: small steps, no order blocks another, nobody is forgotten."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from orderferry.runs import Report
from orderferry.sandbox.server import Response, drop, reply
from state import RunOutcome
from tests.attack.world import BULK, World


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path)
    world.start()
    yield world
    world.close()


def add(world: World, number: int = 1, **fields: Any) -> list[str]:
    """Shipped orders with tracking, in the outbox."""
    fields.setdefault("created_at", world.now - timedelta(days=1))
    fields.setdefault("modified_at", world.now)
    tracking = [("1Z999AA10123456784", "ups")]
    ids = [
        str(world.shop.add_order(status="completed", tracking=tracking, **fields))
        for _ in range(number)
    ]
    world.wait(60)
    polled = world.poll()
    assert polled is not None
    assert polled.outcome is RunOutcome.DONE
    return ids


def deliver(world: World) -> Report:
    world.wait(60)
    report = world.deliver()
    assert report is not None
    return report


def test_an_outage_puts_ever_fewer_orders_in_doubt(world: World) -> None:
    add(world, 300)

    with world.atlast_server.failing(drop(), matches=lambda request: request.path == BULK):
        for _ in range(9):
            assert deliver(world).outcome is RunOutcome.TRANSIENT

    sizes = [
        request.body.count(b'"orderNumber"')
        for request in world.atlast_server.requests
        if request.path == BULK
    ]
    # two single orders at the end: the first might be the one that At Last fails on
    assert sizes == [100, 50, 25, 12, 6, 3, 1, 1, 1, 1, 1, 1]


def test_the_first_push_after_an_outage_is_small_and_grows_with_every_answer(world: World) -> None:
    add(world, 300)
    with world.atlast_server.failing(drop()):
        for _ in range(8):
            deliver(world)

    assert deliver(world).outcome is RunOutcome.DONE

    assert world.batches == [1, 2, 4, 8, 16, 32, 64, 100, 73]
    assert world.atlast.duplicates == 0


def test_an_order_that_always_gets_a_5xx_blocks_no_other(world: World) -> None:
    ids = add(world, 250)
    world.refuses = lambda order: order["id"] == ids[7]

    first, second = deliver(world), deliver(world)

    assert {order_id for order_id in ids if not world.accepted(order_id)} == {ids[7]}
    assert first.outcome is RunOutcome.TRANSIENT  # the very first push got no answer
    assert second.outcome is RunOutcome.TRANSIENT
    assert "answered 500" in str(second.problem)
    assert world.state(ids[7]) == "in_doubt"
    assert world.atlast.duplicates == 0


def test_an_order_that_fails_alone_while_others_pass_is_quarantined_in_the_end(
    world: World,
) -> None:
    ids = add(world)
    world.refuses = lambda order: order["id"] == ids[0]
    reports = []

    while world.state(ids[0]) != "quarantined":
        others = add(world, 3)
        reports.append(deliver(world))
        assert len(reports) < 12

    assert all(world.accepted(order_id) for order_id in others)
    assert sum(report.counts.get("refused", 0) for report in reports) == 1
    assert reports[-1].outcome is RunOutcome.DONE
    found = world.order(ids[0])
    assert found is not None
    assert found.reason == (
        "failed alone 5 times while other orders passed:"
        f" At Last ({world.atlast_server.url[7:]}) answered 500 to a push: Internal error."
    )


def test_an_outage_in_the_middle_of_a_run_makes_nobody_suspect(tmp_path: Path) -> None:
    world = World(tmp_path, atlast="batch_size = 5")
    world.start()
    ids = add(world, 30)
    world.refuses = lambda _order: len(world.batches) > 2

    for _ in range(20):
        deliver(world)
    states = {world.state(order_id) for order_id in ids}
    world.refuses = lambda _order: False
    while deliver(world).outcome is not RunOutcome.DONE:
        pass

    assert states == {"delivered", "in_doubt"}
    assert all(world.accepted(order_id) == 1 for order_id in ids)
    world.close()


def test_an_order_that_changes_is_no_longer_suspect(world: World) -> None:
    (bad,) = add(world)
    world.refuses = lambda order: order["id"] == bad
    for _ in range(4):
        add(world, 3)
        deliver(world)
    world.refuses = lambda order: order["id"] == bad and order["customer"].get("phone") != "07700"

    world.shop.edit_order(int(bad), billing={"phone": "07700"}, shipping={"phone": "07700"})
    for _ in range(3):
        add(world, 3)
        deliver(world)

    assert world.accepted(bad) == 1


def test_a_server_that_asks_to_wait_is_not_pushed_again_in_that_run(world: World) -> None:
    add(world, 150)
    answer = reply(503, "", {"Retry-After": "120"})
    pushes: list[int] = []

    def busy_from_the_second_push_on(request: Any, handler: Any) -> Response:
        pushes.append(1)
        return answer(request, handler) if len(pushes) > 1 else handler(request)

    with world.atlast_server.failing(
        busy_from_the_second_push_on, matches=lambda request: request.path == BULK
    ):
        report = deliver(world)

    assert len(pushes) == 2
    assert report.retry_at is not None
    assert report.retry_at >= world.now + timedelta(seconds=119)


def test_an_order_that_grows_too_old_in_the_outbox_is_skipped_with_its_age(world: World) -> None:
    (old,) = add(world, created_at=world.now - timedelta(days=59))
    with world.atlast_server.failing(drop()):
        deliver(world)
    world.now += timedelta(days=1)
    (young,) = add(world)

    assert deliver(world).outcome is RunOutcome.DONE

    found = world.order(old)
    assert found is not None
    assert (found.state, found.reason) == ("skipped", "too old: created 60 days ago")
    assert world.accepted(young) == 1


def test_an_order_that_grows_too_old_after_a_lost_answer_says_so(world: World) -> None:
    (old,) = add(world, created_at=world.now - timedelta(days=59))
    lost = world.lost(lambda _told: Response(500, b""))
    with world.atlast_server.failing(lost, matches=lambda asked: asked.path == BULK):
        deliver(world)
    world.now += timedelta(days=1)

    deliver(world)

    found = world.order(old)
    assert found is not None
    assert (found.state, found.reason) == (
        "skipped",
        "too old: created 60 days ago; whether At Last took it is not known",
    )
