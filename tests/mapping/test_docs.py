"""docs/mapping.md says what the code does: all fields, all places, all keys."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mapping.ingest import IngestOrder
from mapping.woocommerce import customs
from mapping.woocommerce.tracking.recognisers import RECOGNISERS

PAGE = (Path(__file__).parents[2] / "docs" / "mapping.md").read_text(encoding="utf-8")


def leaves(schema: Any, definitions: Any, path: str = "") -> Iterator[str]:
    """Every field of the contract that holds a value, as "items[].price.value"."""
    variants = [schema, *schema.get("anyOf", [])]
    for variant in variants:
        if "$ref" in variant:
            named = definitions[variant["$ref"].rpartition("/")[2]]
            yield from leaves(named, definitions, path)
            return
        if variant.get("type") == "array":
            yield from leaves(variant["items"], definitions, f"{path}[]")
            return
        if variant.get("type") == "object":
            for name, member in variant["properties"].items():
                yield from leaves(member, definitions, f"{path}.{name}".lstrip("."))
            return
    yield path


def rows(header: str) -> list[list[str]]:
    """The cells of every table whose first column is called *header*."""
    found = []
    tables = re.findall(r"(?:^\|.*\n)+", PAGE, re.MULTILINE)
    for table in tables:
        head, _, *body = (
            [cell.strip() for cell in row.split("|")[1:-1]] for row in table.split("\n")[:-1]
        )
        if head[0] == header:
            found += body
    return found


def test_every_field_has_one_row_and_no_row_names_another() -> None:
    schema = IngestOrder.model_json_schema()

    named = [name for row in rows("field") for name in re.findall(r"`([^`]+)`", row[0])]

    assert sorted(named) == sorted(leaves(schema, schema["$defs"]))


def test_every_row_has_all_columns() -> None:
    assert {len(row) for row in rows("field")} == {6}


def test_places_are_listed_in_their_precedence() -> None:
    assert [row[0] for row in rows("place")] == [name for name, _ in RECOGNISERS]


def test_every_customs_key_is_listed() -> None:
    tables = (customs._HS_CODE, customs._ORIGIN, customs._ORIGIN_ON_LABELS)
    names = {key for table in tables for key, _ in table}
    names |= {*customs._HS_CODE_ATTRIBUTES, *customs._ORIGIN_ATTRIBUTES}

    assert {name for name in names if f"`{name}`" not in PAGE} == set()


def test_every_meta_key_that_is_read_is_listed() -> None:
    sources = (Path(customs.__file__).parent / "tracking").glob("*.py")
    keys = {
        key
        for path in sources
        for key in re.findall(r'"(_?[a-z0-9]+(?:_[a-z0-9]+){2,})"', path.read_text("utf-8"))
    }
    prefixed = {key for key in keys if key.startswith(("_", "ywot", "wc"))}

    assert len(prefixed) > 20
    assert {key for key in prefixed if f"`{key}`" not in PAGE} == set()
