"""What comes with an order: products, refunds, fulfilments; and orders by id."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors import Credentials, RawOrder, Transient, Window
from connectors.woocommerce import WooCommerceConnector
from connectors.woocommerce.products import ProductCache, named_products, trimmed
from orderferry.sandbox.server import Request, Response, reply
from orderferry.sandbox.woocommerce import WooCommerceShop, faults
from tests.connectors.world import NOW, World, ago, connected, shop_at

HOURS = Window(ago(hours=5), ago(seconds=15))
AT = ago(hours=1)


def sold(shop: WooCommerceShop, *products: tuple[int, int]) -> int:
    """Adds a completed order of (product, variation) lines, or some line; returns its id."""
    if not products:
        return shop.add_order(status="completed", modified_at=AT)
    return shop.add_order(
        status="completed",
        modified_at=AT,
        lines=[
            {"product_id": product, "variation_id": variation} for product, variation in products
        ],
    )


def only(connector: WooCommerceConnector) -> RawOrder:
    (page,) = connector.changed(HOURS)
    (order,) = page.orders
    return order


def asked(requests: Any, ending: str) -> list[Request]:
    return [request for request in requests if request.path.endswith(ending)]


def reads_products(request: Request) -> bool:
    return "/wc/v3/products" in request.path


def test_products_come_by_id_with_only_what_mapping_needs() -> None:
    shop = shop_at()
    mug = shop.add_product(name="Mug", weight="0.35", meta_data={"_hs_code": "691110"})
    sold(shop, (mug, 0))

    with connected(shop) as (connector, _):
        products = only(connector).related["products"]

    (product,) = products.values()
    assert products.keys() == {str(mug)}
    assert product["weight"] == "0.35"
    assert [(row["key"], row["value"]) for row in product["meta_data"]] == [("_hs_code", "691110")]
    assert "description" not in product


@pytest.mark.parametrize("version", ["11.0.1", "10.2.0"])
def test_variations_come_beside_their_parents(version: str) -> None:
    """One request for all of them since WooCommerce 10.3, one for each parent before."""
    shop = shop_at()
    shop.version = version
    shirt, hoodie = shop.add_product(name="Shirt"), shop.add_product(name="Hoodie")
    small, large = (shop.add_variation(shirt, attributes={"Size": size}) for size in "SL")
    red = shop.add_variation(hoodie, attributes={"Colour": "Red"})
    sold(shop, (shirt, small), (shirt, large), (hoodie, red))

    with connected(shop) as (connector, _):
        products = only(connector).related["products"]

    assert products.keys() == {str(i) for i in (shirt, hoodie, small, large, red)}
    assert products[str(small)]["parent_id"] == shirt


def test_deleted_products_are_absent_and_not_asked_for_again() -> None:
    shop = shop_at()
    mug, kept = shop.add_product(), shop.add_product()
    sold(shop, (mug, 0), (kept, 0))
    del shop.records.products[mug]  # its lines still name it: deleted since the order was shown

    with connected(shop) as (connector, server):
        first, second = only(connector), only(connector)

    assert first.related["products"].keys() == second.related["products"].keys() == {str(kept)}
    assert len(asked(server.requests, "/products")) == 1


def test_variations_of_a_deleted_parent_are_absent_in_older_shops() -> None:
    shop = shop_at()
    shop.version = "9.0.0"
    shirt = shop.add_product()
    small = shop.add_variation(shirt, attributes={"Size": "S"})
    sold(shop, (shirt, small))
    del shop.records.products[shirt], shop.records.products[small]

    with connected(shop) as (connector, _):
        assert only(connector).related["products"] == {}


def test_many_products_are_asked_for_100_at_a_time() -> None:
    shop = shop_at()
    products = [shop.add_product() for _ in range(120)]
    sold(shop, *((product, 0) for product in products))

    with connected(shop) as (connector, server):
        assert len(only(connector).related["products"]) == 120

    lists = asked(server.requests, "/products")
    assert [len(request.first("include").split(",")) for request in lists] == [100, 20]
    assert {request.first("per_page") for request in lists} == {"100"}


def test_a_product_is_read_anew_when_its_entry_is_too_old() -> None:
    shop, world = shop_at(), World()
    mug = shop.add_product(weight="1")
    sold(shop, (mug, 0))

    with connected(shop, world, product_cache=timedelta(hours=1)) as (connector, server):
        only(connector)
        shop.edit_product(mug, weight="2")
        kept = only(connector).related["products"][str(mug)]["weight"]
        world.now = NOW + timedelta(hours=1)
        fresh = only(connector).related["products"][str(mug)]["weight"]

    assert (kept, fresh) == ("1", "2")
    assert len(asked(server.requests, "/products")) == 2


def test_without_the_right_to_read_products_orders_come_all_the_same(
    caplog: pytest.LogCaptureFixture,
) -> None:
    shop = shop_at()
    sold(shop, (shop.add_product(), 0))
    forbidden = json.dumps({"code": "woocommerce_rest_cannot_view", "message": ""})

    with connected(shop) as (connector, server):
        server.fail(reply(403, forbidden), times=-1, matches=reads_products)
        assert only(connector).related["products"] == {}
        assert only(connector).related["products"] == {}

    actions = [getattr(record, "action", "") for record in caplog.records]
    assert actions == ["products_forbidden"], "told once"


def test_a_key_revoked_before_the_products_is_not_a_missing_right() -> None:
    shop = shop_at()
    sold(shop, (shop.add_product(), 0))
    refused = json.dumps({"code": "woocommerce_rest_cannot_view", "message": ""})

    with connected(shop) as (connector, server):
        server.fail(reply(401, refused), times=-1, matches=reads_products)
        with pytest.raises(Credentials):
            only(connector)


def test_products_out_of_reach_are_transient() -> None:
    shop = shop_at()
    sold(shop, (shop.add_product(), 0))

    with connected(shop) as (connector, server):
        server.fail(faults.maintenance(), times=-1, matches=reads_products)
        with pytest.raises(Transient):
            only(connector)


def test_a_product_that_the_shop_cannot_render_costs_itself() -> None:
    shop = shop_at()
    mug, broken = shop.add_product(), shop.add_product()
    sold(shop, (mug, 0), (broken, 0))

    def names_broken(request: Request) -> bool:
        wanted = request.first("include").split(",")
        return request.path.endswith("/products") and str(broken) in wanted

    with connected(shop) as (connector, server):
        server.fail(faults.php_fatal(), times=-1, matches=names_broken)
        assert only(connector).related["products"].keys() == {str(mug)}


def test_refunds_come_where_there_are_any() -> None:
    shop = shop_at()
    plain, refunded = sold(shop), sold(shop)
    line = shop.order(refunded)["line_items"][0]["id"]
    shop.refund(refunded, {line: 1}, reason="Jane did not like it")
    shop.edit_order(refunded, status="completed", touch=AT)

    with connected(shop) as (connector, server):
        (page,) = connector.changed(HOURS)

    related = {order.id: order.related for order in page.orders}
    assert "refunds" not in related[str(plain)]
    (refund,) = related[str(refunded)]["refunds"]
    assert refund["line_items"][0]["quantity"] == -1
    assert "Jane" not in str(refund)
    assert len([r for r in server.requests if r.path.endswith("/refunds")]) == 1


@pytest.mark.parametrize(
    ("fault", "fragment"),
    [
        pytest.param(
            reply(404, '{"code":"woocommerce_rest_shop_order_invalid_id"}'), "lost", id="gone"
        ),
        pytest.param(faults.php_fatal(), "PHP error", id="PHP fatal"),
    ],
)
def test_refunds_that_cannot_be_had_cost_their_order(fault: Any, fragment: str) -> None:
    shop = shop_at()
    plain, refunded = sold(shop), sold(shop)
    shop.refund(refunded, amount="1.00")
    shop.edit_order(refunded, touch=AT)

    with connected(shop) as (connector, server):
        server.fail(fault, times=-1, matches=lambda r: r.path.endswith("/refunds"))
        (page,) = connector.changed(HOURS)

    assert [order.id for order in page.orders] == [str(plain)]
    assert [one.id for one in page.unreadable] == [str(refunded)]
    assert fragment in page.unreadable[0].problem


def test_fulfilments_come_where_the_shop_and_the_order_have_them() -> None:
    shop = shop_at(fulfillments=True)
    sold(shop)
    order_id = sold(shop)
    line = shop.order(order_id)["line_items"][0]["id"]
    shop.fulfil(order_id, {line: 1}, "1Z999", "ups")
    shop.edit_order(order_id, touch=AT)

    with connected(shop) as (connector, server):
        assert connector.profile().features == {"fulfillments"}
        (page,) = connector.changed(HOURS)

    related = {order.id: order.related for order in page.orders}
    assert len(related[str(order_id)]["fulfillments"]) == 1
    assert len(asked(server.requests, "/fulfillments")) == 1


def test_fulfilments_come_although_the_system_report_cannot_be_had() -> None:
    """It is the heaviest page of a shop, and often the first to fail."""
    shop = shop_at(fulfillments=True)
    order_id = sold(shop)
    shop.fulfil(order_id, {shop.order(order_id)["line_items"][0]["id"]: 1}, "1Z999", "ups")
    shop.edit_order(order_id, touch=AT)

    with connected(shop) as (connector, server):
        server.fail(reply(500, ""), times=-1, matches=lambda r: r.path.endswith("/system_status"))
        order = only(connector)

    assert len(order.related["fulfillments"]) == 1


def test_a_feature_that_was_turned_on_again_is_noticed_within_a_day() -> None:
    shop = shop_at(fulfillments=True)
    order_id = sold(shop)
    shop.fulfil(order_id, {}, "1Z999", "ups")
    shop.edit_order(order_id, touch=AT)
    off = reply(404, '{"code":"rest_no_route","message":""}')
    world = World()

    with connected(shop, world) as (connector, server):
        with server.failing(off, matches=lambda r: r.path.endswith("/fulfillments")):
            before = only(connector).related
        world.now += timedelta(days=1)
        after = only(connector).related

    assert ("fulfillments" in before, "fulfillments" in after) == (False, True)


def test_a_feature_that_is_listed_but_off_is_asked_for_once() -> None:
    """The system report lists it, its route answers 404 (recorded)."""
    shop = shop_at(fulfillments=True)
    for _ in range(2):
        order_id = sold(shop)
        shop.fulfil(order_id, {}, "1Z999", "ups")
        shop.edit_order(order_id, touch=AT)
    off = reply(404, '{"code":"rest_no_route","message":""}')

    with connected(shop) as (connector, server):
        server.fail(off, times=-1, matches=lambda r: r.path.endswith("/fulfillments"))
        (page,) = connector.changed(HOURS)

    assert ["fulfillments" in order.related for order in page.orders] == [False, False]
    assert len(asked(server.requests, "/fulfillments")) == 1


def test_orders_come_without_what_opens_them_or_is_private() -> None:
    shop = shop_at()
    shop.add_order(
        status="completed",
        modified_at=AT,
        customer_note="leave it with Jane",
        extra={"direct_debit": {"iban": "DE00"}, "shipments": [{"id": 1}], "shipping_status": "x"},
    )

    with connected(shop) as (connector, _):
        order = only(connector).order

    private = {"order_key", "payment_url", "direct_debit", "customer_ip_address", "customer_note"}
    assert not private & order.keys()
    assert order["shipments"] == [{"id": 1}]


@pytest.mark.parametrize(
    ("decimals", "dp", "total"),
    [
        pytest.param(2, "2", "9.99", id="two"),
        pytest.param(0, "2", "9.99", id="a shop that shows none would round to 10"),
        pytest.param(3, "3", "9.990", id="three, as in Kuwait"),
    ],
)
def test_money_has_the_shops_decimals_and_at_least_two(decimals: int, dp: str, total: str) -> None:
    shop = shop_at(decimals=decimals)
    shop.add_order(
        status="completed", modified_at=AT, lines=[{"price": "9.99"}], shipping_total="0"
    )

    with connected(shop) as (connector, server):
        order = only(connector).order

    assert order["line_items"][0]["total"] == total
    assert {r.first("dp") for r in server.requests if r.first("modified_after")} == {dp}


def test_by_id_finds_any_state_and_names_what_is_missing() -> None:
    shop = shop_at()
    states = ("completed", "processing", "cancelled", "pending", "checkout-draft", "gone-plugin")
    found = [str(shop.add_order(status=status)) for status in states]
    trashed, deleted = shop.add_order(), shop.add_order()
    shop.trash_order(trashed)
    shop.delete_order(deleted)
    product = shop.add_product()
    odd = ["0", "-1", "007", "abc", "", "9" * 30]

    with connected(shop) as (connector, _):
        pages = list(connector.by_id([*found, *map(str, (trashed, deleted, product)), *odd]))

    assert sorted(order.id for page in pages for order in page.orders) == sorted(found)
    missing = [order_id for page in pages for order_id in page.missing]
    assert sorted(missing) == sorted([*map(str, (trashed, deleted, product)), *odd])
    assert not [one for page in pages for one in page.unreadable]


def test_by_id_asks_for_100_at_a_time_and_each_once() -> None:
    shop = shop_at()
    wanted = [str(shop.add_order(status="completed")) for _ in range(150)]

    with connected(shop) as (connector, server):
        pages = list(connector.by_id([*wanted, *wanted]))

    assert [len(page.orders) for page in pages] == [100, 50]
    lists = [r for r in server.requests if r.first("include") and r.path.endswith("/orders")]
    assert [r.first("per_page") for r in lists] == ["100", "50"]
    assert {r.first("status") for r in lists} == {"any"}


def test_by_id_cannot_find_an_order_without_a_known_id() -> None:
    with connected(shop_at()) as (connector, _):
        (page,) = connector.by_id(["after:17"])

    assert [one.id for one in page.unreadable] == ["after:17"]


def test_by_id_ignores_what_was_not_asked_for() -> None:
    shop = shop_at()
    wanted, other = shop.add_order(), shop.add_order()

    def ignorant(request: Request) -> Response:
        known = tuple(pair for pair in request.query if pair[0] != "include")
        return shop.handle(Request("GET", request.path, known, request.headers, b"", request.url))

    with connected(shop, handler=ignorant) as (connector, _):
        (page,) = connector.by_id([str(wanted)])

    assert [order.id for order in page.orders] == [str(wanted)]
    assert other != wanted


def test_the_cache_keeps_no_more_than_its_size() -> None:
    cache = ProductCache(lambda: NOW, timedelta(hours=1), most=2)
    cache.put(1, {"id": 1})
    cache.put(2, None)
    cache.get(1)
    cache.put(3, {"id": 3})

    assert cache.unknown([1, 2, 3]) == [2], "the least used one made room"


def test_what_grows_large_is_cut_from_products() -> None:
    product = trimmed(
        {
            "id": 1,
            "images": [{"id": 2, "src": "a", "srcset": "x" * 9000}, {"id": 3, "src": "b"}],
            "image": {"id": 2, "src": "a", "alt": "y"},
            "meta_data": [{"key": "page", "value": "z" * 9000}, {"key": "_hs", "value": "12"}, 7],
            "_links": {},
        }
    )

    assert product == {
        "id": 1,
        "images": [{"id": 2, "src": "a"}],
        "image": {"id": 2, "src": "a"},
        "meta_data": [{"key": "_hs", "value": "12"}],
    }


_JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["line_items", "product_id", "variation_id"]), inner, max_size=3
        )
    ),
    max_leaves=10,
)


@given(_JUNK)
def test_any_lines_at_all_name_only_products(lines: Any) -> None:
    for product, variation in named_products({"line_items": lines}):
        assert product > 0
        assert variation >= 0
