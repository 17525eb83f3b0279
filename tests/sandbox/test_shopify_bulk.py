"""Bulk operations: what they refuse, how they run, what they leave."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import httpx
import pytest

from orderferry.sandbox.shopify import ShopifyShop
from tests.sandbox.shopify_client import NOW, TOKEN, Api, Time, serving, shop_at

RUN = """
mutation Run($query: String!, $grouped: Boolean = false) {
  bulkOperationRunQuery(query: $query, groupObjects: $grouped) {
    bulkOperation { id status }
    userErrors { field message code }
  }
}
"""
POLL = """
query Poll($id: ID!) {
  bulkOperation(id: $id) {
    id status errorCode objectCount rootObjectCount fileSize completedAt url partialDataUrl
  }
}
"""
CANCEL = """
mutation Cancel($id: ID!) {
  bulkOperationCancel(id: $id) { bulkOperation { status } userErrors { field message } }
}
"""
LEAN = "{ orders { edges { node { id updatedAt } } } }"
LINES = "{ orders { edges { node { id name lineItems { edges { node { id title } } } } } } }"


def run(api: Api, query: str = LEAN, **variables: Any) -> str:
    payload = api.data(RUN, query=query, **variables)["bulkOperationRunQuery"]
    assert payload["userErrors"] == []
    assert payload["bulkOperation"]["status"] == "CREATED"
    return str(payload["bulkOperation"]["id"])


def poll(api: Api, operation: str) -> Any:
    return api.data(POLL, id=operation)["bulkOperation"]


def finished(api: Api, operation: str) -> Any:
    for _ in range(10):
        found = poll(api, operation)
        if found["status"] not in {"CREATED", "RUNNING", "CANCELING"}:
            return found
    raise AssertionError("the operation never ends")


def rows(url: str) -> list[Any]:
    answer = httpx.get(url)
    assert answer.status_code == 200
    return [json.loads(line) for line in answer.text.splitlines()]


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def shop(time: Time) -> ShopifyShop:
    return shop_at(time)


def test_an_operation_runs_and_leaves_a_file(shop: ShopifyShop) -> None:
    shop.add_order(id=1, updated_at=NOW - timedelta(hours=1))
    shop.add_order(id=2)

    with serving(shop) as api:
        operation = run(api)
        first, second, third = (poll(api, operation) for _ in range(3))
        found = rows(second["url"])

    assert (first["status"], first["url"], first["objectCount"]) == ("RUNNING", None, "0")
    assert second == third
    assert (second["status"], second["objectCount"], second["rootObjectCount"]) == (
        "COMPLETED",
        "2",
        "2",
    )
    assert (second["errorCode"], second["partialDataUrl"]) == (None, None)
    assert second["completedAt"] == "2026-11-23T12:00:00Z"
    assert found == [
        {"id": "gid://shopify/Order/1", "updatedAt": "2026-11-23T11:00:00Z"},
        {"id": "gid://shopify/Order/2", "updatedAt": "2026-11-23T12:00:00Z"},
    ]


def test_an_operation_ends_by_itself_when_time_passes(shop: ShopifyShop, time: Time) -> None:
    shop.add_order()

    with serving(shop) as api:
        operation = run(api)
        time.pass_by(minutes=10)
        assert poll(api, operation)["status"] == "COMPLETED"


def test_an_empty_result_has_no_address(shop: ShopifyShop) -> None:
    with serving(shop) as api:
        found = finished(api, run(api))

    assert (found["status"], found["objectCount"], found["url"]) == ("COMPLETED", "0", None)


def test_children_name_their_parents_and_do_not_follow_them(shop: ShopifyShop) -> None:
    for number in (1, 2):
        shop.add_order(id=number, lines=[{"title": f"{number}a"}, {"title": f"{number}b"}])

    with serving(shop) as api:
        found = rows(finished(api, run(api, LINES))["url"])

    assert [(row.get("__parentId"), row.get("name") or row.get("title")) for row in found] == [
        (None, "#1001"),
        (None, "#1002"),
        ("gid://shopify/Order/1", "1a"),
        ("gid://shopify/Order/2", "2a"),
        ("gid://shopify/Order/1", "1b"),
        ("gid://shopify/Order/2", "2b"),
    ]
    assert "lineItems" not in found[0]


def test_grouped_children_follow_their_parents(shop: ShopifyShop) -> None:
    for number in (1, 2):
        shop.add_order(id=number, lines=[{"title": f"{number}a"}])

    with serving(shop) as api:
        found = rows(finished(api, run(api, LINES, grouped=True))["url"])

    assert [row.get("name") or row["title"] for row in found] == ["#1001", "1a", "#1002", "2a"]


def test_lists_are_inside_the_row(shop: ShopifyShop) -> None:
    shop.add_order(trackings=[("DHL", "JD1")])
    query = "{ orders { edges { node { id fulfillments { status trackingInfo { number } } } } } }"

    with serving(shop) as api:
        (row,) = rows(finished(api, run(api, query))["url"])

    assert row["fulfillments"] == [{"status": "SUCCESS", "trackingInfo": [{"number": "JD1"}]}]


def test_a_filter_counts(shop: ShopifyShop) -> None:
    shop.add_order(id=1, updated_at=NOW - timedelta(days=9))
    shop.add_order(id=2)
    query = LEAN.replace("orders", "orders(query: \"updated_at:>='2026-11-20T00:00:00Z'\")")

    with serving(shop) as api:
        found = rows(finished(api, run(api, query))["url"])

    assert [row["id"] for row in found] == ["gid://shopify/Order/2"]


@pytest.mark.parametrize(
    ("arguments", "omits", "expected"),
    [
        pytest.param("(query: \"updated_at:>='2026-11-01'\")", True, [1, 2, 3], id="unsorted"),
        pytest.param("(sortKey: UPDATED_AT)", True, [1, 2, 3], id="unfiltered"),
        pytest.param(
            "(sortKey: UPDATED_AT, query: \"updated_at:>='2026-11-01'\")", True, [1, 2], id="both"
        ),
        pytest.param(
            "(sortKey: UPDATED_AT, query: \"updated_at:>='2026-11-01'\")",
            False,
            [1, 2, 3],
            id="the defect switched off",
        ),
    ],
)
def test_a_feed_filtered_and_sorted_by_change_loses_rows(
    shop: ShopifyShop, arguments: str, *, omits: bool, expected: list[int]
) -> None:
    shop.bulk.omits_when_sorted = omits
    for number in (1, 2, 3):
        shop.add_order(id=number)

    with serving(shop) as api:
        found = rows(finished(api, run(api, LEAN.replace("orders", f"orders{arguments}")))["url"])

    assert [int(row["id"].rpartition("/")[2]) for row in found] == expected


@pytest.mark.parametrize(
    ("query", "message"),
    [
        pytest.param(
            "{ orders { nodes { id } } }", "Selecting via 'nodes' is not supported", id="nodes"
        ),
        pytest.param("{ shop { id } }", "must contain at least one connection", id="none"),
        pytest.param(
            '{ node(id: "gid://shopify/Order/1") { id } }',
            "Bulk queries cannot contain a top level `node` field.",
            id="node",
        ),
        pytest.param(
            "{ " + " ".join(f"{x}: {LEAN[2:-2]}" for x in "abcdef") + " }",
            "Bulk queries cannot contain more than 5 connections.",
            id="six connections",
        ),
        pytest.param(
            "{ orders { edges { node { id fulfillments { id"
            " fulfillmentLineItems { edges { node { quantity } } } } } } } }",
            "Queries that contain a connection field within a list field are not currently"
            " supported.",
            id="a connection in a list",
        ),
        pytest.param(
            "{ orders { edges { node { id refunds { refundLineItems { edges { node { id } } }"
            " } } } } }",
            "Queries that contain a connection field within a list field",
            id="refunds",
        ),
        pytest.param(
            "{ orders { edges { node { name lineItems { edges { node { id } } } } } } }",
            "must select the 'id' field without an alias",
            id="no id",
        ),
        pytest.param(
            "{ orders { edges { node { key: id lineItems { edges { node { id } } } } } } }",
            "must select the 'id' field without an alias",
            id="an alias",
        ),
        pytest.param(
            "{ orders { edges { cursor } } }", "must select 'edges' and 'node'", id="node"
        ),
        pytest.param("{ orders { edges { node { colour } } } }", "Field 'colour'", id="field"),
        pytest.param("{ orders", "Syntax Error", id="syntax"),
        pytest.param(
            "query($x: String) { orders(query: $x) { edges { node { id } } } } #" + "x" * 65_536,
            "too long",
            id="size",
        ),
    ],
)
def test_what_a_bulk_query_may_not_contain(shop: ShopifyShop, query: str, message: str) -> None:
    with serving(shop) as api:
        payload = api.data(RUN, query=query)["bulkOperationRunQuery"]

    assert payload["bulkOperation"] is None
    (error,) = [one for one in payload["userErrors"] if message in one["message"]]
    assert (error["field"], error["code"]) == (["query"], "INVALID")


@pytest.mark.parametrize(("version", "limit"), [("2026-10", 5), ("2025-10", 1)])
def test_only_so_many_run_at_once(version: str, limit: int, time: Time) -> None:
    shop = shop_at(time, api_version=version)

    with serving(shop, version) as api:
        running = [run(api) for _ in range(limit)]
        payload = api.data(RUN, query=LEAN)["bulkOperationRunQuery"]
        time.pass_by(minutes=10)
        later = api.data(RUN, query=LEAN)["bulkOperationRunQuery"]

    assert payload["bulkOperation"] is None
    (error,) = payload["userErrors"]
    assert error["code"] == "OPERATION_IN_PROGRESS"
    assert error["message"] == (
        "A bulk query operation for this app and shop is already in progress:"
        f" {', '.join(running)}."
    )
    assert later["userErrors"] == []


@pytest.mark.parametrize("ending", ["FAILED", "EXPIRED"])
def test_an_operation_that_ends_badly_leaves_a_part(shop: ShopifyShop, ending: Any) -> None:
    for _ in range(4):
        shop.add_order()
    shop.bulk.ending = ending
    shop.bulk.error_code = "TIMEOUT"

    with serving(shop) as api:
        found = finished(api, run(api))
        part = rows(found["partialDataUrl"])

    assert (found["status"], found["url"], found["objectCount"]) == (ending, None, "2")
    assert found["errorCode"] == ("TIMEOUT" if ending == "FAILED" else None)
    assert found["completedAt"] is None
    assert len(part) == 2


def test_a_cancelled_operation_ends_at_the_next_look(shop: ShopifyShop) -> None:
    with serving(shop) as api:
        operation = run(api)
        asked = api.data(CANCEL, id=operation)["bulkOperationCancel"]
        found = poll(api, operation)
        again = api.data(CANCEL, id=operation)["bulkOperationCancel"]

    assert asked == {"bulkOperation": {"status": "CANCELING"}, "userErrors": []}
    assert found["status"] == "CANCELED"
    assert again["userErrors"] == [
        {"field": ["id"], "message": "A bulk operation cannot be canceled when it is canceled"}
    ]


def test_an_unknown_operation_is_null(shop: ShopifyShop) -> None:
    unknown = "gid://shopify/BulkOperation/9"

    with serving(shop) as api:
        assert poll(api, unknown) is None
        payload = api.data(CANCEL, id=unknown)["bulkOperationCancel"]

    assert payload["bulkOperation"] is None
    assert payload["userErrors"][0]["message"] == "Bulk operation does not exist"


def test_operations_can_be_listed_and_the_youngest_asked_for(shop: ShopifyShop) -> None:
    with serving(shop) as api:
        first, second = run(api), run(api)
        finished(api, first)
        running = api.data(
            '{ bulkOperations(first: 9, query: "status:created") { nodes { id status } } }'
        )["bulkOperations"]["nodes"]
        current = api.data("{ currentBulkOperation { id status } }")["currentBulkOperation"]

    assert running == [{"id": second, "status": "CREATED"}]
    assert current == {"id": second, "status": "RUNNING"}


@pytest.mark.parametrize(
    "query",
    [
        pytest.param(LEAN, id="orders"),
        pytest.param(
            LINES.replace("title", "variant { id }"),
            id="variants",
        ),
    ],
)
def test_a_missing_scope_fails_the_operation(shop: ShopifyShop, query: str) -> None:
    shop.add_order()
    shop.scopes = ("read_products",) if query == LEAN else ("read_orders",)

    with serving(shop) as api:
        found = finished(api, run(api, query))

    assert (found["status"], found["errorCode"]) == ("FAILED", "ACCESS_DENIED")
    assert (found["url"], found["partialDataUrl"]) == (None, None)


def test_a_file_is_on_another_path_and_refuses_the_shops_token(shop: ShopifyShop) -> None:
    shop.add_order()

    with serving(shop) as api:
        url = finished(api, run(api))["url"]
        refused = httpx.get(url, headers={"X-Shopify-Access-Token": TOKEN})
        given = httpx.get(url)

    assert "/admin/" not in url
    assert refused.status_code == 400
    assert given.status_code == 200
    assert given.headers["Content-Type"] == "application/jsonl"
    assert shop.bulk.downloads == 1


def test_a_file_expires_after_a_week(shop: ShopifyShop, time: Time) -> None:
    shop.add_order()

    with serving(shop) as api:
        url = finished(api, run(api))["url"]
        time.pass_by(days=7, seconds=-1)
        before = httpx.get(url)
        time.pass_by(seconds=1)
        after = httpx.get(url)
        unknown = httpx.get(url.replace(".jsonl", "0.jsonl"))

    assert (before.status_code, after.status_code, unknown.status_code) == (200, 400, 404)


def test_the_file_holds_what_was_there_when_the_operation_ended(shop: ShopifyShop) -> None:
    shop.add_order()

    with serving(shop) as api:
        operation = run(api)
        shop.add_order()
        found = finished(api, operation)
        shop.add_order()

        assert len(rows(found["url"])) == 2


def test_a_lean_file_of_many_orders_is_soon_there(shop: ShopifyShop) -> None:
    count = 20_000
    for number in range(count):
        shop.add_order(updated_at=NOW - timedelta(seconds=number), trackings=[("DHL", "1")])

    with serving(shop) as api:
        found = finished(api, run(api))

    assert found["objectCount"] == str(count)
