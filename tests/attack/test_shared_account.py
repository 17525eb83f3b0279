"""R5: a merchant that At Last refuses keeps nobody waiting who shares its account."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from orderferry.runs import Report
from orderferry.sandbox.server import reply
from state import RunOutcome
from tests.attack.test_delivering import deliver
from tests.attack.world import BULK, World

NAMES = ("bolt", "acme", "coil")


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path)
    for name in NAMES[1:]:
        world.add_shop(name)
    world.start()
    yield world
    world.close()


def add(world: World, **numbers: int) -> dict[str, list[str]]:
    """Shipped orders of several merchants, in the outbox; returns their ids by merchant."""
    ids = {
        name: [
            str(
                world.shops[name].add_order(
                    status="completed",
                    tracking=[("1Z999AA10123456784", "ups")],
                    created_at=world.now - timedelta(days=1),
                    modified_at=world.now,
                )
            )
            for _ in range(number)
        ]
        for name, number in numbers.items()
    }
    world.wait(60)
    for name in numbers:
        world.poll(name)
    return ids


def states(world: World, name: str) -> dict[str, int]:
    counted = world.ledger.merchant_state(name).orders
    return {state.value: number for state, number in counted.items() if number}


def accepted(world: World) -> Counter[str | None]:
    return Counter(merchant for merchant, _ in world.atlast.accepted)


@pytest.mark.parametrize(
    ("status", "requests"),
    [
        pytest.param(403, 1 + 3, id="403"),
        pytest.param(404, 1 + 3, id="404"),
        # acme's twenty are told apart one by one: 39 pushes for the whole tree
        pytest.param(400, 1 + 39 + 2, id="400"),
        pytest.param(422, 1 + 39 + 2, id="422"),
    ],
)
def test_a_wrong_merchant_id_is_told_and_the_other_merchants_are_delivered_in_the_same_run(
    world: World, status: int, requests: int
) -> None:
    world.atlast.strangers, world.atlast.stranger_status = frozenset({"m-acme"}), status
    add(world, bolt=20, acme=20, coil=5)

    report = deliver(world)

    assert accepted(world) == {"m-bolt": 20, "m-coil": 5}
    assert world.atlast.duplicates == 0
    assert states(world, "acme") == {"pending": 20}
    assert report.counts["requests"] == requests
    assert report.outcome is RunOutcome.CONTRACT  # the credentials are good for others
    problem = str(report.problem)
    assert "of acme: " in problem
    assert "Unknown merchant" in problem
    assert "orderferry sweep" in problem
    assert "bolt" not in problem
    assert report.retry_at is None  # the account does not back off


def test_fewer_than_ten_refused_orders_of_a_merchant_are_at_fault_themselves(world: World) -> None:
    world.atlast.strangers, world.atlast.stranger_status = frozenset({"m-acme"}), 400
    add(world, bolt=20, acme=9)

    report = deliver(world)

    assert states(world, "acme") == {"quarantined": 9}
    assert states(world, "bolt") == {"delivered": 20}
    assert report.outcome is RunOutcome.DONE


def test_a_merchant_with_few_orders_in_each_batch_is_judged_by_all_of_them(tmp_path: Path) -> None:
    world = World(tmp_path, atlast="batch_size = 6")
    world.add_shop("acme")
    world.start()
    world.atlast.strangers, world.atlast.stranger_status = frozenset({"m-acme"}), 400
    add(world, bolt=30, acme=30)

    report = deliver(world)

    assert states(world, "acme") == {"pending": 30}
    assert states(world, "bolt") == {"delivered": 30}
    assert "refuses every order of acme: Unknown merchant." in str(report.problem)
    world.close()


def test_a_merchant_that_is_refused_backs_off_alone(world: World) -> None:
    world.atlast.strangers = frozenset({"m-acme"})
    add(world, bolt=1, acme=1)
    deliver(world)
    reports: list[Report] = []

    for _ in range(40):
        add(world, bolt=1)
        reports.append(deliver(world))  # every two minutes

    assert states(world, "bolt") == {"delivered": 41}
    # in 80 minutes: after 30 s, 1, 2, 4, 8, 16 and 30 minutes, give or take a quarter
    assert 5 <= sum(report.counts["requests"] > 1 for report in reports) <= 8
    assert all("acme" in str(report.problem) for report in reports)
    assert all(report.outcome is RunOutcome.CONTRACT for report in reports)


def test_with_nothing_else_to_send_a_barred_merchant_causes_no_run(world: World) -> None:
    world.atlast.strangers = frozenset({"m-acme"})
    add(world, bolt=1, acme=1)
    first = deliver(world)
    deliver(world)  # the second attempt, which makes the wait a minute and more
    runs = len(world.ledger.runs(first.subject, limit=10))
    world.wait(-45)

    report = deliver(world)

    assert report.counts == {}
    assert len(world.ledger.runs(first.subject, limit=10)) == runs
    last = world.ledger.last_run(first.subject, "deliver")
    assert last is not None
    assert "acme" in str(last.problem)  # which is what `status` shows


def test_while_nobody_is_accepted_it_may_be_the_credentials(world: World) -> None:
    world.atlast.strangers = frozenset({"m-acme"})
    add(world, acme=1)

    report = deliver(world)

    assert report.outcome is RunOutcome.CREDENTIALS
    assert "takes no orders of acme: " in str(report.problem)


def test_once_the_cause_is_gone_the_merchant_is_delivered_by_itself(world: World) -> None:
    world.atlast.strangers = frozenset({"m-acme"})
    add(world, bolt=1, acme=3)
    deliver(world)
    world.atlast.strangers = frozenset()
    world.wait(3600)

    report = deliver(world)

    assert (report.outcome, report.problem) == (RunOutcome.DONE, None)
    assert accepted(world) == {"m-bolt": 1, "m-acme": 3}


def test_a_new_process_tries_a_barred_merchant_at_once(world: World) -> None:
    world.atlast.strangers = frozenset({"m-acme"})
    add(world, bolt=1, acme=1)
    for _ in range(5):
        deliver(world)
    world.atlast.strangers = frozenset()

    world.restart()
    world.deliver()

    assert accepted(world)["m-acme"] == 1


def test_credentials_that_are_refused_for_everybody_are_the_account_s_fault(world: World) -> None:
    add(world, bolt=20, acme=20, coil=20)

    with world.atlast_server.failing(
        reply(403, '{"message":"Forbidden"}'), matches=lambda request: request.path == BULK
    ):
        report = deliver(world)

    assert report.counts["requests"] == 1 + 3
    assert report.outcome is RunOutcome.CREDENTIALS
    assert (
        "/v1/orders/bulk answered 403: Forbidden. Ask At Last whether these credentials may send"
        " orders, correct client_id, client_secret, token_url or merchant_id, then run"
        " `orderferry check`."
    ) in str(report.problem)
    assert report.retry_at is not None  # it backs off as a whole
    world.wait(3600)
    assert deliver(world).outcome is RunOutcome.DONE
    assert accepted(world) == {"m-bolt": 20, "m-acme": 20, "m-coil": 20}


def test_every_order_of_every_merchant_refused_is_told_once(world: World) -> None:
    add(world, bolt=10, acme=10, coil=10)

    with world.atlast_server.failing(
        reply(400, '{"message":"Bad day"}'), matches=lambda request: request.path == BULK
    ):
        report = deliver(world)

    assert [states(world, name) for name in NAMES] == [{"pending": 10}] * 3
    assert report.outcome is RunOutcome.CONTRACT
    assert str(report.problem).count("refuses every order: Bad day.") == 1
    assert report.retry_at is not None


def test_one_bad_order_among_several_merchants_costs_a_request_for_each_merchant_more(
    world: World,
) -> None:
    bad = ("m-acme", add(world, bolt=33, acme=33, coil=33)["acme"][4])
    world.atlast.poison = lambda order: (order["merchantId"], order["id"]) == bad

    report = deliver(world)

    assert report.outcome is RunOutcome.DONE
    assert states(world, "acme") == {"delivered": 32, "quarantined": 1}
    assert report.counts["requests"] <= 2 * 1 * 6 + 1 + 3
    assert world.atlast.duplicates == 0
