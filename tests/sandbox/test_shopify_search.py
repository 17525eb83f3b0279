"""The search syntax, and what it ignores without failing."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from orderferry.sandbox.shopify import ShopifyShop
from tests.sandbox.shopify_client import FEED, NOW, at, serving, shop_at

LATE = at("2026-11-20 10:00:02.500000")


@pytest.fixture
def shop() -> ShopifyShop:
    """Orders 1 to 4: plain, shipped, cancelled, a test."""
    shop = shop_at()
    early = at("2026-11-10 10:00:00")
    shop.add_order(id=1, name="#A1", created_at=early, updated_at=early)
    shop.add_order(id=2, created_at=early, updated_at=LATE, fulfilled=True)
    shop.add_order(id=3, created_at=early)
    shop.cancel_order(3)
    shop.touch(3, NOW - timedelta(hours=1))
    shop.add_order(id=4, created_at=early, test=True)
    return shop


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        pytest.param("updated_at:>='2026-11-20T10:00:02Z'", [2, 3], id="from a second on"),
        pytest.param("updated_at:>='2026-11-20T10:00:03Z'", [3], id="from the next second on"),
        pytest.param("updated_at:<'2026-11-20T10:00:03Z'", [1, 4, 2], id="before"),
        pytest.param("updated_at:<='2026-11-20T10:00:02.5Z'", [1, 4, 2], id="up to"),
        pytest.param("updated_at:'2026-11-20T10:00:02Z'", [2], id="in that second"),
        pytest.param('updated_at:>="2026-11-20T10:00:02Z"', [2, 3], id="double quotes"),
        pytest.param("updated_at:>='2026-11-20T11:00:02+01:00'", [2, 3], id="an offset"),
        pytest.param("updated_at:>=2026-11-20", [2, 3], id="a date needs no quotes"),
        pytest.param("created_at:2026-11-10", [1, 4, 2, 3], id="on a day"),
        pytest.param("created_at:<'2026-11-10T10:00:00Z'", [], id="created"),
        pytest.param("processed_at:>='2026-11-10T10:00:00Z'", [1, 4, 2, 3], id="processed"),
        pytest.param("fulfillment_status:shipped", [2], id="shipped"),
        pytest.param("fulfillment_status:unshipped", [1, 4, 3], id="unshipped"),
        pytest.param("fulfillment_status:unshipped,shipped", [1, 4, 2, 3], id="a comma list"),
        pytest.param("financial_status:refunded", [3], id="refunded"),
        pytest.param("status:open", [1, 4, 2], id="open"),
        pytest.param("status:closed", [3], id="closed"),
        pytest.param("status:cancelled", [3], id="cancelled"),
        pytest.param("status:not_closed", [1, 4, 2], id="not closed"),
        pytest.param("test:false", [1, 2, 3], id="no tests"),
        pytest.param("test:true", [4], id="tests"),
        pytest.param("id:2", [2], id="an id"),
        pytest.param("id:>=3", [4, 3], id="ids from"),
        pytest.param("name:A1", [1], id="a name without its prefix"),
        pytest.param("#A1", [1], id="a word"),
        pytest.param("id:1 OR id:2", [1, 2], id="or"),
        pytest.param("test:false AND status:open", [1, 2], id="and"),
        pytest.param("test:false status:open", [1, 2], id="side by side is and"),
        pytest.param("id:4 OR test:false status:open", [1, 4, 2], id="and binds tighter"),
        pytest.param("(id:4 OR test:false) status:open", [1, 4, 2], id="parentheses"),
        pytest.param("(id:3 OR id:2) AND status:open", [2], id="parentheses decide"),
        pytest.param("-status:cancelled", [1, 4, 2], id="minus"),
        pytest.param("NOT test:true", [1, 2, 3], id="not"),
        pytest.param("id:1 OR updated_at:>='2026-11-20T10:00:03Z'", [1, 3], id="a floor in an or"),
        pytest.param("-updated_at:>='2026-11-20T00:00:00Z'", [1, 4], id="a floor negated"),
        pytest.param(
            "updated_at:>='2026-11-11T00:00:00Z' AND updated_at:<'2026-11-21T00:00:00Z'",
            [2],
            id="a window",
        ),
    ],
)
def test_what_a_search_finds(shop: ShopifyShop, query: str, expected: list[int]) -> None:
    with serving(shop) as api:
        body = api.ask(FEED, first=9, query=query)

    found = [int(row["id"].rpartition("/")[2]) for row in body["data"]["orders"]["nodes"]]
    assert found == expected
    assert "search" not in body["extensions"]


@pytest.mark.parametrize(
    ("query", "warning"),
    [
        pytest.param("updated:>='2026-11-20'", ("updated", "invalid_field"), id="unknown field"),
        pytest.param("updated_at:>='soon'", ("updated_at", "invalid_value"), id="bad time"),
        pytest.param(
            "updated_at:>=2026-11-20T10:00:00Z", ("updated_at", "invalid_value"), id="no quotes"
        ),
        pytest.param("status:any", ("status", "invalid_value"), id="any is of the old API"),
        pytest.param("test:maybe", ("test", "invalid_value"), id="not a truth"),
        pytest.param("id:abc", ("id", "invalid_value"), id="not an id"),
        pytest.param("fulfillment_status:sent", ("fulfillment_status", "invalid_value"), id="word"),
    ],
)
def test_what_is_not_understood_matches_everything_and_warns(
    shop: ShopifyShop, query: str, warning: tuple[str, str]
) -> None:
    with serving(shop) as api:
        body = api.ask(FEED, first=9, query=query)

    assert len(body["data"]["orders"]["nodes"]) == 4
    assert "errors" not in body
    (search,) = body["extensions"]["search"]
    assert (search["path"], search["query"]) == (["orders"], query)
    assert [(one["field"], one["code"]) for one in search["warnings"]] == [warning]


def test_the_rest_of_a_search_counts_beside_what_is_ignored(shop: ShopifyShop) -> None:
    with serving(shop) as api:
        assert api.found("colour:red AND id:2") == [2]


def test_a_count_warns_as_well(shop: ShopifyShop) -> None:
    with serving(shop) as api:
        body = api.ask('{ ordersCount(query: "colour:red") { count } }')

    assert body["data"]["ordersCount"]["count"] == 4
    assert body["extensions"]["search"][0]["path"] == ["ordersCount"]


@pytest.mark.parametrize("query", ["(", ")", "AND", "OR OR", "id:1 OR", "NOT", "'", "((id:1)"])
def test_bad_grammar_never_fails(shop: ShopifyShop, query: str) -> None:
    with serving(shop) as api:
        assert api.send(FEED, first=9, query=query).status_code == 200


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        pytest.param("2026-10", [3], id="the whole second is left out"),
        pytest.param("2026-07", [2, 3], id="later fractions of the second are found"),
    ],
)
def test_greater_than_changed_its_meaning(
    shop: ShopifyShop, version: str, expected: list[int]
) -> None:
    with serving(shop, version) as api:
        assert api.found("updated_at:>'2026-11-20T10:00:02Z'") == expected


def test_a_time_without_offset_is_the_shops_own() -> None:
    shop = shop_at(time_zone="America/New_York")
    order_id = shop.add_order(updated_at=at("2026-11-20 05:30:00"))

    with serving(shop) as api:
        found: dict[str, Any] = {
            query: api.found(query)
            for query in ("updated_at:>=2026-11-20", "updated_at:>='2026-11-20T01:00:00'")
        }

    assert found["updated_at:>=2026-11-20"] == [order_id]  # from 05:00 UTC on
    assert found["updated_at:>='2026-11-20T01:00:00'"] == []  # from 06:00 UTC on
