"""`orderferry init`: a first configuration, or one more merchant, tried out on the spot."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from connectors import registry
from connectors.base import Verdict
from connectors.settings import SecretSource
from orderferry.checking import Group, check_outside, count
from orderferry.cli import asking
from orderferry.cli.app import App
from orderferry.cli.check import document, show, typed
from orderferry.clock import Clock
from orderferry.errors import CommandError, Exit
from orderferry.settings import AtLastSettings
from orderferry.starting import Answers, Target, assemble, faults, find_target, write

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,62}")


@click.command(
    "init",
    epilog="""\b
Examples:
  orderferry init
  orderferry init --merchant bolt --platform woocommerce \\
    --shop url=https://bolt.example.com \\
    --shop consumer_key=env:BOLT_KEY \\
    --shop consumer_secret=file:secrets/bolt \\
    --atlast client_id=env:ATLAST_CLIENT_ID \\
    --atlast client_secret=env:ATLAST_CLIENT_SECRET""",
)
@click.option("--merchant", metavar="NAME", help="Your name for the shop, for example bolt.")
@click.option("--platform", help="woocommerce, shopify, or a connector you installed.")
@click.option("--merchant-id", metavar="ID", help="At Last's id for it, if you have several.")
@click.option(
    "--shop", metavar="KEY=VALUE", multiple=True, help="A key of the shop's table; repeat it."
)
@click.option("--atlast", metavar="KEY=VALUE", multiple=True, help="A key of [atlast]; repeat it.")
@click.option("--no-check", is_flag=True, help="Do not read the secrets or try them.")
@click.pass_obj
def command(  # noqa: PLR0913 - one option each
    app: App,
    *,
    merchant: str | None,
    platform: str | None,
    merchant_id: str | None,
    shop: tuple[str, ...],
    atlast: tuple[str, ...],
    no_check: bool,
) -> int:
    """
    Write a configuration for a shop, after trying its credentials.

    Asks for what no option gives; without a terminal, options must give it all.
    Secrets that are typed in go into files of mode 0600, never into the
    configuration; as options only env:NAME and file:PATH are taken. If the
    configuration exists, the merchant gets a file of its own in merchants.d.
    """
    app.quiet_logs()
    target = find_target(app.config_path, os.environ, secrets=not no_check)
    source = None if no_check else SecretSource(os.environ, target.folder)
    answers = _start(target, merchant, platform)
    answers.shop = asking.given(answers.platform.settings, answers.platform_name, shop)
    answers.atlast = dict(target.atlast) | asking.given(AtLastSettings, "atlast", atlast)
    if target.existing and atlast:
        raise click.UsageError(f"--atlast is for a new configuration; {target.config} has one.")
    asks = sys.stdin.isatty()
    _complete(answers, source, asks=asks, merchant_id=merchant_id)
    facts: Sequence[Group] = [] if no_check else _try_out(app, answers, target, source, asks=asks)
    if count(facts, Verdict.FAULT) and not (asks and _write_anyway()):
        app.emit(_document(app, [], facts), lambda console: _refused(console, facts))
        return Exit.CONFIG
    files = write(answers, target, os.environ, secrets=not no_check)
    app.emit(_document(app, files, facts), lambda console: _show(console, app, files, facts))
    return Exit.PARTLY if count(facts, Verdict.FAULT) else Exit.DONE


def _start(target: Target, merchant: str | None, platform: str | None) -> Answers:
    """Returns answers with the merchant's name and platform."""
    if platform is None:
        names = list(registry.installed())
        _require_terminal("--platform")
        platform = click.prompt(
            "Platform of the shop",
            type=click.Choice(names),
            default=names[0] if len(names) == 1 else None,
            err=True,
        )
    try:
        found = registry.find(platform)
    except LookupError as error:
        raise click.UsageError(f"--platform {platform} {error}") from None
    if merchant is None:
        _require_terminal("--merchant")
        merchant = click.prompt("Your name for the shop, for example bolt", err=True)
    if not _NAME.fullmatch(merchant):
        raise click.UsageError(
            f"--merchant {merchant!r} is not a usable name; use letters, digits, - and _, at most"
            " 63."
        )
    if target.existing and merchant in target.existing.merchants:
        raise CommandError(
            f"{target.config} has a merchant {merchant!r} already; take another name, or change it"
            " there.",
            Exit.CONFIG,
        )
    return Answers(merchant, platform, found)


def _complete(
    answers: Answers, source: SecretSource | None, *, asks: bool, merchant_id: str | None
) -> None:
    """Asks for what is missing; without a terminal, names all of it."""
    tables = (
        ("--shop", answers.platform.settings, answers.shop),
        ("--atlast", AtLastSettings, answers.atlast),
    )
    if not asks:
        found = [
            f"{option} {key} {problem}" if key else f"{option} {problem}"
            for option, model, values in tables
            for key, problem in faults(model, values, source)
        ]
        if found:
            raise click.UsageError("\n".join(found))
        answers.merchant_id = merchant_id or ""
        return
    answers.shop = asking.ask(answers.platform.settings, answers.shop, source)
    if merchant_id is None:
        merchant_id = click.prompt(
            "\nAt Last's id for this merchant (Enter if you have only one)",
            default="",
            show_default=False,
            err=True,
        )
    answers.merchant_id = merchant_id.strip()
    answers.atlast = asking.ask(AtLastSettings, answers.atlast, source)


def _try_out(
    app: App, answers: Answers, target: Target, source: SecretSource | None, *, asks: bool
) -> Sequence[Group]:
    """Returns what `check` finds; a person may type the shop's secrets anew after a fault."""
    while True:
        config = assemble(answers, target, source)
        facts = typed(app, check_outside([answers.merchant], config, Clock()))
        if not (asks and count(facts, Verdict.FAULT)):
            return facts
        show(Console(stderr=True, highlight=False), facts)
        if not click.confirm("Enter the credentials again?", default=True, err=True):
            return facts
        for model, name in ((answers.platform.settings, "shop"), (AtLastSettings, "atlast")):
            if name == "shop" or target.existing is None:
                kept = asking.without_secrets(model, getattr(answers, name))
                setattr(answers, name, asking.ask(model, kept, source))


def _write_anyway() -> bool:
    return click.confirm("Write the configuration all the same?", default=False, err=True)


def _require_terminal(option: str) -> None:
    if not sys.stdin.isatty():
        raise click.UsageError(f"{option} is missing, and there is no terminal to ask at.")


def _next(app: App) -> list[str]:
    return [f"{app.invocation} {name}" for name in ("check", "sync", "run")]


def _document(app: App, files: Sequence[Path], facts: Sequence[Group]) -> dict[str, Any]:
    return {
        "written": [str(path) for path in files],
        "facts": document(facts),
        "next": _next(app) if files else [],
    }


def _refused(console: Console, facts: Sequence[Group]) -> None:
    show(console, facts)
    console.print("No configuration was written; mend this, or add --no-check.")


def _show(console: Console, app: App, files: Sequence[Path], facts: Sequence[Group]) -> None:
    if facts:
        show(console, facts)
    for path in files:
        console.print(f"Written: {path}", markup=False, soft_wrap=True)
    check, sync, run = _next(app)
    console.print("\nNext:")
    for line, words in (
        (check, "tests everything; again after every change"),
        (sync, "one poll and one delivery; the first reaches back 60 days"),
        (run, "the daemon"),
    ):
        console.print(f"  {line}\n      {words}", markup=False, soft_wrap=True)
