"""`orderferry adopt`: the same shop at another address."""

from __future__ import annotations

import os
from collections.abc import Sequence

import click

from orderferry.cli.app import App, existing, pick
from orderferry.cli.completion import merchant_argument
from orderferry.cli.rename import document
from orderferry.cli.watermark import who
from orderferry.clock import Clock
from orderferry.config import Config
from orderferry.errors import CommandError, Exit
from orderferry.identity import Known, namesakes
from orderferry.leases import Owner, hold
from state import OperatorStore, ShopChange


@click.command("adopt", epilog='Example: orderferry adopt bolt --note "relaunch on a new domain"')
@merchant_argument("merchant")
@click.option("--yes", is_flag=True, help="Also if orders are then sent a second time.")
@click.option("--note", default="", help="Why, for those who look it up later.")
@click.pass_obj
def command(app: App, merchant: str, *, yes: bool, note: str) -> int:
    """
    Say that MERCHANT's shop is the one that its table names now.

    For a shop that moved to another address and took its orders along: its
    ledger stays, and nothing is sent twice. Never for another shop, whose orders
    would be taken for those of the first. Who said so, and when, is recorded.
    """
    app.quiet_logs()
    config = app.config(secrets=False)
    (name,) = pick(config, [merchant])
    clock = Clock()
    with (
        existing(config, clock) as store,
        hold(store, f"merchant:{name}", Owner.this_process(), clock.now) as held,
    ):
        shop = config.merchants[name].shop
        change = None
        if store.shop(name) != shop:
            if (others := _namesakes(config, name, store)) and not yes:
                raise CommandError(_twice(name, others), Exit.USAGE)
            change = store.adopt_shop(
                held.lease, name, shop, now=clock.now(), by=who(os.environ), note=note
            )
    words = explain(name, str(shop), change)
    app.emit(
        {
            "merchant": name,
            "shop": {"platform": shop.platform, "address": shop.address},
            "explanation": words,
            "change": None if change is None else document(change),
        },
        lambda console: console.print(words, markup=False),
    )
    return Exit.DONE


def explain(name: str, shop: str, change: ShopChange | None) -> str:
    """Returns what was done, in words; pure."""
    if change is None:
        return f"{name} is known as the shop {shop} already; nothing was changed."
    was = f"; it was {change.before}" if change.before else ""
    return f"{name} is the shop {shop} now{was}. Its ledger stays as it is."


def _namesakes(config: Config, name: str, store: OperatorStore) -> Sequence[str]:
    known = Known.of(store, [name])
    return namesakes(config.merchants[name], config.merchants, known)


def _twice(name: str, others: Sequence[str]) -> str:
    return (
        f"That shop is known as {others[0]}: under the name {name}, what was sent would be sent"
        f" again. To take its ledger over: orderferry rename {others[0]} {name}. Add --yes if"
        " sending it again is meant."
    )
