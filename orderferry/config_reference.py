"""The configuration reference for people: the JSON Schema, written as Markdown tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from connectors import registry
from orderferry.config_schema import config_schema
from orderferry.template import toml

_HEAD: Final = """\
# Every configuration key

Written by `make docs` from the models that check the file; do not edit it here. To start from a
whole file, let `orderferry init` write one, or copy [config.example.toml](../config.example.toml).
Test every change with `orderferry check`.

| type | written as |
| --- | --- |
| text | `"text"` |
| duration | a whole number and a unit, `s`, `m`, `h` or `d`: `"15s"`, `"90m"`, `"48h"`, `"60d"` |
| secret | a reference: `"env:NAME"` is an environment variable, `"file:PATH"` what a file holds, \
`"file:$CREDENTIALS_DIRECTORY/NAME"` what systemd's LoadCredential= loaded |
| list | `["one", "two"]` |
| map | `{ name = "text" }` |

Relative paths begin at the folder of the main file. A key that is not listed here is a fault, and
the nearest known one is named. Editors complete and check the file when its first line is
`#:schema ./config.schema.json` and `orderferry schema > config.schema.json` was run once.
"""

_OWN_ACCOUNT: Final = """
Any of these keys may stand in `[merchants.NAME.atlast]` too, for that merchant alone.
"""

_MERCHANT: Final = "merchants.NAME"

_PLAIN: Final = {
    "boolean": "`true` or `false`",
    "array": "list of texts",
    "object": "map of texts",
}

Node = Mapping[str, Any]
"""A part of a JSON Schema."""


def config_reference() -> str:
    """Returns the reference with one table per TOML table, the installed platforms' included."""
    schema = config_schema()
    merchant = schema["properties"]["merchants"]["additionalProperties"]
    orders = schema["definitions"]["OrderSettings"]
    top, daemon, account = (schema["properties"][key] for key in ("include", "daemon", "atlast"))
    alerts = schema["properties"]["alerts"]
    sections = [
        _section("At the top of the file", {"properties": {"include": top}}),
        _section("[daemon]", daemon),
        _section("[atlast]", {**account, "required": ["client_id", "client_secret"]})
        + _OWN_ACCOUNT,
        _section("[alerts]", alerts),
        _section(f"[{_MERCHANT}]", merchant),
    ]
    sections += [
        _section(f"[{_MERCHANT}.{name}]", merchant["properties"][name])
        for name in registry.installed()
    ]
    sections.append(_section(f"[{_MERCHANT}.orders]", orders))
    return "\n".join([_HEAD, *sections])


def _section(title: str, table: Node) -> str:
    required = set(table.get("required", ()))
    rows = [
        "| " + " | ".join(_cells(key, node, required=key in required)) + " |"
        for key, node in table["properties"].items()
        if _is_key(node)
    ]
    head = ["| key | type | default | meaning | example |", "| --- | --- | --- | --- | --- |"]
    return "\n".join([f"## {title}", "", *head, *rows, ""])


def _is_key(node: Node) -> bool:
    """Returns whether it is a key, not a table that has a section of its own."""
    return "$ref" not in node and "properties" not in node


def _cells(key: str, node: Node, *, required: bool) -> Iterator[str]:
    default = "**required**" if required else _default(node.get("default"))
    yield f"`{key}`"
    yield _type(node)
    yield default
    yield str(node.get("description", "")).replace("|", "\\|")
    yield f"`{key} = {toml(_example(node))}`"


def _example(node: Node) -> object:
    return node["examples"][0] if "examples" in node else node.get("default")


def _default(value: object) -> str:
    return "none" if value in (None, "") else f"`{toml(value)}`"


def _type(node: Node) -> str:
    """Returns the type in words, with the unit and the bounds of a number."""
    if "anyOf" in node:  # optional: the other one is null
        return _type(next(one for one in node["anyOf"] if one.get("type") != "null"))
    if "enum" in node:
        return " or ".join(f"`{toml(value)}`" for value in node["enum"] if value)
    if node["type"] in {"integer", "number"}:
        return _number(node)
    return _PLAIN.get(node["type"]) or _text(str(node.get("pattern", "")))


def _text(pattern: str) -> str:
    if pattern.startswith("^(env|file)"):
        return "secret"
    return "duration" if "smhd" in pattern else "text"


def _number(node: Node) -> str:
    word = "whole number" if node["type"] == "integer" else "number"
    unit = f" ({node['unit']})" if "unit" in node else ""
    low, high = node.get("minimum"), node.get("maximum")
    if low is not None and high is not None:
        return f"{word}{unit}, {low:g} to {high:g}"
    if low is not None:
        return f"{word}{unit}, at least {low:g}"
    return word + unit if high is None else f"{word}{unit}, at most {high:g}"
