"""What the quarantine's commands share: naming orders, and showing them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import click
from rich.table import Table
from rich.text import Text

from orderferry.cli.app import pick
from orderferry.cli.completion import merchant_argument
from orderferry.config import Config
from orderferry.quarantine import Chosen, strangers
from state import LedgerOrder, OperatorStore

_Command = TypeVar("_Command", bound=Callable[..., object])

_OPTIONS = (
    merchant_argument("merchants", nargs=-1),
    click.option("--reason", default="", help="Only orders whose reason holds this text."),
    click.option(
        "--order", "orders", metavar="ID", multiple=True, help="Only this order, by the shop's id."
    ),
)


def choosing(command: _Command) -> _Command:
    """Gives the command MERCHANTS, --reason and --order."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def choice(
    config: Config,
    merchants: Sequence[str],
    reason: str,
    orders: Sequence[str],
    *,
    to_work: bool = False,
) -> tuple[tuple[str, ...], Chosen]:
    """Returns whose orders are meant and which; *to_work* leaves disabled merchants out."""
    everybody = tuple(config.merchants)
    if orders and len(merchants or everybody) != 1:
        # two shops can both have an order 723
        raise click.UsageError("--order needs the one MERCHANT whose order it is.")
    # who names an order or a merchant hears why nothing comes of it; --all leaves it out
    named = merchants or (everybody if orders or not to_work else ())
    names = pick(config, named, to_work=to_work)
    return names, Chosen(reason, tuple(orders))


def require_choice(
    merchants: Sequence[str], reason: str, orders: Sequence[str], *, everything: bool
) -> None:
    """Refuses a command that changes orders without saying which."""
    if not (merchants or reason or orders or everything):
        raise click.UsageError("Say which orders: MERCHANTS, --reason, --order, or --all.")


def unknown_orders(
    store: OperatorStore, names: Sequence[str], chosen: Chosen, *, dropped: bool = False
) -> tuple[str, ...]:
    """Returns the ids after --order that nothing can be done with; see `strangers`."""
    return strangers(store, names[0], chosen, dropped=dropped) if chosen.order_ids else ()


def unknown_words(order_ids: Sequence[str]) -> list[str]:
    """Returns a sentence for each of them."""
    return [
        f"{order_id} is no quarantined order; give the shop's id of the order, not its number."
        for order_id in order_ids
    ]


def document(order: LedgerOrder) -> dict[str, Any]:
    """Returns one order as JSON values, without its payload."""
    return {
        "merchant": order.merchant,
        "id": order.order_id,
        "reason": order.reason,
        "since": order.since_at,
        "created_at": order.created_at,
        "modified_at": order.modified_at,
        "refused": order.kept,
    }


def table(orders: Sequence[LedgerOrder]) -> Table:
    """Returns the orders as a table for people; long reasons take several lines."""
    drawn = Table(box=None, pad_edge=False)
    drawn.add_column("merchant", overflow="fold", max_width=20)
    drawn.add_column("order", overflow="fold", max_width=20)
    drawn.add_column("since (UTC)", no_wrap=True)
    drawn.add_column("reason", overflow="fold")
    for order in orders:
        drawn.add_row(
            order.merchant,
            order.order_id,
            f"{order.since_at:%Y-%m-%d %H:%M}",
            Text(order.reason or ""),
        )
    return drawn
