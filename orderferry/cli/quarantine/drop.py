"""`orderferry quarantine drop`."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import click
from rich.console import Console

from orderferry.cli.app import App
from orderferry.cli.quarantine.chosen import (
    choice,
    choosing,
    require_choice,
    unknown_orders,
    unknown_words,
)
from orderferry.errors import CommandError, Exit
from orderferry.quarantine import drop, pages


@click.command(
    "drop",
    short_help="Decide that orders are not sent.",
    epilog="Example: orderferry quarantine drop bolt --order 1001 --yes",
)
@choosing
@click.option("--all", "everything", is_flag=True, help="Every quarantined order there is.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
def command(  # noqa: PLR0913 - one option each
    app: App,
    merchants: Sequence[str],
    reason: str,
    orders: Sequence[str],
    *,
    everything: bool,
    yes: bool,
) -> int:
    """
    Decide that quarantined orders of MERCHANTS are not sent; their payloads are erased.

    They stay skipped until reading them comes to something else than before.
    `quarantine retry MERCHANT --order ID` takes it back.
    """
    require_choice(merchants, reason, orders, everything=everything)
    app.quiet_logs()
    config = app.config(secrets=False)
    names, chosen = choice(config, merchants, reason, orders)
    with app.services(config, create=False) as services:
        unknown = unknown_orders(services.store, names, chosen)
        found = sum(len(page) for name in names for page in pages(services.store, name, chosen))
        if found and not yes:
            _confirm(found)
        dropped = {name: drop(name, chosen, services) for name in names}
    total = sum(dropped.values())
    app.emit(
        {
            "merchants": [{"name": name, "dropped": number} for name, number in dropped.items()],
            "not_found": list(unknown),
        },
        lambda console: _show(console, total, unknown),
    )
    return Exit.PARTLY if unknown else Exit.DONE


def _show(console: Console, total: int, unknown: Sequence[str]) -> None:
    console.print(
        f"{total} order(s) dropped: their shoppers cannot return them through At Last."
        if total
        else "No such order is quarantined."
    )
    for words in unknown_words(unknown):
        console.print(words, markup=False)


def _confirm(number: int) -> None:
    if not sys.stdin.isatty():
        raise CommandError(
            f"This drops {number} order(s), which are then not sent; add --yes if that is meant.",
            Exit.USAGE,
        )
    click.confirm(f"Drop {number} order(s)? They are then not sent", abort=True, err=True)
