"""No order is lost while a shop changes under the reader (R1, R2); what a poll costs."""

from __future__ import annotations

import json
import random
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from connectors import Contract, Transient, Window
from connectors.shopify.windows import halves, search, whole_seconds
from orderferry.sandbox.server import Handler, Request, Response
from orderferry.sandbox.shopify import ShopifyShop, faults
from tests.connectors.shopify.world import (
    HOURS,
    NOW,
    World,
    ago,
    asked,
    connected,
    fill,
    orders,
    shop_at,
)

SECOND = timedelta(seconds=1)


def is_named(request: Request, name: str) -> bool:
    return request.path.endswith("graphql.json") and f'"operationName": "{name}"'.encode() in (
        request.body
    )


def meanwhile(shop: ShopifyShop, change: Callable[[int], None], *names: str) -> Handler:
    """Returns a handler that changes the shop after each of these queries; counts from 1."""
    answered = 0
    one_at_a_time = threading.Lock()

    def handle(request: Request) -> Response:
        nonlocal answered
        with one_at_a_time:
            answer = shop.handle(request)
            if any(is_named(request, name) for name in names):
                answered += 1
                change(answered)
        return answer

    return handle


# windows


def test_window_is_widened_to_whole_seconds() -> None:
    window = Window(
        NOW.replace(microsecond=900_000), NOW.replace(minute=1, second=5, microsecond=1)
    )

    assert whole_seconds(window) == Window(NOW, NOW.replace(minute=1, second=6))
    assert whole_seconds(HOURS) == HOURS


@given(st.integers(1, 10**7))
def test_halves_are_the_whole(seconds: int) -> None:
    window = Window(NOW, NOW + timedelta(seconds=seconds))

    cut = halves(window)

    if cut is None:
        assert seconds == 1
    else:
        first, second = cut
        assert (first.since, first.until, second.until) == (NOW, second.since, window.until)


def test_search_quotes_its_times() -> None:
    """Without quotes a time is no time, and the search matches every order."""
    window = Window(NOW, NOW + SECOND)

    assert search(window) == (
        "updated_at:>='2026-11-23T12:00:00Z' AND updated_at:<'2026-11-23T12:00:01Z'"
    )


def test_fractions_of_a_second_belong_to_their_second() -> None:
    """Stored to the microsecond, indexed and shown to the second."""
    world = World()
    shop = shop_at(world)
    at = ago(hours=1).replace(microsecond=700_000)
    (due,) = fill(shop, 1, updated_at=at)
    early = at.replace(microsecond=200_000)
    late = at.replace(microsecond=900_000)

    with connected(shop, world) as (connector, _):
        parts = [Window(early, late), Window(late, NOW), Window(HOURS.since, early)]
        found = [sorted(orders(connector.changed(part))) for part in parts]

    assert found == [[due]] * 3  # read too often rather than never


def test_progress_stays_within_a_window_of_fractions() -> None:
    """It is widened for the shop; what is told of it is not."""
    world = World()
    shop = shop_at(world)
    since = ago(hours=4).replace(microsecond=500_000)
    until = ago(hours=3).replace(microsecond=500_000)
    fill(shop, 4, updated_at=since)
    fill(shop, 4, updated_at=until)

    with connected(shop, world, feed_page=2) as (connector, _):
        told = [page.complete_until for page in connector.changed(Window(since, until))]

    assert told == [None, None, ago(hours=3), until]


# cost


def test_poll_with_nothing_new_costs_at_most_15_points() -> None:
    world = World()
    shop = shop_at(world)
    fill(shop, 300, updated_at=ago(days=3))

    with connected(shop, world) as (connector, _):
        pages = list(connector.changed(HOURS))

    assert [(page.orders, page.complete_until) for page in pages] == [((), HOURS.until)]
    assert asked(shop) == ["Feed"]
    assert shop.queries[0][1] <= 15
    assert shop.points_spent <= 15


def test_thousand_changed_orders_of_five_lines_cost_at_most_2500_points() -> None:
    world = World()
    shop = shop_at(world, maximum_available=20_000, restore_rate=1000)
    due = fill(shop, 1000, lines=[{}] * 5)

    with connected(shop, world) as (connector, _):
        found = orders(connector.changed(HOURS))

    assert sorted(found) == due
    assert sum(requested for _, requested, *_ in shop.queries) <= 2500
    assert shop.points_spent <= 800  # what they came to, in the end


# completeness


def test_progress_is_told_only_of_what_the_index_must_know() -> None:
    """What changed less than an hour ago may be sorted by an older time than it shows."""
    world = World()
    shop = shop_at(world)
    for number in range(8):
        fill(shop, 1, updated_at=ago(minutes=150 - 30 * number + 1))

    with connected(shop, world, feed_page=2) as (connector, _):
        told = [page.complete_until for page in connector.changed(Window(HOURS.since, NOW))]

    # rows come two by two: 151 and 121, 91 and 61, then two pages of the last hour
    assert told == [ago(minutes=121), ago(minutes=61), NOW]


