"""`orderferry check`: one line per fact, one remedy per fault."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import click
from rich.console import Console
from rich.text import Text

from connectors.base import Verdict
from orderferry.checking import Group, check_everything, count, exit_status
from orderferry.cli.app import App, pick
from orderferry.cli.completion import merchant_argument
from orderferry.clock import Clock
from orderferry.errors import ConfigError
from orderferry.local_check import config_faults

_MARKS = {
    Verdict.OK: ("ok", "green"),
    Verdict.WARNING: ("warn", "yellow"),
    Verdict.FAULT: ("FAULT", "red"),
}

_MARGIN = 8
"""Columns before the text of a fact."""

_SHOWN_WHOLE = 10
"""With more merchants, those without warning and fault get one line; --all shows every fact."""


@click.command(
    "check",
    epilog="""\b
Exit status, that of the worst fault:
  78 something is set up wrongly     77 credentials are refused
  75 all that is wrong should pass    1 another fault
   0 no fault, also with warnings
\b
Example: orderferry --config config.toml check bolt""",
)
@merchant_argument("merchants", nargs=-1)
@click.option("--all", "everything", is_flag=True, help="Show every fact of every merchant.")
@click.pass_obj
def command(app: App, merchants: Sequence[str], *, everything: bool) -> int:
    """
    Test the configuration, the state file, the shops and At Last.

    Of MERCHANTS, or of all that are enabled. Reads only: nothing is stored and
    no order is sent. Every fault comes with its remedy.
    """
    app.quiet_logs()
    try:
        config = app.config()
    except ConfigError as error:
        groups = [Group("configuration", config_faults(error))]
    else:
        groups = check_everything(pick(config, merchants), config, Clock())
    groups = typed(app, groups)
    app.emit(
        {
            "ok": not count(groups, Verdict.FAULT),
            "exit_status": int(exit_status(groups)),
            "facts": document(groups),
        },
        lambda console: show(console, groups, whole=everything or bool(merchants)),
    )
    return exit_status(groups)


def typed(app: App, groups: Sequence[Group]) -> list[Group]:
    """Returns the groups with commands that work as they are printed."""
    return [
        replace(
            group,
            facts=[
                replace(fact, found=app.typed(fact.found), remedy=app.typed(fact.remedy))
                for fact in group.facts
            ],
        )
        for group in groups
    ]


def document(groups: Sequence[Group]) -> list[dict[str, str | None]]:
    """Returns the facts as JSON values, one by one."""
    return [
        {
            "subject": group.subject,
            "merchant": group.merchant,
            "name": fact.name,
            "verdict": fact.verdict.value,
            "cause": fact.cause.value if fact.cause else None,
            "found": fact.found,
            "remedy": fact.remedy,
        }
        for group in groups
        for fact in group.facts
    ]


def show(console: Console, groups: Sequence[Group], *, whole: bool = True) -> None:
    """Prints one line per fact, and the remedy under each that needs one; then the sum."""
    whole = whole or sum(group.merchant is not None for group in groups) <= _SHOWN_WHOLE
    for group in groups:
        if not whole and group.merchant is not None and _well(group):
            _print(console, Verdict.OK, f"{group.subject}: {len(group.facts)} facts")
            continue
        console.print(Text(group.subject, style="bold"), overflow="fold")
        for fact in group.facts:
            _print(console, fact.verdict, f"{fact.name}: {fact.found}", fact.remedy)
    console.print(Text(f"\n{sum_up(groups)}", style="bold"))


def sum_up(groups: Sequence[Group]) -> str:
    """Returns the last line: how many faults and warnings there are."""
    faults, warnings = count(groups, Verdict.FAULT), count(groups, Verdict.WARNING)
    found = "No fault found" if not faults else f"{_number(faults, 'fault')} to mend"
    return f"{found}; {_number(warnings, 'warning')}." if warnings else f"{found}."


def _print(console: Console, verdict: Verdict, *paragraphs: str) -> None:
    """Prints a mark and text beside it, as wide as the console; nothing behind a line's end."""
    word, colour = _MARKS[verdict]
    mark = Text(f"  {word}".ljust(_MARGIN), style=colour)
    for paragraph in filter(None, paragraphs):
        for line in Text(paragraph).wrap(console, console.width - _MARGIN, overflow="fold"):
            line.rstrip()
            console.print(mark + line)
            mark = Text(" " * _MARGIN)


def _number(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"


def _well(group: Group) -> bool:
    return not (group.has(Verdict.WARNING) or group.has(Verdict.FAULT))
