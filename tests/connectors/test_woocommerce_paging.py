"""No order is lost while a shop changes under the reader (R1, R2)."""

from __future__ import annotations

import json
import random
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from connectors import Contract, Transient, Window
from connectors.woocommerce.lanes import LANES
from orderferry.sandbox.server import Handler, Request, Response
from orderferry.sandbox.woocommerce import WooCommerceShop, faults
from tests.connectors.world import NOW, World, ago, connected, ids, read, shop_at

HOURS = Window(ago(hours=5), ago(seconds=15))


def filled(
    count: int, *, one_second: int = 0, seconds_apart: int = 1, **switches: Any
) -> WooCommerceShop:
    """Returns a shop with orders over some hours; the first *one_second* share an instant."""
    shop = shop_at(**switches)
    for number in range(count):
        seconds = 0 if number < one_second else number * seconds_apart
        modified = ago(hours=4) + timedelta(seconds=seconds)
        shop.add_order(status="completed", modified_at=modified, created_at=ago(days=2))
    return shop


def lists(request: Request) -> bool:
    return request.path.endswith("/wc/v3/orders") and bool(request.first("modified_after"))


def meanwhile(shop: WooCommerceShop, change: Callable[[int], None]) -> Handler:
    """Returns a handler that changes the shop after each list it answers; counts from 1."""
    answered = 0

    def handle(request: Request) -> Response:
        nonlocal answered
        answer = shop.handle(request)
        if lists(request):
            answered += 1
            change(answered)
        return answer

    return handle


def every_id(shop: WooCommerceShop) -> set[str]:
    return {str(order_id) for order_id in shop.records.orders}


def edited_since(shop: WooCommerceShop) -> set[str]:
    """Returns what the next poll reads: orders that an edit moved out of the window."""
    with connected(shop) as (connector, _):
        return set(read(connector, Window(HOURS.until, NOW + timedelta(seconds=1))))


@pytest.mark.parametrize("after", range(1, 7))
def test_one_edit_between_two_pages_of_600_loses_nothing(after: int) -> None:
    """Forward readers lose an order that nobody touched here, for good."""
    shop = filled(600)
    edited = min(shop.records.orders)

    def change(answered: int) -> None:
        if answered == after:
            shop.edit_order(edited, touch=True)

    with connected(shop, handler=meanwhile(shop, change)) as (connector, _):
        found = set(read(connector, HOURS)) | edited_since(shop)

    assert found == every_id(shop)
    assert len(found) == 600


@given(st.integers(0, 2**32))
@hypothesis_settings(max_examples=6, deadline=None)
def test_1000_orders_edited_at_random_while_they_are_read_are_all_read(seed: int) -> None:
    shop = filled(1000, one_second=250)
    everyone = every_id(shop)
    chance = random.Random(seed)
    gone: set[str] = set()

    def change(_answered: int) -> None:
        for _ in range(chance.randrange(6)):
            order_id = chance.choice(sorted(shop.records.orders))
            match chance.randrange(4):
                case 0:
                    shop.trash_order(order_id)
                    gone.add(str(order_id))
                case 1:
                    shop.delete_order(order_id)
                    gone.add(str(order_id))
                case _:
                    shop.edit_order(order_id, touch=True)

    with connected(shop, handler=meanwhile(shop, change)) as (connector, _):
        found = set(read(connector, HOURS)) | edited_since(shop)

    assert everyone - gone <= found


def test_equal_times_are_all_read() -> None:
    shop = filled(250, one_second=250)
    second = Window(ago(hours=4), ago(hours=4) + timedelta(seconds=1))

    with connected(shop) as (connector, _):
        assert sorted(read(connector, second), key=int) == sorted(every_id(shop), key=int)


def test_a_window_is_asked_as_the_facts_demand() -> None:
    shop = filled(1, statuses=("shipped",))

    with connected(shop, shipped_statuses=("completed", "shipped")) as (connector, server):
        read(connector, HOURS)

    (request,) = [request for request in server.requests if lists(request)]
    asked = dict(request.query)
    assert asked.pop("_fields").startswith("id,")
    assert asked == {
        "modified_after": "2026-06-15T06:59:59",
        "modified_before": "2026-06-15T11:59:45",
        "dates_are_gmt": "true",
        "status": "completed,shipped",
        "orderby": "id",
        "order": "asc",
        "per_page": "100",
        "page": "1",
        "dp": "2",
    }
    assert request.headers["cache-control"] == "no-cache"


@pytest.mark.parametrize("zone", ["Asia/Tokyo", "America/New_York", "UTC", "+05:30"])
@pytest.mark.parametrize("storage", ["hpos", "cpt"])
def test_no_zone_and_no_storage_shifts_the_window(zone: str, storage: str) -> None:
    shop = shop_at(time_zone=zone, storage=storage)
    since, until = ago(hours=2), ago(hours=1)
    for at in (since - timedelta(seconds=1), since, until - timedelta(seconds=1), until):
        shop.add_order(status="completed", modified_at=at)

    with connected(shop) as (connector, _):
        found = read(connector, Window(since, until))

    assert found == ["101", "102"]


