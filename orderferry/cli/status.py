"""`orderferry status`: what happened last, what waits, what is wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import click
from rich.console import Console
from rich.table import Table

from orderferry.cli.app import App
from orderferry.config import Config
from orderferry.errors import Exit
from state import MerchantState, OrderState, Run, RunOutcome, SqliteStore


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something an operator should do something about."""

    subject: str
    words: str


@click.command("status", epilog="Example: orderferry --config config.toml status")
@click.pass_obj
def command(app: App) -> int:
    """
    Show per merchant the last run, the lag, the orders by state, and what to do.

    Reads the state file only, also while the daemon runs; needs no secrets.
    """
    from orderferry.clock import Clock  # noqa: PLC0415 - beside its only use

    config = app.config(secrets=False)
    now = Clock().now()
    store = SqliteStore.open(config.state_path, now=now, read_only=True)
    try:
        states = [store.merchant_state(name) for name in config.merchants]
        accounts = {
            merchant.account: store.runs(merchant.account, limit=1)
            for merchant in config.merchants.values()
        }
    finally:
        store.close()
    troubles = find_troubles(config, states, accounts, now)
    app.emit(document(states, troubles, now), lambda console: _show(console, states, troubles, now))
    return Exit.PARTLY if troubles else Exit.DONE


def find_troubles(
    config: Config,
    states: Sequence[MerchantState],
    accounts: Mapping[str, Sequence[Run]],
    now: datetime,
) -> list[Trouble]:
    """Returns what is wrong, the most urgent first; pure."""
    troubles = [
        Trouble(f"At Last ({account})", runs[0].problem)
        for account, runs in accounts.items()
        if runs and runs[0].problem and runs[0].outcome is not RunOutcome.STOPPED
    ]
    for state in states:
        merchant = config.merchants[state.merchant]
        if not merchant.enabled:
            continue
        last = state.last_run
        if last is not None and last.problem and last.outcome is not RunOutcome.STOPPED:
            troubles.append(Trouble(state.merchant, last.problem))
        elif last is None:
            troubles.append(
                Trouble(state.merchant, "Never polled; start the daemon: orderferry run.")
            )
        elif _late(state, config.daemon.poll_every, now):
            troubles.append(
                Trouble(state.merchant, "No successful poll for a while; is the daemon running?")
            )
    troubles += [
        Trouble(
            state.merchant,
            f"{sum(state.quarantined.values())} orders are quarantined; the most frequent reason:"
            f" {next(iter(state.quarantined))}.",
        )
        for state in states
        if state.quarantined
    ]
    return troubles


def _late(state: MerchantState, poll_every: timedelta, now: datetime) -> bool:
    since = state.last_success_at
    return since is None or now - since > max(5 * poll_every, timedelta(minutes=15))


def document(
    states: Sequence[MerchantState], troubles: Sequence[Trouble], now: datetime
) -> dict[str, object]:
    """Returns the JSON document of `status`."""
    return {
        "ok": not troubles,
        "troubles": [{"subject": t.subject, "problem": t.words} for t in troubles],
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
                "last_run": _run(state.last_run),
            }
            for state in states
        ],
    }


def _run(run: Run | None) -> dict[str, object] | None:
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
    console: Console, states: Sequence[MerchantState], troubles: Sequence[Trouble], now: datetime
) -> None:
    if troubles:
        console.print(f"{len(troubles)} thing(s) to look at:", style="bold")
        for trouble in troubles:
            console.print(f"  {trouble.subject}: {trouble.words}", markup=False, soft_wrap=True)
    else:
        console.print("All is well.", style="bold")
    table = Table("merchant", box=None, pad_edge=False)
    for name in ("lag", "pending", "in doubt", "waiting", "delivered", "skipped", "quarant."):
        table.add_column(name, justify="right")
    table.add_column("last run")
    for state in states:
        numbers = [
            str(state.orders.get(OrderState(key), 0))
            for key in ("pending", "in_doubt", "waiting", "delivered", "skipped", "quarantined")
        ]
        table.add_row(state.merchant, _span(state.watermark, now), *numbers, _last(state, now))
    console.print(table)


def _last(state: MerchantState, now: datetime) -> str:
    run = state.last_run
    if run is None:
        return "never"
    word = run.outcome.value if run.outcome else "running"
    return f"{_span(run.finished_at or run.started_at, now)} ago, {word}"


def _span(since: datetime | None, now: datetime) -> str:
    """Returns the time since in at most five characters."""
    if since is None:
        return "-"
    seconds = max(0, int((now - since).total_seconds()))
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "m")):
        if seconds >= 2 * size:
            return f"{seconds // size}{unit}"
    return f"{seconds}s"
