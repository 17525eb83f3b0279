"""Several requests at one shop at the same time: their number, order and end (R2, R8)."""

from __future__ import annotations

import dataclasses
import json
import threading
import time
from collections.abc import Callable
from contextlib import closing

import pytest

from connectors import Credentials, Page
from connectors.shopify import ShopifyConnector
from connectors.shopify.detail import FATAL
from connectors.shopify.lanes import AT_ONCE
from orderferry.sandbox.server import Handler, Request, Response, Server
from orderferry.sandbox.shopify import ShopifyShop, faults
from tests.connectors.shopify.test_auth import app, grants
from tests.connectors.shopify.test_detail import poisoned
from tests.connectors.shopify.test_feed import is_named
from tests.connectors.shopify.world import (
    HOURS,
    World,
    asked,
    connected,
    fill,
    orders,
    settings,
    shop_at,
)

SECONDS = 10  # a bound that only ends a test that has failed


def threads() -> list[str]:
    return [one.name for one in threading.enumerate() if one.name.startswith("shopify")]


def rich(world: World) -> ShopifyShop:
    """A shop whose points play no part."""
    return shop_at(world, maximum_available=10**6, restore_rate=10**4)


class InFlight:
    """Counts the requests that are being answered at the same time."""

    def __init__(self, handler: Handler, hold: Callable[[Request], object]) -> None:
        self.most = 0
        self._handler = handler
        self._hold = hold
        self._now = 0
        self._lock = threading.Lock()

    def __call__(self, request: Request) -> Response:
        with self._lock:
            self._now += 1
            self.most = max(self.most, self._now)
        try:
            self._hold(request)
            return self._handler(request)
        finally:
            with self._lock:
                self._now -= 1


Acting = Callable[[int, Request, Handler], Response]


