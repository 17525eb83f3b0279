"""The parts of a trace, each alone: other values, what was read, paths and their names."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from mapping.rule import rule, rules, running
from mapping.trial import Trial, is_setting, leaves, source, written
from mapping.variants import holds_json, is_sentence, variants
from mapping.watched import Reads, watched
from mapping.woocommerce import build_mapper
from tests.mapping import shop as bolt


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
        pytest.param("0.0000004", ("0.0000002", "0.0000001"), id="a part of a small amount"),
        pytest.param("1.0000001", ("0.0000001", "-0.9999999"), id="a small amount"),
        pytest.param(10**18, (10**18 + 1, 10**18 + 2), id="the longest number"),
        pytest.param(
            "sent by UPS today", ("sent by UPSx today", "sent by UPSy today"), id="a word"
        ),
        pytest.param(
            "sent  by UPS today", ("sentx  by UPS today", "senty  by UPS today"), id="first word"
        ),
    ],
)
def test_a_value_has_others_of_its_kind(value: object, some: tuple[object, object]) -> None:
    assert some in list(variants(value))


@pytest.mark.parametrize(
    "value",
    [None, "", float("nan"), float("inf"), Decimal("1E+400"), 10**19, [], {}],
    ids=repr,
)
def test_what_has_no_kind_has_no_others(value: object) -> None:
    assert list(variants(value)) == []


@pytest.mark.parametrize(
    ("value", "others"),
    [
        ("Leeds", [("Leedsx", "Leedsy")]),
        ("LEED", [("LEEDx", "LEEDy")]),
        ("STONE", [("GRAMS", "OUNCES"), ("STONEx", "STONEy")]),
        ("A-1", [("A-1x", "A-1y"), ("A-2", "A-3")]),
        ("abc", [("abcx", "abcy")]),
        ("a@b", [("xa@b", "ya@b"), ("a@bx", "a@by")]),
        ("last", [("first", "first"), ("lastx", "lasty")]),
        (
            "2026-06-17",
            [
                *[("2026-06-18", "2026-06-19"), ("2026-06-16", "2026-06-15")],
                *[("2026-06-17x", "2026-06-17y"), ("2026-06-18", "2026-06-19")],
            ],
        ),
    ],
)
def test_a_text_has_likely_others_first_and_none_of_another_kind(
    value: str, others: list[tuple[str, str]]
) -> None:
    anywhere = [("MC", "SG"), ("BO", "UG")]

    assert list(variants(value)) == [*others, *anywhere]


def test_a_number_with_a_point_or_an_exponent_stays_one() -> None:
    assert {type(other) for pair in variants(1e16) for other in pair} == {float}


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
        (("policy", "carriers", "rm", "gb"), "[carriers].rm.gb"),
        (("shop", "weight_unit"), "shop.weight_unit"),
        (("order", "lines", "nodes", 0, "id"), "lines[0].id"),
        (("order", "lines", "nodes"), "lines.nodes"),
        (("order", "meta_data", 0, "value", 0, "n"), "meta_data[track].value[0].n"),
        (("order", "meta_data", 1, "value"), "meta_data[1].value"),
        (("order", "lines", "nodes", 0, "meta_data", 0, "value"), "lines[0].meta_data[size].value"),
        (("order", "absent"), "absent"),
        (("related", "products", "50", "weight"), "products.50.weight"),
    ],
    ids=str,
)
def test_a_path_is_told_as_the_shops_documents_name_it(path: Any, told: str) -> None:
    root = {
        "order": {
            "lines": {"nodes": [{"id": 1, "meta_data": [{"key": "size", "value": "L"}]}]},
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
    assert written(("X", "X")) == "X.X"


@pytest.mark.parametrize(("top", "whether"), [("policy", True), ("shop", True), ("order", False)])
def test_settings_are_those_of_the_merchant_and_of_the_shop(top: str, whether: object) -> None:
    assert is_setting((top, "key")) is whether


@pytest.mark.parametrize(
    ("path", "value", "then"),
    [
        pytest.param(("order", "id"), 2, {"id": 2, "meta": ["[[1, 2]]", "x"]}, id="member"),
        pytest.param(("order", "meta", 1), "y", {"id": 1, "meta": ["[[1, 2]]", "y"]}, id="in list"),
        pytest.param(
            ("order", "meta", 0, 0, 1), 3, {"id": 1, "meta": ["[[1, 3]]", "x"]}, id="in a JSON text"
        ),
    ],
)
def test_a_trial_is_changed_at_one_place_and_leaves_the_first_as_it_is(
    path: Any, value: object, then: Any
) -> None:
    first = {"id": 1, "meta": ["[[1, 2]]", "x"]}
    trial = Trial(build_mapper(bolt.Settings()), {"order": first, "related": {}}, bolt.NOW)

    changed = trial.changed({path: value})

    assert changed.root == {"order": then, "related": {}}
    assert first == {"id": 1, "meta": ["[[1, 2]]", "x"]}


def test_a_marked_step_runs_under_its_name_and_counts_among_its_packages_rules() -> None:
    def step(place: str) -> str:
        return f"{running()}, {place}"

    rule("a step from {place}")(step)

    assert step("here") == "a step from here, here"
    assert rules("tests.mapping.test_trace_parts") == {
        *("outer", "inner of {place}", "a step from {place}")
    }
    assert rules("tests.mapping.test_trace") == frozenset()
    assert rules("tests.mapping") >= rules("tests.mapping.test_trace_parts")


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
