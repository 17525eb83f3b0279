"""How long a query waits for the shop's bucket."""

from __future__ import annotations

import dataclasses
import json
import logging
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.shopify import ShopifyConnector
from connectors.shopify.lanes import AT_ONCE
from connectors.shopify.throttle import Bucket, Throttle, wait_seconds
from orderferry.sandbox.server import Request, Response, Server
from orderferry.sandbox.shopify import ShopifyShop, faults
from tests.connectors.shopify.test_feed import is_named
from tests.connectors.shopify.world import (
    HOURS,
    NOW,
    World,
    connected,
    fill,
    orders,
    settings,
    shop_at,
)


def bucket(available: float, maximum: float = 2000, rate: float = 100) -> Bucket:
    return Bucket(maximum, available, rate, NOW)


@pytest.mark.parametrize(
    ("available", "cost", "share", "after", "expected"),
    [
        pytest.param(2000, 104, 0.5, 0, 0.0, id="full"),
        pytest.param(1104, 104, 0.5, 0, 0.0, id="just enough above the others' half"),
        pytest.param(1000, 104, 0.5, 0, 1.04, id="the others' half is left alone"),
        pytest.param(1000, 104, 0.5, 1.04, 0.0, id="time has brought the points"),
        pytest.param(0, 100, 1.0, 0, 1.0, id="all of it may be used up"),
        pytest.param(1900, 500, 0.1, 0, 1.0, id="a query above the share waits for a full bucket"),
        pytest.param(500, 104, 0.5, -60, 6.04, id="a clock set back gives nothing away"),
    ],
)
def test_wait_is_exactly_what_is_missing(
    available: float, cost: float, share: float, after: float, expected: float
) -> None:
    now = NOW + timedelta(seconds=after)

    assert wait_seconds(bucket(available), cost, share, now) == pytest.approx(expected)


@given(
    available=st.floats(0, 2000),
    cost=st.floats(0, 1000),
    share=st.floats(0.05, 1),
    rate=st.floats(1, 2000),
)
def test_after_the_wait_the_others_share_stays_full(
    available: float, cost: float, share: float, rate: float
) -> None:
    one = bucket(available, rate=rate)

    later = NOW + timedelta(seconds=wait_seconds(one, cost, share, NOW))

    left = one.level(later) - cost
    # timedelta ends at the microsecond
    assert left >= min((1 - share) * 2000, 2000 - cost) - rate * 1e-5 - 1e-6


@pytest.mark.parametrize(
    "told",
    [
        None,
        "much",
        {},
        {"throttleStatus": None},
        {"throttleStatus": {"maximumAvailable": 2000}},
        {"throttleStatus": {"maximumAvailable": 0, "currentlyAvailable": 0, "restoreRate": 0}},
    ],
    ids=str,
)
def test_what_the_shop_does_not_tell_costs_no_wait(told: Any) -> None:
    world = World()
    throttle = Throttle(0.5, world.surroundings)

    with throttle.points("query", 1000) as learn:
        learn(told)
    with throttle.points("query", 1000):
        pass

    assert world.slept == []


def test_reading_never_takes_the_others_share() -> None:
    """1,500 points from a bucket of 1,000 at 50 a second: reading waits for them."""
    world = World()
    shop = shop_at(world, maximum_available=1000, restore_rate=50)
    due = fill(shop, 600, lines=[{}] * 5)
    lowest = 1000.0

    with connected(shop, world, bucket_share=0.3) as (connector, _):
        found = []
        for page in connector.changed(HOURS):
            lowest = min(lowest, shop.bucket.available)
            found += [order.id for order in page.orders]

    assert found == due
    assert lowest >= 700
    assert not [query for query in shop.queries if query[2] is None]


def test_waits_are_told_at_debug_level(caplog: pytest.LogCaptureFixture) -> None:
    world = World()
    shop = shop_at(world, maximum_available=1000, restore_rate=50)
    fill(shop, 60)

    with (
        caplog.at_level(logging.DEBUG, "connectors.shopify"),
        connected(shop, world, bucket_share=0.1) as (connector, _),
    ):
        orders(connector.changed(HOURS))

    waits = [one for one in caplog.records if getattr(one, "action", "") == "throttle_wait"]
    assert waits
    assert {one.levelno for one in waits} == {logging.DEBUG}
    assert sum(world.slept) == pytest.approx(sum(one.args[0] for one in waits))  # type: ignore[index, misc]  # a tuple


@pytest.mark.parametrize("with_429", [False, True], ids=["in a 200", "as a 429"])
def test_another_apps_thirst_costs_time_and_no_order(with_429: bool) -> None:  # noqa: FBT001
    world = World()
    shop = shop_at(world, restore_rate=100)
    shop.throttles_with_429 = with_429
    due = fill(shop, 120)

    with connected(shop, world) as (connector, _):
        connector.profile()
        shop.bucket.take(1990)
        found = orders(connector.changed(HOURS))

    assert sorted(found) == due
    assert sum(world.slept) > 0


def test_throttled_without_a_figure_waits_a_little() -> None:
    world = World()
    shop = shop_at(world)
    due = fill(shop, 3)

    with connected(shop, world) as (connector, server):
        server.fail(faults.throttled_once(), times=2)
        found = orders(connector.changed(HOURS))

    assert sorted(found) == due
    assert world.slept == [1.0, 2.0]


