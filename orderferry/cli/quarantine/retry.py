"""`orderferry quarantine retry`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain

import click
from rich.console import Console

from orderferry.cli.app import App
from orderferry.cli.quarantine.chosen import (
    choice,
    choosing,
    document,
    require_choice,
    table,
    unknown_orders,
    unknown_words,
)
from orderferry.cli.sync import exit_status
from orderferry.deliver import deliver
from orderferry.errors import Exit
from orderferry.ferrying import unbroken
from orderferry.quarantine import PAGE, Retried, retry
from orderferry.runs import Report
from orderferry.services import Services
from state import LedgerOrder, RunOutcome


@click.command(
    "retry",
    short_help="Try orders again, and deliver them.",
    epilog="Example: orderferry quarantine retry bolt --order 1001",
)
@choosing
@click.option("--all", "everything", is_flag=True, help="Every quarantined order there is.")
@click.pass_obj
def command(
    app: App, merchants: Sequence[str], reason: str, orders: Sequence[str], *, everything: bool
) -> int:
    """
    Try quarantined orders of MERCHANTS again, and deliver.

    What At Last refused is sent as it was; what could not be mapped is read from
    the shop again. With --order, an order that was dropped is taken back too.
    Merchants that are disabled are left out: nothing of theirs is sent.
    """
    require_choice(merchants, reason, orders, everything=everything)
    app.quiet_logs()
    config = app.config()
    names, chosen = choice(config, merchants, reason, orders, to_work=True)
    with app.services(config, create=False) as services:
        unknown = unknown_orders(services.store, names, chosen, dropped=True)
        retried = [retry(name, chosen, services) for name in names]
        reports = [done.report for done in retried if done.report is not None]
        reports += _deliver([done.merchant for done in retried if done.order_ids], services)
        left = {done.merchant: _left(done, services) for done in retried}
    problems = _problems(app.typed_reports(reports))
    app.emit(
        {
            "merchants": [
                {
                    "name": done.merchant,
                    "tried": len(done.order_ids),
                    "requeued": done.requeued,
                    "reread": done.reread,
                    "quarantined": [document(order) for order in left[done.merchant]],
                }
                for done in retried
            ],
            "not_found": list(unknown),
            "problems": problems,
        },
        lambda console: _show(console, retried, left, [*unknown_words(unknown), *problems]),
    )
    failed = [report for report in reports if report.outcome is not RunOutcome.DONE]
    if failed:
        return exit_status(failed)
    return Exit.PARTLY if unknown or any(left.values()) else Exit.DONE


def _deliver(names: Sequence[str], services: Services) -> list[Report]:
    """Delivers for these merchants; where a delivery is under way, it takes the orders along."""
    accounts = dict.fromkeys(services.merchant(name).account for name in names)
    reports = unbroken(lambda: [deliver(account, services) for account in accounts])
    return [report for report in reports if report.outcome is not RunOutcome.STOPPED]


def _left(done: Retried, services: Services) -> list[LedgerOrder]:
    """Returns those of the orders that are in the quarantine again, or still."""
    batches = (done.order_ids[n : n + PAGE] for n in range(0, len(done.order_ids), PAGE))
    return list(
        chain.from_iterable(
            services.store.quarantined(done.merchant, order_ids=batch, limit=PAGE)
            for batch in batches
        )
    )


def _problems(reports: Sequence[Report]) -> list[str]:
    return [f"{report.subject}: {report.problem}" for report in reports if report.problem]


def _show(
    console: Console,
    retried: Sequence[Retried],
    left: Mapping[str, Sequence[LedgerOrder]],
    problems: Sequence[str],
) -> None:
    for done in retried:
        if not done.order_ids:
            continue
        console.print(
            f"{done.merchant}: {len(done.order_ids)} tried again, {done.requeued} as they were,"
            f" {done.reread} read from the shop; {len(left[done.merchant])} quarantined again."
        )
    if not any(done.order_ids for done in retried):
        console.print("No such order is quarantined.")
    stuck = list(chain.from_iterable(left.values()))
    if stuck:
        console.print(table(stuck[:50]))
    for problem in problems:
        console.print(problem, markup=False)
