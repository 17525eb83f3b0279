"""What an order and its refunds look like."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from orderferry.sandbox.woocommerce import WooCommerceShop
from tests.sandbox.woocommerce_client import ids, serving, shop_at

# of a recorded order, 11.0.1
ORDER_KEYS = """
id parent_id status currency version prices_include_tax discount_total discount_tax shipping_total
shipping_tax cart_tax total total_tax customer_id order_key billing shipping payment_method
payment_method_title transaction_id customer_ip_address customer_user_agent created_via
customer_note cart_hash number meta_data line_items tax_lines shipping_lines fee_lines coupon_lines
refunds payment_url is_editable needs_payment needs_processing date_created date_modified
date_completed date_paid date_created_gmt date_modified_gmt date_completed_gmt date_paid_gmt
currency_symbol _links
"""
LINE_KEYS = """
id name product_id variation_id quantity tax_class subtotal subtotal_tax total total_tax taxes
meta_data sku global_unique_id price image parent_name
"""


@pytest.fixture
def shop() -> WooCommerceShop:
    return shop_at()


@pytest.fixture
def client(shop: WooCommerceShop) -> Iterator[httpx.Client]:
    with serving(shop) as client:
        yield client


# refunds ------------------------------------------------------------------------------------


def test_a_refund_leaves_the_orders_total_and_quantities(
    shop: WooCommerceShop, client: httpx.Client
) -> None:
    # recorded shape: one of 3 x 19.99 back; 8.875 % of 59.97 is 5.32, a third of it 1.77
    order = shop.add_order(lines=[{"price": "19.99", "quantity": 3}], tax_rate="8.875")
    line = shop.order(order)["line_items"][0]["id"]
    total = shop.order(order)["total"]

    refund = shop.refund(order, {line: 1}, amount="19.99", reason="one damaged")

    shown = client.get(f"orders/{order}").json()
    assert (shown["total"], shown["line_items"][0]["quantity"]) == (total, 3)
    assert shown["refunds"] == [
        {"id": refund, "reason": "one damaged", "total": "-19.99", "total_tax": "-1.77"}
    ]
    assert shown["status"] == "completed"


def test_only_the_refunds_route_tells_quantities(
    shop: WooCommerceShop, client: httpx.Client
) -> None:
    order = shop.add_order(lines=[{"price": "19.99", "quantity": 3}], tax_rate="8.875")
    line = shop.order(order)["line_items"][0]["id"]
    refund = shop.refund(order, {line: 1})

    answer = client.get(f"orders/{order}/refunds")

    (shown,) = answer.json()
    (item,) = shown["line_items"]
    assert answer.headers["X-WP-Total"] == "1"
    assert (shown["id"], shown["amount"]) == (refund, "21.76")
    assert (item["quantity"], item["total"], item["total_tax"]) == (-1, "-19.99", "-1.77")
    assert item["price"] == 19.99
    assert [(row["key"], row["value"]) for row in item["meta_data"]] == [
        ("_refunded_item_id", str(line))
    ]
    assert "parent_id" not in shown


def test_a_refund_of_an_amount_has_no_lines(shop: WooCommerceShop, client: httpx.Client) -> None:
    order = shop.add_order()
    shop.refund(order, amount="5")

    (shown,) = client.get(f"orders/{order}/refunds").json()

    assert (shown["amount"], shown["line_items"]) == ("5.00", [])


def test_a_refund_of_everything_sets_the_status(
    shop: WooCommerceShop, client: httpx.Client
) -> None:
    order = shop.add_order(lines=[{"price": "35.17"}])
    shop.refund(order, amount="5.00")
    shop.refund(order)

    shown = client.get(f"orders/{order}").json()

    assert shown["status"] == "refunded"
    assert [refund["total"] for refund in shown["refunds"]] == ["-40.17", "-5.00"]


def test_all_refunds_come_newest_first_with_their_order(
    shop: WooCommerceShop, client: httpx.Client
) -> None:
    one, two = shop.add_order(), shop.add_order()
    first, second = shop.refund(two, amount="1"), shop.refund(one, amount="1")

    answer = client.get("refunds", params={"per_page": 1})

    assert ids(answer) == [second]
    assert answer.json()[0]["parent_id"] == one
    assert answer.headers["Link"].endswith('refunds?per_page=1&dp=2&page=2>; rel="next"')
    assert ids(client.get("refunds")) == [second, first]


# the order itself ---------------------------------------------------------------------------


def test_a_trashed_order_remembers_where_it_came_from(
    shop: WooCommerceShop, client: httpx.Client
) -> None:
    order = shop.add_order(status="processing")
    shop.trash_order(order)
    meta = client.get(f"orders/{order}").json()["meta_data"]
    assert [(row["key"], row["value"]) for row in meta] == [
        ("_wp_trash_meta_status", "wc-processing")
    ]

    shop.untrash_order(order)

    assert client.get(f"orders/{order}").json()["status"] == "processing"


def test_an_order_has_every_key_of_a_real_one(shop: WooCommerceShop, client: httpx.Client) -> None:
    shown = client.get(f"orders/{shop.add_order()}").json()

    assert sorted(shown) == sorted(ORDER_KEYS.split())
    assert sorted(shown["line_items"][0]) == sorted(LINE_KEYS.split())
    assert list(shown["billing"])[-2:] == ["email", "phone"]
    assert "email" not in shown["shipping"]


def test_an_orders_parts_add_up(shop: WooCommerceShop, client: httpx.Client) -> None:
    # goods 2 x 19.99 + 8.875 % = 39.98 + 3.55; fees 4.50 + 0.40 and -5.00 - 0.44; flat 10 + 0.89
    order = shop.add_order(
        lines=[{"price": "19.99", "quantity": 2}],
        tax_rate="8.875",
        fees=[("Gift wrap", "4.50"), ("Loyalty discount", "-5.00")],
    )

    shown = client.get(f"orders/{order}").json()

    assert [(fee["total"], fee["total_tax"]) for fee in shown["fee_lines"]] == [
        ("4.50", "0.40"),
        ("-5.00", "-0.44"),
    ]
    assert (shown["cart_tax"], shown["shipping_tax"], shown["total_tax"], shown["total"]) == (
        "3.51",
        "0.89",
        "4.40",
        "53.88",
    )


@pytest.mark.parametrize(
    ("country", "state", "post_code"),
    [
        pytest.param("DE", "DE-BE", "10115", id="a state with its country before it"),
        pytest.param("JP", "JP13", "100-0001", id="a state run together"),
        pytest.param("HK", "HONG KONG", "", id="no post codes"),
        pytest.param("NZ", "", "10000", id="any other country"),
    ],
)
def test_an_address_has_its_countrys_gaps(
    shop: WooCommerceShop, client: httpx.Client, country: str, state: str, post_code: str
) -> None:
    order = shop.add_order(country=country)

    address = client.get(f"orders/{order}").json()["shipping"]

    assert (address["country"], address["state"], address["postcode"]) == (
        country,
        state,
        post_code,
    )


@pytest.mark.parametrize(
    ("status", "editable", "to_pay"),
    [
        pytest.param("pending", True, True, id="pending"),
        pytest.param("on-hold", True, False, id="on hold"),
        pytest.param("failed", False, True, id="failed"),
        pytest.param("completed", False, False, id="completed"),
    ],
)
def test_the_flags_follow_the_status(
    shop: WooCommerceShop,
    client: httpx.Client,
    status: str,
    editable: bool,  # noqa: FBT001 - a column of the table
    to_pay: bool,  # noqa: FBT001 - a column of the table
) -> None:
    order = shop.add_order(status="processing")
    shop.edit_order(order, status=status)

    shown = client.get(f"orders/{order}").json()

    assert (shown["is_editable"], shown["needs_payment"]) == (editable, to_pay)


def test_an_edit_reaches_into_objects_and_extra_keys_come_through(
    shop: WooCommerceShop, client: httpx.Client
) -> None:
    order = shop.add_order(extra={"shipments": [{"tracking_id": "X1"}]}, number="SO-1")
    shop.edit_order(order, billing={"city": "Reno"}, number="SO-2")

    shown = client.get(f"orders/{order}").json()

    assert shown["shipments"] == [{"tracking_id": "X1"}]
    assert (shown["number"], shown["billing"]["city"]) == ("SO-2", "Reno")
    assert shown["billing"]["email"] == "shopper@example.com"
