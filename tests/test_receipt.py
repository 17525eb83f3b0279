"""What a success says became of each order: none is lost, none doubled needlessly (R1, R3)."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orderferry.receipt import read_receipt
from tests.test_refusal import manifest

NOBODY: set[int] = set()


def read(document: Any, count: int = 3) -> tuple[set[int], set[int], bool]:
    """Returns who was refused, of whom nothing is known, and whether nobody was taken."""
    receipt = read_receipt(json.dumps(document).encode(), manifest(count))
    assert receipt is not None
    return set(receipt.refused), set(receipt.unknown), receipt.nothing_taken


@pytest.mark.parametrize(
    "document",
    [
        pytest.param(None, id="null"),
        pytest.param([], id="empty"),
        pytest.param({"status": "created", "count": 3}, id="created"),
        pytest.param({"errors": [], "failed": 0, "success": True}, id="no errors"),
        pytest.param(
            {"results": [{"index": 0, "status": 201}, {"index": 1}, {"index": 2}]}, id="all created"
        ),
        pytest.param([{"status": 201}, {"status": 200}, {"status": "ok"}], id="all, by place"),
        pytest.param({"orders": [{"id": "1000"}, {"id": "1001"}, {"id": "1002"}]}, id="echo"),
        pytest.param({"orders": [{"id": "ord_1"}]}, id="echo of ids of its own"),
        pytest.param({"accepted": ["1000", "1001", "1002"], "rejected": []}, id="two lists"),
        pytest.param({"accepted": 3, "rejected": 0}, id="counts"),
        pytest.param({"created": 1, "updated": 2}, id="counts that add up"),
        pytest.param({"warnings": [{"orderId": "1001", "message": "no phone"}]}, id="a warning"),
        pytest.param({"id": "1001", "status": "queued"}, id="an id of the answer's own"),
    ],
)
def test_a_success_that_tells_of_no_failure_is_one(document: Any) -> None:
    assert read_receipt(json.dumps(document).encode(), manifest(3)) is None


@pytest.mark.parametrize(
    ("document", "refused"),
    [
        pytest.param({"errors": [{"index": 1, "message": "x"}, {"index": 2}]}, {1, 2}, id="index"),
        pytest.param({"failed": [{"path": "orders[1].id", "message": "x"}]}, {1}, id="path"),
        pytest.param({"failed": [{"id": "1001", "message": "x"}]}, {1}, id="id"),
        pytest.param({"failed": [{"orderId": 1001, "message": "x"}]}, {1}, id="id as a number"),
        pytest.param({"errors": [{"orderNumber": "2001", "message": "x"}]}, {1}, id="number"),
        pytest.param({"errors": [{"order": {"id": "1001"}, "error": "x"}]}, {1}, id="nested id"),
        pytest.param({"data": {"failures": [{"data": {"id": "1001"}}]}}, {1}, id="nested deeper"),
        pytest.param({"failed": ["1001", "1002"]}, {1, 2}, id="ids alone"),
        pytest.param({"failedOrderIds": ["1001"], "failedCount": 1}, {1}, id="ids and a count"),
        pytest.param({"failed": {"1001": "postCode is empty"}}, {1}, id="ids as keys"),
        pytest.param({"errors": {"orders[1].id": ["x"]}}, {1}, id="paths as keys"),
        pytest.param({"errors": ["Order 1001: no city"]}, {1}, id="id in words"),
        pytest.param(
            {"errors": [{"error": {"orderId": "1001"}}, {"error": {"orderId": "1001"}}]},
            {1},
            id="two errors of one order",
        ),
        pytest.param(
            {
                "results": [
                    {"id": "1000", "status": 201},
                    {"id": "1001", "status": 422},
                    {"id": "1002"},
                ]
            },
            {1},
            id="results by id",
        ),
        pytest.param(
            {
                "results": [
                    {"id": "1002", "status": 422},
                    {"id": "1000", "status": 201},
                    {"id": "1001"},
                ]
            },
            {2},
            id="results in another order",
        ),
        pytest.param(
            [{"status": 201}, {"status": 422, "message": "x"}, {"status": 201}], {1}, id="by place"
        ),
        pytest.param(
            {
                "results": [
                    {"index": 0, "success": True},
                    {"index": 1, "success": True},
                    {"index": 2, "success": False},
                ]
            },
            {2},
            id="a mark of success",
        ),
        pytest.param(
            {
                "results": {
                    "1000": {"status": 201},
                    "1001": {"status": 400},
                    "1002": {"status": 201},
                }
            },
            {1},
            id="results by key",
        ),
        pytest.param(
            {"created": ["1000", "1002"], "failed": [{"id": "1001", "message": "x"}]},
            {1},
            id="both lists",
        ),
        pytest.param(
            {
                "success": False,
                "results": [
                    {"id": "1000", "status": 201},
                    {"id": "1001", "status": 400},
                    {"id": "1002", "status": 201},
                ],
            },
            {1},
            id="not a success as a whole, with a result for each",
        ),
        pytest.param(
            {"success": False, "accepted": 2, "rejected": 1, "errors": [{"id": "1001"}]},
            {1},
            id="not a success as a whole, with numbers that add up",
        ),
        pytest.param(
            {"message": "Validation failed", "failed": 1, "errors": [{"id": "1001"}]},
            {1},
            id="one number",
        ),
    ],
)
def test_a_failure_that_is_named_leaves_no_doubt_about_the_others(
    document: Any, refused: set[int]
) -> None:
    assert read(document) == (refused, NOBODY, False)


@pytest.mark.parametrize(
    ("document", "refused", "unknown"),
    [
        pytest.param({"success": False}, NOBODY, {0, 1, 2}, id="no success"),
        pytest.param({"failed": 2}, NOBODY, {0, 1, 2}, id="a number"),
        pytest.param({"accepted": 2}, NOBODY, {0, 1, 2}, id="a number that is too small"),
        pytest.param({"accepted": 2, "rejected": 1}, NOBODY, {0, 1, 2}, id="two numbers"),
        pytest.param({"errors": 2}, NOBODY, {0, 1, 2}, id="a number of errors"),
        pytest.param({"errors": ["boom"]}, NOBODY, {0, 1, 2}, id="text"),
        pytest.param({"errors": [{"message": "boom"}]}, NOBODY, {0, 1, 2}, id="no name"),
        pytest.param({"errors": [{"index": 9}]}, NOBODY, {0, 1, 2}, id="beyond the batch"),
        pytest.param({"errors": [{"id": "999"}]}, NOBODY, {0, 1, 2}, id="an id of another's"),
        pytest.param(
            {"results": [{"index": 1, "error": "x"}, {"id": "?", "error": "x"}]},
            {1},
            {0, 2},
            id="one named, one not",
        ),
        pytest.param(
            {"failed": 2, "errors": [{"id": "1001"}]}, {1}, {0, 2}, id="fewer names than failures"
        ),
        pytest.param(
            {"success": False, "errors": [{"id": "1001", "message": "x"}]},
            {1},
            {0, 2},
            id="named, but the whole request is no success",
        ),
        pytest.param(
            {"status": "error", "orders": [{"id": "1001", "message": "x"}]},
            NOBODY,
            {0, 1, 2},
            id="an order named without a word of how it went",
        ),
        pytest.param({"created": ["1000", "1002"]}, NOBODY, {1}, id="one left out of a list"),
        pytest.param(
            {"results": [{"id": "1000", "status": 201}, {"id": "1002", "status": 201}]},
            NOBODY,
            {1},
            id="one left out of the results",
        ),
        pytest.param(
            {"created": ["1000"], "failed": ["1001"]}, {1}, {2}, id="one left out of both lists"
        ),
        pytest.param(
            [{"status": 201}, {"status": 400}], NOBODY, {0, 1, 2}, id="fewer results than orders"
        ),
    ],
)
def test_what_the_answer_leaves_open_is_not_known(
    document: Any, refused: set[int], unknown: set[int]
) -> None:
    assert read(document) == (refused, unknown, False)


@pytest.mark.parametrize(
    ("document", "refused"),
    [
        pytest.param({"accepted": 0, "rejected": 3}, NOBODY, id="numbers"),
        pytest.param({"created": 0, "errors": [{"id": "1001"}]}, {1}, id="a number and a name"),
        pytest.param({"failed": 3}, NOBODY, id="all of them"),
    ],
)
def test_an_answer_can_say_that_nobody_was_taken(document: Any, refused: set[int]) -> None:
    assert read(document) == (refused, NOBODY, True)


@pytest.mark.parametrize(
    ("body", "clear"),
    [
        (b"", True),
        (b"created", True),
        (b"3 created, 0 errors", True),
        (b'"ok"', True),
        (b"2 orders failed", False),
        (b'"Rejected"', False),
        (b'{"failed":[{"id":"10', False),
        (b'[{"id": 1', True),
    ],
)
def test_a_body_that_is_no_json_is_looked_through_for_words_of_failure(
    body: bytes, *, clear: bool
) -> None:
    receipt = read_receipt(body, manifest(2))

    assert (receipt is None) == clear
    if receipt is not None:
        assert (receipt.unknown, receipt.problem) == ((0, 1), "")


def test_the_reasons_are_at_last_s_own_words_about_each_order() -> None:
    body = {"failed": [{"id": "1001", "message": "no city"}, {"id": "1002"}]}

    receipt = read_receipt(json.dumps(body).encode(), manifest(3))

    assert receipt is not None
    assert receipt.refused == {1: "no city", 2: ""}
    assert receipt.problem == "no city"


@pytest.mark.parametrize("depth", [300, 900, 980, 5_000, 100_000])
def test_deep_nesting_is_no_error(depth: int) -> None:
    for body in (b"[" * depth + b"]" * depth, b'{"a":' * depth + b"1" + b"}" * depth):
        assert read_receipt(body, manifest(3)) is None


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.sampled_from(["1000", "failed"]),
    lambda inner: (
        st.lists(inner)
        | st.dictionaries(
            st.sampled_from(["id", "errors", "status", "failed", "accepted", "orders", "index"]),
            inner,
        )
    ),
    max_leaves=20,
)


@given(_VALUES, st.integers(1, 3))
def test_whatever_a_body_says_every_order_is_in_one_place(value: Any, count: int) -> None:
    receipt = read_receipt(json.dumps(value).encode(), manifest(count))

    if receipt is not None:
        assert set(receipt.refused).isdisjoint(receipt.unknown)
        assert {*receipt.refused, *receipt.unknown} <= set(range(count))
        assert receipt.refused or receipt.unknown or receipt.nothing_taken


@pytest.mark.parametrize(
    ("document", "unknown"),
    [
        pytest.param({"errors": [{"id": "1001"}]}, (0, 2), id="errors"),
        pytest.param({"failed": 1, "errors": [{"id": "1001"}]}, (0, 2), id="one failed"),
        pytest.param({"accepted": 2, "errors": [{"id": "1001"}]}, (), id="the others were taken"),
        pytest.param({"created": ["1000", "1002"], "failed": ["1001"]}, (), id="both lists"),
    ],
)
def test_failures_with_200_may_be_those_of_a_request_refused_as_a_whole(
    document: Any, unknown: tuple[int, ...]
) -> None:
    receipt = read_receipt(json.dumps(document).encode(), manifest(3), created=False)

    assert receipt is not None
    assert set(receipt.refused) == {1}
    assert receipt.unknown == unknown
