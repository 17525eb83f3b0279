"""What queries cost, against the recorded rule and its table."""

from __future__ import annotations

from typing import Any

import pytest

from orderferry.sandbox.shopify.cost import multiplier
from tests.sandbox.shopify_client import FEED, TOKEN, Time, gid, serving, shared, shop_at

_CANDIDATE = {
    10: [60, 234, 350, 408, 524, 640],
    25: [78, 306, 458, 534, 686, 838],
    50: [87, 342, 512, 597, 767, 937],
    100: [105, 414, 620, 723, 929, 1135],
    250: [123, 486, 728, 849, 1091, 1333],
}
"""Requested cost by lines (rows) and by orders: 1, 10, 25, 50, 100, 250 (columns)."""

_DETAIL = """
query Detail($ids: [ID!]!, $lines: Int!, $customs: Boolean!) {
  nodes(ids: $ids) { ... on Order { ...Whole } }
}
fragment Whole on Order {
  name
  totalPriceSet { shopMoney { amount } }
  shippingAddress { city }
  fulfillments(first: 25) {
    trackingInfo(first: 10) { number }
    fulfillmentLineItems(first: $lines) { nodes { lineItem { id } } pageInfo { hasNextPage } }
  }
  refunds(first: 10) { refundLineItems(first: 25) { nodes { quantity lineItem { id } } } }
  lineItems(first: $lines) {
    pageInfo { hasNextPage endCursor }
    nodes {
      discountAllocations { discountApplication { index } }
      customAttributes { key }
      image { url }
      variant @include(if: $customs) {
        inventoryItem { measurement { weight { value } } }
      }
    }
  }
}
"""


def requested(body: dict[str, Any]) -> int:
    """Returns the requested cost, also of a query that was too expensive."""
    if "data" in body:
        return int(body["extensions"]["cost"]["requestedQueryCost"])
    return int(body["errors"][0]["extensions"]["cost"])


@pytest.mark.parametrize(
    ("rows", "expected"),
    [(1, 1), (2, 1), (3, 2), (5, 3), (10, 4), (20, 5), (25, 6), (50, 7), (100, 9), (200, 10)],
)
def test_a_connection_grows_like_the_logarithm(rows: int, expected: int) -> None:
    assert multiplier(rows) == expected


@pytest.mark.parametrize(
    ("first", "expected"), [(10, 6), (25, 8), (50, 9), (100, 11), (250, 13)], ids=str
)
def test_a_feed_of_ids_costs_as_recorded(first: int, expected: int) -> None:
    with serving(shop_at()) as api:
        assert requested(api.ask(FEED, first=first)) == expected


@pytest.mark.parametrize(("lines", "expected"), [(25, 76), (50, 85), (100, 103), (250, 121)])
@pytest.mark.parametrize("ids", [1, 50])
def test_detail_costs_the_same_for_any_number_of_ids(ids: int, lines: int, expected: int) -> None:
    asked = [gid(number) for number in range(1, ids + 1)]

    with serving(shop_at()) as api:
        assert requested(api.ask(_DETAIL, ids=asked, lines=lines, customs=True)) == expected


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        pytest.param("{ shop { name } }", 1, id="an object"),
        pytest.param("{ ordersCount { count } }", 10, id="a count"),
        pytest.param('{ order(id: "gid://shopify/Order/1") { id } }', 1, id="an order"),
        pytest.param("{ currentAppInstallation { accessScopes { handle } } }", 2, id="a list"),
        pytest.param("{ orders(first: 10) { edges { node { id } } } }", 6, id="edges like nodes"),
        pytest.param(
            "{ orders(first: 10) { nodes { shippingAddress { city } } } }", 6, id="an address"
        ),
        pytest.param("{ a: shop { id } b: shop { id } }", 2, id="aliases count each"),
        pytest.param("{ orders(first: 10) { pageInfo { endCursor } } }", 6, id="no rows asked"),
        pytest.param("{ shop { name } shop { id } }", 1, id="merged fields count once"),
        pytest.param(
            'mutation { bulkOperationRunQuery(query: "{ orders { edges { node { id } } } }")'
            " { bulkOperation { id } } }",
            10,
            id="a mutation",
        ),
    ],
)
def test_what_things_cost(document: str, expected: int) -> None:
    with serving(shop_at()) as api:
        assert requested(api.ask(document)) == expected


@pytest.mark.parametrize("lines", sorted(_CANDIDATE))
def test_the_recorded_table_is_reproduced(lines: int) -> None:
    document = shared("examples", "shopify", "orders_candidate.graphql").read_text()
    flags = {"withCustoms": True, "withCustomer": False, "query": "id:1"}

    with serving(shop_at()) as api:
        costs = [
            requested(api.ask(document, first=first, lineItems=lines, **flags))
            for first in (1, 10, 25, 50, 100, 250)
        ]

    assert costs == _CANDIDATE[lines]