def test_order_that_is_edited_while_it_waits_for_its_index_moves_nothing() -> None:
    """Listed under its old time, shown with a new one: not a bound for the others."""
    world = World()
    shop = shop_at(world, search_lag=timedelta(minutes=10))
    due = fill(shop, 5, updated_at=ago(hours=3))
    later = fill(shop, 5, updated_at=ago(hours=2))
    world.now += timedelta(minutes=11)
    shop.edit_order(int(due[0]), note="changed a moment ago")

    with connected(shop, world, feed_page=5) as (connector, _):
        pages = list(connector.changed(Window(HOURS.since, NOW)))

    assert sorted(orders(pages)) == sorted(due + later)
    assert pages[0].complete_until == ago(hours=3)


def test_ignored_window_is_an_error_not_every_order() -> None:
    """Seen by the rows too, should the shop not even warn."""
    world = World()
    shop = shop_at(world)
    fill(shop, 3, updated_at=ago(days=9))

    def deaf(request: Request) -> Response:
        body = request.body.replace(b"updated_at:>=", b"id:>=1 OR updated_at:>=")
        return shop.handle(Request(**{**_fields(request), "body": body}))

    with (
        connected(shop, world, deaf) as (connector, _),
        pytest.raises(Contract, match="from before the asked time"),
    ):
        list(connector.changed(HOURS))


def _fields(request: Request) -> dict[str, Any]:
    return {name: getattr(request, name) for name in type(request).__slots__}


