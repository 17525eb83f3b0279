"""The list of orders: pages, cursors, lag, depth, and the second that is shown."""

from __future__ import annotations

import base64
import json
from datetime import timedelta
from typing import Any

import pytest

from orderferry.sandbox.shopify import LineFields, ShopifyShop
from tests.sandbox.shopify_client import FEED, NOW, Api, Time, at, gid, serving, shop_at

SINCE = "updated_at:>='2026-11-01T00:00:00Z'"


def fill(shop: ShopifyShop, count: int, **fields: Any) -> list[int]:
    """Adds orders changed a minute apart, the oldest first; returns their ids."""
    return [
        shop.add_order(
            created_at=NOW - timedelta(days=1),
            updated_at=NOW - timedelta(minutes=count - number),
            **fields,
        )
        for number in range(count)
    ]


def walk(api: Api, query: str | None, first: int) -> list[int]:
    """Returns all ids, page after page."""
    found: list[int] = []
    after = None
    while True:
        orders = api.data(FEED, first=first, query=query, after=after)["orders"]
        found += [int(row["id"].rpartition("/")[2]) for row in orders["nodes"]]
        if not orders["pageInfo"]["hasNextPage"]:
            return found
        after = orders["pageInfo"]["endCursor"]


@pytest.mark.parametrize("query", [None, SINCE], ids=["database", "search index"])
def test_pages_follow_each_other_without_gap_or_repeat(query: str | None) -> None:
    shop = shop_at()
    ids = fill(shop, 23)

    with serving(shop) as api:
        assert walk(api, query, 10) == ids


def test_equal_times_are_ordered_by_id() -> None:
    shop = shop_at()
    ids = [shop.add_order(updated_at=NOW) for _ in range(5)]

    with serving(shop) as api:
        assert walk(api, SINCE, 2) == ids


def test_a_page_tells_where_it_lies() -> None:
    shop = shop_at()
    fill(shop, 3)

    with serving(shop) as api:
        first = api.data(FEED, first=2)["orders"]["pageInfo"]
        second = api.data(FEED, first=2, after=first["endCursor"])["orders"]["pageInfo"]

    assert (first["hasNextPage"], first["hasPreviousPage"]) == (True, False)
    assert (second["hasNextPage"], second["hasPreviousPage"]) == (False, True)


def test_an_empty_list_has_no_cursor() -> None:
    with serving(shop_at()) as api:
        orders = api.data(FEED, first=2)["orders"]

    assert orders == {
        "pageInfo": {"hasNextPage": False, "hasPreviousPage": False, "endCursor": None},
        "nodes": [],
    }


@pytest.mark.parametrize(
    ("query", "value"),
    [
        pytest.param(None, "2026-11-20 08:30:00.272052", id="database: microseconds"),
        pytest.param(SINCE, 1795163400000, id="search index: the second in milliseconds"),
    ],
)
def test_a_cursor_is_a_position_in_base64_json(query: str | None, value: object) -> None:
    shop = shop_at()
    order_id = shop.add_order(updated_at=at("2026-11-20 08:30:00.272052"))

    with serving(shop) as api:
        cursor = api.data(FEED, first=1, query=query)["orders"]["pageInfo"]["endCursor"]

    assert json.loads(base64.b64decode(cursor)) == {"last_id": order_id, "last_value": value}


@pytest.mark.parametrize(
    "after",
    [
        pytest.param("nonsense", id="no base64"),
        pytest.param(base64.b64encode(b"[1]").decode(), id="no object"),
        pytest.param(
            base64.b64encode(b'{"last_id":1,"last_value":5}').decode(), id="of another list"
        ),
    ],
)
def test_a_cursor_of_another_list_is_refused(after: str) -> None:
    shop = shop_at()
    fill(shop, 1)

    with serving(shop) as api:
        assert api.code(FEED, first=1, after=after) == "BAD_REQUEST"


