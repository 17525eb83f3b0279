"""Asking a person at the terminal for settings, one key at a time; secrets without echo."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from typing import Any, get_origin

import click
from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo

from connectors.settings import SecretSource
from orderferry.faults import is_secret
from orderferry.starting import faults


def given(model: type[BaseModel], table: str, pairs: tuple[str, ...]) -> dict[str, Any]:
    """
    Returns the values of "KEY=VALUE" options.

    A secret on a command line would be seen by everybody on the machine: only
    references are taken, and what was given is not repeated.
    """
    values: dict[str, Any] = {}
    for pair in pairs:
        key, mark, text = pair.partition("=")
        if not mark or key not in model.model_fields:
            known = ", ".join(model.model_fields)
            what = f"{key!r} is no key of [{table}]" if mark else "an option is not KEY=VALUE"
            raise click.UsageError(f"{what} (keys: {known}).")
        annotation = model.model_fields[key].annotation
        if is_secret(annotation) and not text.startswith(("env:", "file:")):
            raise click.UsageError(
                f"{key} is not a reference; write {key}=env:NAME or {key}=file:PATH, never the"
                " secret itself."
            )
        values[key] = _typed(text, annotation)
    return values


def _typed(text: str, annotation: object) -> object:
    """Returns numbers and lists as TOML has them; the model says what is wrong with others."""
    if annotation in {int, float, bool} or get_origin(annotation) in {tuple, list, dict}:
        try:
            return tomllib.loads(f"value = {text}")["value"]
        except tomllib.TOMLDecodeError:
            return text
    return text


def ask(
    model: type[BaseModel], values: Mapping[str, Any], source: SecretSource | None
) -> dict[str, Any]:
    """
    Returns the values completed by what the person answers, until the model takes them.

    Asked for is what has no default; then, one by one, secrets that are
    alternatives of each other, as long as the model does not do with those given.
    """
    answers = dict(values)
    for key, field in model.model_fields.items():
        if key not in answers and field.is_required():
            answers[key] = _answer(key, field)
    while found := faults(model, answers, source):
        key, problem = found[0]
        if key:
            click.echo(f"{key} {problem}", err=True)
            answers[key] = _answer(key, model.model_fields[key])
            continue
        further = next(_further_secrets(model, answers), None)
        if further is None:
            click.echo(f"What was given {problem} Once more:", err=True)
            answers = dict(_without_secrets(model, answers))
            continue
        if answer := _answer(further, model.model_fields[further], optional=True):
            answers[further] = answer
        else:
            answers[further] = None
    return {key: value for key, value in answers.items() if value is not None}


def without_secrets(model: type[BaseModel], values: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the values that are no secrets, to ask for those once more."""
    return dict(_without_secrets(model, values))


def _without_secrets(
    model: type[BaseModel], values: Mapping[str, Any]
) -> Iterator[tuple[str, Any]]:
    for key, value in values.items():
        if not is_secret(model.model_fields[key].annotation):
            yield key, value


def _further_secrets(model: type[BaseModel], answers: Mapping[str, Any]) -> Iterator[str]:
    for key, field in model.model_fields.items():
        if is_secret(field.annotation) and key not in answers:
            yield key


def _answer(key: str, field: FieldInfo, *, optional: bool = False) -> object:
    """Returns one answer; a secret as SecretStr unless it is a reference, None for nothing."""
    secret = is_secret(field.annotation)
    click.echo(f"\n{field.description}", err=True)
    hints = ["hidden while you type; or env:NAME, file:PATH"] if secret else []
    hints += ["Enter if there is none"] if optional else []
    text = click.prompt(
        f"{key} ({'; '.join(hints)})" if hints else key,
        hide_input=secret,
        default="" if optional else None,
        show_default=False,
        err=True,
    ).strip()
    if not text:
        return None
    if secret and not text.startswith(("env:", "file:")):
        return SecretStr(text)
    return text if secret else _typed(text, field.annotation)
