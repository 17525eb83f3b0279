"""Orders: which are listed, how much of them is shown, and at which addresses."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from orderferry.sandbox.server import Server
from orderferry.sandbox.woocommerce import WooCommerceShop
from tests.sandbox.woocommerce_client import client_of, ids, problem, serving, shop_at


@pytest.fixture
def shop() -> WooCommerceShop:
    return shop_at(statuses=("shipped",))


@pytest.fixture
def client(shop: WooCommerceShop) -> Iterator[httpx.Client]:
    with serving(shop) as client:
        yield client


@pytest.fixture
def one_of_each(shop: WooCommerceShop) -> dict[str, int]:
    names = ("completed", "processing", "pending", "shipped", "checkout-draft", "gone")
    orders = {name: shop.add_order(status=name) for name in names}
    orders["trash"] = shop.add_order()
    shop.trash_order(orders["trash"])
    return orders


@pytest.mark.parametrize(
    ("query", "names"),
    [
        pytest.param("", ["completed", "processing", "pending", "shipped"], id="default"),
        pytest.param(
            "status=any", ["completed", "processing", "pending", "shipped"], id="any hides some"
        ),
        pytest.param(
            "status=any,trash", ["completed", "processing", "pending", "shipped"], id="any wins"
        ),
        pytest.param("status=completed,processing", ["completed", "processing"], id="list"),
        pytest.param(
            "status[]=completed&status[]=processing", ["completed", "processing"], id="array"
        ),
        pytest.param("status=shipped", ["shipped"], id="a plugin's status"),
        pytest.param("status=trash", ["trash"], id="trash alone"),
        pytest.param("status=checkout-draft", ["checkout-draft"], id="draft alone"),
        pytest.param("status=auto-draft", [], id="auto-draft"),
    ],
)
def test_which_statuses_are_listed(
    client: httpx.Client, one_of_each: dict[str, int], query: str, names: list[str]
) -> None:
    found = ids(client.get(f"orders?order=asc&{query}"))

    assert found == [one_of_each[name] for name in names]


def test_orders_vanish_from_lists_with_the_plugin_that_named_their_status(
    shop: WooCommerceShop, client: httpx.Client
) -> None:
    order = shop.add_order(status="shipped")
    shop.statuses = ()

    assert client.get("orders", params={"status": "shipped"}).status_code == 400
    assert ids(client.get("orders", params={"include": order})) == []
    assert client.get(f"orders/{order}").json()["status"] == "shipped"


def test_statuses_are_listed_with_their_names(client: httpx.Client) -> None:
    listed = client.get("orders/statuses").json()

    assert listed[0] == {"slug": "pending", "name": "Pending payment"}
    assert listed[-2:] == [
        {"slug": "shipped", "name": "Shipped"},
        {"slug": "checkout-draft", "name": "Draft"},
    ]


def test_include_drops_trashed_and_missing_orders_in_silence(
    shop: WooCommerceShop, client: httpx.Client
) -> None:
    kept, trashed = shop.add_order(), shop.add_order()
    shop.trash_order(trashed)

    answer = client.get("orders", params={"include": f"{kept},{trashed},99999"})

    assert ids(answer) == [kept]
    assert answer.headers["X-WP-Total"] == "1"


def test_exclude_leaves_orders_out(shop: WooCommerceShop, client: httpx.Client) -> None:
    kept, left = shop.add_order(), shop.add_order()

    assert ids(client.get("orders", params={"exclude": left})) == [kept]


def test_a_search_does_not_find_a_plugins_order_number(
    shop: WooCommerceShop, client: httpx.Client
) -> None:
    order = shop.add_order(number="SO-2026/0042", billing={"last_name": "Quixote"})

    assert ids(client.get("orders", params={"search": "SO-2026/0042"})) == []
    assert ids(client.get("orders", params={"search": "quixote"})) == [order]


def test_unknown_parameters_are_ignored(shop: WooCommerceShop, client: httpx.Client) -> None:
    order = shop.add_order()

    assert ids(client.get("orders", params={"changed_since": "x", "foo[]": "1"})) == [order]


# fields and amounts -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        pytest.param("id", {"id": 100}, id="one"),
        pytest.param("id,nonsense", {"id": 100}, id="unknown names are ignored"),
        pytest.param(
            "id,billing.email",
            {"id": 100, "billing": {"email": "ada@example.com"}},
            id="inside an object",
        ),
        pytest.param("id,line_items.sku", {"id": 100}, id="not inside a list"),
        pytest.param("id,meta_data", {"id": 100, "meta_data": []}, id="a whole list"),
    ],
)
def test_fields_cut_the_rows_of_a_list(
    shop: WooCommerceShop, client: httpx.Client, fields: str, expected: dict[str, Any]
) -> None:
    shop.add_order(email="ada@example.com")

    assert client.get("orders", params={"_fields": fields}).json() == [expected]


def test_fields_never_take_the_links_from_a_single_order(
    shop: WooCommerceShop, client: httpx.Client
) -> None:
    order = shop.add_order()

    shown = client.get(f"orders/{order}", params={"_fields": "id"}).json()

    assert shown.keys() == {"id", "_links"}


@pytest.mark.parametrize(
    ("dp", "subtotal", "total"),
    [
        pytest.param(None, "31.51", "47.50", id="the shop's decimals"),
        pytest.param("0", "32", "48", id="none"),
        pytest.param("4", "31.5126", "47.5000", id="more than it shows"),
    ],
)
def test_amounts_have_the_decimals_that_were_asked_for(
    shop: WooCommerceShop, client: httpx.Client, dp: str | None, subtotal: str, total: str
) -> None:
    # 3 x 12.50 = 37.50 with 19 % tax: 31.512605 net, 5.99 tax; shipping 8.40 + 1.60
    order = shop.add_order(
        lines=[{"price": "12.50", "quantity": 3}],
        tax_rate="19",
        prices_include_tax=True,
        shipping_total="8.40",
    )

    shown = client.get(f"orders/{order}", params={"dp": dp} if dp else {}).json()

    assert shown["line_items"][0]["subtotal"] == subtotal
    assert shown["total"] == total
    assert shown["line_items"][0]["price"] == 10.504201666666667


def test_a_whole_price_is_a_whole_number(shop: WooCommerceShop, client: httpx.Client) -> None:
    order = shop.add_order(lines=[{"price": "89"}, {"price": "1", "quantity": 0}])

    prices = [line["price"] for line in client.get(f"orders/{order}").json()["line_items"]]

    assert [repr(price) for price in prices] == ["89", "0"]


def test_a_coupons_discount_comes_unpadded(shop: WooCommerceShop, client: httpx.Client) -> None:
    # recorded shape: 10.00 off 3 x 19.99 at 8.25 %
    order = shop.add_order(
        lines=[{"price": "19.99", "quantity": 3, "discount": "10"}], tax_rate="8.25", coupon="ten"
    )

    shown = client.get(f"orders/{order}").json()

    line, coupon = shown["line_items"][0], shown["coupon_lines"][0]
    assert (line["subtotal"], line["total"], line["price"]) == ("59.97", "49.97", 49.97 / 3)
    assert (coupon["code"], coupon["discount"], coupon["discount_tax"]) == ("ten", "10", "0.83")
    assert (shown["discount_total"], shown["discount_tax"]) == ("10.00", "0.83")


@pytest.mark.parametrize(
    ("params", "keys"),
    [
        pytest.param({}, ["a", "_b"], id="all, underscores too"),
        pytest.param({"include_meta": "_b"}, ["_b"], id="only"),
        pytest.param({"exclude_meta": "_b"}, ["a"], id="without"),
    ],
)
def test_meta_data_can_be_cut_by_key(
    shop: WooCommerceShop, client: httpx.Client, params: dict[str, str], keys: list[str]
) -> None:
    order = shop.add_order(meta_data={"a": "1", "_b": {"deep": [1]}})

    rows = client.get(f"orders/{order}", params=params).json()["meta_data"]

    assert [row["key"] for row in rows] == keys


# single orders, poison, addresses -----------------------------------------------------------


def test_a_trashed_order_is_still_shown_by_its_id(
    shop: WooCommerceShop, client: httpx.Client
) -> None:
    order = shop.add_order()
    shop.trash_order(order)

    shown = client.get(f"orders/{order}")

    assert (shown.status_code, shown.json()["status"]) == (200, "trash")


def test_what_is_no_order_is_an_invalid_id(shop: WooCommerceShop, client: httpx.Client) -> None:
    order, product = shop.add_order(), shop.add_product()
    refund, deleted = shop.refund(order, amount="1.00"), shop.add_order()
    shop.delete_order(deleted)

    for number in (product, refund, deleted, 99999999):
        answer = client.get(f"orders/{number}")
        expected = (404, "woocommerce_rest_shop_order_invalid_id", "Invalid ID.")
        assert problem(answer) == expected
        assert answer.headers["Allow"] == "GET, POST, PUT, PATCH, DELETE"


def test_a_poisoned_order_kills_every_answer_that_shows_it(
    shop: WooCommerceShop, client: httpx.Client
) -> None:
    good, bad = shop.add_order(), shop.add_order()
    shop.poison.add(bad)

    for path in ("orders", f"orders?include={bad}", f"orders/{bad}", "orders?_fields=id"):
        answer = client.get(path)
        assert answer.status_code == 500
        assert answer.headers["Content-Type"].startswith("text/html")
        assert "There has been a critical error on this website." in answer.text
    assert ids(client.get("orders", params={"per_page": 1, "page": 2})) == [good]
    assert ids(client.get("orders", params={"exclude": bad})) == [good]


@pytest.mark.parametrize(
    "path", ["//wp-json/wc/v3/orders", "/wp-json/wc/v3/orders/", "/index.php/wp-json/wc/v3/orders"]
)
def test_spellings_of_an_address_that_work(shop: WooCommerceShop, path: str) -> None:
    key = shop.keys[0]
    with Server(shop.handle) as server:
        answer = httpx.get(f"{server.url}{path}", auth=(key.key, key.secret))

    assert answer.status_code == 200


@pytest.mark.parametrize("path", ["nope", "../v9/orders", "../v4/orders"])
def test_an_unknown_route_is_named_as_such(client: httpx.Client, path: str) -> None:
    expected = "No route was found matching the URL and request method."
    assert problem(client.get(path)) == (404, "rest_no_route", expected)


def test_a_shop_in_a_subfolder_with_a_renamed_prefix(shop: WooCommerceShop) -> None:
    shop.subfolder, shop.rest_prefix = "/store", "api"
    shop.add_order()
    shop.add_order()
    key = shop.keys[0]
    with Server(shop.handle) as server:
        base = f"{server.url}/store/api/wc/v3/orders"
        answer = httpx.get(base, params={"per_page": 1}, auth=(key.key, key.secret))

    assert answer.status_code == 200
    link = urlsplit(answer.headers["Link"].removeprefix("<").split(">")[0])
    assert link.path == "/store/api/wc/v3/orders"
    assert parse_qs(link.query)["page"] == ["2"]


def test_requests_and_edits_in_threads_do_not_disturb_each_other(shop: WooCommerceShop) -> None:
    orders = [shop.add_order() for _ in range(20)]
    answers: list[httpx.Response] = []

    def read(url: str) -> None:
        with client_of(url, shop.keys[0]) as client:
            answers.extend(client.get("orders", params={"per_page": 50}) for _ in range(10))

    with Server(shop.handle) as server:
        readers = [threading.Thread(target=read, args=(server.url,)) for _ in range(4)]
        for reader in readers:
            reader.start()
        for order in orders * 5:
            shop.add_tracking(order, f"N{order}", "ups")
        for reader in readers:
            reader.join()

    assert len(answers) == 40
    assert all(sorted(ids(answer)) == orders for answer in answers)