class Numbered:
    """Does something with the requests for orders, by their number in the feed's order."""

    def __init__(self, handler: Handler, due: list[str], size: int, act: Acting) -> None:
        self._handler = handler
        self._number = {gid: place // size for place, gid in enumerate(due)}
        self._act = act

    def __call__(self, request: Request) -> Response:
        if not is_named(request, "Orders"):
            return self._handler(request)
        first = json.loads(request.body)["variables"]["ids"][0].rpartition("/")[2]
        return self._act(self._number[first], request, self._handler)


# how many


def test_four_requests_are_under_way_and_never_more() -> None:
    """The first batch is alone; then 24 come four by four, or the barrier breaks."""
    world = World()
    shop = rich(world)
    due = fill(shop, 250)
    together = threading.Barrier(AT_ONCE, timeout=SECONDS)
    orders_asked = iter(range(1000))

    def hold(request: Request) -> None:
        if is_named(request, "Orders") and next(orders_asked) > 0:
            together.wait()

    counted = InFlight(shop.handle, hold)
    with connected(shop, world, counted, order_page=10) as (connector, _):
        found = list(orders(connector.changed(HOURS)))

    assert found == due
    assert counted.most == AT_ONCE == 4


def test_listing_counts_among_the_four() -> None:
    world = World()
    shop = rich(world)
    due = fill(shop, 200)
    counted = InFlight(shop.handle, lambda _request: time.sleep(0.005))

    with connected(shop, world, counted, feed_page=20, order_page=5) as (connector, _):
        found = list(orders(connector.changed(HOURS)))

    assert found == due
    assert 1 < counted.most <= AT_ONCE
    assert asked(shop).count("Feed") == 10
    assert asked(shop).count("Orders") == 40


@pytest.mark.parametrize("count", [0, 50], ids=["nothing new", "one batch"])
def test_a_poll_of_one_batch_starts_no_thread(count: int) -> None:
    world = World()
    shop = rich(world)
    fill(shop, count)
    seen: list[str] = []

    def handle(request: Request) -> Response:
        seen.extend(threads())
        return shop.handle(request)

    with connected(shop, world, handle) as (connector, _):
        assert len(orders(connector.changed(HOURS))) == count

    assert seen == []
    assert asked(shop) == ["Feed", "Orders"][: 1 + bool(count)]


def test_at_most_four_answers_wait_to_be_handed_over() -> None:
    """A caller that takes its time does not make the memory grow."""
    world = World()
    shop = rich(world)
    fill(shop, 250)

    with (
        connected(shop, world, order_page=5) as (connector, _),
        closing(connector.changed(HOURS)) as pages,
    ):
        next(pages)
        next(pages)
        ends = time.monotonic() + SECONDS
        while asked(shop).count("Orders") < 2 + AT_ONCE and time.monotonic() < ends:
            time.sleep(0.005)
        time.sleep(0.1)  # a fifth would come at once
        read_ahead = asked(shop).count("Orders") - 2

    assert read_ahead == AT_ONCE


# in which order


def test_pages_keep_the_order_of_the_feed_whichever_answer_comes_first() -> None:
    """Of every four answers the first comes last; nothing is complete before the end."""
    world = World()
    shop = rich(world)
    due = fill(shop, 90)
    answered = [threading.Event() for _ in range(9)]

    def act(number: int, request: Request, handler: Handler) -> Response:
        if number % 4 == 1:
            assert all(one.wait(SECONDS) for one in answered[number + 1 : number + 4])
        answer = handler(request)
        answered[number].set()
        return answer

    with connected(shop, world, Numbered(shop.handle, due, 10, act), order_page=10) as (
        connector,
        _,
    ):
        pages = list(connector.changed(HOURS))

    assert [order.id for page in pages for order in page.orders] == due
    assert [page.complete_until for page in pages] == [None] * 8 + [HOURS.until]


def test_a_bad_order_among_four_requests_costs_itself_only() -> None:
    """The requests that are made smaller for it are those of its own batch."""
    world = World()
    shop = rich(world)
    due = fill(shop, 200)
    bad = due[130]

    with connected(shop, world, poisoned(shop, bad, alone=True), order_page=25) as (connector, _):
        pages = list(connector.changed(HOURS))

    unreadable = [(one.id, one.problem) for page in pages for one in page.unreadable]
    assert list(orders(pages)) == [one for one in due if one != bad]
    assert unreadable == [(bad, FATAL)]
    assert [page.complete_until for page in pages if page.complete_until] == [HOURS.until]


def test_a_right_that_is_lacking_is_learned_by_one_request() -> None:
    world = World()
    shop = shop_at(world, scopes=("read_orders",), maximum_available=10**6)
    due = fill(shop, 120)

    with connected(shop, world, order_page=10) as (connector, _):
        assert list(orders(connector.changed(HOURS))) == due

    first, *others = [requested for name, requested, *_ in shop.queries if name == "Orders"]
    assert {other < first for other in others} == {True}


# how they end


def test_a_fault_comes_in_its_turn_and_ends_the_others() -> None:
    """The third of four fails while the first two are still being answered."""
    world = World()
    shop = rich(world)
    due = fill(shop, 200)
    failed = threading.Event()

    def act(number: int, request: Request, handler: Handler) -> Response:
        if number == 3:
            failed.set()
            return faults.forbidden()(request, handler)
        if number in {1, 2}:
            assert failed.wait(SECONDS)
        return handler(request)

    found: list[Page] = []
    handler = Numbered(shop.handle, due, 10, act)
    with connected(shop, world, handler, order_page=10) as (connector, server):
        with pytest.raises(Credentials):
            found.extend(connector.changed(HOURS))
        left = threads()
        requests = len(server.requests)
        handler._act = lambda _number, request, real: real(request)
        again = list(orders(connector.changed(HOURS)))

    assert [order.id for page in found for order in page.orders] == due[:30]
    assert [page.complete_until for page in found] == [None] * 3
    assert left == []
    assert requests <= 1 + 1 + AT_ONCE + 2  # the feed, the first, four, what two of them brought
    assert again == due


def test_a_fault_of_the_feed_comes_behind_what_was_listed() -> None:
    world = World()
    shop = rich(world)
    due = fill(shop, 60)
    lists = iter(range(1000))

    def handle(request: Request) -> Response:
        if is_named(request, "Feed") and next(lists) == 1:
            return faults.forbidden()(request, shop.handle)
        return shop.handle(request)

    found: list[Page] = []
    with (
        connected(shop, world, handle, feed_page=30, order_page=10) as (connector, _),
        pytest.raises(Credentials),
    ):
        found.extend(connector.changed(HOURS))

    assert [order.id for page in found for order in page.orders] == due[:30]
    assert found[-1].complete_until is not None  # the first page of the feed is done with


def test_a_fault_cuts_the_others_waits_short() -> None:
    """One waits the 20 s that the shop asked for when the one before it fails for good."""
    world = World()
    shop = rich(world)
    due = fill(shop, 60)
    is_waiting = threading.Event()
    slept: list[float] = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        is_waiting.set()
        time.sleep(0.01)

    def act(number: int, request: Request, handler: Handler) -> Response:
        if number == 2:
            return faults.too_many_requests("20")(request, handler)
        if number == 1:
            assert is_waiting.wait(SECONDS)
            return faults.forbidden()(request, handler)
        return handler(request)

    with Server(Numbered(shop.handle, due, 10, act)) as server:
        connector = ShopifyConnector(
            settings(server.url, order_page=10),
            dataclasses.replace(world.surroundings, sleep=sleep),
        )
        with closing(connector), pytest.raises(Credentials):
            list(connector.changed(HOURS))

    assert sum(slept) < 15
    assert threads() == []


class Stop(Exception):
    """What a clock raises in whoever waits when the process is to end."""


def test_a_stop_ends_all_requests() -> None:
    world = World()
    shop = rich(world)
    due = fill(shop, 200)

    def sleep(_seconds: float) -> None:
        raise Stop

    def act(number: int, request: Request, handler: Handler) -> Response:
        if number == 2:
            return faults.too_many_requests("20")(request, handler)
        return handler(request)

    found: list[Page] = []
    with Server(Numbered(shop.handle, due, 10, act)) as server:
        connector = ShopifyConnector(
            settings(server.url, order_page=10),
            dataclasses.replace(world.surroundings, sleep=sleep),
        )
        with closing(connector), pytest.raises(Stop):
            found.extend(connector.changed(HOURS))

    assert [order.id for page in found for order in page.orders] == due[:20]
    assert threads() == []


def test_a_caller_that_leaves_takes_the_threads_along() -> None:
    world = World()
    shop = rich(world)
    due = fill(shop, 250)

    with connected(shop, world, order_page=5) as (connector, _):
        pages = connector.changed(HOURS)
        next(pages)
        next(pages)
        pages.close()
        left = threads()
        asked_by_then = len(shop.queries)
        again = list(orders(connector.changed(HOURS)))

    assert left == []
    assert asked_by_then <= 1 + 2 + AT_ONCE
    assert again == due


def test_one_of_four_refused_requests_renews_the_token() -> None:
    """The others find that there is another one by then."""
    world = World()
    shop = rich(world)
    due = fill(shop, 50)
    refused = threading.Barrier(AT_ONCE, timeout=SECONDS)
    first_token: list[str] = []

    def act(number: int, request: Request, handler: Handler) -> Response:
        token = request.headers["x-shopify-access-token"]
        if number == 0:
            first_token.append(token)
            answer = handler(request)
            shop.tokens.revoke(token)
            return answer
        answer = handler(request)
        if token == first_token[0]:
            refused.wait()
        return answer

    handler = Numbered(shop.handle, due, 10, act)
    with connected(shop, world, handler, order_page=10, **app(shop)) as (connector, server):
        found = list(orders(connector.changed(HOURS)))

    assert found == due
    assert len(grants(server)) == 2


def test_a_reading_that_ends_leaves_another_one_alone() -> None:
    world = World()
    shop = rich(world)
    due = fill(shop, 100)

    with connected(shop, world, order_page=5) as (connector, _):
        one, other = connector.changed(HOURS), connector.changed(HOURS)
        begun = [next(pages) for pages in (one, one, other, other)]
        one.close()
        found = list(orders([*begun[2:], *other]))

    assert found == due
    assert threads() == []
