"""What happens to an order, and whether a poll can see it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

from orderferry.sandbox.woocommerce import WooCommerceShop
from tests.sandbox.woocommerce_client import NOW, at, problem, serving, shop_at

CREATED = NOW - timedelta(days=3)


@pytest.fixture
def shop() -> WooCommerceShop:
    return shop_at()


@pytest.fixture
def client(shop: WooCommerceShop) -> Iterator[httpx.Client]:
    with serving(shop) as client:
        yield client


def dates(shop: WooCommerceShop, order: int) -> dict[str, Any]:
    """Returns the order's dates as the API shows them."""
    with serving(shop) as client:
        shown = client.get(f"orders/{order}").json()
    return {name: value for name, value in shown.items() if name.startswith("date_")}


# what moves date_modified, by storage --------------------------------------------------------

Change = Callable[[WooCommerceShop, int], object]


def refund_some(shop: WooCommerceShop, order: int) -> object:
    return shop.refund(order, amount="1.00")


def delete_the_refund(shop: WooCommerceShop, order: int) -> object:
    refund = shop.refund(order, amount="1.00")
    shop.edit_order(order, touch=CREATED)
    shop.delete_refund(order, refund)
    return None


def fulfil(shop: WooCommerceShop, order: int) -> object:
    line = shop.order(order)["line_items"][0]["id"]
    return shop.fulfil(order, {line: 1}, "1Z", "ups")


def untrash(shop: WooCommerceShop, order: int) -> object:
    shop.trash_order(order)
    shop.edit_order(order, touch=CREATED)
    shop.untrash_order(order)
    return None


@pytest.mark.parametrize(
    ("change", "moved_by"),
    [
        pytest.param(
            lambda s, o: s.edit_order(o, status="processing"), {"hpos", "cpt"}, id="status"
        ),
        pytest.param(
            lambda s, o: s.edit_order(o, customer_note="ring"), {"hpos", "cpt"}, id="customer note"
        ),
        pytest.param(refund_some, {"hpos", "cpt"}, id="refund created"),
        pytest.param(lambda s, o: s.trash_order(o), {"hpos", "cpt"}, id="trashed"),
        pytest.param(untrash, {"hpos", "cpt"}, id="untrashed"),
        pytest.param(lambda s, o: s.add_tracking(o, "1Z", "ups"), {"hpos"}, id="tracking number"),
        pytest.param(lambda s, o: s.edit_order(o, meta_data={"a": "1"}), {"hpos"}, id="meta"),
        pytest.param(
            lambda s, o: s.edit_order(o, shipping={"city": "Reno"}), {"hpos"}, id="address"
        ),
        pytest.param(lambda s, o: s.edit_order(o), {"hpos"}, id="save without a change"),
        pytest.param(fulfil, {"hpos"}, id="core fulfilment"),
        pytest.param(lambda s, o: s.edit_order(o, line_items=[]), set(), id="line items"),
        pytest.param(delete_the_refund, set(), id="refund deleted"),
    ],
)
@pytest.mark.parametrize("storage", ["hpos", "cpt"])
def test_what_moves_the_modification_date(storage: str, change: Change, moved_by: set[str]) -> None:
    shop = shop_at(storage=storage)
    order = shop.add_order(created_at=CREATED)

    change(shop, order)

    moved = dates(shop, order)["date_modified_gmt"] == "2026-06-15T12:00:00"
    assert moved == (storage in moved_by)


def test_a_test_can_overrule_the_storage(shop: WooCommerceShop) -> None:
    order = shop.add_order(created_at=CREATED)

    shop.edit_order(order, status="processing", touch=False)
    assert dates(shop, order)["date_modified_gmt"] == "2026-06-12T12:00:00"

    shop.edit_order(order, touch=at("2026-06-13 01:02:03"))
    assert dates(shop, order)["date_modified_gmt"] == "2026-06-13T01:02:03"
    assert dates(shop, order)["date_modified"] == "2026-06-12T21:02:03"


