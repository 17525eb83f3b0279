"""`orderferry rename`: a merchant's new name, with all that is known of it."""

from __future__ import annotations

import os
from contextlib import ExitStack
from typing import Any

import click
from rich.console import Console

from orderferry.cli.app import App, existing
from orderferry.cli.completion import merchant_argument
from orderferry.cli.watermark import who
from orderferry.clock import Clock
from orderferry.config import NAME, Config
from orderferry.errors import CommandError, Exit
from orderferry.leases import Owner, hold
from state import NotRenamed, OperatorStore, Renamed, ShopChange


@click.command("rename", epilog="Example: orderferry rename bolt bolt-de")
@merchant_argument("old")
@merchant_argument("new")
@click.option("--note", default="", help="Why, for those who look it up later.")
@click.pass_obj
def command(app: App, old: str, new: str, *, note: str) -> int:
    """
    Move all that the state file keeps under the name OLD to NEW.

    First rename the merchant's table in the configuration, then run this: a
    shop under a new name is not read until then, since its orders would be sent
    again. All moves, or nothing: orders, watermark, runs, tokens. Who did it,
    and when, is recorded.
    """
    app.quiet_logs()
    config = app.config(secrets=False)
    if not NAME.fullmatch(new):
        raise CommandError(
            f"{new!r} is no name for a merchant; use letters, digits, - and _, 63 at most.",
            Exit.USAGE,
        )
    clock = Clock()
    with existing(config, clock) as store:
        _require_renamed_table(config, store, old, new)
        moved = _rename(store, old, new, clock, note)
    words = app.typed(next_step(config, new, moved))
    app.emit(_document(moved, words), lambda console: _show(console, moved, words))
    return Exit.DONE


def _rename(store: OperatorStore, old: str, new: str, clock: Clock, note: str) -> Renamed:
    owner = Owner.this_process()
    with ExitStack() as stack:
        held = [
            stack.enter_context(hold(store, f"merchant:{name}", owner, clock.now)).lease
            for name in sorted({old, new})
        ]
        try:
            return store.rename(held, old, new, now=clock.now(), by=who(os.environ), note=note)
        except NotRenamed as refused:
            raise CommandError(str(refused), Exit.USAGE) from None


def _require_renamed_table(config: Config, store: OperatorStore, old: str, new: str) -> None:
    """Raises if the configuration still reads the shop under its old name."""
    table = config.merchants.get(old)
    if table is not None and table.enabled and store.shop(old) in {None, table.shop}:
        raise CommandError(
            f"{config.path} still has the table merchants.{old}, and reads the shop under that"
            f" name; rename it there to merchants.{new} first.",
            Exit.USAGE,
        )


def next_step(config: Config, new: str, moved: Renamed) -> str:
    """Returns what is left to do, in a sentence; pure."""
    table = config.merchants.get(new)
    if table is None:
        return (
            f"{config.path} has no table merchants.{new}: nothing is read or sent under that name."
        )
    if moved.shop is not None and moved.shop != table.shop:
        return (
            f"Its table names the shop {table.shop}, but the ledger is about {moved.shop}; if the"
            f" shop only moved: orderferry adopt {new}"
        )
    return "A daemon that runs reads the new table when it gets SIGHUP."


def document(change: ShopChange) -> dict[str, Any]:
    """Returns the JSON of a change that a person made."""
    return {
        "kind": change.kind.value,
        "changed_at": change.changed_at,
        "before": change.before,
        "after": change.after,
        "by": change.by,
        "note": change.note,
    }


def _document(moved: Renamed, words: str) -> dict[str, Any]:
    shop = moved.shop
    return {
        "merchant": moved.change.merchant,
        "shop": None if shop is None else {"platform": shop.platform, "address": shop.address},
        "moved": {
            "orders": moved.orders,
            "watermark": moved.watermark,
            "backfills": moved.backfills,
            "runs": moved.runs,
            "kept": moved.kept,
        },
        "next": words,
        "change": document(moved.change),
    }


def _show(console: Console, moved: Renamed, words: str) -> None:
    read = f"read up to {moved.watermark:%Y-%m-%d %H:%M} UTC" if moved.watermark else "not read yet"
    parts = [_number(moved.orders, "order"), read, _number(moved.runs, "run")]
    if moved.backfills:
        parts.append(_number(moved.backfills, "unfinished backfill"))
    if moved.kept:
        parts.append(f"{_number(moved.kept, 'value')} that its connector keeps")
    change = moved.change
    console.print(
        f"{change.before} is {change.after} now: {', '.join(parts)}.\n{words}", markup=False
    )


def _number(number: int, word: str) -> str:
    return f"{number:,} {word}" if number == 1 else f"{number:,} {word}s"
