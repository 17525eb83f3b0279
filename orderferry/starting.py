"""A new merchant's answers: found sound, tried out, and made into files."""

from __future__ import annotations

import fnmatch
import os
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import BaseModel, SecretStr, ValidationError

from connectors.base import Platform
from connectors.settings import SecretSource
from mapping.policy import Policy
from orderferry.config import Config, Merchant, load
from orderferry.errors import CommandError, ConfigError, Exit
from orderferry.faults import problems
from orderferry.settings import AtLastSettings, DaemonSettings, OrderSettings
from orderferry.template import INCLUDED, main_file, merchant_tables

_SECRETS = "secrets"
"""Folder of the secret files, beside the configuration."""


@dataclass(slots=True)
class Answers:
    """What was asked. A secret is its value (SecretStr) or a reference to it (text)."""

    merchant: str
    platform_name: str
    platform: Platform
    merchant_id: str = ""
    shop: dict[str, Any] = field(default_factory=dict)
    """Keys of [merchants.NAME.PLATFORM]."""
    atlast: dict[str, Any] = field(default_factory=dict)
    """Keys of [atlast]; those of the file, if there is one already."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where the new merchant goes."""

    config: Path
    """The main file; the merchant gets a file of its own if it exists."""
    existing: Config | None
    atlast: Mapping[str, Any]
    """[atlast] of the existing file, as it is written."""

    @property
    def folder(self) -> Path:
        """Where relative `file:` references begin."""
        return self.config.resolve().parent

    def file(self, merchant: str) -> Path:
        """Returns the file that will hold the merchant."""
        if self.existing is None:
            return self.config
        return self.config.parent / INCLUDED.replace("*", merchant)


def find_target(path: Path, environ: Mapping[str, str], *, secrets: bool) -> Target:
    """
    Returns where a new merchant goes: a new file, or one beside an existing configuration.

    Raises:
        ConfigError: The existing configuration has faults.
        CommandError: It does not include files of merchants.

    """
    if not path.parent.is_dir():
        raise CommandError(
            f"{path.parent} does not exist; create that folder, or name another with --config.",
            Exit.CONFIG,
        )
    if not path.exists():
        return Target(path, None, {})
    existing = load(path, environ, secrets=secrets)
    written = tomllib.loads(path.read_text(encoding="utf-8"))
    patterns = written.get("include", [])
    if not any(fnmatch.fnmatch(INCLUDED.replace("*", "new"), pattern) for pattern in patterns):
        raise CommandError(
            f"{path} exists and does not include files of merchants; add this as its first line,"
            f' then run this again: include = ["{INCLUDED}"]',
            Exit.CONFIG,
        )
    return Target(path, existing, written.get("atlast", {}))


def faults(
    model: type[BaseModel], values: Mapping[str, Any], source: SecretSource | None
) -> list[tuple[str, str]]:
    """Returns (key, what is wrong with it) for the answers that cannot be used; "" = together."""
    try:
        model.model_validate(values, context=source)
    except ValidationError as error:
        return [(loc[0] if loc else "", problem) for loc, problem in problems(model, error)]
    return []


def assemble(answers: Answers, target: Target, source: SecretSource | None) -> Config:
    """Returns the configuration as it will be, to be tried out; the answers are sound."""
    orders = OrderSettings()
    atlast = AtLastSettings.model_validate(answers.atlast, context=source)
    merchant = Merchant(
        name=answers.merchant,
        platform=answers.platform,
        platform_name=answers.platform_name,
        settings=answers.platform.settings.model_validate(answers.shop, context=source),
        policy=Policy(merchant_id=answers.merchant_id or None),
        atlast=atlast,
        account=atlast.base_url,
        enabled=True,
        first_sync=orders.first_sync,
        resend_on_change=orders.resend_on_change,
    )
    daemon = target.existing.daemon if target.existing else DaemonSettings()
    others = target.existing.merchants if target.existing else {}
    return Config(target.config, daemon, {**others, merchant.name: merchant})


def write(
    answers: Answers, target: Target, environ: Mapping[str, str], *, secrets: bool
) -> list[Path]:
    """
    Writes secrets (mode 0600) and configuration; returns the files, the configuration first.

    What was there before is never written over. If the whole then has faults, as when two
    merchants could produce the same order ids, the new files are taken away again.

    Raises:
        ConfigError: The whole has faults; nothing is left behind.
        CommandError: A file cannot be written.

    """
    written: list[Path] = []
    try:
        shop = dict(_stored(answers.shop, answers.merchant, target.folder, written))
        general = {"platform": answers.platform_name}
        if answers.merchant_id:
            general["merchant_id"] = answers.merchant_id
        text = merchant_tables(
            answers.merchant, general, answers.platform_name, answers.platform.settings, shop
        )
        if target.existing is None:
            text = main_file(dict(_stored(answers.atlast, "atlast", target.folder, written)), text)
        file = target.file(answers.merchant)
        _folder(file.parent, 0o755)
        written.insert(0, _create(file, text, mode=0o644))
        load(target.config, environ, secrets=secrets)
    except (ConfigError, CommandError):
        for path in written:
            path.unlink(missing_ok=True)
        raise
    return written


def _stored(
    values: Mapping[str, Any], prefix: str, folder: Path, written: list[Path]
) -> Iterator[tuple[str, Any]]:
    """Yields the values with every secret put into a file and replaced by its reference."""
    for key, value in values.items():
        if not isinstance(value, SecretStr):
            yield key, value
            continue
        name = f"{prefix}-{key.replace('_', '-')}"
        path = _folder(folder / _SECRETS, 0o700) / name
        written.append(_create(path, f"{value.get_secret_value()}\n", mode=0o600))
        yield key, f"file:{_SECRETS}/{name}"


def _create(path: Path, text: str, *, mode: int) -> Path:
    """Writes a new file, with its final mode before the first byte."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
    except OSError as error:
        raise _unwritable(path, error) from None
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        path.unlink(missing_ok=True)
        raise _unwritable(path, error) from None
    return path


def _folder(path: Path, mode: int) -> Path:
    try:
        path.mkdir(mode=mode, exist_ok=True)
    except OSError as error:
        raise _unwritable(path, error) from None
    return path


def _unwritable(path: Path, error: OSError) -> CommandError:
    if isinstance(error, FileExistsError):
        return CommandError(
            f"{path} exists already and is left as it is; move it away, then run this again.",
            Exit.CONFIG,
        )
    return CommandError(
        f"{path} cannot be written ({error.strerror}); correct the path or its rights.", Exit.CONFIG
    )
