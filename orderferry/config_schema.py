"""The JSON Schema of the configuration, generated from the models that validate it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from pydantic import BaseModel

from connectors import registry
from connectors.settings import duration_text
from orderferry.alert_settings import AlertSettings
from orderferry.settings import AtLastSettings, DaemonSettings, MerchantSettings


def config_schema() -> dict[str, Any]:
    """Returns one schema for the main file and for included ones, as plain JSON values."""
    definitions: dict[str, Any] = {}
    account = _table(AtLastSettings, definitions)
    merchant = _table(MerchantSettings, definitions)
    merchant["additionalProperties"] = False
    # any key of [atlast] may stand here, so none of them is required here
    merchant["properties"]["atlast"] = {**account, "required": []}
    for name, platform in registry.installed().items():
        merchant["properties"][name] = _table(platform.settings, definitions)
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "orderferry configuration",
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "include": {
                "type": "array",
                "items": {"type": "string"},
                "default": [],
                "description": "Patterns of files with further [merchants.NAME] tables.",
                "examples": [["merchants.d/*.toml"]],
            },
            "daemon": _table(DaemonSettings, definitions),
            "atlast": {**account, "required": []},
            "alerts": _table(AlertSettings, definitions),
            "merchants": {"type": "object", "additionalProperties": merchant},
        },
        "definitions": definitions,
    }


def _table(model: type[BaseModel], definitions: dict[str, Any]) -> dict[str, Any]:
    schema = model.model_json_schema(ref_template="#/definitions/{model}")
    definitions.update(schema.pop("$defs", {}))
    for name, field in model.model_fields.items():
        if isinstance(field.default, timedelta):
            schema["properties"][name]["default"] = duration_text(field.default)
        inner = field.annotation
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            definitions[inner.__name__] = _table(inner, definitions)
    return schema
