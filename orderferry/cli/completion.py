"""Completing merchants' names in the shell; imported by every command that takes them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import click
from click.shell_completion import CompletionItem

_Command = TypeVar("_Command", bound=Callable[..., object])


def merchant_argument(name: str, *, nargs: int = 1) -> Callable[[_Command], _Command]:
    """Returns the decorator of an argument that names a merchant, or several."""
    return click.argument(name, nargs=nargs, shell_complete=_names)


def _names(ctx: click.Context, _parameter: click.Parameter, typed: str) -> list[CompletionItem]:
    """Returns the configured merchants that begin like that; nothing if there is any fault."""
    import os  # noqa: PLC0415 - only while completing
    import tomllib  # noqa: PLC0415 - the same

    from orderferry.config import load  # noqa: PLC0415 - the same
    from orderferry.errors import ConfigError  # noqa: PLC0415 - the same

    given = ctx.find_root().params.get("config")
    path = Path(given or os.environ.get("ORDERFERRY_CONFIG") or "config.toml")
    try:
        merchants = load(path, {}, secrets=False).merchants
    except (ConfigError, OSError, tomllib.TOMLDecodeError):
        return []
    return [CompletionItem(name) for name in merchants if name.startswith(typed)]
