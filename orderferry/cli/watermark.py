"""`orderferry watermark`: up to where each shop has been read, and moving that by hand."""

from __future__ import annotations

import getpass
import os
import socket
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from orderferry.cli.app import App, existing, pick
from orderferry.cli.completion import merchant_argument
from orderferry.clock import Clock
from orderferry.config import Config
from orderferry.errors import CommandError, Exit
from orderferry.leases import Owner, hold
from orderferry.sync import begins
from orderferry.watermark import Direction, Move, Refused, judge, parse
from state import OperatorStore, WatermarkChange


@click.group("watermark", epilog="Example: orderferry watermark show bolt")
def command() -> None:
    """
    Show up to where each shop has been read, or set it by hand.

    Every change of a shop before its watermark is in the ledger. Polls move it;
    to read a time again, a backfill is the better tool: it moves nothing.
    """


@command.command(
    "show",
    short_help="Show the watermarks and who changed them.",
    epilog="Example: orderferry watermark show bolt",
)
@merchant_argument("merchants", nargs=-1)
@click.pass_obj
def show(app: App, merchants: Sequence[str]) -> int:
    """
    Show the watermarks of MERCHANTS, or of all, and who changed them by hand.

    Reads the state file only, also while the daemon runs; needs no secrets.
    """
    config = app.config(secrets=False)
    names = pick(config, merchants) if merchants else tuple(config.merchants)
    now = Clock().now()
    with app.looking(config) as store:
        watermarks = {name: store.watermark(name) for name in names}
        changes = {name: store.watermark_changes(name, limit=20) for name in names}
    app.emit(
        {
            "merchants": [
                {
                    "name": name,
                    "watermark": at,
                    "lag_seconds": round((now - at).total_seconds()) if at else None,
                    "changes": [_document(change) for change in changes[name]],
                }
                for name, at in watermarks.items()
            ]
        },
        lambda console: _show(console, watermarks, changes),
    )
    return Exit.DONE


@command.command(
    "set",
    short_help="Move a watermark, with a record of it.",
    epilog='Example: orderferry watermark set bolt 2026-11-20T08:30Z --note "restored a backup"',
)
@merchant_argument("merchant")
@click.argument("instant")
@click.option("--yes", is_flag=True, help="Move it forward too: what lies between is not read.")
@click.option("--note", default="", help="Why, for those who read `watermark show` later.")
@click.pass_obj
def set_(app: App, merchant: str, instant: str, *, yes: bool, note: str) -> int:
    """
    Put MERCHANT's watermark at INSTANT, for example 2026-11-20T08:30Z.

    Going back, the next poll reads again from there; forward, changes in between
    are skipped, which takes --yes. Who did it, and when, is recorded.
    """
    app.quiet_logs()
    config = app.config(secrets=False)
    (name,) = pick(config, [merchant])
    clock = Clock()
    with (
        existing(config, clock) as store,
        hold(store, f"merchant:{name}", Owner.this_process(), clock.now) as held,
    ):
        move, at = _judge(config, name, instant, store, clock.now())
        if move.direction is Direction.FORWARD and not yes:
            raise CommandError(f"{move.words} Add --yes if that is meant.", Exit.USAGE)
        change = store.set_watermark(
            held.lease, name, at, now=clock.now(), by=who(os.environ), note=note
        )
    app.emit(
        {
            "merchant": name,
            "direction": move.direction.value,
            "reads_from": move.begins,
            "explanation": move.words,
            "change": _document(change),
        },
        lambda console: console.print(
            f"The watermark of {name} is {_at(change.after)} now; it was {_at(change.before)}."
            f"\n{move.words}",
            markup=False,
        ),
    )
    return Exit.DONE


def who(environ: Mapping[str, str]) -> str:
    """Returns who runs the command, also behind sudo: user and host."""
    try:
        user = environ.get("SUDO_USER") or getpass.getuser()
    except (KeyError, OSError):  # a container whose user has no name
        user = f"user {os.getuid()}"
    return f"{user} on {socket.gethostname()}"


def _judge(
    config: Config, name: str, instant: str, store: OperatorStore, now: datetime
) -> tuple[Move, datetime]:
    try:
        at = parse(instant)
        move = judge(
            store.watermark(name),
            at,
            now=now,
            overlap=config.daemon.overlap,
            begins=begins(store, config.merchants[name], now),
        )
    except Refused as refused:
        raise CommandError(f"{instant!r} {refused}", Exit.USAGE) from None
    return move, at


def _document(change: WatermarkChange) -> dict[str, Any]:
    return {
        "changed_at": change.changed_at,
        "before": change.before,
        "after": change.after,
        "by": change.by,
        "note": change.note,
    }


def _show(
    console: Console,
    watermarks: Mapping[str, datetime | None],
    changes: Mapping[str, Sequence[WatermarkChange]],
) -> None:
    table = Table("merchant", "watermark", box=None, pad_edge=False)
    for name, at in watermarks.items():
        table.add_row(name, _at(at))
    console.print(table)
    for name, made in changes.items():
        for change in made:
            note = f": {change.note}" if change.note else ""
            console.print(
                f"{name}: {_at(change.changed_at)}, {change.by} set it from"
                f" {_at(change.before)} to {_at(change.after)}{note}",
                markup=False,
            )


def _at(instant: datetime | None) -> str:
    return f"{instant:%Y-%m-%d %H:%M:%S} UTC" if instant else "none (never polled)"
