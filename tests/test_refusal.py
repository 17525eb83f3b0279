"""Whom a refusal blames (R4)."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orderferry.manifest import Manifest
from orderferry.refusal import read_blame


def manifest(count: int) -> Manifest:
    """Orders with the ids 1000, 1001, ... and the numbers #2000, #2001, ..."""
    orders = [{"id": f"{1000 + at}", "orderNumber": f"#{2000 + at}"} for at in range(count)]
    return Manifest([json.dumps(order).encode() for order in orders])


def blame(document: Any, count: int = 10) -> dict[int, str]:
    return dict(read_blame(json.dumps(document).encode(), manifest(count)).reasons)


@pytest.mark.parametrize(
    ("document", "reasons"),
    [
        pytest.param(
            {"message": "orders[3].createdAt is too old"},
            {3: "createdAt is too old"},
            id="path in the message",
        ),
        pytest.param(
            {"statusCode": 400, "message": ["orders.3.id must be a string", "orders.7.items bad"]},
            {3: "id must be a string", 7: "items bad"},
            id="dotted paths in a list of messages",
        ),
        pytest.param(
            {"errors": [{"instancePath": "/orders/3/items/0/quantity", "message": "must be >= 1"}]},
            {3: "items/0/quantity: must be >= 1"},
            id="JSON pointer",
        ),
        pytest.param(
            {"errors": [{"source": {"pointer": "/orders/3/id"}, "detail": "is empty"}]},
            {3: "id: is empty"},
            id="JSON:API",
        ),
        pytest.param(
            {"errors": [{"path": ["orders", 3, "createdAt"], "message": "too old"}]},
            {3: "createdAt: too old"},
            id="path as a list",
        ),
        pytest.param(
            {"detail": [{"loc": ["body", "orders", 3, "id"], "msg": "field required"}]},
            {3: "id: field required"},
            id="path as a list with a root",
        ),
        pytest.param(
            {"errors": [{"index": 3, "field": "id", "message": "is empty"}, {"index": 0}]},
            {3: "id: is empty", 0: ""},
            id="index",
        ),
        pytest.param(
            {"errors": {"orders[3].createdAt": ["is too old"], "orders[4].id": ["is empty"]}},
            {3: "createdAt: is too old", 4: "id: is empty"},
            id="paths as keys",
        ),
        pytest.param(
            {"errors": {"orders": {"3": {"id": ["is empty"]}}}},
            {3: ""},
            id="nested keys",
        ),
        pytest.param(
            {"errors": [{"index": 0, "path": "orders[3].items[0].id", "message": "is empty"}]},
            {3: "items[0].id: is empty"},
            id="a path counts more than an index",
        ),
        pytest.param(
            {"message": "orders[3] bad", "errors": [{"path": "orders[5].id", "message": "bad"}]},
            {3: "bad", 5: "id: bad"},
            id="message and list",
        ),
        pytest.param(
            {"failed": [{"id": "1003", "message": "postCode is empty"}]},
            {3: "postCode is empty"},
            id="id",
        ),
        pytest.param({"errors": [{"orderId": 1003, "code": "BAD"}]}, {3: "BAD"}, id="orderId"),
        pytest.param({"order_id": "1003", "message": "bad"}, {3: "bad"}, id="at the top"),
        pytest.param(
            {"errors": [{"orderNumber": "2003", "message": "bad"}, {"order_number": "#2004"}]},
            {3: "bad", 4: ""},
            id="order number, with and without its sign",
        ),
        pytest.param(
            {"errors": [{"order": {"id": "1003", "items": [{"id": "1004"}]}, "error": "bad"}]},
            {3: "bad"},
            id="an order repeated in an error, with lines of its own",
        ),
        pytest.param(
            {"errors": [{"error": {"orderId": "1003", "message": "bad"}}]},
            {3: "bad"},
            id="an error inside an error",
        ),
        pytest.param({"errors": {"1003": ["bad"]}}, {3: "1003: bad"}, id="ids as keys"),
        pytest.param({"failed": ["1003", 1005]}, {3: "", 5: ""}, id="ids alone"),
        pytest.param(
            {"message": 'Order 1003 has no city, order id "1004" neither'},
            {
                3: "Order 1003 has no city, order id … neither",
                4: "Order 1003 has no city, order id … neither",
            },
            id="in words",
        ),
        pytest.param(
            {
                "results": [
                    {"id": "1003", "status": 400, "message": "bad"},
                    {"id": "1004", "status": 424},
                    {"id": "1005", "status": "skipped"},
                    {"id": "1006"},
                ]
            },
            {3: "bad"},
            id="results of which one failed",
        ),
        pytest.param(
            {"errors": [{"index": 4, "id": "1003", "message": "bad"}]},
            {3: "bad"},
            id="an id counts more than an index, which may count from one",
        ),
        pytest.param(
            {"errors": [{"path": "orders[3].items[0].id", "id": "1004", "message": "bad"}]},
            {3: "items[0].id: bad"},
            id="a path counts more than an id, which may be the error's own",
        ),
        pytest.param(
            {"errors": [{"items": [{"id": "1003"}], "customer": {"id": "1004"}}]},
            {},
            id="ids of an order's parts",
        ),
        pytest.param({"errors": [{"id": "777", "message": "bad"}]}, {}, id="the error's own id"),
        pytest.param({"message": "Bad Request"}, {}, id="nothing named"),
        pytest.param({"message": "orders must have 1 to 100 elements"}, {}, id="only the list"),
        pytest.param({"errors": [{"path": "orders[10].id"}]}, {}, id="beyond the batch"),
        pytest.param({"errors": [{"index": 1}, {"index": -1}]}, {}, id="before the batch"),
        pytest.param({"errors": [{"index": True}, {"index": "3"}]}, {}, id="no number"),
        pytest.param({"path": "/v1/orders/bulk"}, {}, id="the endpoint's own path"),
        pytest.param([], {}, id="empty list"),
        pytest.param("orders", {}, id="text"),
        pytest.param(None, {}, id="null"),
    ],
)
def test_orders_are_named_in_many_ways(document: Any, reasons: dict[int, str]) -> None:
    assert blame(document) == reasons


