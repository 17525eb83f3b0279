"""`orderferry backfill`: an explicit window or explicit orders."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bar

from connectors.base import Window
from orderferry.backfill import Planned, Progress, Request, backfill
from orderferry.backfill import dry_run as plan_run
from orderferry.cli.app import App, pick, stderr
from orderferry.cli.completion import merchant_argument
from orderferry.cli.sync import exit_status, show
from orderferry.errors import CommandError, Exit
from orderferry.ferrying import ferry
from orderferry.services import Services
from orderferry.shop_runs import require_same_shop

_FIRST, _LAST = datetime(1970, 1, 1, tzinfo=UTC), datetime(9000, 1, 1, tzinfo=UTC)
"""No shop has orders beyond, and some do not understand such dates."""

_OFFSET = re.compile(r"([+-])(\d\d):(\d\d)")


@click.command(
    "backfill",
    epilog="Examples: orderferry backfill bolt --from 2026-10-01 --to 2026-11-01;"
    " orderferry backfill bolt --order 1001 --order 1002 --dry-run",
)
@merchant_argument("merchant")
@click.option("--from", "since", metavar="DATE", help="Orders changed from then on (2026-10-01).")
@click.option("--to", "until", metavar="DATE", help="Orders changed before then; now if left out.")
@click.option("--order", "orders", metavar="ID", multiple=True, help="An order by the shop's id.")
@click.option("--dry-run", is_flag=True, help="Say what would be sent; store and send nothing.")
@click.pass_obj
def command(  # noqa: PLR0913 - one option each
    app: App,
    merchant: str,
    since: str | None,
    until: str | None,
    orders: Sequence[str],
    *,
    dry_run: bool,
) -> int:
    """
    Read MERCHANT's orders again that were changed in a window, or by id.

    Dates are midnight in the shop's time zone; times (2026-10-01T14:30) work
    too. Interrupted, the same command goes on where it was. The watermark of
    the regular polls is not moved.
    """
    app.quiet_logs()
    config = app.config()
    (name,) = pick(config, [merchant], to_work=True)
    if not since and not orders:
        raise click.UsageError("Say what to read: --from DATE, or --order ID.")
    with app.services(config) as services:
        window = _window(name, since, until, services) if since else None
        request = Request(window, tuple(orders), open_ended=until is None)
        with _bar(name) as progress:
            if dry_run:
                planned = list(plan_run(name, request, services, progress))
            else:
                reports = ferry(
                    lambda: [backfill(name, request, services, progress)],
                    [services.merchant(name).account],
                    services,
                )
        if dry_run:
            return _show_plan(app, name, planned)
    reports = app.typed_reports(reports)
    app.emit(
        {"reports": [asdict(report) for report in reports]},
        lambda console: show(console, reports, app),
    )
    return exit_status(reports)


def _window(name: str, since: str, until: str | None, services: Services) -> Window:
    merchant = services.merchant(name)
    require_same_shop(merchant, services)
    connector, _ = services.connector(merchant)
    zone = _zone(connector.profile().time_zone)
    begins = _instant("--from", since, zone)
    now = services.clock.now() - services.config.daemon.settle_delay
    ends = _instant("--to", until, zone) if until else now.replace(microsecond=0)
    if begins >= ends:
        raise CommandError(
            f"--from {since} is not before --to {until or 'now'}; correct one of them.", Exit.USAGE
        )
    return Window(begins, ends)


def _instant(option: str, text: str, zone: tzinfo) -> datetime:
    try:
        value = datetime.fromisoformat(text)
    except ValueError:
        raise CommandError(
            f"{option} {text!r} is not a date; write it like 2026-10-01 or 2026-10-01T14:30.",
            Exit.USAGE,
        ) from None
    aware = value if value.tzinfo else value.replace(tzinfo=zone)
    try:
        at = aware.astimezone(UTC).replace(microsecond=0)
    except OverflowError:  # beyond the calendar's first or last day
        at = None
    if at is None or not _FIRST <= at < _LAST:
        raise CommandError(
            f"{option} {text!r} is out of range; write a date from {_FIRST:%Y} to {_LAST:%Y}.",
            Exit.USAGE,
        )
    return at


def _zone(name: str) -> tzinfo:
    match = _OFFSET.fullmatch(name)
    if match is None:
        return ZoneInfo(name)
    sign, hours, minutes = match.groups()
    return datetime.strptime(f"{sign}{hours}{minutes}", "%z").tzinfo or UTC


@contextmanager
def _bar(name: str) -> Iterator[Progress]:
    """Shows a progress bar on standard error while people are watching."""
    console = stderr()
    columns = (TextColumn(name), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Bar(*columns, console=console, disable=not console.is_terminal) as bar:
        task = bar.add_task(name, total=None)
        yield Progress(changed=lambda p: bar.update(task, completed=p.seen, total=p.expected))


def _show_plan(app: App, name: str, planned: Sequence[Planned]) -> int:
    counts = Counter(order.verdict for order in planned)

    def human(console: Console) -> None:
        for order in planned:
            reason = order.reason
            if order.verdict == "waiting":
                reason = "no tracking number yet"
            if reason:
                words = order.verdict.replace("_", " ")
                console.print(f"{order.order_id}: {words}, {reason}", markup=False)
        parts = (f"{number} {word.replace('_', ' ')}" for word, number in sorted(counts.items()))
        said = ", ".join(parts) or "none"
        console.print(f"{name}: {len(planned)} orders read: {said}. Nothing was sent.")

    app.emit(
        {
            "merchant": name,
            "counts": dict(counts),
            "orders": [
                {
                    "id": order.order_id,
                    "verdict": order.verdict,
                    "reason": order.reason,
                }
                for order in planned
            ],
        },
        human,
    )
    return Exit.PARTLY if counts["quarantined"] or counts["not_found"] else Exit.DONE
