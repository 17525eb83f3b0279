"""Whole orders: every page of every connection, and bad ones that cost only themselves (R4)."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from connectors import Contract, Credentials, Transient, Window
from connectors.shopify.detail import FATAL, UNSTEADY
from connectors.shopify.pace import Pace
from connectors.shopify.refusals import PROTECTED_REMEDY
from orderferry.sandbox.server import Handler, Request, Response
from orderferry.sandbox.shopify import ShopifyShop, faults
from tests.connectors.shopify.test_feed import is_named, meanwhile
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

UNTIL_NOW = Window(HOURS.since, NOW + timedelta(minutes=5))


def poisoned(shop: ShopifyShop, *ids: str, alone: bool = False) -> Handler:
    """Returns a handler that fails on these orders: their node, or (alone) the whole query."""

    def handle(request: Request) -> Response:
        if not is_named(request, "Orders"):
            return shop.handle(request)
        wanted = json.loads(request.body)["variables"]["ids"]
        places = [place for place, gid in enumerate(wanted) if gid.rpartition("/")[2] in ids]
        if not places:
            return shop.handle(request)
        if alone:
            return faults.internal_error()(request, shop.handle)
        answer = shop.handle(request)
        body = json.loads(answer.body)
        for place in places:
            body["data"]["nodes"][place] = None
            error = {
                "message": "Internal error. Request ID: 1",
                "path": ["nodes", place],
                "extensions": {"code": "INTERNAL_SERVER_ERROR"},
            }
            body.setdefault("errors", []).append(error)
        return Response(200, json.dumps(body).encode(), answer.headers)

    return handle


# pages within an order


def test_order_with_more_lines_than_a_page_is_read_to_its_end() -> None:
    world = World()
    shop = shop_at(world)
    (due,) = fill(shop, 1, lines=[{"sku": f"S{number}"} for number in range(23)])
    (short,) = fill(shop, 1)
    refunded = shop.line_ids(int(due))[:12]
    world.now += timedelta(seconds=1)
    shop.refund(int(due), dict.fromkeys(refunded, 1))

    with connected(shop, world, line_page=10) as (connector, _):
        found = orders(connector.changed(UNTIL_NOW))

    order = found[due].order
    skus = [line["sku"] for line in order["lineItems"]["nodes"]]
    (parcel,) = order["fulfillments"]
    shipped = [one["lineItem"]["id"] for one in parcel["fulfillmentLineItems"]["nodes"]]
    (refund,) = order["refunds"]
    returned = [one["lineItem"]["id"] for one in refund["refundLineItems"]["nodes"]]
    assert skus == [f"S{number}" for number in range(23)]
    assert shipped == [line["id"] for line in order["lineItems"]["nodes"]]
    assert returned == shipped[:12]
    assert set(found) == {due, short}
    assert asked(shop).count("Lines") == 2
    assert asked(shop).count("FulfilledLines") == 2
    assert asked(shop).count("RefundedLines") == 0  # 12 fit into the page of 25


def test_refund_with_more_lines_than_a_page_is_read_to_its_end() -> None:
    world = World()
    shop = shop_at(world)
    (due,) = fill(shop, 1, lines=[{}] * 30)
    shop.refund(int(due))

    with connected(shop, world) as (connector, _):
        (order,) = orders(connector.by_id([due])).values()

    (refund,) = order.order["refunds"]
    assert len(refund["refundLineItems"]["nodes"]) == 30
    assert asked(shop) == ["Orders", "RefundedLines"]


def test_each_parcel_is_read_to_its_end() -> None:
    world = World()
    shop = shop_at(world)
    (due,) = fill(shop, 1, lines=[{"quantity": 2}] * 14, fulfilled=False, trackings=())
    lines = shop.line_ids(int(due))
    shop.fulfil(int(due), dict.fromkeys(lines[:3], 1))
    shop.fulfil(int(due), dict.fromkeys(lines, 1))

    with connected(shop, world, line_page=10) as (connector, _):
        (order,) = orders(connector.by_id([due])).values()

    shipped = [len(one["fulfillmentLineItems"]["nodes"]) for one in order.order["fulfillments"]]
    assert sorted(shipped) == [3, 14]


def test_nothing_that_only_paging_needs_is_handed_over() -> None:
    world = World()
    shop = shop_at(world)
    fill(shop, 2)

    with connected(shop, world) as (connector, _):
        text = json.dumps([one.order for one in orders(connector.changed(HOURS)).values()])

    assert "pageInfo" not in text


def test_order_that_changes_between_its_pages_is_read_anew() -> None:
    """Half of it from before and half from after would be neither."""
    world = World()
    shop = shop_at(world)
    (due,) = fill(shop, 1, lines=[{}] * 15, fulfilled=False, trackings=())

    def change(count: int) -> None:
        if count == 1:
            world.now += timedelta(seconds=1)
            shop.fulfil(int(due))

    with connected(shop, world, meanwhile(shop, change, "Orders"), line_page=10) as (it, _):
        (order,) = orders(it.by_id([due])).values()

    assert len(order.order["lineItems"]["nodes"]) == 15
    assert [len(one["fulfillmentLineItems"]["nodes"]) for one in order.order["fulfillments"]] == [
        15
    ]


def test_order_that_never_rests_is_told_not_guessed() -> None:
    world = World()
    shop = shop_at(world)
    (due, other) = fill(shop, 2, lines=[{}] * 15)

    def change(_count: int) -> None:
        world.now += timedelta(seconds=1)
        shop.touch(int(due))

    with connected(shop, world, meanwhile(shop, change, "Orders"), line_page=10) as (it, _):
        (page,) = it.by_id([due, other])

    assert [(one.id, one.problem) for one in page.unreadable] == [(due, UNSTEADY)]
    assert [order.id for order in page.orders] == [other]


def test_order_that_is_deleted_between_its_pages_is_missing() -> None:
    world = World()
    shop = shop_at(world)
    (due,) = fill(shop, 1, lines=[{}] * 15)

    def change(count: int) -> None:
        if count == 1:
            shop.delete_order(int(due))

    with connected(shop, world, meanwhile(shop, change, "Orders"), line_page=10) as (it, _):
        (page,) = it.by_id([due])

    assert (page.missing, page.orders) == ((due,), ())


# by id


def test_ids_are_found_whatever_their_state_and_missing_ones_named() -> None:
    world = World()
    shop = shop_at(world)
    shipped, cancelled, gone = fill(shop, 3)
    shop.cancel_order(int(cancelled))
    shop.delete_order(int(gone))
    strange = ("abc", "0", "-5", "1e3", "gid://shopify/Order/1", "9" * 19)

    with connected(shop, world) as (connector, _):
        pages = list(connector.by_id([shipped, *strange, gone, cancelled, shipped]))

    assert sorted(orders(pages)) == sorted([shipped, cancelled])
    assert [id_ for page in pages for id_ in page.missing] == [*strange, gone]


def test_order_that_is_too_old_to_be_seen_is_missing() -> None:
    world = World()
    shop = shop_at(world)
    (old,) = fill(shop, 1, created_at=ago(days=61))

    with connected(shop, world) as (connector, _):
        (page,) = connector.by_id([old])

    assert page.missing == (old,)


def test_no_ids_no_request() -> None:
    world = World()
    shop = shop_at(world)

    with connected(shop, world) as (connector, server):
        assert list(connector.by_id([])) == []
        assert list(server.requests) == []


# orders that Shopify fails on


@pytest.mark.parametrize("alone", [False, True], ids=["its node is null", "the query fails"])
def test_order_that_cannot_be_read_costs_itself(alone: bool) -> None:  # noqa: FBT001
    world = World()
    shop = shop_at(world)
    due = fill(shop, 120)
    bad = due[70]

    with connected(shop, world, poisoned(shop, bad, alone=alone)) as (connector, _):
        pages = list(connector.changed(HOURS))

    assert sorted(orders(pages)) == sorted(set(due) - {bad})
    assert [(one.id, one.problem) for page in pages for one in page.unreadable] == [(bad, FATAL)]
    assert pages[-1].complete_until == HOURS.until


def test_failure_of_a_moment_costs_nothing() -> None:
    world = World()
    shop = shop_at(world)
    due = fill(shop, 3)
    bad = poisoned(shop, due[1])
    calls = 0

    def once(request: Request) -> Response:
        nonlocal calls
        calls += is_named(request, "Orders")
        return bad(request) if calls == 1 else shop.handle(request)

    with connected(shop, world, once) as (connector, _):
        (page,) = connector.changed(HOURS)

    assert ([order.id for order in page.orders], page.unreadable) == (
        [due[0], due[2], due[1]],
        (),
    )


@pytest.mark.parametrize(
    ("alone", "failed"),
    [pytest.param(True, 5, id="the query fails"), pytest.param(False, 20, id="every node is null")],
)
def test_shop_that_fails_on_every_order_is_down_and_no_order_bad(
    alone: bool,  # noqa: FBT001
    failed: int,
) -> None:
    world = World()
    shop = shop_at(world)
    due = fill(shop, 20)

    with (
        connected(shop, world, poisoned(shop, *due, alone=alone)) as (connector, _),
        pytest.raises(Transient, match=f"fails on each of {failed} orders"),
    ):
        list(connector.changed(HOURS))


def test_shop_that_is_down_altogether_is_transient() -> None:
    world = World()
    shop = shop_at(world)
    fill(shop, 20)

    with connected(shop, world) as (connector, server):
        server.fail(faults.internal_error(), times=-1, matches=lambda one: b"Feed" not in one.body)
        with pytest.raises(Transient):
            list(connector.changed(HOURS))


def sizes_of(shop: ShopifyShop, refuses: Callable[[int, int], Any]) -> list[tuple[int, int]]:
    """Reads 120 orders from a shop that refuses some sizes; returns (ids, lines) of each query."""
    world = World()
    due = fill(shop, 120)
    sizes: list[tuple[int, int]] = []

    def handle(request: Request) -> Response:
        if is_named(request, "Orders"):
            variables = json.loads(request.body)["variables"]
            sizes.append((len(variables["ids"]), variables["lines"]))
            failure = refuses(*sizes[-1])
            if failure:
                return Response(*_reply(failure(request, shop.handle)))
        return shop.handle(request)

    with connected(shop, world, handle) as (connector, _):
        assert sorted(orders(connector.changed(HOURS))) == due
    return sizes


def _reply(answer: Response) -> tuple[int, bytes, Any]:
    return answer.status, answer.body, answer.headers


def test_timeouts_halve_the_orders_of_a_query_and_they_grow_back() -> None:
    slow = 3

    def refuses(ids: int, _lines: int) -> Any:
        nonlocal slow
        slow -= 1
        return faults.timeout_body() if ids > 20 and slow >= 0 else None

    sizes = sizes_of(shop_at(World()), refuses)

    assert [ids for ids, _ in sizes[:3]] == [50, 25, 12]
    assert max(ids for ids, _ in sizes[4:]) > 12


def test_refused_cost_halves_the_lines_too() -> None:
    def refuses(_ids: int, lines: int) -> Any:
        return faults.errors_as_list("x", code="MAX_COST_EXCEEDED") if lines > 30 else None

    sizes = sizes_of(shop_at(World()), refuses)

    assert [lines for _, lines in sizes[:3]] == [100, 50, 25]


def test_cost_that_no_size_lowers_is_an_error() -> None:
    world = World()
    shop = shop_at(world)
    fill(shop, 2)

    with connected(shop, world) as (connector, server):
        server.fail(
            faults.errors_as_list("x", code="MAX_COST_EXCEEDED"),
            times=-1,
            matches=lambda one: is_named(one, "Orders"),
        )
        with pytest.raises(Transient, match="costs too much"):
            list(connector.changed(HOURS))


def test_pace_keeps_its_bounds() -> None:
    pace = Pace(50, 100)

    assert [pace.shrink() for _ in range(12)].count(True) == 9  # 6 for the orders, 3 for the lines
    assert (pace.orders, pace.lines) == (1, 10)
    for _ in range(60):
        pace.grow()
    assert (pace.orders, pace.lines) == (50, 100)


# rights


def test_app_without_products_reads_orders_without_customs_codes() -> None:
    world = World()
    shop = shop_at(world, scopes=("read_orders",))
    due = fill(shop, 70)

    with connected(shop, world) as (connector, _):
        found = orders(connector.changed(HOURS))

    lines = [line for order in found.values() for line in order.order["lineItems"]["nodes"]]
    assert sorted(found) == due
    assert not any(line.get("variant") for line in lines)
    assert {line["weight"]["unit"] for line in lines} == {"GRAMS"}
    # the second batch does not even ask for them
    costs = [requested for name, requested, *_ in shop.queries if name == "Orders"]
    assert costs[1] < costs[0]


def test_app_without_orders_is_a_credentials_fault_never_no_orders() -> None:
    world = World()
    shop = shop_at(world, scopes=("read_products",))
    fill(shop, 3)

    with (
        connected(shop, world) as (connector, _),
        pytest.raises(Credentials, match="lacks the scope read_orders"),
    ):
        list(connector.changed(HOURS))


@pytest.mark.parametrize("redacts", ["null", "error"])
def test_hidden_customers_are_one_fault_not_a_page_of_bad_orders(redacts: Any) -> None:
    world = World()
    shop = shop_at(world)
    shop.redacts = redacts
    fill(shop, 60)

    with connected(shop, world) as (connector, _):
        with pytest.raises(Contract, match="protected customer data") as caught:
            list(connector.changed(HOURS))
        with pytest.raises(Contract, match="protected customer data"):
            list(connector.by_id(["5500000000001"]))

    assert caught.value.remedy == PROTECTED_REMEDY


def test_sale_without_a_name_is_no_hidden_customer() -> None:
    world = World()
    shop = shop_at(world)
    nameless = dict.fromkeys(("firstName", "lastName", "name", "address1", "zip", "phone"))
    fill(shop, 3, updated_at=ago(days=3))
    (due,) = fill(
        shop, 1, shipping_address=nameless, billing_address=nameless, email=None, phone=None
    )

    with connected(shop, world) as (connector, _):
        assert list(orders(connector.changed(HOURS))) == [due]


def test_order_without_any_address_proves_nothing() -> None:
    world = World()
    shop = shop_at(world)
    (due,) = fill(shop, 1, shipping_address=None, billing_address=None, email=None, phone=None)

    with connected(shop, world) as (connector, _):
        assert list(orders(connector.changed(HOURS))) == [due]
        assert asked(shop) == ["Feed", "Orders"]
