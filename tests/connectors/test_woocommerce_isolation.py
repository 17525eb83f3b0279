"""One order that the shop cannot render costs itself, never its page (R4)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from connectors import Transient, Window
from connectors.failures import RequestFailed
from connectors.woocommerce.pieces import larger, smaller
from orderferry.sandbox.server import Request, reply
from orderferry.sandbox.woocommerce import WooCommerceShop, faults
from tests.connectors.world import ago, connected, ids, read, shop_at

HOURS = Window(ago(hours=5), ago(seconds=15))
FATAL = "PHP error"


def filled(count: int, poison: set[int]) -> WooCommerceShop:
    """Returns a shop with orders 100, 101, ... of which some are fatal."""
    shop = shop_at()
    shop.add_order(id=90, status="processing", modified_at=ago(days=9))
    for number in range(count):
        modified = ago(hours=4) + timedelta(seconds=number)
        shop.add_order(id=100 + number, status="completed", modified_at=modified)
    shop.poison = poison
    return shop


def outcome(shop: WooCommerceShop) -> tuple[list[int], list[str]]:
    with connected(shop) as (connector, _):
        pages = list(connector.changed(HOURS))
    assert pages[-1].complete_until == HOURS.until
    found = sorted(int(order_id) for order_id in ids(iter(pages)))
    return found, sorted(one.id for page in pages for one in page.unreadable)


@pytest.mark.parametrize(
    ("count", "poison"),
    [
        pytest.param(100, {142}, id="in the middle of a page"),
        pytest.param(100, {100}, id="the first"),
        pytest.param(100, {199}, id="the last"),
        pytest.param(250, {100, 175, 349}, id="one on each page"),
        pytest.param(100, {140, 141}, id="two neighbours"),
        pytest.param(100, {140, 141, 142, 143}, id="four of a group of five"),
        pytest.param(1, {100}, id="the only order"),
        pytest.param(2, {100}, id="the older of two"),
        pytest.param(2, {100, 101}, id="both of two"),
        pytest.param(7, {106}, id="the newest of a few"),
    ],
)
def test_a_fatal_order_is_named_and_the_others_are_read(count: int, poison: set[int]) -> None:
    found, unreadable = outcome(filled(count, poison))

    assert found == [order_id for order_id in range(100, 100 + count) if order_id not in poison]
    assert unreadable == [str(order_id) for order_id in sorted(poison)]


@given(st.integers(1, 230), st.sets(st.integers(100, 329), max_size=3))
@hypothesis_settings(max_examples=10, deadline=None)
def test_any_three_fatal_orders_are_named(count: int, poison: set[int]) -> None:
    within = {order_id for order_id in poison if order_id < 100 + count}

    found, unreadable = outcome(filled(count, within))

    assert found == [order_id for order_id in range(100, 100 + count) if order_id not in within]
    assert unreadable == [str(order_id) for order_id in sorted(within)]


def test_a_fatal_order_outside_of_the_window_is_not_blamed() -> None:
    shop = filled(10, {104})
    shop.add_order(id=98, status="completed", modified_at=ago(days=3))
    shop.add_order(id=111, status="processing", modified_at=ago(hours=3))
    shop.poison |= {98, 111}

    assert outcome(shop)[1] == ["104"]


def test_a_sparse_sequence_of_ids_still_names_the_order() -> None:
    """Refunds and products take ids from the same sequence."""
    shop = shop_at()
    for number in range(20):
        order_id = 1000 + 40 * number
        shop.add_order(id=order_id, status="completed", modified_at=ago(hours=3))
    shop.poison = {1400}

    assert outcome(shop)[1] == ["1400"]


def test_an_order_that_cannot_be_named_is_told_by_its_neighbour() -> None:
    shop = shop_at()
    for order_id in (100, 50_000, 100_000):
        shop.add_order(id=order_id, status="completed", modified_at=ago(hours=3))
    shop.poison = {50_000}

    found, unreadable = outcome(shop)

    assert (found, unreadable) == ([100, 100_000], ["after:100"])


def test_isolating_one_order_of_100_takes_few_requests() -> None:
    shop = filled(100, {142})

    with connected(shop) as (connector, server):
        connector.profile()
        before = len(server.requests)
        read(connector, HOURS)

    assert len(server.requests) - before <= 50


def test_five_neighbours_that_all_fail_are_an_outage() -> None:
    shop = filled(100, set(range(100, 200)))

    with connected(shop) as (connector, server), pytest.raises(Transient, match="one by one"):
        read(connector, HOURS)

    assert len(server.requests) <= 40, "an outage is found out soon"


def test_a_shop_that_fails_on_everything_is_transient_at_once() -> None:
    shop = filled(10, set())

    with connected(shop) as (connector, server):
        connector.profile()
        before = len(server.requests)
        with server.failing(faults.database_down()), pytest.raises(RequestFailed):
            read(connector, HOURS)

    assert len(server.requests) - before == 2, "the page and the health probe"


def test_a_refusal_amid_isolation_is_no_order_s_fault() -> None:
    shop = filled(100, {142})

    def single(request: Request) -> bool:
        return request.first("per_page") == "25"

    with connected(shop) as (connector, server):
        server.fail(reply(429, headers={"Retry-After": "120"}), matches=single, times=-1)
        with pytest.raises(Transient) as caught:
            read(connector, HOURS)

    assert caught.value.retry_after == 120


def test_pages_too_heavy_for_the_shop_are_read_in_smaller_pieces() -> None:
    shop = filled(230, set())

    with connected(shop) as (connector, server):
        server.fail(faults.too_heavy(25), times=-1, matches=lambda r: r.path.endswith("/orders"))
        found = read(connector, HOURS)
        first = len(server.requests)
        again = read(connector, HOURS)

    assert sorted(found) == sorted(again) == [str(100 + number) for number in range(230)]
    assert {r.first("per_page") for r in list(server.requests)[first:]} == {"25"}, "remembered"


def test_the_page_size_grows_back() -> None:
    shop = filled(10, set())

    with connected(shop) as (connector, server):
        server.fail(reply(500), matches=lambda r: r.first("per_page") == "100", times=2)
        for _ in range(24):
            read(connector, HOURS)

    sizes = [r.first("per_page") for r in server.requests if r.first("modified_after")]
    assert sizes[:2] == ["100", "50"]
    assert sizes[-1] == "100"
    assert sizes.count("50") >= 20, "slowly"


def test_a_fatal_order_does_not_make_later_pages_small() -> None:
    shop = filled(100, {142})

    with connected(shop) as (connector, server):
        read(connector, HOURS)
        shop.poison = set()
        before = len(server.requests)
        read(connector, HOURS)

    (request,) = list(server.requests)[before:]
    assert request.first("per_page") == "100"


@pytest.mark.parametrize(
    ("largest", "ladder"),
    [
        pytest.param(100, [50, 25, 5, 1], id="the default"),
        pytest.param(30, [15, 5, 1], id="another size"),
        pytest.param(7, [1], id="a prime"),
    ],
)
def test_smaller_pages_tile_larger_ones(largest: int, ladder: list[int]) -> None:
    steps = [largest]
    while steps[-1] > 1:
        steps.append(smaller(steps[-1]))

    assert steps[1:] == ladder
    assert [larger(step, largest) for step in ladder] == [largest, *ladder[:-1]]


def test_by_id_names_the_fatal_one_and_reads_the_others() -> None:
    shop = filled(150, {142, 243})

    with connected(shop) as (connector, _):
        pages = list(connector.by_id([str(100 + number) for number in range(150)]))

    assert len(ids(iter(pages))) == 148
    assert [one.id for page in pages for one in page.unreadable] == ["142", "243"]
    assert all(FATAL in one.problem for page in pages for one in page.unreadable)


def test_count_survives_a_fatal_order() -> None:
    shop = filled(30, {100})

    with connected(shop) as (connector, _):
        assert connector.count(HOURS) == 30