def test_an_order_changed_between_pages_moves_to_the_end() -> None:
    shop = shop_at()
    ids = fill(shop, 4)

    with serving(shop) as api:
        page = api.data(FEED, first=2, query=SINCE)["orders"]
        shop.touch(ids[0])
        rest = api.data(FEED, first=9, query=SINCE, after=page["pageInfo"]["endCursor"])["orders"]

    assert [row["id"] for row in rest["nodes"]] == [gid(ids[2]), gid(ids[3]), gid(ids[0])]


def test_the_list_can_be_read_backwards() -> None:
    shop = shop_at()
    ids = fill(shop, 5)
    document = FEED.replace("sortKey: UPDATED_AT", "sortKey: UPDATED_AT, reverse: true")

    with serving(shop) as api:
        first = api.data(document, first=2)["orders"]
        rest = api.data(document, first=9, after=first["pageInfo"]["endCursor"])["orders"]

    found = [row["id"] for row in first["nodes"] + rest["nodes"]]
    assert found == [gid(number) for number in reversed(ids)]


@pytest.mark.parametrize("sort", ["CREATED_AT", "PROCESSED_AT", "ID", "ORDER_NUMBER"])
def test_other_sort_keys_page_as_well(sort: str) -> None:
    shop = shop_at()
    ids = [shop.add_order(created_at=NOW - timedelta(hours=9 - n)) for n in range(5)]

    with serving(shop) as api:
        document = FEED.replace("UPDATED_AT", sort)
        first = api.data(document, first=3)["orders"]
        rest = api.data(document, first=3, after=first["pageInfo"]["endCursor"])["orders"]

    assert [row["id"] for row in first["nodes"] + rest["nodes"]] == [gid(number) for number in ids]


def test_times_are_shown_by_the_second_and_kept_by_the_microsecond() -> None:
    shop = shop_at()
    late = shop.add_order(updated_at=at("2026-11-20 08:30:00.900000"))
    early = shop.add_order(updated_at=at("2026-11-20 08:30:00.100000"))

    with serving(shop) as api:
        in_database = api.data(FEED, first=9)["orders"]["nodes"]
        in_index = api.found("updated_at:>='2026-11-20T08:30:00Z'")

    assert in_database == [
        {"id": gid(early), "updatedAt": "2026-11-20T08:30:00Z"},
        {"id": gid(late), "updatedAt": "2026-11-20T08:30:00Z"},
    ]
    assert in_index == [late, early]  # within a second the index goes by id


def test_a_search_hears_of_a_change_late_and_a_reading_by_id_at_once() -> None:
    time = Time()
    shop = shop_at(time, search_lag=timedelta(seconds=30))
    order_id = shop.add_order(
        created_at=at("2026-11-20 10:00:00"), updated_at=at("2026-11-20 10:00:00")
    )
    shop.edit_order(order_id, note="gift")
    today = "updated_at:>='2026-11-23T00:00:00Z'"

    with serving(shop) as api:
        time.pass_by(seconds=29)
        before = api.found(today)
        by_id = api.order(order_id, "updatedAt note")
        unfiltered = api.found()
        time.pass_by(seconds=1)
        after = api.found(today)

    assert before == []
    assert by_id == {"updatedAt": "2026-11-23T12:00:00Z", "note": "gift"}
    assert unfiltered == [order_id]
    assert after == [order_id]


def test_a_lagging_search_shows_the_new_values_of_what_it_finds_by_the_old() -> None:
    shop = shop_at(search_lag=timedelta(seconds=30))
    order_id = shop.add_order(updated_at=at("2026-11-20 10:00:00"))
    shop.touch(order_id)

    with serving(shop) as api:
        rows = api.data(FEED, first=9, query="updated_at:<'2026-11-21T00:00:00Z'")["orders"]

    assert rows["nodes"] == [{"id": gid(order_id), "updatedAt": "2026-11-23T12:00:00Z"}]


