"""`orderferry readiness`: which products keep orders from coming back across a border."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from typing import Any

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from mapping.readiness import GRADES
from orderferry.cli.app import App, pick
from orderferry.cli.completion import merchant_argument
from orderferry.clock import Clock
from orderferry.errors import CommandError, Exit
from state import ReadinessReport, ToFix

_DAYS = 60
"""As long as At Last takes an order."""
_SHOWN = 50
"""Rows of the table for people; --csv and --json have all."""
_OF_THE_ORDER = "(the order)"


@click.command("readiness", epilog="Example: orderferry readiness bolt --csv > products.csv")
@merchant_argument("merchant")
@click.option(
    "--days",
    default=_DAYS,
    show_default=True,
    type=click.IntRange(1, 3650),
    help="Orders created in so many days.",
)
@click.option("--csv", "as_csv", is_flag=True, help="Print all products as CSV.")
@click.pass_obj
def command(app: App, merchant: str, *, days: int, as_csv: bool) -> int:
    """
    List what MERCHANT's products lack for returns from abroad.

    At Last needs HS code, SKU, weight, origin, price and title of each product,
    and the parcel's carrier and number. The products that most orders hold come
    first; correct them in the shop. Reads the state file only.
    """
    config = app.config(secrets=False)
    (name,) = pick(config, [merchant])
    if as_csv and app.as_json:
        raise CommandError("--csv and --json exclude each other; leave one out.", Exit.USAGE)
    with app.looking(config) as store:
        report = store.readiness(name, since=Clock().now() - timedelta(days=days))
    if as_csv:
        click.echo(_csv(report), nl=False)
    else:
        document = {"merchant": name, "days": days} | _document(report)
        app.emit(document, lambda console: _show(console, name, days, report))
    return Exit.DONE


def _document(report: ReadinessReport) -> dict[str, Any]:
    return {
        "grades": {grade: report.grades.get(grade, 0) for grade in GRADES},
        "to_fix": [
            {
                "sku": item.sku or None,
                "name": item.name or None,
                "missing": [
                    {"field": field, "orders": orders} for field, orders in item.missing.items()
                ],
                "orders": item.orders,
                "examples": list(item.examples),
            }
            for item in report.to_fix
        ],
    }


def _csv(report: ReadinessReport) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("orders", "sku", "name", "missing", "examples"))
    for item in report.to_fix:
        sku, missing, examples = _words(item)
        writer.writerow((item.orders, sku, item.name, missing, examples))
    return text.getvalue()


def _words(item: ToFix) -> tuple[str, str, str]:
    sku = item.sku or ("" if item.name else _OF_THE_ORDER)
    return sku, " ".join(item.missing), " ".join(item.examples)


def _show(console: Console, name: str, days: int, report: ReadinessReport) -> None:
    if not report.grades:
        console.print(
            f"No order of {name} of the last {days} days was graded; orders are when they are"
            " read.",
            markup=False,
        )
        return
    told = ", ".join(f"{report.grades.get(grade, 0)} {grade}" for grade in GRADES)
    console.print(f"Orders of {name}, last {days} days: {told}.", markup=False)
    if not report.to_fix:
        console.print("Nothing is missing.")
        return
    table = Table(box=None, pad_edge=False)
    table.add_column("orders", justify="right", no_wrap=True)
    for title in ("sku", "name", "missing", "examples"):
        table.add_column(title, overflow="fold")
    for item in report.to_fix[:_SHOWN]:
        sku, missing, examples = _words(item)
        table.add_row(str(item.orders), *map(Text, (sku, item.name, missing, examples)))
    console.print(table)
    if len(report.to_fix) > _SHOWN:
        console.print(f"{len(report.to_fix) - _SHOWN} more; --csv and --json show all.")
