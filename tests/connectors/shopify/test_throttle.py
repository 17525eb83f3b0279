"""How long a query waits for the shop's bucket."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.shopify.throttle import Bucket, Throttle, wait_seconds
from orderferry.sandbox.shopify import faults
from tests.connectors.shopify.world import HOURS, NOW, World, connected, fill, orders, shop_at


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

    throttle.learn("query", told)
    throttle.wait("query", 1000)

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
    assert len(waits) == len(world.slept)


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