@pytest.mark.parametrize("body", [b"", b"<html>orders[3]</html>", b"orders[3] is bad", b"\xff{"])
def test_a_body_that_is_no_json_names_nobody_and_is_not_quoted(body: bytes) -> None:
    found = read_blame(body, manifest(10))

    assert found.reasons == {}
    assert found.problem == ""


def test_one_id_of_two_merchants_means_nobody_unless_the_merchant_is_told() -> None:
    orders = [{"id": "1", "merchantId": "m-acme"}, {"id": "1", "merchantId": "m-bolt"}]
    both = Manifest([json.dumps(order).encode() for order in orders])

    def named(**error: str) -> set[int]:
        return set(read_blame(json.dumps({"errors": [error]}).encode(), both).reasons)

    assert named(id="1") == set()
    assert named(id="1", merchantId="m-bolt") == {1}
    assert named(id="1", merchantId="m-other") == set()


def test_an_order_number_that_is_another_order_s_id_is_told_apart_by_its_key() -> None:
    orders = [{"id": "7", "orderNumber": "8"}, {"id": "8", "orderNumber": "9"}]
    crossed = Manifest([json.dumps(order).encode() for order in orders])

    def named(**error: str) -> set[int]:
        return set(read_blame(json.dumps({"errors": [error]}).encode(), crossed).reasons)

    assert named(id="8") == {1}
    assert named(orderNumber="8") == {0}
    assert named(id="9") == {1}  # nobody's id


@pytest.mark.parametrize("depth", [300, 900, 980, 5_000, 100_000])
def test_deep_nesting_is_no_error(depth: int) -> None:
    for body in (b"[" * depth + b"]" * depth, b'{"a":' * depth + b"1" + b"}" * depth):
        assert read_blame(body, manifest(3)).reasons == {}


@given(st.recursive(st.none() | st.integers() | st.text(), st.lists, max_leaves=20) | st.text())
def test_nothing_in_a_body_is_an_error(value: Any) -> None:
    body = json.dumps({"orders": value, "errors": [value], "index": value}).encode()

    assert all(0 <= index < 3 for index in read_blame(body, manifest(3)).reasons)
