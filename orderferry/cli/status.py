"""`orderferry status`: what happened last, what waits, what is wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import click
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from orderferry.cli.app import App, pick
from orderferry.cli.completion import merchant_argument
from orderferry.clock import Clock
from orderferry.errors import Exit
from orderferry.troubles import Trouble, find_notices, find_troubles
from orderferry.wording import last, line, outbox, span
from state import MerchantState, OrderState, Run

_SHOWN = 20
"""Merchants without trouble that are shown; more only with --all."""

_SWEPT = 10
"""Merchants whose sweeps are told without being asked for."""

_COLUMNS = {
    "to\nsend": OrderState.PENDING,
    "in\ndoubt": OrderState.IN_DOUBT,
    "wait-\ning": OrderState.WAITING,
    "deliv-\nered": OrderState.DELIVERED,
    "skip-\nped": OrderState.SKIPPED,
    "quaran-\ntined": OrderState.QUARANTINED,
}


@click.command("status", epilog="Example: orderferry --config config.toml status")
@merchant_argument("merchants", nargs=-1)
@click.option("--all", "everybody", is_flag=True, help="List every merchant, however many.")
@click.pass_obj
def command(app: App, merchants: Sequence[str], *, everybody: bool) -> int:
    """
    Show per merchant the last run, the lag, the orders by state, and what to do.

    The first line says whether all is well, and otherwise what to do first. Of
    many MERCHANTS the troubled ones are listed before the others. Reads the
    state file only, also while the daemon runs; needs no secrets. Ends with 1 if
    something needs you; what is only to be done in time is noted.
    """
    config = app.config(secrets=False)
    names = pick(config, merchants) if merchants else tuple(config.merchants)
    now = Clock().now()
    with app.looking(config) as store:
        states = store.merchant_states(names)
        accounts = store.last_runs([*{config.merchants[name].account: None for name in names}])
        unsent = {} if merchants else store.unsent_beyond(names)
    found = Findings(
        _typed(app, find_troubles(config, states, accounts, now, unsent=unsent)),
        _typed(app, find_notices(config, states)),
    )
    limit = len(states) if everybody or merchants else _SHOWN
    app.emit(
        document(states, found, now),
        lambda console: _show(console, states, found, now, limit=limit),
    )
    return Exit.PARTLY if found.troubles else Exit.DONE


def _typed(app: App, troubles: Sequence[Trouble]) -> list[Trouble]:
    return [replace(trouble, words=app.typed(trouble.words)) for trouble in troubles]


@dataclass(frozen=True, slots=True)
class Findings:
    """What is wrong, and what should be seen to in time."""

    troubles: Sequence[Trouble]
    notices: Sequence[Trouble]


def document(states: Sequence[MerchantState], found: Findings, now: datetime) -> dict[str, object]:
    """Returns the JSON document of `status`."""
    return {
        "ok": not found.troubles,
        "troubles": _trouble_list(found.troubles),
        "notices": _trouble_list(found.notices),
        "merchants": [
            {
                "name": state.merchant,
                "orders": {s.value: state.orders.get(s, 0) for s in OrderState},
                "watermark": state.watermark,
                "lag_seconds": (
                    round((now - state.watermark).total_seconds()) if state.watermark else None
                ),
                "last_success_at": state.last_success_at,
                "oldest_pending_at": state.oldest_pending_at,
                "quarantined": dict(state.quarantined),
                "changed": state.changed,
                "last_sweep": _run(state.last_sweep),
                "last_run": _run(state.last_run),
            }
            for state in states
        ],
    }


def _trouble_list(troubles: Sequence[Trouble]) -> list[dict[str, object]]:
    return [{"subjects": list(trouble.subjects), "problem": trouble.words} for trouble in troubles]


def _run(run: Run | None) -> Mapping[str, object] | None:
    if run is None:
        return None
    return {
        "kind": run.kind,
        "started_at": run.started_at,
        "finished_at": run.finished_at,
        "outcome": run.outcome.value if run.outcome else None,
        "counts": dict(run.counts),
        "problem": run.problem,
        "retry_at": run.retry_at,
    }


def _show(
    console: Console,
    states: Sequence[MerchantState],
    found: Findings,
    now: datetime,
    *,
    limit: int,
) -> None:
    troubled = {subject for trouble in found.troubles for subject in trouble.subjects}
    _sum_up(console, found, limit)
    # sorting is stable: within both groups the configuration's order stays
    ordered = sorted(states, key=lambda state: state.merchant not in troubled)
    table = Table(box=None, pad_edge=False)
    table.add_column("merchant", overflow="fold", min_width=12, max_width=24)
    for name in ("lag", *_COLUMNS):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("last run", overflow="fold", min_width=8)
    for state in ordered[:limit]:
        numbers = (str(state.orders.get(column, 0)) for column in _COLUMNS.values())
        table.add_row(
            Text(state.merchant), span(state.watermark, now), *numbers, last(state.last_run, now)
        )
    console.print(table)
    if owing := outbox(states, now):
        console.print(owing)
    _show_sweeps(console, ordered[:limit], now)
    if rest := ordered[limit:]:
        quiet = sum(state.merchant not in troubled for state in rest)
        words = "without trouble" if quiet == len(rest) else f"{len(rest) - quiet} of them troubled"
        console.print(f"and {len(rest)} more, {words}; --all lists them.")


def _show_sweeps(console: Console, states: Sequence[MerchantState], now: datetime) -> None:
    """Prints what sweeps found and how many delivered orders changed; of many, what matters."""
    swept = [state for state in states if state.last_sweep is not None or state.changed]
    if len(swept) > _SWEPT:
        swept = [state for state in swept if state.changed or _found(state.last_sweep)]
    if not swept:
        return
    table = Table(box=None, pad_edge=False)
    table.add_column("merchant", overflow="fold", min_width=12, max_width=24)
    for name in ("swept", "compared", "missing", "changed", "changed since\ndelivery"):
        table.add_column(name, justify="right", no_wrap=True)
    for state in swept[:_SWEPT]:
        counts = state.last_sweep.counts if state.last_sweep else {}
        at = state.last_sweep.started_at if state.last_sweep else None
        table.add_row(
            Text(state.merchant),
            "never" if at is None else f"{span(at, now)} ago",
            *(str(counts.get(name, 0)) for name in ("compared", "missing", "differing")),
            str(state.changed),
        )
    console.print()
    console.print(table)


def _found(run: Run | None) -> bool:
    return run is not None and bool(run.counts.get("missing") or run.counts.get("differing"))


def _sum_up(console: Console, found: Findings, limit: int) -> None:
    """Prints the first line: all is well, or what to do first; then the other troubles."""
    if found.troubles:
        _show_troubles(console, found.troubles, limit)
    else:
        console.print("All is well.", style="bold")
    for notice in found.notices[:limit]:
        console.print(Text(f"To be done in time. {line(notice)}"))
    if found.troubles or found.notices:
        console.print()


def _show_troubles(console: Console, troubles: Sequence[Trouble], limit: int) -> None:
    first, *others = (line(trouble) for trouble in troubles)
    console.print(Text(f"Not well. {first}", style="bold"))
    if others:
        console.print(f"And {len(others)} more to look at:")
    for other in others[:limit]:
        console.print(Padding(Text(other), (0, 0, 0, 2)))
    if len(others) > limit:
        console.print(f"  and {len(others) - limit} more; --all lists them.")
