"""`orderferry sync`: one poll and one delivery now."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict

import click
from rich.console import Console
from rich.table import Table

from orderferry.cli.app import App, pick
from orderferry.cli.completion import merchant_argument
from orderferry.errors import Exit
from orderferry.ferrying import ferry
from orderferry.runs import Report
from orderferry.services import Services
from orderferry.sync import poll
from state import RunOutcome

_STATUS = {
    RunOutcome.TRANSIENT: Exit.TRY_LATER,
    RunOutcome.STOPPED: Exit.TRY_LATER,
    RunOutcome.CREDENTIALS: Exit.CREDENTIALS,
    RunOutcome.CONTRACT: Exit.CONFIG,
    RunOutcome.FAILED: Exit.PARTLY,
}


@click.command("sync", epilog="Example: orderferry --config config.toml sync bolt")
@merchant_argument("merchants", nargs=-1)
@click.pass_obj
def command(app: App, merchants: Sequence[str]) -> int:
    """
    Poll MERCHANTS (all that are enabled, if none is named) and deliver, then exit.

    Safe beside the daemon: a merchant that is being polled is left to it.
    """
    app.quiet_logs()
    config = app.config()
    names = pick(config, merchants, to_work=True)
    with app.services(config) as services:
        reports = sync(names, services)
    reports = app.typed_reports(reports)
    app.emit(
        {"reports": [asdict(report) for report in reports]},
        lambda console: show(console, reports, app),
    )
    return exit_status(reports)


def sync(names: Sequence[str], services: Services) -> list[Report]:
    """Returns the reports of one poll per merchant, then of one delivery per account."""
    pool = ThreadPoolExecutor(services.config.daemon.workers)
    accounts = dict.fromkeys(services.merchant(name).account for name in names)
    try:
        return ferry(
            lambda: list(pool.map(lambda name: poll(name, services), names)), accounts, services
        )
    finally:
        # after Ctrl-C: runs end at their next page or wait, and nobody waits for a slow shop
        services.clock.stop.set()
        pool.shutdown(wait=False, cancel_futures=True)


def exit_status(reports: Iterable[Report]) -> int:
    """
    Returns the exit status the reports mean; pure.

    A failure's own status if nothing else was done besides, or if delivery
    failed as a whole; 1 if some merchants failed or some orders were quarantined.
    """
    reports = list(reports)
    failed = [report for report in reports if report.outcome is not RunOutcome.DONE]
    if not failed:
        bad = ("quarantined", "refused", "not_found")
        hurt = any(report.counts.get(name) for report in reports for name in bad)
        return Exit.PARTLY if hurt else Exit.DONE
    for kind in ("deliver", "poll", "backfill", "sweep"):
        of_kind = [report for report in reports if report.kind == kind]
        if of_kind and all(report in failed for report in of_kind):
            statuses = {_STATUS[report.outcome] for report in of_kind}
            return statuses.pop() if len(statuses) == 1 else Exit.PARTLY
    return Exit.PARTLY


def show(console: Console, reports: Sequence[Report], app: App) -> None:
    """Prints one line per merchant and account, then every problem with its remedy."""
    reading = [report for report in reports if report.kind != "deliver"]
    columns = ("seen", "ready", "unchanged", "waiting", "skipped", "quarantined")
    table = Table("merchant", box=None, pad_edge=False)
    for name in columns:
        table.add_column(name, justify="right")
    table.add_column("outcome")
    for report in reading:
        numbers = (str(report.counts.get(name, 0)) for name in columns)
        table.add_row(report.subject, *numbers, report.outcome.value)
    if reading:
        console.print(table)
    for report in reports:
        if report.kind == "deliver":
            console.print(_delivered(report))
    for report in reports:
        if strangers := report.counts.get("not_found"):
            console.print(
                f"{report.subject}: {strangers} ids are not in the shop; --dry-run names them."
            )
        if report.problem:
            console.print(f"{report.subject}: {report.problem}", markup=False, soft_wrap=True)
    if any(report.counts.get(name) for report in reports for name in ("quarantined", "refused")):
        words = app.typed("Orders are quarantined; to see why: orderferry quarantine list")
        console.print(words, markup=False, soft_wrap=True)


def _delivered(report: Report) -> str:
    parts = [f"{report.counts.get('delivered', 0)} delivered"]
    words = {"refused": "refused", "in_doubt": "in doubt", "returned": "still pending"}
    parts += [
        f"{report.counts[key]} {word}" for key, word in words.items() if report.counts.get(key)
    ]
    return f"At Last ({report.subject}): {', '.join(parts)}; {report.outcome.value}."
