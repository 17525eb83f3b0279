"""The text of a new configuration: every key with its meaning, defaults commented out."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from connectors.settings import duration_text
from orderferry.faults import is_secret
from orderferry.settings import AtLastSettings, DaemonSettings, MerchantSettings, OrderSettings

INCLUDED = "merchants.d/*.toml"
"""Where a new configuration looks for further merchants."""

_WIDTH = 90

_HEAD = f"""\
# Configuration of orderferry, written by `orderferry init`.
#
# A key that is commented out shows its default, or an example where it has none.
# Durations are text: "15s", "90m", "48h", "60d". A secret never stands here:
# "env:NAME" reads an environment variable, "file:PATH" the content of a file
# (relative to this one). Test every change with: orderferry check

# further files with [merchants.NAME] tables, relative to this one
include = ["{INCLUDED}"]
"""

Values = Mapping[str, Any]
"""What was decided, by key, as plain TOML values; secrets are references by now."""


def main_file(atlast: Values, merchant: str) -> str:
    """Returns a whole configuration with the tables of its first merchant."""
    daemon = _table("daemon", DaemonSettings, {})
    return f"{_HEAD}\n{daemon}\n{_table('atlast', AtLastSettings, atlast)}\n{merchant}"


def merchant_tables(
    name: str, general: Values, platform: str, model: type[BaseModel], shop: Values
) -> str:
    """
    Returns the tables of one merchant, fit for the main file and for a file of its own.

    Args:
        name: The merchant's.
        general: Keys of [merchants.NAME].
        platform: Name of the platform, and of the table that *shop* goes into.
        model: The platform's settings model, for its keys.
        shop: Keys of [merchants.NAME.PLATFORM].

    """
    tables = (
        _table(f"merchants.{name}", MerchantSettings, general),
        _table(f"merchants.{name}.{platform}", model, shop),
        _table(f"merchants.{name}.orders", OrderSettings, {}),
    )
    return "\n".join(tables)


def toml(value: object) -> str:
    """
    Returns a value as TOML.

    >>> toml(["a", 1]), toml(timedelta(hours=24))
    ('["a", 1]', '"24h"')
    """
    match value:
        case timedelta():
            return toml(duration_text(value))
        case dict():
            return "{" + ", ".join(f"{toml(key)} = {toml(v)}" for key, v in value.items()) + "}"
        case list() | tuple():
            return f"[{', '.join(map(toml, value))}]"
        case str():
            # JSON's strings are TOML's, but for one control character
            return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
        case _:
            return json.dumps(value)


def _table(path: str, model: type[BaseModel], values: Values) -> str:
    lines = [f"[{path}]"]
    for key, field in model.model_fields.items():
        if key in values:
            lines += [*_comment(field), f"{key} = {toml(values[key])}"]
        elif not isinstance(default := field.get_default(call_default_factory=True), BaseModel):
            # tables of their own, such as [merchants.NAME.orders], come separately
            if key == "atlast":
                continue
            lines += [*_comment(field), f"# {key} = {_example(field, default)}"]
    return "\n".join([*lines, ""])


def _comment(field: FieldInfo) -> Iterator[str]:
    for line in textwrap.wrap(field.description or "", _WIDTH - 2):
        yield f"# {line}"


def _example(field: FieldInfo, default: object) -> str:
    if default is not None:
        return toml(default)
    return toml("env:NAME" if is_secret(field.annotation) else "")