@pytest.mark.parametrize(
    ("storage", "true", "stored"),
    [
        # New York leaves summer time on 2026-11-01 at 06:00 UTC; the first hour was measured
        pytest.param("hpos", "05:30:00", "05:30:00", id="first reading of the hour"),
        pytest.param("hpos", "06:10:00", "05:10:00", id="second reading: an hour too early"),
        pytest.param("hpos", "07:10:00", "07:10:00", id="after it"),
        pytest.param("cpt", "06:10:00", "06:10:00", id="legacy storage is right"),
    ],
)
def test_the_repeated_autumn_hour_is_stored_an_hour_too_early(
    storage: str, true: str, stored: str
) -> None:
    shop = shop_at(at(f"2026-11-01 {true}"), storage=storage)
    order = shop.add_order(created_at=CREATED)

    shop.edit_order(order, status="processing")

    assert dates(shop, order)["date_modified_gmt"] == f"2026-11-01T{stored}"


# dates --------------------------------------------------------------------------------------


def test_dates_come_local_and_in_utc_without_a_zone(shop: WooCommerceShop) -> None:
    order = shop.add_order(
        created_at=at("2026-06-01 02:00:00"),
        paid_at=at("2026-06-01 02:00:05"),
        completed_at=at("2026-06-02 13:00:00"),
        modified_at=at("2026-06-03 03:30:00"),
    )

    assert dates(shop, order) == {
        "date_created": "2026-05-31T22:00:00",
        "date_created_gmt": "2026-06-01T02:00:00",
        "date_paid": "2026-05-31T22:00:05",
        "date_paid_gmt": "2026-06-01T02:00:05",
        "date_completed": "2026-06-02T09:00:00",
        "date_completed_gmt": "2026-06-02T13:00:00",
        "date_modified": "2026-06-02T23:30:00",
        "date_modified_gmt": "2026-06-03T03:30:00",
    }


def test_a_pending_order_has_neither_paid_nor_completed(shop: WooCommerceShop) -> None:
    found = dates(shop, shop.add_order(status="pending"))

    assert found["date_paid_gmt"] is found["date_completed_gmt"] is found["date_paid"] is None


def test_completing_stamps_and_leaving_the_status_keeps_the_stamp(shop: WooCommerceShop) -> None:
    order = shop.add_order(status="pending", created_at=CREATED)

    shop.edit_order(order, status="completed")
    shop.edit_order(order, status="processing")

    found = dates(shop, order)
    assert found["date_completed_gmt"] == found["date_paid_gmt"] == "2026-06-15T12:00:00"


def test_a_shop_whose_clock_is_ahead_stamps_and_answers_ahead(
    shop: WooCommerceShop, client: httpx.Client
) -> None:
    shop.clock_skew = timedelta(minutes=7)
    order = shop.add_order(created_at=CREATED)
    shop.edit_order(order, status="processing")

    answer = client.get(f"orders/{order}")

    assert answer.json()["date_modified_gmt"] == "2026-06-15T12:07:00"
    assert answer.headers.get_list("Date") == ["Mon, 15 Jun 2026 12:07:00 GMT"]


# tracking and fulfilments -------------------------------------------------------------------


def shipped_at(day: str) -> datetime:
    return at(f"2026-06-{day} 00:00:00")


def test_tracking_is_stored_as_the_official_plugin_does(
    shop: WooCommerceShop, client: httpx.Client
) -> None:
    order = shop.add_order()
    shop.add_tracking(order, "9400", "usps", shipped_at("01"))
    shop.add_tracking(order, "77", "Rider & Sons", shipped_at("02"))

    (row,) = client.get(f"orders/{order}").json()["meta_data"]

    assert row["key"] == "_wc_shipment_tracking_items"
    first, second = row["value"]
    assert len(first.pop("tracking_id")) == len(second.pop("tracking_id")) == 32
    assert first == {
        "tracking_provider": "usps",
        "custom_tracking_provider": "",
        "custom_tracking_link": "",
        "tracking_number": "9400",
        "date_shipped": "1780272000",
    }
    assert second == {
        "tracking_provider": "",
        "custom_tracking_provider": "Rider & Sons",
        "custom_tracking_link": "",
        "tracking_number": "77",
        "date_shipped": "1780358400",
    }