def test_more_orders_than_one_connection_shows_are_read_in_parts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Shopify ends a connection at 25,000; here both sides end at a hundredth of that."""
    monkeypatch.setattr("connectors.shopify.feed.MOST_ROWS", 200)
    monkeypatch.setattr("connectors.shopify.paging.MOST_ROWS", 200)
    world = World()
    shop = shop_at(world)
    shop.deepest = 250
    due = fill(shop, 700)

    with connected(shop, world, feed_page=100) as (connector, _):
        pages = list(connector.changed(HOURS))

    told = [page.complete_until for page in pages if page.complete_until]
    assert sorted(orders(pages)) == due
    assert told == sorted(told)
    assert told[-1] == HOURS.until


def test_second_with_more_orders_than_a_connection_shows_needs_a_bulk_operation(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("connectors.shopify.feed.MOST_ROWS", 20)
    monkeypatch.setattr("connectors.shopify.paging.MOST_ROWS", 20)
    world = World()
    shop = shop_at(world)
    fill(shop, 30, updated_at=ago(hours=1))

    with (
        connected(shop, world, feed_page=10, bulk_from=0) as (connector, _),
        pytest.raises(Contract, match="in the second") as caught,
    ):
        list(connector.changed(HOURS))
    assert "bulk_from" in caught.value.remedy


def test_feed_that_never_ends_is_given_up() -> None:
    world = World()
    shop = shop_at(world)
    fill(shop, 4)
    cursors = []

    def circling(request: Request) -> Response:
        answer = shop.handle(request)
        if not is_named(request, "Feed"):
            return answer
        body = json.loads(answer.body)
        info = body["data"]["orders"]["pageInfo"]
        cursors.append(info["endCursor"])
        body["data"]["orders"]["pageInfo"] = {"hasNextPage": True, "endCursor": cursors[0]}
        return Response(200, json.dumps(body).encode(), answer.headers)

    with (
        connected(shop, world, circling) as (connector, _),
        pytest.raises(Transient, match="end of its feed"),
    ):
        list(connector.changed(HOURS))


def test_page_that_fails_is_asked_for_in_smaller_ones() -> None:
    world = World()
    shop = shop_at(world)
    due = fill(shop, 130)
    sizes = []

    def weak(request: Request) -> Response:
        if is_named(request, "Feed"):
            sizes.append(json.loads(request.body)["variables"]["first"])
            if sizes[-1] > 60 and len(sizes) < 6:
                return faults.internal_error()(request, shop.handle)
        return shop.handle(request)

    with connected(shop, world, weak) as (connector, _):
        assert sorted(orders(connector.changed(HOURS))) == due

    assert sizes[:3] == [250, 125, 62]


def test_feed_that_always_fails_is_transient() -> None:
    world = World()
    shop = shop_at(world)

    with connected(shop, world) as (connector, server):
        server.fail(faults.timeout_body(), times=-1)
        with pytest.raises(Transient):
            list(connector.changed(HOURS))


# changes


class Staff:
    """Edits, ships, cancels and refunds orders at random, several in one second."""

    def __init__(self, shop: ShopifyShop, world: World, seed: int, at_most: int) -> None:
        self.shop = shop
        self.world = world
        self.random = random.Random(seed)
        self.left = at_most
        self.due: set[int] = set()

    def work(self, _count: int) -> None:
        """Lets a second pass, sometimes, and changes some orders."""
        if self.random.random() < 0.5:
            self.world.now += SECOND
        for _ in range(self.random.randint(0, 4)):
            if self.left:
                self.left -= 1
                self.change(self.random.choice(list(self.shop.books.orders)))

    def change(self, order_id: int) -> None:
        self.due.add(order_id)
        kind = self.random.randrange(5)
        if kind == 0:
            self.shop.edit_order(order_id, note=str(self.random.random()))
        elif kind == 1:
            self.shop.fulfil(order_id, trackings=[("UPS", f"1Z{self.random.random()}")])
        elif kind == 2:
            self.shop.cancel_order(order_id)
        elif kind == 3:
            self.shop.refund(order_id)
        else:
            self.shop.touch(order_id)


def state_of(shop: ShopifyShop, order_id: int) -> tuple[object, ...]:
    """Returns what of an order is compared at the end."""
    node = shop.order(order_id)
    lines = tuple((line["id"], line["currentQuantity"]) for line in node["lineItems"])
    parcels = tuple((one["id"], one["status"]) for one in node["fulfillments"])
    return node["updatedAt"], node["cancelledAt"], lines, parcels


def read_state(order: Any) -> tuple[object, ...]:
    lines = tuple(
        (line["id"], line["currentQuantity"]) for line in order.order["lineItems"]["nodes"]
    )
    parcels = tuple((one["id"], one["status"]) for one in order.order["fulfillments"])
    return order.order["updatedAt"], order.order["cancelledAt"], lines, parcels


@hypothesis_settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 2**32), lag=st.sampled_from([0, 5, 30]), size=st.integers(2, 9))
def test_whatever_changes_between_two_requests_is_there_after_the_next_polls(
    seed: int, lag: int, size: int
) -> None:
    """
    Edits, parcels, cancellations and refunds between any two requests, an index that is half a
    minute late, two changes in one second: polls with an overlap know every order's last state.
    """
    world = World()
    shop = shop_at(world, search_lag=timedelta(seconds=lag))
    for number in range(25):
        fill(shop, 1, updated_at=ago(minutes=30) + SECOND * (number // 3), fulfilled=False)
        world.now += timedelta(milliseconds=1)
    world.now = NOW + timedelta(minutes=1)
    staff = Staff(shop, world, seed, at_most=60)
    known: dict[str, tuple[object, ...]] = {}
    watermark = ago(hours=1)
    settle, overlap = timedelta(seconds=15), timedelta(minutes=5)

    handler = meanwhile(shop, staff.work, "Feed", "Orders", "Count", "Lines", "FulfilledLines")
    with connected(shop, world, handler, feed_page=size, order_page=3, line_page=10) as (
        connector,
        _,
    ):
        for poll in range(8):
            if poll == 5:
                staff.left = 0  # closing time
            window = Window(watermark - overlap, world.now - settle)
            for page in connector.changed(window):
                for order in page.orders:
                    known[order.id] = read_state(order)
                assert not page.unreadable
            watermark = window.until
            world.now += timedelta(seconds=20)

    assert known == {str(one): state_of(shop, one) for one in shop.books.orders}


@hypothesis_settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 2**32), size=st.integers(2, 9))
def test_progress_never_claims_what_was_not_handed_over(seed: int, size: int) -> None:
    """A crash after any page: the part before `complete_until` needs no second reading."""
    world = World()
    shop = shop_at(world, search_lag=timedelta(seconds=30))
    chance = random.Random(seed)
    for _ in range(40):
        fill(shop, 1, updated_at=ago(minutes=chance.randint(31, 180)))
    world.now += timedelta(minutes=1)
    before = {str(one): order.head.updated_at for one, order in shop.books.orders.items()}
    staff = Staff(shop, world, seed, at_most=40)
    handed_over: set[str] = set()
    previous: datetime | None = None

    with connected(
        shop, world, meanwhile(shop, staff.work, "Feed", "Orders"), feed_page=size, order_page=3
    ) as (connector, _):
        for page in connector.changed(Window(ago(hours=4), ago(minutes=1))):
            handed_over |= {order.id for order in page.orders}
            done = page.complete_until
            if done is None:
                continue
            assert previous is None or previous <= done
            previous = done
            untouched = {one for one, at in before.items() if at < done} - set(
                map(str, staff.due.copy())
            )
            assert untouched <= handed_over
