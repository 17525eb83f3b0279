"""`orderferry sweep`: compare the last 60 days with the ledger now."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict

import click
from rich.console import Console
from rich.table import Table

from orderferry.cli.app import App, pick
from orderferry.cli.completion import merchant_argument
from orderferry.cli.sync import exit_status
from orderferry.deliver import deliver
from orderferry.runs import Report
from orderferry.services import Services
from orderferry.sweep import KIND, sweep

_COLUMNS = {
    "compared": "compared",
    "missing": "missing",
    "differing": "changed",
    "ready": "to send",
}


@click.command("sweep", epilog="Example: orderferry --config config.toml sweep bolt")
@merchant_argument("merchants", nargs=-1)
@click.pass_obj
def command(app: App, merchants: Sequence[str]) -> int:
    """
    Compare the last 60 days of MERCHANTS (default: all) with the ledger.

    Finds what polls cannot see: orders and tracking numbers that a plugin wrote
    into the database, edits of the repeated autumn hour. Reads again what
    differs, and delivers it. The daemon does the same each daemon.sweep_every.
    """
    app.quiet_logs()
    config = app.config()
    names = pick(config, merchants, to_work=True)
    with app.services(config) as services:
        reports = sweep_and_deliver(names, services)
    reports = app.typed_reports(reports)
    app.emit(
        {"reports": [asdict(report) for report in reports]},
        lambda console: show(console, reports),
    )
    return exit_status(reports)


def sweep_and_deliver(names: Sequence[str], services: Services) -> list[Report]:
    """Returns the reports of one sweep per merchant, then of the deliveries that makes due."""
    pool = ThreadPoolExecutor(services.config.daemon.workers)
    try:
        reports = list(pool.map(lambda name: sweep(name, services), names))
        found = [report.subject for report in reports if report.counts.get("ready")]
        accounts = dict.fromkeys(services.merchant(name).account for name in found)
        reports += pool.map(lambda account: deliver(account, services), accounts)
    finally:
        # after Ctrl-C: runs end at their next page or wait, and nobody waits for a slow shop
        services.clock.stop.set()
        pool.shutdown(wait=False, cancel_futures=True)
    return reports


def show(console: Console, reports: Sequence[Report]) -> None:
    """Prints one line per merchant, what was delivered, and every problem with its remedy."""
    table = Table("merchant", box=None, pad_edge=False)
    for title in _COLUMNS.values():
        table.add_column(title, justify="right")
    table.add_column("outcome")
    for report in reports:
        if report.kind == KIND:
            numbers = (str(report.counts.get(name, 0)) for name in _COLUMNS)
            table.add_row(report.subject, *numbers, report.outcome.value)
    console.print(table)
    for report in reports:
        if report.kind != KIND:
            number = report.counts.get("delivered", 0)
            console.print(
                f"At Last ({report.subject}): {number} delivered; {report.outcome.value}."
            )
        if report.problem:
            console.print(f"{report.subject}: {report.problem}", markup=False, soft_wrap=True)
