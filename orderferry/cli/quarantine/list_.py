"""`orderferry quarantine list`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from orderferry.cli.app import App
from orderferry.cli.quarantine.chosen import choice, choosing, document, table
from orderferry.errors import Exit
from orderferry.quarantine import Chosen, pages
from state import LedgerOrder, OperatorStore


@click.command(
    "list",
    short_help="List quarantined orders with their reasons.",
    epilog="Example: orderferry quarantine list bolt --reason postCode",
)
@choosing
@click.option("--reasons", is_flag=True, help="Count the orders by reason instead.")
@click.option(
    "--limit",
    default=50,
    show_default=True,
    type=click.IntRange(1, 1_000_000),
    help="Orders at most.",
)
@click.pass_obj
def command(  # noqa: PLR0913 - one option each
    app: App,
    merchants: Sequence[str],
    reason: str,
    orders: Sequence[str],
    *,
    reasons: bool,
    limit: int,
) -> int:
    """
    List quarantined orders with their reasons, of MERCHANTS or of all.

    Reads the state file only, also while the daemon runs; needs no secrets.
    """
    config = app.config(secrets=False)
    names, chosen = choice(config, merchants, reason, orders)
    with app.looking(config) as store:
        if reasons:
            return _count(app, {name: store.merchant_state(name).quarantined for name in names})
        found = list(islice(_orders(store, names, chosen), limit + 1))
    more, found = len(found) > limit, found[:limit]
    app.emit(
        {"orders": [document(order) for order in found], "more": more},
        lambda console: _show(console, found, more=more),
    )
    return Exit.DONE


def _orders(store: OperatorStore, names: Sequence[str], chosen: Chosen) -> Iterator[LedgerOrder]:
    for name in names:
        for page in pages(store, name, chosen):
            yield from page


def _show(console: Console, found: Sequence[LedgerOrder], *, more: bool) -> None:
    if not found:
        console.print("No such order is quarantined.")
        return
    console.print(table(found))
    if more:
        console.print(f"These are the first {len(found)}; --limit shows more, --reasons counts.")


def _count(app: App, merchants: Mapping[str, Mapping[str, int]]) -> int:
    """Shows a merchant's ten most frequent reasons."""
    rows = [
        {"merchant": name, "reason": reason, "orders": number}
        for name, reasons in merchants.items()
        for reason, number in reasons.items()
    ]

    def human(console: Console) -> None:
        drawn = Table(box=None, pad_edge=False)
        drawn.add_column("merchant", overflow="fold", max_width=20)
        drawn.add_column("orders", justify="right", no_wrap=True)
        drawn.add_column("reason", overflow="fold")
        for row in rows:
            drawn.add_row(str(row["merchant"]), str(row["orders"]), Text(str(row["reason"])))
        console.print(drawn if rows else "Nothing is quarantined.")

    app.emit({"reasons": rows}, human)
    return Exit.DONE
