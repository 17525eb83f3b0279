"""Meta data, and objects of any class."""

from __future__ import annotations

import json
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import pytest

from mapping.raw import as_list, as_object, as_objects, meta, meta_by_key

META = [
    {"key": "a", "value": 1},
    {"key": "b", "value": None},
    "no entry",
    {"key": "a", "value": [2]},
    {"key": 7, "value": "a number for a key"},
    {"value": "no key"},
]


@pytest.mark.parametrize(
    ("source", "found"),
    [
        pytest.param({"meta_data": META}, {"a": [1, [2]], "b": [None]}, id="a key may repeat"),
        pytest.param(
            {"meta_data": {"0": META[0], "2": META[3]}}, {"a": [1, [2]]}, id="PHP's list with holes"
        ),
        pytest.param({"meta_data": None}, {}, id="null"),
        pytest.param({}, {}, id="absent"),
    ],
)
def test_meta_data_by_key_is_what_each_key_yields(
    source: Mapping[str, Any], found: Mapping[str, Any]
) -> None:
    entries = meta_by_key(source)
    assert {key: [entry["value"] for entry in rows] for key, rows in entries.items()} == found
    assert {key: list(meta(source, key)) for key in ("a", "b", "c")} == {
        "a": [],
        "b": [],
        "c": [],
        **found,
    }


@pytest.mark.parametrize("wrap", [dict, MappingProxyType], ids=["dict", "another mapping"])
def test_objects_are_objects_whatever_class_a_connector_gives_them(wrap: Any) -> None:
    one = wrap({"id": 1})

    assert as_object(one) == one
    assert as_objects([one, None, "x"]) == (one,)
    assert as_objects((one,)) == (one,)
    assert as_list(wrap({"0": 1, "2": 3})) == (1, 3)


@pytest.mark.parametrize("value", [json.loads(text) for text in ('"x"', "1", "true", "null")])
def test_anything_else_is_empty(value: object) -> None:
    assert (as_object(value), as_list(value), as_objects(value)) == ({}, (), ())
