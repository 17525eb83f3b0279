"""config.example.toml and the JSON Schema are the models, seen from two sides."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from connectors.settings import duration_text
from connectors.shopify.settings import ShopifySettings
from connectors.woocommerce.settings import WooCommerceSettings
from orderferry.alert_settings import AlertSettings
from orderferry.config import load
from orderferry.config_schema import config_schema
from orderferry.settings import (
    AtLastSettings,
    DaemonSettings,
    MerchantSettings,
    OrderSettings,
)

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "config.example.toml"
SCHEMA = ROOT / "docs" / "config.schema.json"
TABLES: list[tuple[str, type[BaseModel]]] = [
    ("daemon", DaemonSettings),
    ("atlast", AtLastSettings),
    ("alerts", AlertSettings),
    ("merchants.bolt", MerchantSettings),
    ("merchants.bolt.woocommerce", WooCommerceSettings),
    ("merchants.bolt.orders", OrderSettings),
    ("merchants.acme.shopify", ShopifySettings),
]


def table(path: str) -> dict[str, Any]:
    found: Any = tomllib.loads(EXAMPLE.read_text())
    for part in path.split("."):
        found = found[part]
    return dict(found)


def test_the_example_loads(tmp_path: Path) -> None:
    copy = tmp_path / "config.toml"
    copy.write_text(EXAMPLE.read_text())
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "bolt").write_text("cs_1")

    names = ("ATLAST_CLIENT_ID", "ATLAST_CLIENT_SECRET", "BOLT_KEY", "ACME_TOKEN")
    environ = dict.fromkeys(names, "made-up") | {"ALERT_URL": "https://hooks.example.com/made-up"}
    config = load(copy, environ)

    assert list(config.merchants) == ["bolt", "acme"]


@pytest.mark.parametrize(("path", "model"), TABLES, ids=[path for path, _ in TABLES])
def test_the_example_holds_every_key(path: str, model: type[BaseModel]) -> None:
    extra = {"woocommerce"} if model is MerchantSettings else set()
    section = EXAMPLE.read_text().split(f"[{path}]")[1].split("\n[")[0]
    alternatives = set(re.findall(r"^# (\w+) = ", section, re.MULTILINE))

    assert set(table(path)) | alternatives == set(model.model_fields) | extra


@pytest.mark.parametrize(("path", "model"), TABLES, ids=[path for path, _ in TABLES])
def test_the_example_shows_the_defaults(path: str, model: type[BaseModel]) -> None:
    shown = table(path)
    for name, field in model.model_fields.items():
        default = field.get_default(call_default_factory=True)
        if (
            default is None
            or default is PydanticUndefined
            or isinstance(default, BaseModel)
            or name == "merchant_id"
        ):
            continue
        if path == "merchants.bolt" and name == "atlast":
            continue
        if hasattr(default, "total_seconds"):
            default = duration_text(default)
        if isinstance(default, tuple):
            default = list(default)
        assert shown[name] == default, name


def test_the_schema_file_is_the_models() -> None:
    assert json.loads(SCHEMA.read_text()) == config_schema(), (
        "renew it: orderferry schema > docs/config.schema.json"
    )


def test_the_schema_accepts_the_example() -> None:
    jsonschema.Draft7Validator.check_schema(config_schema())
    jsonschema.Draft7Validator(config_schema()).validate(tomllib.loads(EXAMPLE.read_text()))


@pytest.mark.parametrize(
    "text",
    [
        pytest.param('[daemon]\npoll_evry = "5m"', id="unknown key"),
        pytest.param('[daemon]\npoll_every = "5 minutes"', id="not a duration"),
        pytest.param('[atlast]\nclient_secret = "plain"', id="a secret in the file"),
        pytest.param('[merchants.a]\nplatform = "woocommerce"\nprices = "net"', id="wrong place"),
    ],
)
def test_the_schema_refuses_what_the_models_refuse(text: str) -> None:
    errors = list(jsonschema.Draft7Validator(config_schema()).iter_errors(tomllib.loads(text)))

    assert errors