def test_a_new_order_can_have_its_tracking_at_once(
    shop: WooCommerceShop, client: httpx.Client
) -> None:
    order = shop.add_order(tracking=[("1Z", "ups")], completed_at=shipped_at("01"))

    (row,) = client.get(f"orders/{order}").json()["meta_data"]

    assert row["value"][0]["tracking_number"] == "1Z"
    assert row["value"][0]["date_shipped"] == "1780272000"


def test_fulfilments_have_a_route_of_their_own(shop: WooCommerceShop, client: httpx.Client) -> None:
    shop.fulfillments = True
    order = shop.add_order(lines=[{"quantity": 2}, {"quantity": 1}])
    first, second = (line["id"] for line in shop.order(order)["line_items"])
    shop.fulfil(order, {first: 1, second: 1}, "1Z", "ups")

    (entry,) = client.get(f"orders/{order}/fulfillments").json()

    meta = {row["key"]: row["value"] for row in entry["meta_data"]}
    assert (entry["entity_type"], entry["entity_id"]) == ("WC_Order", str(order))
    assert (entry["status"], entry["is_fulfilled"]) == ("fulfilled", "1")
    assert (entry["date_updated"], entry["date_deleted"]) == ("2026-06-15T12:00:00Z", None)
    assert meta == {
        "_tracking_number": "1Z",
        "_shipment_provider": "ups",
        "_items": [{"item_id": first, "qty": 1}, {"item_id": second, "qty": 1}],
        "_date_fulfilled": "2026-06-15T12:00:00Z",
    }


@pytest.mark.parametrize(
    ("quantity", "fulfilled", "status"),
    [
        pytest.param(1, True, "partially_fulfilled", id="a part"),
        pytest.param(2, True, "fulfilled", id="all"),
        pytest.param(99, True, "fulfilled", id="more than ordered is accepted"),
        pytest.param(2, False, "unfulfilled", id="a draft"),
    ],
)
def test_the_order_says_how_much_is_fulfilled(
    shop: WooCommerceShop,
    client: httpx.Client,
    quantity: int,
    fulfilled: bool,  # noqa: FBT001 - a column of the table
    status: str,
) -> None:
    order = shop.add_order(lines=[{"quantity": 2}])
    line = shop.order(order)["line_items"][0]["id"]

    shop.fulfil(order, {line: quantity}, "1Z", "ups", fulfilled=fulfilled)

    meta = client.get(f"orders/{order}").json()["meta_data"]
    assert [(row["key"], row["value"]) for row in meta] == [("_fulfillment_status", status)]


def test_a_draft_fulfilment_is_listed_as_not_fulfilled(
    shop: WooCommerceShop, client: httpx.Client
) -> None:
    shop.fulfillments = True
    order = shop.add_order()
    shop.fulfil(order, {}, fulfilled=False)

    (entry,) = client.get(f"orders/{order}/fulfillments").json()

    assert (entry["status"], entry["is_fulfilled"]) == ("unfulfilled", "0")
    assert [row["key"] for row in entry["meta_data"]] == ["_items"]


def test_fulfilments_that_are_off_have_no_route(
    shop: WooCommerceShop, client: httpx.Client
) -> None:
    order = shop.add_order()

    assert problem(client.get(f"orders/{order}/fulfillments"))[:2] == (404, "rest_no_route")


def test_fulfilments_of_no_order_have_their_status_as_text(
    shop: WooCommerceShop, client: httpx.Client
) -> None:
    shop.fulfillments = True

    answer = client.get("orders/99999999/fulfillments")

    expected = (404, "woocommerce_rest_order_invalid_id", "Invalid order ID.")
    assert problem(answer) == expected
    assert answer.json()["data"] == {"status": "404"}