@pytest.mark.parametrize(
    ("customs", "customer", "expected"),
    [(True, False, 597), (True, True, 618), (False, False, 499)],
    ids=["all customs", "with customer", "without customs"],
)
def test_what_is_left_out_costs_nothing(*, customs: bool, customer: bool, expected: int) -> None:
    document = shared("examples", "shopify", "orders_candidate.graphql").read_text()
    asked = {"withCustoms": customs, "withCustomer": customer, "query": "id:1"}

    with serving(shop_at(scopes=("read_orders", "read_products", "read_customers"))) as api:
        assert requested(api.ask(document, first=50, lineItems=50, **asked)) == expected


def test_a_deep_query_multiplies() -> None:
    document = "{ orders(first: 250) { nodes { lineItems(first: 250) { nodes { image { url }"
    document += " variant { product { id } inventoryItem { id } }"
    document += " discountAllocations { discountApplication { index } } } } } } }"

    with serving(shop_at()) as api:
        # 2 + 11 * (1 + 2 + 11 * (1 + image 1 + variant 3 + discounts 2))
        assert requested(api.ask(document)) == 882


def test_too_expensive_names_cost_and_limit() -> None:
    orders = "orders(first: 250) { nodes { lineItems(first: 250) { nodes { image { url } } } } }"
    document = "{ " + " ".join(f"{alias}: {orders}" for alias in "abcd") + " }"
    shop = shop_at()

    with serving(shop) as api:
        body = api.ask(document)

    # four times 2 + 11 * (1 + 2 + 11 * (1 + 1))
    assert body["errors"][0]["message"] == (
        "Query cost is 1108, which exceeds the single query max cost limit (1000)."
    )
    assert body["errors"][0]["extensions"]["code"] == "MAX_COST_EXCEEDED"
    assert body["errors"][0]["extensions"]["cost"] == 1108
    assert body["errors"][0]["extensions"]["maxCost"] == 1000
    assert "data" not in body
    assert shop.points_spent == 0
    assert list(shop.queries) == [("", 1108, None, TOKEN)]


def test_actual_cost_counts_what_was_found() -> None:
    shop = shop_at()
    for _ in range(3):
        shop.add_order()

    with serving(shop) as api:
        cost = api.ask(FEED, first=100)["extensions"]["cost"]

    assert (cost["requestedQueryCost"], cost["actualQueryCost"]) == (11, 4)  # 2 + 2 * 1
    assert list(shop.queries) == [("Feed", 11, 4, TOKEN)]
    assert shop.points_spent == 4


def test_an_empty_page_costs_its_connection_only() -> None:
    with serving(shop_at()) as api:
        assert api.ask(FEED, first=100)["extensions"]["cost"]["actualQueryCost"] == 2


def test_actual_cost_leaves_the_bucket_and_time_fills_it() -> None:
    time = Time()
    shop = shop_at(time, maximum_available=20, restore_rate=2)
    for _ in range(100):
        shop.add_order()

    with serving(shop) as api:
        spent = api.ask(FEED, first=100)["extensions"]["cost"]["throttleStatus"]
        time.pass_by(seconds=1.5)
        later = shop.bucket.available
        time.pass_by(hours=1)

    assert spent == {"maximumAvailable": 20.0, "currentlyAvailable": 9, "restoreRate": 2.0}
    assert later == 12.0
    assert shop.bucket.available == 20


def test_without_points_a_query_is_throttled_inside_a_200() -> None:
    shop = shop_at(maximum_available=2000, restore_rate=100)
    shop.bucket.drain(left=5)

    with serving(shop) as api:
        body = api.ask(FEED, first=100)

    assert body["errors"][0]["message"] == "Throttled"
    assert body["errors"][0]["extensions"]["code"] == "THROTTLED"
    assert body["extensions"]["cost"] == {
        "requestedQueryCost": 11,
        "actualQueryCost": None,
        "throttleStatus": {
            "maximumAvailable": 2000.0,
            "currentlyAvailable": 5,
            "restoreRate": 100.0,
        },
    }
    assert "data" not in body


def test_throttling_may_also_be_a_429() -> None:
    shop = shop_at(maximum_available=2000, restore_rate=10)
    shop.throttles_with_429 = True
    shop.bucket.drain()

    with serving(shop) as api:
        answer = api.send(FEED, first=100)

    assert answer.status_code == 429
    assert answer.headers["Retry-After"] == "1.1"  # 11 points at 10 a second
    assert answer.json()["errors"][0]["extensions"]["code"] == "THROTTLED"


def test_a_throttled_query_takes_no_points() -> None:
    shop = shop_at(maximum_available=2000)
    shop.bucket.drain(left=5)

    with serving(shop) as api:
        api.ask(FEED, first=100)

    assert shop.bucket.available == 5
    assert shop.points_spent == 0
