"""What a table of orders would hide: limits, ids, what mapping does not look at."""

from __future__ import annotations

from typing import Any

import pytest

from mapping.outcome import Quarantined
from mapping.shopify.blocks import phone
from mapping.shopify.nodes import legacy_id
from tests.mapping.shopify.shop import mapped, order, payload


def many(count: int) -> dict[str, Any]:
    numbers = range(1, count + 1)
    return order(
        lineItems=[{"id": number} for number in numbers],
        fulfillments=[{"fulfillmentLineItems": dict.fromkeys(numbers, 1)}],
        totalPriceSet=f"{10 * count}.00 GBP",
    )


def test_an_order_of_a_hundred_lines_is_sent_in_shopifys_order() -> None:
    items = payload(many(100))["items"]

    assert [item["id"] for item in items] == [str(number) for number in range(1, 101)]


def test_an_order_of_more_lines_than_at_last_takes_is_held() -> None:
    held = mapped(many(101))

    assert held == Quarantined("lineItems", "holds 101 shipped lines; At Last takes 100 per order.")


@pytest.mark.parametrize(
    ("value", "number"),
    [
        pytest.param("gid://shopify/LineItem/7001", "7001", id="global id"),
        pytest.param("gid://shopify/LineItem/7001?key=x", "7001", id="global id with a query"),
        pytest.param("7001", "7001", id="a number as text"),
        pytest.param(7001, "7001", id="a number"),
        pytest.param("gid://other/LineItem/7001", "gid://other/LineItem/7001", id="foreign id"),
        pytest.param(None, "", id="none"),
    ],
)
def test_the_number_of_an_id_is_its_end(value: Any, number: str) -> None:
    assert legacy_id(value) == number


def test_no_telephone_is_an_empty_text() -> None:
    assert phone({}) == ""
    assert phone({"shippingAddress": None, "billingAddress": {"phone": ""}, "phone": None}) == ""


def test_problems_name_no_one() -> None:
    """R6."""
    held = mapped(order(shippingAddress={"zip": "", "phone": "+44 113 496 0000"}))

    assert isinstance(held, Quarantined)
    for secret in ("Ada", "Byron", "High Street", "Leeds", "0113", "496", "ada@example.com"):
        assert secret not in f"{held.field} {held.problem}"
