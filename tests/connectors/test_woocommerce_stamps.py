"""The list for a sweep: every shipped order by creation, whatever happens meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from connectors import Contract, OrderStamp, Window
from connectors.woocommerce import WooCommerceConnector
from connectors.woocommerce.windows import slices
from orderferry.sandbox.server import Handler, Request, Response
from orderferry.sandbox.woocommerce import WooCommerceShop
from tests.connectors.world import NOW, World, ago, connected, shop_at

SIXTY_DAYS = Window(ago(days=60), NOW)


def fill(shop: WooCommerceShop, number: int, **fields: Any) -> list[str]:
    """Completed orders, created evenly over the last 59 days."""
    return [
        str(
            shop.add_order(
                status="completed",
                created_at=ago(days=59) + timedelta(days=59) * place / number,
                **fields,
            )
        )
        for place in range(number)
    ]


def stamps(connector: WooCommerceConnector, window: Window = SIXTY_DAYS) -> dict[str, OrderStamp]:
    return {stamp.id: stamp for chunk in connector.stamps(window) for stamp in chunk}


def listing(requests: Iterable[Request]) -> list[Request]:
    return [r for r in requests if r.path.endswith("/orders")]


def meanwhile(shop: WooCommerceShop, change: Callable[[int], None]) -> Handler:
    """Returns a handler that changes the shop after each list of orders; counts from 1."""
    answered = 0

    def handle(request: Request) -> Response:
        nonlocal answered
        answer = shop.handle(request)
        if request.path.endswith("/orders"):
            answered += 1
            change(answered)
        return answer

    return handle


def test_every_shipped_order_is_listed_with_its_modification_time() -> None:
    shop = shop_at()
    ids = fill(shop, 430)
    shop.add_order(status="processing", created_at=ago(days=3))
    shop.add_order(status="completed", created_at=ago(days=61))
    shop.edit_order(int(ids[7]), touch=ago(hours=3))

    with connected(shop) as (connector, server):
        found = stamps(connector)
        asked = len(listing(server.requests))

    assert found.keys() == set(ids)
    assert found[ids[7]] == OrderStamp(ids[7], ago(hours=3), shipped=True)
    # the first answer tells 430 and the window is cut into 9 parts, each one answer
    assert asked == 10


def test_a_chunk_is_one_answer_at_most() -> None:
    shop = shop_at()
    fill(shop, 430)

    with connected(shop, page_size=20) as (connector, _):
        sizes = [len(chunk) for chunk in connector.stamps(SIXTY_DAYS)]

    assert sum(sizes) == 430
    assert max(sizes) <= 20


def test_orders_that_enter_and_leave_the_list_make_none_of_the_others_vanish() -> None:
    """Completed late, reopened: a list by creation changes at any place."""
    shop = shop_at()
    ids = fill(shop, 300)
    late = [
        shop.add_order(status="processing", created_at=ago(days=59) + timedelta(hours=place))
        for place in range(60)
    ]

    def change(number: int) -> None:
        for order_id in late[3 * number : 3 * number + 3]:
            shop.edit_order(order_id, status="completed")
        shop.edit_order(int(ids[-number]), status="processing")

    with connected(shop, handler=meanwhile(shop, change), page_size=20) as (connector, server):
        found = stamps(connector)
        changes = len(listing(server.requests))

    untouched = set(ids[:-changes]) if changes < len(ids) else set()
    assert changes >= 15
    assert untouched
    assert untouched <= found.keys()


def test_more_orders_in_one_second_than_fit_into_an_answer_are_all_listed() -> None:
    shop = shop_at()
    ids = [str(shop.add_order(status="completed", created_at=ago(days=9))) for _ in range(250)]

    with connected(shop) as (connector, _):
        found = stamps(connector)

    assert found.keys() == set(ids)


def test_an_order_that_the_shop_cannot_render_is_listed_without_a_time() -> None:
    shop = shop_at()
    ids = fill(shop, 30)
    shop.poison.add(int(ids[12]))

    with connected(shop) as (connector, _):
        found = stamps(connector)

    assert found.keys() == set(ids)
    assert found[ids[12]] == OrderStamp(ids[12], None, shipped=True)


@pytest.mark.parametrize("storage", ["hpos", "cpt"])
@pytest.mark.parametrize("zone", ["America/New_York", "Europe/Berlin", "Asia/Tokyo", "+05:30"])
def test_no_order_is_lost_around_the_hours_that_clocks_skip_and_repeat(
    storage: Any, zone: str
) -> None:
    """America/New_York skips 2026-03-08 02:00 to 03:00 and repeats 2026-11-01 01:00 to 02:00."""
    for begin in (datetime(2026, 3, 8, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC)):
        now = begin + timedelta(days=1)
        shop = shop_at(now, storage=storage, time_zone=zone)
        world = World()
        world.now = now
        ids = {
            str(shop.add_order(status="completed", created_at=begin + timedelta(minutes=10 * n)))
            for n in range(60)
        }

        with connected(shop, world, page_size=5) as (connector, server):
            found = stamps(connector, Window(begin, now))
            asked = len(listing(server.requests))

        assert found.keys() == ids
        assert asked < 60


def test_a_shop_that_ignores_the_window_is_a_fault_and_no_endless_list() -> None:
    shop = shop_at()
    fill(shop, 300)

    def ignoring(request: Request) -> Response:
        query = tuple(pair for pair in request.query if pair[0] not in {"after", "before"})
        return shop.handle(replace(request, query=query))

    with (
        connected(shop, handler=ignoring) as (connector, _),
        pytest.raises(Contract, match="ignores after"),
    ):
        stamps(connector, Window(ago(days=20), NOW))


def test_a_shop_that_does_not_tell_totals_is_listed_all_the_same() -> None:
    shop = shop_at()
    ids = fill(shop, 130)

    def silent(request: Request) -> Response:
        answer = shop.handle(request)
        kept = {k: v for k, v in answer.headers.items() if not k.lower().startswith("x-wp-")}
        return Response(answer.status, answer.body, kept)

    with connected(shop, handler=silent) as (connector, _):
        found = stamps(connector)

    assert found.keys() == set(ids)


@pytest.mark.parametrize(
    ("seconds", "parts", "sizes"),
    [
        pytest.param(10, 2, [5, 5], id="two"),
        pytest.param(10, 3, [3, 3, 4], id="uneven"),
        pytest.param(3, 9, [1, 1, 1], id="no smaller than a second"),
        pytest.param(2, 1, [1, 1], id="at least two"),
    ],
)
def test_a_window_is_cut_at_whole_seconds(seconds: int, parts: int, sizes: list[int]) -> None:
    cut = slices(Window(NOW, NOW + timedelta(seconds=seconds)), parts, UTC)

    assert cut is not None
    assert [(part.until - part.since).total_seconds() for part in cut] == sizes
    assert (cut[0].since, cut[-1].until) == (NOW, NOW + timedelta(seconds=seconds))
    assert all(a.until == b.since for a, b in pairwise(cut))


def test_a_second_is_not_cut() -> None:
    assert slices(Window(NOW, NOW + timedelta(seconds=1)), 5, UTC) is None


def test_a_window_is_not_cut_within_the_hour_that_spring_skips() -> None:
    """New York skips 02:00 to 03:00; digits of UTC in that hour are read one hour later there."""
    midnight = datetime(2026, 3, 8, tzinfo=UTC)
    hour = timedelta(hours=1)

    cut = slices(Window(midnight, midnight + 6 * hour), 12, ZoneInfo("America/New_York"))

    assert cut is not None
    begins = [(part.since - midnight) / hour for part in cut]
    assert begins == [0, 0.5, 1, 1.5, 3.5, 4, 4.5, 5, 5.5]
