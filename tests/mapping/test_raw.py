"""Typed values out of JSON that may hold anything."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from mapping.raw import (
    Unmappable,
    as_list,
    as_object,
    as_objects,
    as_text,
    as_whole,
    decoded,
    is_true,
    meta,
)


@pytest.mark.parametrize(
    ("value", "members"),
    [
        pytest.param([1, None, {}], (1, None, {}), id="list"),
        pytest.param({"0": "a", "2": "b"}, ("a", "b"), id="a list with holes, as PHP writes it"),
        pytest.param([], (), id="empty"),
        pytest.param("ab", (), id="text"),
        pytest.param(7, (), id="number"),
        pytest.param(None, (), id="null"),
    ],
)
def test_a_list_has_its_members_and_nothing_else_has_any(value: Any, members: Any) -> None:
    assert as_list(value) == members


def test_an_object_is_one_and_nothing_else_is() -> None:
    assert as_object({"a": 1}) == {"a": 1}
    nothing: tuple[Any, ...] = ([], "x", None, 7)
    assert [as_object(value) for value in nothing] == [{}, {}, {}, {}]
    assert as_objects([{"a": 1}, [], "x", None, {}]) == ({"a": 1}, {})


@pytest.mark.parametrize(
    ("value", "text"),
    [
        pytest.param(" a &amp; b ", "a & b", id="text is cleaned"),
        pytest.param(501, "501", id="whole number"),
        pytest.param(-1, "-1", id="negative"),
        pytest.param(0, "0", id="zero"),
        pytest.param(999_999_999_999_999_999, "999999999999999999", id="eighteen digits"),
        pytest.param(10**18, "", id="nineteen digits"),
        pytest.param(True, "", id="boolean"),
        pytest.param(1.0, "", id="float"),
        pytest.param(["a"], "", id="list"),
        pytest.param(None, "", id="null"),
    ],
)
def test_text_is_written_by_strings_and_whole_numbers(value: Any, text: str) -> None:
    assert as_text(value) == text


@pytest.mark.parametrize(
    ("value", "whole"),
    [
        pytest.param(2, 2, id="integer"),
        pytest.param("2", 2, id="text"),
        pytest.param(" 2\n", 2, id="text with blanks"),
        pytest.param("-2", -2, id="negative"),
        pytest.param(2.0, 2, id="float"),
        pytest.param("2.00", 2, id="decimals that are none"),
        pytest.param(Decimal("2.0"), 2, id="decimal"),
        pytest.param(2.5, None, id="half"),
        pytest.param("2.5", None, id="half in text"),
        pytest.param(float("nan"), None, id="nan"),
        pytest.param(Decimal("1E+30"), None, id="exponent"),
        pytest.param("9" * 19, None, id="nineteen digits"),
        pytest.param("two", None, id="word"),
        pytest.param("", None, id="empty"),
        pytest.param(True, None, id="boolean"),
        pytest.param(None, None, id="null"),
    ],
)
def test_a_whole_number_may_be_written_in_any_way(value: Any, whole: int | None) -> None:
    assert as_whole(value) == whole


@pytest.mark.parametrize("yes", [True, 1, "1", "yes", "YES", "true", "True"])
def test_php_says_yes_in_many_ways(yes: Any) -> None:
    assert is_true(yes) is True


@pytest.mark.parametrize("no", [False, 0, 2, "", "0", "no", "false", "on", None, [True]])
def test_anything_else_is_no(no: Any) -> None:
    assert is_true(no) is False


@pytest.mark.parametrize(
    ("value", "held"),
    [
        pytest.param('{"a": [1]}', {"a": [1]}, id="JSON in a string"),
        pytest.param("AB1", None, id="no JSON"),
        pytest.param("[" * 100_000, None, id="a bottomless string"),
        pytest.param([1], [1], id="a list is itself"),
        pytest.param(None, None, id="null"),
    ],
)
def test_a_string_is_what_it_holds(value: Any, held: Any) -> None:
    assert decoded(value) == held


def test_meta_data_may_hold_a_key_twice() -> None:
    source = {"meta_data": [{"key": "a", "value": 1}, {"key": "b"}, "x", {"key": "a", "value": 2}]}

    assert list(meta(source, "a")) == [1, 2]
    assert list(meta(source, "b")) == [None]
    assert list(meta({}, "a")) == []


def test_what_cannot_be_mapped_names_its_field_and_says_why() -> None:
    bad = Unmappable("total", "is missing.")

    assert (bad.field, bad.problem) == ("total", "is missing.")
    assert bad.args == ("total", "is missing.")
