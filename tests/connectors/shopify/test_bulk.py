"""Long windows by bulk operation; whatever is wrong with one, paging reads the same orders."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import IO, Any

import pytest

from connectors import Page, Window
from connectors.shopify.bulk import PATIENCE, VAULT_NAME
from connectors.shopify.shape import instant
from connectors.shopify.spool import Spool
from orderferry.sandbox.server import Request, Response, Server, reply
from orderferry.sandbox.shopify import ShopifyShop, faults
from tests.connectors.shopify.test_feed import is_named
from tests.connectors.shopify.world import (
    HOURS,
    NOW,
    TOKEN,
    MemoryVault,
    World,
    ago,
    asked,
    connected,
    fill,
    orders,
    shop_at,
)

WHOLE = Window(ago(days=10), NOW + timedelta(minutes=5))


def mixed(shop: ShopifyShop, count: int) -> list[str]:
    """Fills a shop with whole, open, partial, split, refunded and edited orders."""
    due = fill(shop, count, lines=[{"quantity": 2}, {"quantity": 1}], updated_at=ago(days=5))
    for place, order_id in enumerate(due):
        kind, number = place % 10, int(order_id)
        if kind == 0:
            shop.refund(number, {shop.line_ids(number)[0]: 1})
        if kind == 1:
            shop.cancel_fulfilment(number, shop.fulfilment_ids(number)[0])
            shop.fulfil(number, {shop.line_ids(number)[0]: 1}, [("UPS", "1Z1")])
        if kind == 2:
            shop.cancel_fulfilment(number, shop.fulfilment_ids(number)[0])
    due += fill(shop, count // 10, fulfilled=False, trackings=(), updated_at=ago(days=4))
    return sorted(due)


def downloads(server: Server) -> list[Request]:
    return [one for one in server.requests if one.path.endswith(".jsonl")]


def by_paging(shop: ShopifyShop, world: World, window: Window) -> dict[str, Any]:
    with connected(shop, world, bulk_from=0) as (connector, _):
        return orders(connector.changed(window))


def told(pages: list[Page]) -> list[Any]:
    return [page.complete_until for page in pages if page.complete_until is not None]


# what it brings


def test_bulk_operation_brings_the_same_orders_as_paging() -> None:
    world = World()
    shop = shop_at(world)
    due = mixed(shop, 400)
    expected = by_paging(shop, world, WHOLE)
    shop.queries.clear()

    with connected(shop, world, bulk_from=100) as (connector, _):
        pages = list(connector.changed(WHOLE))

    found = orders(pages)
    assert sorted(found) == due
    assert found == expected
    assert told(pages) == sorted(told(pages))
    assert told(pages)[-1] == WHOLE.until


def test_orders_that_prove_what_shipped_are_not_read_again() -> None:
    world = World()
    shop = shop_at(world, maximum_available=20_000)
    fill(shop, 900)
    split = fill(shop, 100, lines=[{"quantity": 2}], fulfilled=False, trackings=())
    for order_id in split:
        shop.fulfil(int(order_id), {shop.line_ids(int(order_id))[0]: 1})

    with connected(shop, world, bulk_from=1000) as (connector, server):
        assert len(orders(connector.changed(WHOLE))) == 1000

    assert sorted(id_ for ids in read_by_id(server) for id_ in ids) == split
    assert shop.points_spent < 250


def read_by_id(server: Server) -> list[list[str]]:
    """The ids of each request for orders by id."""
    return [
        [gid.rpartition("/")[2] for gid in json.loads(one.body)["variables"]["ids"]]
        for one in server.requests
        if is_named(one, "Orders")
    ]


def test_orders_that_must_be_read_are_asked_for_together_though_they_lie_far_apart() -> None:
    world = World()
    shop = shop_at(world)
    due = fill(shop, 600)
    refunded = due[::30]  # of twelve pages, less than two each
    for order_id in refunded:
        at = instant(shop.order(int(order_id))["updatedAt"])
        shop.refund(int(order_id))
        shop.touch(int(order_id), at)
    expected = by_paging(shop, world, WHOLE)

    with connected(shop, world, bulk_from=100) as (connector, server):
        pages = list(connector.changed(WHOLE))

    assert read_by_id(server) == [refunded]
    assert orders(pages) == expected
    assert max(len(page.orders) for page in pages) == 50
    assert [len(page.orders) for page in pages if page.orders] == [50] * 12
    for page in pages[:-1]:
        for order in page.orders:
            assert order.modified_at is not None
            assert page.complete_until is not None
            assert order.modified_at <= page.complete_until


def test_no_request_asks_for_more_orders_than_a_page_has() -> None:
    world = World()
    shop = shop_at(world)
    mixed(shop, 300)

    with connected(shop, world, bulk_from=100, order_page=25) as (connector, server):
        list(connector.changed(WHOLE))

    sizes = [len(ids) for ids in read_by_id(server)]
    assert max(sizes) <= 25
    assert len(sizes) <= 2 * sum(sizes) / 25 + 1


def test_short_window_needs_no_bulk_operation() -> None:
    world = World()
    shop = shop_at(world)
    fill(shop, 300)

    with connected(shop, world, bulk_from=301) as (connector, _):
        list(connector.changed(WHOLE))

    assert "BulkStart" not in asked(shop)


def test_file_is_fetched_without_the_token() -> None:
    world = World()
    shop = shop_at(world)
    fill(shop, 300)

    with connected(shop, world, bulk_from=100) as (connector, server):
        list(connector.changed(WHOLE))

    (request,) = downloads(server)
    assert "x-shopify-access-token" not in request.headers
    assert TOKEN not in str(request)


def test_pages_come_while_the_shop_is_at_work() -> None:
    """A lease must be kept, and a deadline noticed, while nothing else happens."""
    world = World()
    shop = shop_at(world)
    shop.bulk.polls_needed = 6
    fill(shop, 300)

    with connected(shop, world, bulk_from=100) as (connector, _):
        pages = list(connector.changed(WHOLE))

    assert [page.orders for page in pages[:5]] == [()] * 5
    assert all(page.complete_until is None for page in pages[:5])
    assert world.slept[:5] == [1.0, 2.0, 4.0, 8.0, 16.0]


def test_order_that_changes_while_the_shop_is_at_work_is_there_in_the_end() -> None:
    """It leaves the window; the next poll has it."""
    world = World()
    shop = shop_at(world)
    due = fill(shop, 300, fulfilled=False, trackings=())
    window = Window(HOURS.since, NOW)
    known: dict[str, int] = {}

    with connected(shop, world, bulk_from=100) as (connector, _):
        for count, page in enumerate(connector.changed(window)):
            known |= {order.id: len(order.order["fulfillments"]) for order in page.orders}
            world.now += timedelta(seconds=1)
            shop.fulfil(int(due[count * 30]))
        world.now += timedelta(seconds=1)
        for page in connector.changed(Window(NOW - timedelta(minutes=5), world.now)):
            known |= {order.id: len(order.order["fulfillments"]) for order in page.orders}

    assert known == {str(one): len(shop.order(one)["fulfillments"]) for one in shop.books.orders}


# what can go wrong with it


def grow_old(shop: ShopifyShop) -> None:
    shop.bulk.polls_needed = 10**6
    shop.bulk.longest = timedelta(days=10)


def fails(shop: ShopifyShop) -> None:
    shop.bulk.ending = "FAILED"


def times_out(shop: ShopifyShop) -> None:
    shop.bulk.ending, shop.bulk.error_code = "FAILED", "TIMEOUT"


def expires(shop: ShopifyShop) -> None:
    shop.bulk.ending = "EXPIRED"


@pytest.mark.parametrize("trouble", [fails, times_out, expires, grow_old])
def test_operation_that_ends_badly_is_replaced_by_paging(
    trouble: Any, caplog: pytest.LogCaptureFixture
) -> None:
    vault = MemoryVault()
    world = World(vault)
    shop = shop_at(world)
    trouble(shop)
    due = fill(shop, 300)

    with connected(shop, world, bulk_from=100) as (connector, _):
        pages = list(connector.changed(HOURS))

    assert sorted(orders(pages)) == due
    assert told(pages)[-1] == HOURS.until
    assert "bulk_given_up" in [getattr(one, "action", "") for one in caplog.records]
    assert vault.values == {}


def test_operation_without_end_is_cancelled() -> None:
    world = World(MemoryVault())
    shop = shop_at(world)
    grow_old(shop)
    fill(shop, 300)

    with connected(shop, world, bulk_from=100) as (connector, _):
        list(connector.changed(HOURS))

    assert asked(shop).count("BulkCancel") == 1
    assert PATIENCE < world.now - NOW < PATIENCE + timedelta(minutes=5)


@pytest.mark.parametrize(
    ("answer", "fault_in"),
    [
        pytest.param(faults.internal_error(), "BulkStart", id="the start fails"),
        pytest.param(
            reply(
                200,
                '{"data": {"bulkOperationRunQuery": {"bulkOperation": null,'
                ' "userErrors": [{"code": "OPERATION_IN_PROGRESS"}]}}}',
            ),
            "BulkStart",
            id="others are running",
        ),
        pytest.param(reply(200, '{"data": {"bulkOperation": null}}'), "BulkStatus", id="unknown"),
        pytest.param(
            reply(
                200,
                '{"data": {"bulkOperation": {"id": "1", "status": "COMPLETED", "errorCode": null,'
                ' "objectCount": "5", "rootObjectCount": "5", "url": null}}}',
            ),
            "BulkStatus",
            id="no file, though there are objects",
        ),
    ],
)
def test_refused_operation_is_replaced_by_paging(answer: Any, fault_in: str) -> None:
    world = World()
    shop = shop_at(world)
    due = fill(shop, 300)

    with connected(shop, world, bulk_from=100) as (connector, server):
        server.fail(answer, times=-1, matches=lambda one: is_named(one, fault_in))
        assert sorted(orders(connector.changed(HOURS))) == due


def test_other_apps_operations_do_not_stop_ours() -> None:
    """Five run at a time; the sixth is refused."""
    world = World()
    shop = shop_at(world)
    grow_old(shop)
    due = fill(shop, 300)

    with connected(shop, world, bulk_from=100) as (connector, server):
        connector.profile()
        graphql = connector._client._graphql
        for _ in range(5):
            text = "{ orders { edges { node { id } } } }"
            mutation = "mutation($t: String!){bulkOperationRunQuery(query:$t){userErrors{code}}}"
            graphql.execute(mutation, {"t": text})
        assert sorted(orders(connector.changed(HOURS))) == due

    assert downloads(server) == []


def lossy(keep: float) -> Any:
    def answer(request: Request, handler: Any) -> Response:
        whole = handler(request)
        lines = whole.body.splitlines(keepends=True)
        return Response(200, b"".join(lines[: int(len(lines) * keep)]), whole.headers)

    return answer


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(reply(403, b"<Error>"), id="403"),
        pytest.param(reply(404, b"<Error>"), id="404"),
        pytest.param(faults.server_error(503), id="503"),
        pytest.param(faults.truncated(), id="the transfer breaks off"),
        pytest.param(lossy(0.9), id="lines are missing"),
        pytest.param(reply(200, b"<html>"), id="no JSON"),
        pytest.param(
            reply(200, b'{"id": "gid://shopify/Order/1"}\n'), id="an order without a time"
        ),
        pytest.param(reply(200, b"{}\n" * 600), id="objects without id"),
    ],
)
@pytest.mark.parametrize("times", [1, -1], ids=["once", "always"])
def test_file_that_cannot_be_had_costs_no_order(answer: Any, times: int) -> None:
    world = World()
    shop = shop_at(world)
    due = fill(shop, 300)

    with connected(shop, world, bulk_from=100) as (connector, server):
        server.fail(answer, times=times, matches=lambda one: one.path.endswith(".jsonl"))
        pages = list(connector.changed(HOURS))
        paged = [one for one in server.requests if is_named(one, "Orders")]

    assert sorted(orders(pages)) == due
    assert told(pages) == sorted(told(pages))
    assert bool(paged) == (times == -1)


def test_operation_that_omits_orders_is_noticed(caplog: pytest.LogCaptureFixture) -> None:
    """Seen with sorted queries: the shop says that all is well, and records are missing."""
    world = World()
    shop = shop_at(world)
    due = fill(shop, 300)

    lost = "gid://shopify/Order/" + due[10]
    counts: dict[str, str] = {}

    def without(answer: Response) -> list[bytes]:
        rows = [(line, json.loads(line)) for line in answer.body.splitlines(keepends=True)]
        return [line for line, row in rows if lost not in (row.get("id"), row.get("__parentId"))]

    def omitting(request: Request) -> Response:
        answer = shop.handle(request)
        if request.path.endswith(".jsonl"):
            return Response(200, b"".join(without(answer)), answer.headers)
        if is_named(request, "BulkStatus") and b"COMPLETED" in answer.body:
            body = json.loads(answer.body)
            told = body["data"]["bulkOperation"]
            path = told["url"].partition("127.0.0.1")[2].partition("/")[2]
            whole = shop.handle(replace(request, method="GET", path=f"/{path}", headers={}))
            counts.update(objectCount=str(len(without(whole))), rootObjectCount="299")
            told.update(counts)
            return Response(200, json.dumps(body).encode(), answer.headers)
        return answer

    with connected(shop, world, omitting, bulk_from=100) as (connector, server):
        found = orders(connector.changed(HOURS))

    assert counts["rootObjectCount"] == "299"
    assert sorted(found) == due
    assert len(downloads(server)) == 3
    assert "its file has 299 orders of 300" in caplog.text


def test_no_room_on_the_disk_costs_no_order(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_args: object) -> IO[bytes]:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Spool.__init__, "__defaults__", (full,))
    world = World()
    shop = shop_at(world)
    due = fill(shop, 300)

    with connected(shop, world, bulk_from=100) as (connector, _):
        assert sorted(orders(connector.changed(HOURS))) == due


def test_empty_result_has_no_file() -> None:
    world = World()
    shop = shop_at(world)
    due = fill(shop, 300)

    def emptied(request: Request) -> Response:
        if is_named(request, "BulkStart"):
            for order_id in due:
                shop.delete_order(int(order_id))
        return shop.handle(request)

    with connected(shop, world, emptied, bulk_from=100) as (connector, server):
        pages = list(connector.changed(HOURS))

    assert orders(pages) == {}
    assert told(pages) == [HOURS.until]
    assert downloads(server) == []


def test_app_without_products_is_served_by_paging_until_that_is_known() -> None:
    world = World()
    shop = shop_at(world, scopes=("read_orders",))
    due = fill(shop, 300)

    with connected(shop, world, bulk_from=100) as (connector, server):
        for files in (0, 1):
            assert sorted(orders(connector.changed(HOURS))) == due
            assert len(downloads(server)) == files


# a process that was restarted


def interrupted(shop: ShopifyShop, world: World, window: Window, after: int) -> None:
    """Reads some pages and is then killed."""
    with connected(shop, world, bulk_from=100) as (connector, _):
        pages: Iterator[Page] = connector.changed(window)
        for _ in range(after):
            next(pages)


@pytest.mark.parametrize("after", [1, 3], ids=["while it ran", "while its orders were read"])
def test_restarted_process_goes_on_with_its_own_operation(after: int) -> None:
    vault = MemoryVault()
    world = World(vault)
    shop = shop_at(world)
    due = fill(shop, 300)
    interrupted(shop, world, HOURS, after)
    world.now += timedelta(minutes=1)
    later = fill(shop, 1, updated_at=NOW + timedelta(seconds=20))

    with connected(shop, world, bulk_from=100) as (connector, _):
        pages = list(connector.changed(Window(HOURS.since, NOW + timedelta(seconds=30))))

    assert sorted(orders(pages)) == sorted(due + later)
    assert told(pages)[-1] == NOW + timedelta(seconds=30)
    assert asked(shop).count("BulkStart") == 1
    assert vault.values == {}


def test_window_that_begins_later_needs_only_the_rest_of_the_operation() -> None:
    """A backfill goes on where its last page ended."""
    vault = MemoryVault()
    world = World(vault)
    shop = shop_at(world)
    fill(shop, 300)
    interrupted(shop, world, HOURS, 3)
    begin = ago(hours=4) + timedelta(seconds=1000)

    with connected(shop, world, bulk_from=100) as (connector, _):
        pages = list(connector.changed(Window(begin, HOURS.until)))

    assert len(orders(pages)) == 200
    assert asked(shop).count("BulkStart") == 1


def test_resumed_operation_is_only_a_list_of_ids() -> None:
    """Another run may have read an order in a newer state since: the file's state is not used."""
    vault = MemoryVault()
    world = World(vault)
    shop = shop_at(world)
    due = fill(shop, 300, fulfilled=False, trackings=())
    interrupted(shop, world, HOURS, 3)
    world.now += timedelta(minutes=1)
    shop.fulfil(int(due[200]))

    with connected(shop, world, bulk_from=100) as (connector, _):
        found = orders(connector.changed(HOURS))

    assert len(found[due[200]].order["fulfillments"]) == 1