def test_pages_are_read_from_the_last_to_the_first_and_the_first_again() -> None:
    shop = filled(250)

    with connected(shop) as (connector, server):
        pages = list(connector.changed(HOURS))

    asked = [request.first("page") for request in server.requests if lists(request)]
    assert asked == ["1", "3", "2", "1"]
    assert [len(page.orders) for page in pages] == [50, 100, 100]
    assert [page.complete_until for page in pages] == [None, None, HOURS.until]


def test_one_page_is_asked_once() -> None:
    shop = filled(100)

    with connected(shop) as (connector, server):
        (page,) = connector.changed(HOURS)

    assert len([request for request in server.requests if lists(request)]) == 1
    assert (len(page.orders), page.complete_until) == (100, HOURS.until)


def test_an_empty_window_is_complete() -> None:
    with connected(shop_at()) as (connector, _):
        (page,) = connector.changed(HOURS)

    assert (page.orders, page.complete_until) == ((), HOURS.until)


def test_fractions_of_a_second_lose_nothing() -> None:
    shop = filled(1)
    since = ago(hours=4)
    between = Window(since + timedelta(milliseconds=300), since + timedelta(milliseconds=700))

    with connected(shop) as (connector, _):
        (page,) = connector.changed(between)

    assert len(page.orders) == 1
    assert page.complete_until == between.until


def test_all_orders_edited_away_while_reading_end_well() -> None:
    shop = filled(300)

    def change(answered: int) -> None:
        if answered == 1:
            for order_id in shop.records.orders:
                shop.edit_order(order_id, touch=True)

    with connected(shop, handler=meanwhile(shop, change)) as (connector, _):
        pages = list(connector.changed(HOURS))

    assert pages[-1].complete_until == HOURS.until


def test_orders_that_enter_a_window_make_it_read_again() -> None:
    shop = filled(250)
    late: list[int] = []

    def change(answered: int) -> None:
        if answered == 2:  # page 3 is read; a row before it pushes another one there
            late.append(shop.add_order(id=99, status="completed", modified_at=ago(hours=3)))

    shop.records.orders = {key: value for key, value in shop.records.orders.items() if key != 99}
    with connected(shop, handler=meanwhile(shop, change)) as (connector, _):
        found = set(read(connector, HOURS))

    assert found == every_id(shop)


def test_orders_that_keep_entering_are_transient() -> None:
    shop = filled(250)

    def change(_answered: int) -> None:
        shop.add_order(status="completed", modified_at=ago(hours=3))

    with (
        connected(shop, handler=meanwhile(shop, change)) as (connector, _),
        pytest.raises(Transient, match="keep entering"),
    ):
        read(connector, HOURS)


def test_a_window_of_more_than_20_pages_is_read_in_slices() -> None:
    shop = filled(105)

    with connected(shop, page_size=5) as (connector, _):
        pages = list(connector.changed(HOURS))

    assert sorted(ids(iter(pages)), key=int) == sorted(every_id(shop), key=int)
    told = [page.complete_until for page in pages if page.complete_until]
    assert told == sorted(told)
    assert len(told) > 1
    assert told[-1] == HOURS.until


def test_there_are_as_many_slices_for_every_lane() -> None:
    shop = filled(130, seconds_apart=100)  # 44 pages, too many for two slices of 16

    with connected(shop, page_size=3) as (connector, _):
        told = [page.complete_until for page in connector.changed(HOURS) if page.complete_until]

    inner = [HOURS.since + number * (HOURS.until - HOURS.since) / 4 for number in (1, 2, 3)]
    assert set(told) <= {*(at.replace(microsecond=0) for at in inner), HOURS.until}
    assert len(told) > 1


def test_a_second_is_read_however_many_pages_it_has() -> None:
    shop = filled(120, one_second=120)

    with connected(shop, page_size=5) as (connector, _):
        found = read(connector, HOURS)

    assert sorted(found, key=int) == sorted(every_id(shop), key=int)


@given(st.integers(0, 2**32))
@hypothesis_settings(max_examples=6, deadline=None)
def test_slices_read_at_the_same_time_stay_complete_while_the_shop_changes(seed: int) -> None:
    """And at every instant that is said to be complete, all that was changed before is there."""
    shop = filled(150, one_second=60)
    times = {str(key): order["date_modified_gmt"] for key, order in shop.records.orders.items()}
    chance = random.Random(seed)
    edited: set[str] = set()

    def change(_answered: int) -> None:
        order_id = chance.choice(sorted(shop.records.orders))
        edited.add(str(order_id))
        shop.edit_order(order_id, touch=True)

    found: set[str] = set()
    told = []
    with connected(shop, page_size=3, handler=meanwhile(shop, change)) as (connector, _):
        for page in connector.changed(HOURS):
            found |= {order.id for order in page.orders}
            if page.complete_until is not None:
                told.append(page.complete_until)
                before = f"{page.complete_until:%Y-%m-%dT%H:%M:%S}"
                due = {order_id for order_id, at in times.items() if at < before}
                assert due - edited <= found

    assert found | edited_since(shop) == set(times)
    assert told == sorted(told)
    assert told[-1] == HOURS.until


