"""The parts of a trace, each alone: other values, what was read, paths and their names."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from mapping.rule import rule, running
from mapping.trial import leaves, source, written
from mapping.variants import holds_json, is_sentence, variants
from mapping.watched import Reads, watched


@pytest.mark.parametrize(
    ("value", "some"),
    [
        pytest.param(True, (False, False), id="a truth value has one other"),
        pytest.param(2, (3, 4), id="more pieces"),
        pytest.param(2, (1, 0), id="fewer pieces"),
        pytest.param(501, (1_000_504, 1_000_508), id="an id that no other value has"),
        pytest.param("10.00", ("11.00", "12.00"), id="a higher amount"),
        pytest.param("0.50", ("0.25", "0.12"), id="a part of an amount"),
        pytest.param(Decimal("1.5"), (Decimal("2.5"), Decimal("3.5")), id="a decimal"),
        pytest.param(1.5, (2.5, 3.5), id="a number with a point"),
        pytest.param("1781740800", ("1781827200", "1781913600"), id="seconds, days later"),
        pytest.param(1781740800000, (1781654400000, 1781568000000), id="milliseconds, earlier"),
        pytest.param(
            "2026-06-30T09:00:00Z",
            ("2026-07-01T09:00:00Z", "2026-07-02T09:00:00Z"),
            id="later days",
        ),
        pytest.param("2026-06-17", ("2026-06-16", "2026-06-15"), id="earlier days"),
        pytest.param("a@b.example", ("xa@b.example", "ya@b.example"), id="an e-mail address"),
        pytest.param("EUR", ("USD", "GBP"), id="a currency"),
        pytest.param("JPY", ("EUR", "GBP"), id="a currency that is not in the list"),
        pytest.param("GRAMS", ("KILOGRAMS", "OUNCES"), id="a unit"),
        pytest.param("gross", ("net", "net"), id="a choice of two"),
        pytest.param("HS 6912.00", ("HS 6912.01", "HS 6912.02"), id="the last digit"),
        pytest.param("code 9a", ("code 0a", "code 1a"), id="the last digit, round"),
        pytest.param("Leeds", ("Leedsx", "Leedsy"), id="a text"),
        pytest.param(
            "sent by UPS today", ("sent by UPSx today", "sent by UPSy today"), id="a word"
        ),
    ],
)
def test_a_value_has_others_of_its_kind(value: object, some: tuple[object, object]) -> None:
    assert some in list(variants(value))


@pytest.mark.parametrize(
    "value",
    [None, "", float("nan"), float("inf"), Decimal("1E+400"), [], {}],
    ids=repr,
)
def test_what_has_no_kind_has_no_others(value: object) -> None:
    assert list(variants(value)) == []


@pytest.mark.parametrize(
    ("value", "held"),
    [
        ('[{"a": 1}]', [{"a": 1}]),
        (' {"a": 1}', {"a": 1}),
        ('"text"', None),
        ("[1", None),
        ("[" * 100_000, None),
        (["[]"], None),
    ],
    ids=["list", "object", "text", "broken", "too deep", "a list itself"],
)
def test_a_text_holds_json_if_it_is_a_list_or_an_object(value: object, held: object) -> None:
    assert holds_json(value) == held


def test_a_sentence_has_four_words() -> None:
    assert [is_sentence(text) for text in ("a b c", "a b c d", 7)] == [False, True, False]


def test_leaves_are_found_in_texts_that_hold_json_too() -> None:
    found = list(leaves({"a": [1, {"b": None}], "c": '[{"d": "x"}]', "e": "[]"}))

    assert found == [
        (("a", 0), 1),
        (("a", 1, "b"), None),
        (("c", 0, "d"), "x"),
        (("e",), "[]"),
    ]


@pytest.mark.parametrize(
    ("path", "told"),
    [
        (("policy", "order_id"), "[order_id]"),
        (("policy", "carriers", "rm"), "[carriers].rm"),
        (("shop", "weight_unit"), "shop.weight_unit"),
        (("order", "lines", "nodes", 0, "id"), "lines[0].id"),
        (("order", "lines", "nodes"), "lines.nodes"),
        (("order", "meta_data", 0, "value", 0, "n"), "meta_data[track].value[0].n"),
        (("order", "meta_data", 1, "value"), "meta_data[1].value"),
        (("order", "absent"), "absent"),
        (("related", "products", "50", "weight"), "products.50.weight"),
    ],
    ids=str,
)
def test_a_path_is_told_as_the_shops_documents_name_it(path: Any, told: str) -> None:
    root = {
        "order": {
            "lines": {"nodes": [{"id": 1}]},
            "meta_data": [
                {"key": "track", "value": '[{"n": "AB1"}]'},
                {"key": "twice", "value": 1},
                {"key": "twice", "value": 2},
            ],
        },
        "related": {"products": {"50": {"weight": "1"}}},
    }

    assert source(path, root) == told
    assert written(("items", 0, "price", "value")) == "items[0].price.value"


@rule("outer")
def outer(order: Any) -> Any:
    return order.get("a"), inner(order, "shop")


@rule("inner of {place}")
def inner(order: Any, place: str) -> Any:
    return place and [entry["c"] for entry in order.get("b")]


ORDER = {"a": 1, "b": [{"c": 2}, {"c": 3}], "unread": 4}


def test_a_read_value_is_noted_with_the_innermost_rule() -> None:
    reads = Reads()

    assert outer(watched(ORDER, ("order",), reads)) == (1, [2, 3])
    assert reads.rules == {
        ("order", "a"): ["outer"],
        ("order", "b", 0, "c"): ["inner of shop"],
        ("order", "b", 1, "c"): ["inner of shop"],
    }
    assert reads.opened[("order", "b")] == "inner of shop"
    assert running() == ""


def test_a_view_is_equal_to_what_it_shows_and_notes_every_way_to_read() -> None:
    reads = Reads()
    view = watched({"a": (1, 2), "b": {"c": 3}}, (), reads)

    assert view == {"a": [1, 2], "b": {"c": 3}}
    assert list(view["a"]) == [1, 2]
    assert dict(view["b"].items()) == {"c": 3}
    assert list(view["b"].values()) == [3]
    assert view.get("absent", "other") == "other"
    assert set(reads.rules) == {("a", 0), ("a", 1), ("b", "c"), ("absent",)}


def test_another_value_is_handed_out_to_one_rule_alone() -> None:
    swapped = Reads(swap=(("order", "b", 0, "c"), "inner of shop", 9))
    other = Reads(swap=(("order", "b", 0, "c"), "outer", 9))

    assert outer(watched(ORDER, ("order",), swapped))[1] == [9, 3]
    assert outer(watched(ORDER, ("order",), other))[1] == [2, 3]