def test_a_new_order_is_missing_from_a_lagging_search() -> None:
    shop = shop_at(search_lag=timedelta(seconds=30))
    order_id = shop.add_order()

    with serving(shop) as api:
        assert api.found(SINCE) == []
        assert api.found() == [order_id]


def test_pages_end_silently_at_the_deepest_object() -> None:
    shop = shop_at()
    shop.deepest = 5
    ids = fill(shop, 8)

    with serving(shop) as api:
        assert walk(api, SINCE, 2) == ids[:5]
        assert walk(api, SINCE, 250) == ids[:5]


def test_the_deepest_object_is_counted_for_a_cursor_from_the_middle_of_a_page() -> None:
    shop = shop_at()
    shop.deepest = 5
    ids = fill(shop, 8)

    with serving(shop) as api:
        document = FEED.replace("nodes { id updatedAt }", "edges { cursor node { id } }")
        edges = api.data(document, first=4)["orders"]["edges"]
        rest = api.data(FEED, first=9, after=edges[2]["cursor"])["orders"]

    assert [row["id"] for row in rest["nodes"]] == [gid(ids[3]), gid(ids[4])]
    assert rest["pageInfo"]["hasNextPage"] is False


@pytest.mark.parametrize(
    ("first", "code"), [(251, "BAD_REQUEST"), (-1, "BAD_REQUEST")], ids=["too many", "negative"]
)
def test_a_page_has_at_most_250_rows(first: int, code: str) -> None:
    with serving(shop_at()) as api:
        assert api.code(FEED, first=first) == code


def test_a_connection_needs_a_size() -> None:
    with serving(shop_at()) as api:
        error = api.ask("{ orders { nodes { id } } }")["errors"][0]

    assert error["message"] == "you must provide one of first or last"


def test_ids_are_read_whatever_their_state_and_in_the_order_asked() -> None:
    shop = shop_at()
    first, second = fill(shop, 2)
    shop.cancel_order(first)
    shop.delete_order(second)
    ids = [gid(second), gid(first), gid(7, "Product")]

    with serving(shop) as api:
        document = "query($ids: [ID!]!) { nodes(ids: $ids) { __typename ... on Order { id } } }"
        nodes = api.data(document, ids=ids)["nodes"]

    assert nodes == [None, {"__typename": "Order", "id": gid(first)}, None]


def test_an_id_of_no_shape_is_an_error() -> None:
    with serving(shop_at()) as api:
        code = api.code("query($ids: [ID!]!) { nodes(ids: $ids) { id } }", ids=["17"])

    assert code == "argumentLiteralsIncompatible"


def test_more_than_250_ids_are_refused() -> None:
    ids = [gid(number) for number in range(1, 252)]

    with serving(shop_at()) as api:
        error = api.ask("query($ids: [ID!]!) { nodes(ids: $ids) { id } }", ids=ids)["errors"][0]

    assert error["extensions"]["code"] == "MAX_INPUT_SIZE_EXCEEDED"
    assert "251" in error["message"]


@pytest.mark.parametrize(
    ("scopes", "seen"),
    [
        pytest.param(("read_orders",), False, id="60 days"),
        pytest.param(("read_orders", "read_all_orders"), True, id="all orders"),
    ],
)
def test_orders_of_more_than_60_days_need_a_scope_even_when_they_changed_today(
    scopes: tuple[str, ...], *, seen: bool
) -> None:
    shop = shop_at(scopes=scopes)
    old = shop.add_order(created_at=NOW - timedelta(days=60, seconds=1))
    young = shop.add_order(created_at=NOW - timedelta(days=60))
    shop.touch(old)

    with serving(shop) as api:
        found = api.found(SINCE)
        document = "query($ids: [ID!]!) { nodes(ids: $ids) { id } order(id: $id) { id } }"
        document = document.replace("($ids: [ID!]!)", "($ids: [ID!]!, $id: ID!)")
        by_id = api.data(document, ids=[gid(old)], id=gid(old))
        count = api.data("{ ordersCount { count } }")["ordersCount"]["count"]

    assert young not in found
    assert (old in found) is seen
    assert (by_id["nodes"] == [{"id": gid(old)}]) is seen
    assert (by_id["order"] is not None) is seen
    assert count == 1 + seen


