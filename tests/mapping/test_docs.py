"""
docs/mapping.md says what the code does: all fields, all places, all keys, all rules.

What a row says of a field's sources is compared with the traces of golden cases.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mapping.ingest import IngestOrder
from mapping.provenance import OUTCOME, Origin
from mapping.rule import rules
from mapping.tracing import SETTING, SHOP_SETTING
from mapping.woocommerce import customs
from mapping.woocommerce.tracking.places import PLACES
from tests.mapping import shop as bolt
from tests.mapping import test_golden as woocommerce
from tests.mapping.shopify import golden_cases, test_golden
from tests.mapping.shopify import shop as acme
from tests.mapping.test_provenance import sample

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
    assert [row[0] for row in rows("place")] == [place.name for place in PLACES]


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


def test_every_rule_of_the_code_is_explained_and_no_other() -> None:
    explained = [row[0] for row in rows("rule")]

    assert sorted(explained) == sorted({*rules("mapping"), SETTING, SHOP_SETTING})


WOOCOMMERCE, SHOPIFY = 1, 2
"""Columns of the tables of fields."""


LISTED = {"HS code", "country of origin", "fulfilments", "plugins' keys"}
"""Rules whose sources the page has lists of, below the table."""


def row_of(field: str) -> list[str]:
    (found,) = (row for row in rows("field") if f"`{field}`" in row[0])
    return found


def general(path: str) -> str:
    """The path as the page writes it: "line_items[].quantity"."""
    path = re.sub(r"products\.[^.]+", "products[]", path)
    path = re.sub(r"Set\.(?:presentmentMoney|shopMoney)\.\w+$", "Set", path)
    path = re.sub(r"(line_items\[\d+\]\.meta_data)\[[^\]]+\]", r"\1[]", path)
    return re.sub(r"\[\d+\]", "[]", path)


def shipping(path: str) -> str:
    """The path in the shipping block: the billing block has the same names."""
    return re.sub(r"^billing(Address)?\.", r"shipping\1.", path)


def is_told(origin: Origin, platform: int) -> bool:
    """Whether the field's row names the source, and the rule beside it."""
    row = row_of(re.sub(r"\[\d+\]", "[]", origin.field))
    if origin.rule == SETTING:
        return origin.source.partition("]")[0] + "]" in " ".join(row)
    cell = " ".join((row[platform], *row[3:5]))
    if origin.rule == SHOP_SETTING:
        return f"`{origin.source}`" in cell
    if origin.rule.startswith("tracking from "):
        return "*tracking from {place}*" in cell
    if f"*{origin.rule}*" not in cell:
        return False
    listed = origin.rule in LISTED and "below" in cell
    money = row[0].endswith(".currency`") and origin.source.endswith(".currencyCode")
    path = general(origin.source)
    return listed or money or any(f"`{name}`" in cell for name in (path, shipping(path)))


def untold(origins: tuple[Origin, ...], platform: int) -> list[Origin]:
    return [
        origin for origin in origins if origin.field != OUTCOME and not is_told(origin, platform)
    ]


@pytest.mark.parametrize("case", sample(woocommerce.cases))
def test_the_page_names_the_sources_of_every_field_of_a_woocommerce_case(case: Any) -> None:
    how = woocommerce.how(case)
    origins = bolt.traced(woocommerce.raw(case), woocommerce.related(case), **how)

    assert untold(origins, WOOCOMMERCE) == []


@pytest.mark.parametrize("case", sample(golden_cases.cases))
def test_the_page_names_the_sources_of_every_field_of_a_shopify_case(case: Any) -> None:
    origins = acme.traced(golden_cases.raw(case), **test_golden.how(case))

    assert untold(origins, SHOPIFY) == []
