"""What is wrong with a settings model's values, in words that say what to do."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from typing import Any, get_args

from pydantic import BaseModel, SecretStr, ValidationError
from pydantic.fields import FieldInfo

from connectors.settings import duration_text


def problems(
    model: type[BaseModel], error: ValidationError
) -> Iterator[tuple[tuple[str, ...], str]]:
    """Yields (key path inside the table, what was found and what to do) of a model's faults."""
    details = error.errors(include_url=False, include_context=True)
    for detail in details:
        if detail["type"] == "too_short" and any(_is_inside(one, detail) for one in details):
            continue  # only because what is in there has faults of its own
        loc = tuple(str(part) for part in detail["loc"])
        fields = _fields_at(model, loc[:-1])
        yield loc, _sentence(detail, fields, loc[-1] if loc else "")


def _is_inside(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Returns whether a fault is about a part of what the other one is about."""
    place = other["loc"]
    return len(one["loc"]) > len(place) and one["loc"][: len(place)] == place


def _fields_at(model: type[BaseModel], loc: tuple[str, ...]) -> Mapping[str, Any]:
    for part in loc:
        field = model.model_fields.get(part)
        inner = field.annotation if field is not None else None
        if not (isinstance(inner, type) and issubclass(inner, BaseModel)):
            return {}
        model = inner
    return model.model_fields


def _sentence(detail: Mapping[str, Any], fields: Mapping[str, Any], key: str) -> str:
    kind, message = detail["type"], detail["msg"].removeprefix("Value error, ")
    if kind == "missing":
        description = fields[key].description if key in fields else ""
        return f"is missing; add it. {description or ''}".rstrip()
    if kind == "extra_forbidden":
        return f"is unknown{nearest(key, fields)}; correct or remove it."
    # without a key the input is the whole table
    hidden = not key or (key in fields and is_secret(fields[key].annotation))
    found = "" if hidden else f"= {_short(detail['input'])} "
    if kind in _BOUNDS and key in fields:
        _, problem, side = _BOUNDS[kind]
        return f"{found}is {problem}; write {_bound(fields[key], kind)} or {side}."
    if kind == "value_error":
        return f"{found}{message}" + ("" if message.endswith(".") else ".")
    return f"{found}is not valid: {message[:1].lower()}{message[1:]}."


_KEY = re.compile(r"(?<![0-9A-Za-z])(shp[a-z]{2}_|c[ks]_|[0-9A-Za-z]{4}(?=[0-9A-Za-z_]{28}))\w+")
"""Shopify's and WooCommerce's keys, by how they begin; any word as long as one."""

_BOUNDS = {
    "greater_than_equal": ("ge", "too small", "more"),
    "less_than_equal": ("le", "too large", "less"),
}
"""Pydantic's faults: the name of the bound, what is wrong beyond it, where other values are."""


def _bound(field: FieldInfo, kind: str) -> str:
    """Returns the field's bound as it is written in TOML; pydantic tells it in words of its own."""
    name = _BOUNDS[kind][0]
    bound = next(it for one in field.metadata if (it := getattr(one, name, None)) is not None)
    return f'"{duration_text(bound)}"' if isinstance(bound, timedelta) else str(bound)


def is_secret(annotation: object) -> bool:
    """Returns whether a settings field of this type holds a secret, optional or not."""
    return annotation is SecretStr or any(map(is_secret, get_args(annotation)))


def _short(value: object) -> str:
    written = duration_text(value) if isinstance(value, timedelta) else value
    # people paste addresses with credentials in them, and keys into the wrong line
    text = re.sub(r"//[^/@]*@", "//***@", repr(written))
    text = _KEY.sub(r"\1***", text)
    return text if len(text) <= 60 else f"{text[:57]}..."  # noqa: PLR2004 - a line's width


def nearest(key: str, known: Iterable[str]) -> str:
    """Returns the question whether the most similar of the known keys was meant; "" if none is."""
    near = difflib.get_close_matches(key, list(known), n=1)
    return f" (did you mean {near[0]}?)" if near else ""