@pytest.mark.parametrize(
    ("limit", "expected"),
    [
        (2, {"count": 2, "precision": "AT_LEAST"}),
        (3, {"count": 3, "precision": "EXACT"}),
        (None, {"count": 3, "precision": "EXACT"}),
    ],
    ids=["too low", "just enough", "none"],
)
def test_a_count_says_whether_it_is_exact(limit: int | None, expected: dict[str, Any]) -> None:
    shop = shop_at()
    fill(shop, 3)
    shop.add_order(updated_at=at("2026-10-01 00:00:00"))
    document = (
        "query($q: String!, $limit: Int) { ordersCount(query: $q, limit: $limit)"
        " { count precision } }"
    )

    with serving(shop) as api:
        assert api.data(document, q=SINCE, limit=limit)["ordersCount"] == expected


def test_lines_of_a_large_order_come_in_pages() -> None:
    shop = shop_at()
    lines: list[LineFields] = [{"title": f"Mug {number}"} for number in range(255)]
    order_id = shop.add_order(lines=lines)
    shop.fulfil(order_id)
    page = "pageInfo { hasNextPage endCursor } nodes"

    with serving(shop) as api:
        first = api.order(order_id, f"lineItems(first: 250) {{ {page} {{ id title }} }}")
        cursor = first["lineItems"]["pageInfo"]["endCursor"]
        rest = api.order(
            order_id, f'lineItems(first: 9, after: "{cursor}") {{ {page} {{ title }} }}'
        )
        parcel = api.order(
            order_id,
            f"fulfillments(first: 1) {{ fulfillmentLineItems(first: 250)"
            f" {{ {page} {{ lineItem {{ id }} }} }} }}",
        )["fulfillments"][0]["fulfillmentLineItems"]

    assert first["lineItems"]["pageInfo"]["hasNextPage"] is True
    assert [row["title"] for row in rest["lineItems"]["nodes"]] == [
        f"Mug {n}" for n in range(250, 255)
    ]
    assert rest["lineItems"]["pageInfo"]["hasNextPage"] is False
    assert parcel["pageInfo"]["hasNextPage"] is True
    assert parcel["nodes"][0]["lineItem"]["id"] == first["lineItems"]["nodes"][0]["id"]


def test_parcels_and_refunds_can_be_read_on_by_their_own_ids() -> None:
    shop = shop_at()
    order_id = shop.add_order(lines=[{}, {}, {}], trackings=[("DHL", "1")])
    new = shop.fulfilment_ids(order_id)[0]
    refund = shop.refund(order_id)
    fields = "(first: 2, after: $after) { nodes { quantity } pageInfo { hasNextPage endCursor } }"
    document = (
        "query($parcel: ID!, $refund: ID!, $after: String) {"
        f" parcel: node(id: $parcel) {{ ... on Fulfillment {{ fulfillmentLineItems{fields} }} }}"
        " refund: node(id: $refund) { ... on Refund { legacyResourceId } }"
        " direct: refund(id: $refund) { legacyResourceId }"
        " }"
    )
    ids = {"parcel": gid(new, "Fulfillment"), "refund": gid(refund, "Refund")}

    with serving(shop) as api:
        first = api.data(document, **ids)
        cursor = first["parcel"]["fulfillmentLineItems"]["pageInfo"]["endCursor"]
        second = api.data(document, **ids, after=cursor)["parcel"]["fulfillmentLineItems"]

    assert len(first["parcel"]["fulfillmentLineItems"]["nodes"]) == 2
    assert second["nodes"] == [{"quantity": 1}]
    assert second["pageInfo"]["hasNextPage"] is False
    assert first["refund"] == first["direct"] == {"legacyResourceId": str(refund)}