@pytest.mark.parametrize(
    "window",
    [
        pytest.param(Window(ago(days=2), NOW), id="begins earlier"),
        pytest.param(Window(HOURS.since, ago(hours=1)), id="ends earlier"),
    ],
)
def test_orphan_that_is_of_no_use_is_cancelled(window: Window) -> None:
    vault = MemoryVault()
    world = World(vault)
    shop = shop_at(world)
    grow_old(shop)
    fill(shop, 300)
    interrupted(shop, world, HOURS, 1)
    shop.bulk.polls_needed = 2

    with connected(shop, world, bulk_from=100) as (connector, _):
        found = orders(connector.changed(window))

    assert len(found) > 100
    assert "BulkCancel" in asked(shop)
    assert vault.values == {}


def test_operation_from_last_week_is_not_used() -> None:
    """Its file is deleted after seven days."""
    vault = MemoryVault()
    world = World(vault)
    shop = shop_at(world)
    due = fill(shop, 300)
    interrupted(shop, world, HOURS, 1)
    world.now += timedelta(days=8)

    with connected(shop, world, bulk_from=100) as (connector, _):
        assert sorted(orders(connector.changed(HOURS))) == due

    assert asked(shop).count("BulkStart") == 2


def test_damaged_note_in_the_vault_is_forgotten() -> None:
    vault = MemoryVault()
    vault.values[VAULT_NAME] = "{"
    world = World(vault)
    shop = shop_at(world)
    due = fill(shop, 300)

    with connected(shop, world, bulk_from=100) as (connector, _):
        assert sorted(orders(connector.changed(HOURS))) == due