def test_two_requests_are_under_way_at_most_and_one_a_slice() -> None:
    shop = filled(150, seconds_apart=90)
    under_way: list[str] = []
    most = 0
    lock = threading.Lock()

    def slow(request: Request) -> Response:
        nonlocal most
        window = f"{request.first('modified_after')} {request.first('modified_before')}"
        if not lists(request):
            return shop.handle(request)
        with lock:
            assert window not in under_way
            under_way.append(window)
            most = max(most, len(under_way))
        time.sleep(0.01)
        answer = shop.handle(request)
        with lock:
            under_way.remove(window)
        return answer

    with connected(shop, page_size=3, handler=slow) as (connector, server):
        found = read(connector, HOURS)

    assert sorted(found, key=int) == sorted(every_id(shop), key=int)
    assert most == LANES
    asked = [request for request in server.requests if lists(request)]
    # 50 pages, a request to see that; of four slices page 1 twice, and a page that is not full
    assert len(asked) <= 50 + 1 + 2 * 4


def test_missing_totals_cut_the_window_until_pages_are_not_full() -> None:
    shop = filled(30)
    strip = faults.totals_stripped()

    with connected(shop, page_size=10, handler=lambda r: strip(r, shop.handle)) as (connector, _):
        found = read(connector, HOURS)
        counted = connector.count(HOURS)

    assert sorted(found, key=int) == sorted(every_id(shop), key=int)
    assert counted is None


def test_missing_totals_and_a_full_second_are_a_contract_fault() -> None:
    shop = filled(30, one_second=30)
    strip = faults.totals_stripped()

    with (
        connected(shop, page_size=10, handler=lambda r: strip(r, shop.handle)) as (connector, _),
        pytest.raises(Contract, match="X-WP-Total is missing") as caught,
    ):
        read(connector, HOURS)

    assert "proxy" in caught.value.remedy


def test_a_shop_that_ignores_modified_after_is_a_contract_fault() -> None:
    shop = filled(3)
    shop.add_order(status="completed", modified_at=ago(days=30))

    def ignorant(request: Request) -> Response:
        known = [pair for pair in request.query if not pair[0].startswith("modified_")]
        return shop.handle(replace(request, query=tuple(known)))

    with (
        connected(shop, handler=ignorant) as (connector, _),
        pytest.raises(Contract, match="ignores modified_after") as caught,
    ):
        read(connector, HOURS)

    assert "5.8" in caught.value.remedy


def test_count_is_one_small_request() -> None:
    shop = filled(250)

    with connected(shop) as (connector, server):
        connector.profile()
        before = len(server.requests)

        assert connector.count(HOURS) == 250

    (request,) = list(server.requests)[before:]
    assert (request.first("per_page"), request.first("_fields")) == ("1", "id")


def test_a_plugin_that_hides_rows_is_noted(caplog: pytest.LogCaptureFixture) -> None:
    shop = filled(3)

    def hide(request: Request) -> Response:
        answer = shop.handle(request)
        if not lists(request):
            return answer
        return Response(200, json.dumps(json.loads(answer.body)[1:]).encode(), answer.headers)

    with connected(shop, handler=hide) as (connector, _):
        assert len(read(connector, HOURS)) == 2

    assert [getattr(record, "action", "") for record in caplog.records] == ["rows_withheld"]


def test_a_row_that_is_no_order_costs_itself() -> None:
    shop = filled(3)

    def spoil(request: Request) -> Response:
        answer = shop.handle(request)
        if not lists(request):
            return answer
        first, _, third = json.loads(answer.body)
        return Response(200, json.dumps([first, None, third]).encode(), answer.headers)

    with connected(shop, handler=spoil) as (connector, _):
        (page,) = connector.changed(HOURS)

    assert [order.id for order in page.orders] == ["100", "102"]
    assert [one.id for one in page.unreadable] == ["after:100"]


def test_an_order_edited_in_the_repeated_autumn_hour_is_in_reach_of_the_overlap() -> None:
    """HPOS stores such a change one hour early (measured); the caller's overlap is 90 minutes."""
    true = datetime(2026, 11, 1, 6, 10, tzinfo=UTC)  # the second 01:10 in New York
    shop = WooCommerceShop(now=lambda: true)
    shop.behind_tls_proxy = True
    order_id = shop.add_order(status="completed", created_at=true - timedelta(days=1))
    shop.edit_order(order_id, touch=True)
    watermark = true - timedelta(minutes=5)

    with connected(shop, World()) as (connector, _):
        found = read(connector, Window(watermark - timedelta(minutes=90), true))

    assert found == [str(order_id)]
