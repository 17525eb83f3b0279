"""Pages: their bounds, totals and links, and what a walk over them sees."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orderferry.sandbox.woocommerce import WooCommerceShop
from tests.sandbox.woocommerce_client import NOW, ids, problem, serving, shop_at

STATUSES = (
    "any, trash, auto-draft, pending, processing, on-hold, completed, cancelled, refunded, failed"
)


@pytest.fixture
def shop() -> WooCommerceShop:
    return shop_at(statuses=("shipped",))


@pytest.fixture
def client(shop: WooCommerceShop) -> Iterator[httpx.Client]:
    with serving(shop) as client:
        yield client


@pytest.mark.parametrize(
    ("params", "name", "sentence", "code"),
    [
        pytest.param(
            {"per_page": "0"},
            "per_page",
            "per_page must be between 1 (inclusive) and 100 (inclusive)",
            "rest_out_of_bounds",
            id="per_page 0",
        ),
        pytest.param(
            {"per_page": "101"},
            "per_page",
            "per_page must be between 1 (inclusive) and 100 (inclusive)",
            "rest_out_of_bounds",
            id="per_page 101",
        ),
        pytest.param(
            {"page": "0"},
            "page",
            "page must be greater than or equal to 1",
            "rest_out_of_bounds",
            id="page 0",
        ),
        pytest.param(
            {"orderby": "foo"},
            "orderby",
            "orderby is not one of date, id, include, title, slug, and modified.",
            "rest_not_in_enum",
            id="orderby",
        ),
        pytest.param(
            {"status": "completed,bogus"},
            "status",
            f"status[1] is not one of {STATUSES}, shipped, and checkout-draft.",
            "rest_not_in_enum",
            id="one unknown status refuses all",
        ),
        pytest.param(
            {"status": "wc-completed"},
            "status",
            f"status[0] is not one of {STATUSES}, shipped, and checkout-draft.",
            "rest_not_in_enum",
            id="wc- prefix",
        ),
        pytest.param(
            {"include": "1,x"},
            "include",
            "include[1] is not of type integer.",
            "rest_invalid_type",
            id="include",
        ),
    ],
)
def test_a_wrong_parameter_is_refused_by_name(
    client: httpx.Client, params: dict[str, str], name: str, sentence: str, code: str
) -> None:
    answer = client.get("orders", params=params)

    assert problem(answer) == (400, "rest_invalid_param", f"Invalid parameter(s): {name}")
    assert answer.json()["data"]["params"] == {name: sentence}
    assert answer.json()["data"]["details"][name]["code"] == code


def test_ten_orders_come_by_default(shop: WooCommerceShop, client: httpx.Client) -> None:
    for _ in range(12):
        shop.add_order()

    answer = client.get("orders")

    assert len(answer.json()) == 10
    assert (answer.headers["X-WP-Total"], answer.headers["X-WP-TotalPages"]) == ("12", "2")


def test_past_the_end_the_totals_are_zero(shop: WooCommerceShop, client: httpx.Client) -> None:
    shop.add_order()

    answer = client.get("orders", params={"per_page": 100, "page": 999})

    assert answer.json() == []
    assert (answer.headers["X-WP-Total"], answer.headers["X-WP-TotalPages"]) == ("0", "0")
    assert answer.headers["Link"].endswith(
        'orders?per_page=100&page=0&status%5B0%5D=any>; rel="prev"'
    )


def test_an_offset_replaces_the_page_but_not_the_page_count(
    shop: WooCommerceShop, client: httpx.Client
) -> None:
    orders = [shop.add_order() for _ in range(5)]

    answer = client.get("orders", params={"offset": 3, "per_page": 2, "order": "asc"})

    assert ids(answer) == orders[3:]
    assert answer.headers["X-WP-TotalPages"] == "3"


def test_a_link_repeats_every_parameter_and_the_secret(
    shop: WooCommerceShop, client: httpx.Client
) -> None:
    for _ in range(3):
        shop.add_order()
    key = shop.keys[0]
    params = {
        "status": "completed,processing",
        "per_page": "1",
        "page": "2",
        "_fields": "id,status",
        "consumer_key": key.key,
        "consumer_secret": key.secret,
    }

    link = client.get("orders", params=params).headers["Link"]

    home = str(client.base_url).replace("http:", "https:")
    rest = (
        f"_fields=id%2Cstatus&consumer_key={key.key}&consumer_secret={key.secret}"
        "&status%5B0%5D=completed&status%5B1%5D=processing&dp=2&context=view"
    )
    assert link == (
        f'<{home}orders?per_page=1&page=1&{rest}>; rel="prev",'
        f' <{home}orders?per_page=1&page=3&{rest}>; rel="next"'
    )


def test_a_link_garbles_what_a_signature_may_hold(
    shop: WooCommerceShop, client: httpx.Client
) -> None:
    shop.add_order()
    shop.add_order()

    link = client.get("orders", params={"per_page": "1", "oauth_x": "a/b+c="}).headers["Link"]

    assert "&oauth_x=a%2Fb+c&" in link


def test_a_link_spells_lists_and_flags_as_php_does(
    shop: WooCommerceShop, client: httpx.Client
) -> None:
    first, second = shop.add_order(), shop.add_order()
    params = {"include": f"{first},{second}", "dates_are_gmt": "true", "per_page": "1"}

    link = client.get("orders", params=params).headers["Link"]

    assert f"?include%5B0%5D={first}&include%5B1%5D={second}&dates_are_gmt=1&per_page=1&" in link


def test_a_link_that_repeats_300_ids_is_too_much_for_the_web_server(
    shop: WooCommerceShop, client: httpx.Client
) -> None:
    orders = [shop.add_order() for _ in range(300)]

    def asked(count: int, per_page: int) -> int:
        include = ",".join(str(order) for order in orders[:count])
        params = {"include": include, "per_page": str(per_page), "_fields": "id"}
        return client.get("orders", params=params).status_code

    assert asked(300, 100) == 502
    assert asked(150, 100) == 200
    assert asked(100, 100) == 200


def test_a_head_request_has_the_totals_and_no_body(
    shop: WooCommerceShop, client: httpx.Client
) -> None:
    shop.add_order()

    answer = client.head("orders")

    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["X-WP-Total"] == "1"


def test_reading_forward_while_orders_change_skips_untouched_ones(
    shop: WooCommerceShop, client: httpx.Client
) -> None:
    orders = [shop.add_order(modified_at=NOW - timedelta(hours=9 - n)) for n in range(9)]
    params = {"orderby": "modified", "order": "asc", "per_page": "3"}

    seen = ids(client.get("orders", params=params | {"page": "1"}))
    for order in seen:
        shop.edit_order(order, status="processing")
    for page in ("2", "3"):
        seen += ids(client.get("orders", params=params | {"page": page}))

    # the three edited orders went to the end, so that page 2 begins three orders further on
    assert set(orders) - set(seen) == set(orders[3:6])


@settings(max_examples=25, deadline=None)
@given(
    minutes=st.lists(st.integers(0, 5), max_size=12),
    per_page=st.integers(1, 5),
    orderby=st.sampled_from(["date", "id", "modified"]),
    order=st.sampled_from(["asc", "desc"]),
)
def test_pages_of_a_shop_that_stands_still_hold_every_order_once(
    minutes: list[int], per_page: int, orderby: str, order: str
) -> None:
    shop = shop_at()
    orders = [shop.add_order(modified_at=NOW + timedelta(minutes=minute)) for minute in minutes]
    params: dict[str, Any] = {"per_page": per_page, "orderby": orderby, "order": order}

    seen: list[int] = []
    with serving(shop) as client:
        first = client.get("orders", params=params)
        for page in range(1, int(first.headers["X-WP-TotalPages"]) + 1):
            seen += ids(client.get("orders", params=params | {"page": page}))

    assert sorted(seen) == orders