# several queries at the same time


def cost(requested: float, available: float) -> dict[str, Any]:
    """What an answer tells of a bucket of 1,000 points that regains 100 a second."""
    status = {"maximumAvailable": 1000, "currentlyAvailable": available, "restoreRate": 100}
    return {"requestedQueryCost": requested, "throttleStatus": status}


def test_points_are_taken_before_a_query_is_sent() -> None:
    """Three of 300 are under way with 1,000 points: the fourth waits for 200, not for answers."""
    world = World()
    throttle = Throttle(1, world.surroundings)
    with throttle.points("query", 300) as learn:
        learn(cost(300, 1000))

    with (
        throttle.points("query", 1),
        throttle.points("query", 1),
        throttle.points("query", 1),
    ):
        before = list(world.slept)
        with throttle.points("query", 1):
            after = list(world.slept)

    assert (before, after) == ([], [2.0])


def test_an_answer_may_not_know_of_the_queries_beside_it() -> None:
    """It tells of 700 points, and 300 may be gone for the other one: 500 wait for a second."""
    world = World()
    throttle = Throttle(1, world.surroundings)

    with throttle.points("first", 300):
        with throttle.points("second", 300) as learn:
            learn(cost(300, 700))
        with throttle.points("third", 500):
            pass

    assert world.slept == [1.0]


def test_an_answer_alone_is_believed() -> None:
    """However many queries there were before it."""
    world = World()
    throttle = Throttle(1, world.surroundings)
    for _ in range(3):
        with throttle.points("first", 300):
            pass
    with throttle.points("first", 300) as learn:
        learn(cost(300, 700))

    with throttle.points("third", 700):
        pass

    assert world.slept == []


def test_one_waits_at_a_time() -> None:
    """Four threads want 500 of 0 points: 5 s each, one after the other, all at 100 a second."""
    world = World()
    throttle = Throttle(1, world.surroundings)
    with throttle.points("query", 500) as learn:
        learn(cost(500, 0))
    sent_at = []

    def send(_number: int) -> None:
        with throttle.points("query", 500):
            sent_at.append((world.now - NOW).total_seconds())

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(send, range(4)))

    assert sent_at == [5, 10, 15, 20]


class Charging:
    """
    Charges all that a query asks for, when it comes, and holds the answers back.

    They wait for others to come as well, or a moment: what they tell of the
    bucket is old by then. Time passes only when none is on its way.
    """

    def __init__(self, shop: ShopifyShop, world: World, at_once: int) -> None:
        self.shop = shop
        self.most = 0
        self._at_once = at_once
        self._answered = 0
        self._world = world
        self._under_way = 0
        self._changed = threading.Condition()

    def __call__(self, request: Request) -> Response:
        if not is_named(request, "Orders"):
            return self.shop.handle(request)
        with self._changed:
            answer = self.shop.handle(request)
            _, requested, actual, _ = self.shop.queries[-1]
            if actual is None:
                return answer
            self.shop.bucket.take(requested - actual)
            body = json.loads(answer.body)
            body["extensions"]["cost"]["throttleStatus"] = self.shop.bucket.status()
            self._under_way += 1
            self.most = max(self.most, self._under_way)
            self._changed.notify_all()
            if self._answered:  # the first is alone; then there are points for all of them
                self._changed.wait_for(lambda: self.most >= self._at_once, 10)
            self._changed.wait_for(lambda: self._under_way == self._at_once, 0.02)
            self._under_way -= 1
            self._answered += 1
            self._changed.notify_all()
        return dataclasses.replace(answer, body=json.dumps(body).encode())

    def sleep(self, seconds: float) -> None:
        with self._changed:
            self._changed.wait_for(lambda: self._under_way == 0, 1)
        self._world.surroundings.sleep(seconds)


@pytest.mark.parametrize("share", [1.0, 0.5], ids=["all points", "half of them"])
def test_four_requests_are_throttled_no_more_often_than_one(share: float) -> None:
    """A standard shop, 2,000 points and 100 each second: it bounds both alike, and refuses none."""
    refused, most, waited = {}, {}, {}
    for way, at_once in (("one", 1), ("four", AT_ONCE)):
        world = World()
        shop = shop_at(world, maximum_available=2000, restore_rate=100)
        due = fill(shop, 300)
        charging = Charging(shop, world, at_once)
        with Server(charging) as server:
            connector = ShopifyConnector(
                settings(server.url, bucket_share=share, order_page=5),
                dataclasses.replace(world.surroundings, sleep=charging.sleep),
            )
            connector.profile()
            pages = connector.by_id(due) if way == "one" else connector.changed(HOURS)
            assert list(orders(pages)) == due
            connector.close()
        refused[way] = sum(actual is None for _, _, actual, _ in shop.queries)
        most[way] = charging.most
        waited[way] = (world.now - NOW).total_seconds()

    assert refused == {"one": 0, "four": 0}
    assert most == {"one": 1, "four": AT_ONCE}
    assert waited["one"] > 20
    assert waited["four"] < 1.3 * waited["one"]  # what is held back for those under way, once
