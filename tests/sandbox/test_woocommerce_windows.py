"""Windows of time and the order of a list, every trap of the real shop included."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orderferry.sandbox.woocommerce import WooCommerceShop
from tests.sandbox.woocommerce_client import NOW, at, ids, serving, shop_at


@pytest.fixture
def shop() -> WooCommerceShop:
    return shop_at(statuses=("shipped",))


@pytest.fixture
def client(shop: WooCommerceShop) -> Iterator[httpx.Client]:
    with serving(shop) as client:
        yield client


@pytest.mark.parametrize("storage", ["hpos", "cpt"])
def test_both_ends_of_a_window_are_exclusive(storage: str) -> None:
    shop = shop_at(storage=storage)
    first, second, third = (
        shop.add_order(modified_at=at(f"2026-06-01 10:00:0{second}")) for second in range(3)
    )
    window = {
        "modified_after": "2026-06-01T10:00:00",
        "modified_before": "2026-06-01T10:00:02",
        "dates_are_gmt": "true",
    }

    with serving(shop) as client:
        assert ids(client.get("orders", params=window)) == [second]
    assert first < second < third


@pytest.mark.parametrize("storage", ["hpos", "cpt"])
@pytest.mark.parametrize(
    ("zone", "sent", "flag", "found"),
    [
        # the order was modified at 10:00 UTC = 06:00 in New York = 19:00 in Tokyo
        pytest.param("America/New_York", "2026-06-01T09:59:59", True, True, id="naive UTC, flag"),
        pytest.param("America/New_York", "2026-06-01T10:00:00", True, False, id="at it, flag"),
        pytest.param("Asia/Tokyo", "2026-06-01T09:59:59", True, True, id="naive UTC, flag, Tokyo"),
        pytest.param("Asia/Tokyo", "2026-06-01T10:00:00", True, False, id="at it, flag, Tokyo"),
        pytest.param("Asia/Tokyo", "2026-06-01 09:59:59", True, True, id="a blank for T works"),
        pytest.param("Asia/Tokyo", "2026-06-01T09:59:59.9", True, True, id="fractions are cut"),
        pytest.param("America/New_York", "2026-06-01T09:59:59Z", False, True, id="Z, no flag"),
        pytest.param("America/New_York", "2026-06-01T10:00:00Z", False, False, id="Z at it"),
        pytest.param("Asia/Tokyo", "2026-06-01T11:59:59+02:00", False, True, id="offset, no flag"),
        pytest.param("Asia/Tokyo", "2026-06-01T12:00:00+02:00", False, False, id="offset at it"),
        pytest.param("Asia/Tokyo", "2026-06-01T18:59:59", False, True, id="naive is local"),
        pytest.param("Asia/Tokyo", "2026-06-01T19:00:00", False, False, id="naive local at it"),
        pytest.param(
            "America/New_York", "2026-06-01T09:59:59", False, False, id="naive UTC without flag"
        ),
        pytest.param(
            "America/New_York", "2026-06-01T13:59:59Z", True, True, id="Z and flag reads too much"
        ),
        pytest.param(
            "Asia/Tokyo", "2026-06-01T01:00:00Z", True, False, id="Z and flag loses in the east"
        ),
        pytest.param("Asia/Tokyo", "2026-06-01T00:59:59Z", True, True, id="by just nine hours"),
        pytest.param("+05:30", "2026-06-01T15:29:59", False, True, id="a bare offset as zone"),
    ],
)
def test_what_modified_after_means(
    storage: str,
    zone: str,
    sent: str,
    flag: bool,  # noqa: FBT001 - a column of the table
    found: bool,  # noqa: FBT001 - a column of the table
) -> None:
    shop = shop_at(storage=storage, time_zone=zone)
    order = shop.add_order(modified_at=at("2026-06-01 10:00:00"))
    params = {"modified_after": sent} | ({"dates_are_gmt": "true"} if flag else {})

    with serving(shop) as client:
        assert ids(client.get("orders", params=params)) == ([order] if found else [])


def test_a_utc_time_inside_the_sites_spring_gap_moves_an_hour_on(shop: WooCommerceShop) -> None:
    missed = shop.add_order(modified_at=at("2026-03-08 03:00:00"))
    found = shop.add_order(modified_at=at("2026-03-08 03:30:01"))
    params = {"modified_after": "2026-03-08T02:30:00", "dates_are_gmt": "1"}

    with serving(shop) as client:
        assert ids(client.get("orders", params=params)) == [found]
    assert missed != found


def test_after_and_before_go_by_creation(shop: WooCommerceShop, client: httpx.Client) -> None:
    later = at("2026-06-10 00:00:00")
    shop.add_order(created_at=at("2026-05-01 00:00:00"), modified_at=later)
    wanted = shop.add_order(created_at=at("2026-05-02 00:00:00"), modified_at=later)
    shop.add_order(created_at=at("2026-05-03 00:00:00"), modified_at=later)
    window = {"after": "2026-05-01T00:00:00", "before": "2026-05-03T00:00:00"}

    assert ids(client.get("orders", params=window | {"dates_are_gmt": "true"})) == [wanted]


@pytest.mark.parametrize("sent", ["yesterday", "2026-06-01", "2026-13-01T00:00:00", "1790000000"])
def test_what_is_no_date_and_time_is_refused(client: httpx.Client, sent: str) -> None:
    answer = client.get("orders", params={"modified_after": sent})

    assert answer.status_code == 400
    assert answer.json() == {
        "code": "rest_invalid_param",
        "message": "Invalid parameter(s): modified_after",
        "data": {
            "status": 400,
            "params": {"modified_after": "Invalid date."},
            "details": {
                "modified_after": {
                    "code": "rest_invalid_date",
                    "message": "Invalid date.",
                    "data": None,
                }
            },
        },
    }


def test_a_plus_sign_that_was_not_encoded_is_refused(client: httpx.Client) -> None:
    answer = client.get("orders?modified_after=2026-06-01T00:00:00+02:00")

    assert answer.json()["data"]["params"] == {"modified_after": "Invalid date."}


@settings(max_examples=25, deadline=None)
@given(
    hours=st.lists(st.integers(-72, 72), max_size=10),
    since=st.integers(-72, 72),
    length=st.integers(1, 48),
    zone=st.sampled_from(["America/New_York", "Asia/Tokyo", "Europe/Berlin", "+05:30", "UTC"]),
    storage=st.sampled_from(["hpos", "cpt"]),
)
def test_naive_utc_with_the_flag_means_the_open_interval(
    hours: list[int], since: int, length: int, zone: str, storage: str
) -> None:
    shop = shop_at(time_zone=zone, storage=storage)
    placed = {shop.add_order(modified_at=NOW + timedelta(hours=hour)): hour for hour in hours}
    bounds = [NOW + timedelta(hours=hour) for hour in (since, since + length)]
    after, before = (bound.strftime("%Y-%m-%dT%H:%M:%S") for bound in bounds)
    window = {"modified_after": after, "modified_before": before, "dates_are_gmt": "true"}

    with serving(shop) as client:
        found = set(ids(client.get("orders", params=window | {"per_page": "100"})))

    assert found == {order for order, hour in placed.items() if since < hour < since + length}


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        pytest.param({}, [103, 100, 102, 101], id="by creation, newest first"),
        pytest.param({"order": "asc"}, [101, 102, 100, 103], id="by creation, oldest first"),
        pytest.param({"orderby": "id"}, [103, 102, 101, 100], id="id"),
        pytest.param({"orderby": "id", "order": "asc"}, [100, 101, 102, 103], id="id, ascending"),
        pytest.param({"orderby": "modified"}, [101, 103, 102, 100], id="ties of a time by id"),
        pytest.param(
            {"orderby": "modified", "order": "asc"}, [100, 102, 103, 101], id="ties, ascending"
        ),
        pytest.param(
            {"orderby": "include", "include": "102,100,103"}, [102, 100, 103], id="as asked for"
        ),
    ],
)
def test_how_orders_are_sorted(
    shop: WooCommerceShop, client: httpx.Client, params: dict[str, str], expected: list[int]
) -> None:
    for created, modified in (("03", "10"), ("01", "12"), ("02", "11"), ("04", "11")):
        shop.add_order(
            created_at=at(f"2026-06-{created} 00:00:00"),
            modified_at=at(f"2026-06-{modified} 00:00:00"),
        )

    assert ids(client.get("orders", params=params)) == expected
