"""Whom a refusal blames, and what of its words may be kept (R4, R6)."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orderferry.refusal import (
    WORDS_LIMIT,
    personal_words,
    plain,
    read_blame,
    read_failures,
    reports_failure,
)

ORDER = json.dumps(
    {
        "id": "1001",
        "userEmail": "jane.doe@example.com",
        "orderNumber": "1001",
        "customer": {
            "firstName": "Jane",
            "lastName": "Doe",
            "address": {"line1": "1 High Street", "city": "Ipswich", "postCode": "IP1 1AA"},
        },
    }
).encode()


def blame(document: Any, count: int = 10) -> dict[int, str]:
    return dict(read_blame(json.dumps(document).encode(), frozenset(), count).reasons)


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
    found = read_blame(body, frozenset(), 10)

    assert found.reasons == {}
    assert found.problem == ""


@pytest.mark.parametrize(
    "document",
    [
        pytest.param(None, id="null"),
        pytest.param([], id="empty"),
        pytest.param({"status": "created", "count": 3}, id="created"),
        pytest.param({"errors": [], "failed": 0, "success": True}, id="no errors"),
        pytest.param({"results": [{"index": 0, "status": 201}, {"index": 1}]}, id="all created"),
        pytest.param({"orders": [{"id": "1", "state": "accepted"}]}, id="echo"),
    ],
)
def test_a_success_that_tells_of_no_failure_is_one(document: Any) -> None:
    body = json.dumps(document).encode()

    assert read_failures(body, frozenset(), 3) is None
    assert not reports_failure(body)


@pytest.mark.parametrize(
    ("document", "positions"),
    [
        pytest.param({"errors": [{"index": 1, "message": "x"}, {"index": 2}]}, {1, 2}, id="errors"),
        pytest.param({"failed": [{"path": "orders[1].id", "message": "x"}]}, {1}, id="failed"),
        pytest.param(
            {"results": [{"index": 0, "status": 201}, {"index": 1, "status": 422}]},
            {1},
            id="status",
        ),
        pytest.param(
            {"results": [{"index": 0, "status": "ok"}, {"index": 2, "status": "failed"}]},
            {2},
            id="state",
        ),
        pytest.param({"results": [{"index": 2, "error": "too old"}]}, {2}, id="error"),
        pytest.param({"success": False}, set(), id="failure without names"),
        pytest.param({"failed": 2}, set(), id="a number"),
        pytest.param({"errors": ["boom"]}, set(), id="text"),
        pytest.param({"errors": [{"index": 9}]}, set(), id="beyond the batch"),
        pytest.param(
            {"results": [{"index": 1, "error": "x"}, {"id": "?", "error": "x"}]},
            set(),
            id="one named, one not",
        ),
    ],
)
def test_a_success_that_tells_of_failures_is_not_taken_for_one(
    document: Any, positions: set[int]
) -> None:
    body = json.dumps(document).encode()

    found = read_failures(body, frozenset(), 3)

    assert reports_failure(body)

    assert found is not None
    assert set(found.reasons) == positions


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        pytest.param("createdAt must be at most 60 days old", None, id="plain words"),
        pytest.param("ORDER_TOO_OLD (E4012): createdAt", None, id="codes"),
        pytest.param("orders[3].items[0].price.value < 0", "items[0].price.value < 0", id="path"),
        pytest.param('"lastName" is required', "lastName is required", id="quoted field"),
        pytest.param("'items[0].hsCode' is empty", "items[0].hsCode is empty", id="quoted path"),
        pytest.param("outboundFulfilment.trackingNumber is empty", None, id="long field names"),
        pytest.param('got "Jane Doe"', "got …", id="quoted value"),
        pytest.param("got 'IP1 1AA' there", "got … there", id="single quotes"),
        pytest.param('got "Jane D', "got …", id="quoted value, cut off"),
        pytest.param("the order's id isn't unique", None, id="apostrophes"),
        pytest.param("no user jane@example.com.", "no user …", id="e-mail"),
        pytest.param("no user <jane@example.com", "no user …", id="e-mail, cut off"),
        pytest.param("call +44 20 7946 0000 now", "call … now", id="telephone"),
        pytest.param("see https://x.example/?key=1 there", "see … there", id="link"),
        pytest.param(
            "token eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl is bad",
            "token … is bad",
            id="JWT",
        ),
        pytest.param("  two\n lines ", "two lines", id="white space"),
        pytest.param("for Jane Doe, Ipswich", "for …", id="the customer's own words"),
        pytest.param("for DOE and Janet", "for … and Janet", id="whole words in any case"),
        pytest.param("postCode 1AA is odd", "postCode … is odd", id="part of a post code"),
    ],
)
def test_words_are_kept_and_values_are_not(text: str, kept: str | None) -> None:
    assert plain(text, personal_words(ORDER)) == (text if kept is None else kept)


def test_long_words_are_cut() -> None:
    kept = plain("very bad " * 100)

    assert len(kept) == WORDS_LIMIT
    assert kept.endswith("…")


@pytest.mark.parametrize("text", ["x" * 200_000, "1-" * 100_000, '"' * 200_000, "…" * 200_000])
def test_words_of_any_length_are_read_in_no_time(text: str) -> None:
    assert len(plain(text)) <= WORDS_LIMIT


@pytest.mark.parametrize("depth", [300, 900, 980, 5_000, 100_000])
def test_deep_nesting_is_no_error(depth: int) -> None:
    for body in (b"[" * depth + b"]" * depth, b'{"a":' * depth + b"1" + b"}" * depth):
        assert read_blame(body, frozenset(), 3).reasons == {}
        assert read_failures(body, frozenset(), 3) is None
        assert not reports_failure(body)
        assert personal_words(body) == frozenset()


@given(st.text(max_size=300), st.sampled_from(["jane.doe@example.com", "Ipswich", "Doe", "Jane"]))
def test_the_customer_never_shows(text: str, value: str) -> None:
    kept = plain(f"{text} {value} {text}", personal_words(ORDER))

    assert value not in kept.replace("…", " ").split()
    assert len(kept) <= WORDS_LIMIT


@given(st.recursive(st.none() | st.integers() | st.text(), st.lists, max_leaves=20) | st.text())
def test_nothing_in_a_body_is_an_error(value: Any) -> None:
    body = json.dumps({"orders": value, "errors": [value], "index": value}).encode()

    assert all(0 <= index < 3 for index in read_blame(body, frozenset(), 3).reasons)
    read_failures(body, personal_words(body), 3)
