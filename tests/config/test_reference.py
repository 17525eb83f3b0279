"""docs/configuration.md is the models, seen by a person; every key says what a person needs."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from pydantic import BaseModel, ValidationError

from connectors.shopify.settings import ShopifySettings
from connectors.woocommerce.settings import WooCommerceSettings
from orderferry.alert_settings import AlertSettings
from orderferry.config_reference import config_reference
from orderferry.settings import (
    AtLastSettings,
    DaemonSettings,
    MerchantSettings,
    OrderSettings,
)

PAGE = Path(__file__).parents[2] / "docs" / "configuration.md"
TABLES: list[tuple[str, type[BaseModel]]] = [
    ("daemon", DaemonSettings),
    ("atlast", AtLastSettings),
    ("alerts", AlertSettings),
    ("merchants.NAME", MerchantSettings),
    ("merchants.NAME.woocommerce", WooCommerceSettings),
    ("merchants.NAME.shopify", ShopifySettings),
    ("merchants.NAME.orders", OrderSettings),
]
TABLES_OF_THEIR_OWN = {"orders", "atlast"}
"""Keys of [merchants.NAME] that are tables with a section of their own."""
KEYS = [
    pytest.param(table, model, key, id=f"{table}.{key}")
    for table, model in TABLES
    for key in model.model_fields
    if not (model is MerchantSettings and key in TABLES_OF_THEIR_OWN)
]


def row(table: str, key: str) -> list[str]:
    """The cells of a key: key, type, default, meaning, example."""
    section = PAGE.read_text(encoding="utf-8").split(f"\n## [{table}]\n")[1].split("\n## ")[0]
    (line,) = re.findall(rf"^\| `{key}` \|.*$", section, re.MULTILINE)
    cells = re.split(r"(?<!\\)\|", line)[1:-1]
    return [cell.strip() for cell in cells]


def test_the_page_is_what_the_models_say() -> None:
    assert PAGE.read_text(encoding="utf-8") == config_reference(), "renew it: make docs"


@pytest.mark.parametrize(("table", "model", "key"), KEYS)
def test_every_key_tells_type_default_meaning_and_an_example_that_works(
    table: str, model: type[BaseModel], key: str
) -> None:
    _, type_, default, meaning, example = row(table, key)

    assert all((type_, default, meaning))
    ((name, value),) = tomllib.loads(example.strip("`")).items()
    assert name == key
    assert value not in ("", [], {}), "give the field examples=[...]"
    assert not faults_of(model, key, value)


def faults_of(model: type[BaseModel], key: str, value: object) -> list[str]:
    try:
        model.model_validate({key: value})
    except ValidationError as error:
        return [detail["msg"] for detail in error.errors() if detail["loc"][:1] == (key,)]
    return []


@pytest.mark.parametrize(("table", "model", "key"), KEYS)
def test_a_number_has_a_unit(table: str, model: type[BaseModel], key: str) -> None:
    _, type_, *_ = row(table, key)

    assert "number" not in type_ or re.search(r"number \(.+\)", type_), (
        'give the field json_schema_extra={"unit": "..."}'
    )


@pytest.mark.parametrize(
    ("table", "key", "cells"),
    [
        pytest.param("daemon", "poll_every", ["duration", '`"5m"`'], id="duration"),
        pytest.param("daemon", "workers", ["whole number (shops), 1 to 256", "`16`"], id="number"),
        pytest.param("atlast", "client_id", ["secret", "**required**"], id="secret"),
        pytest.param(
            "merchants.NAME.orders", "first_sync", ["duration", '`"60d"`'], id="inner duration"
        ),
        pytest.param(
            "merchants.NAME.woocommerce",
            "shipped_statuses",
            ["list of texts", '`["completed"]`'],
            id="list",
        ),
        pytest.param(
            "merchants.NAME.orders", "prices", ['`"gross"` or `"net"`', '`"gross"`'], id="choice"
        ),
        pytest.param("merchants.NAME.shopify", "access_token", ["secret", "none"], id="optional"),
    ],
)
def test_types_and_defaults_are_told_in_words(table: str, key: str, cells: list[str]) -> None:
    assert row(table, key)[1:3] == cells
