"""`orderferry quarantine show`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import click
from rich.console import Console

from orderferry.cli.app import App, pick
from orderferry.cli.completion import merchant_argument
from orderferry.cli.quarantine.chosen import document
from orderferry.errors import CommandError, Exit
from orderferry.masking import shown
from state import LedgerOrder, OrderState


@click.command(
    "show",
    short_help="Show what the ledger knows of an order.",
    epilog="Example: orderferry quarantine show bolt 1001 --personal",
)
@merchant_argument("merchant")
@click.argument("order_id")
@click.option("--personal", is_flag=True, help="Show the shopper's personal data too.")
@click.pass_obj
def command(app: App, merchant: str, order_id: str, *, personal: bool) -> int:
    """
    Show what the ledger knows of MERCHANT's order ORDER_ID, quarantined or not.

    The payload is kept, and shown, until At Last accepts the order.
    """
    config = app.config(secrets=False)
    (name,) = pick(config, [merchant])
    with app.looking(config) as store:
        order = store.order(name, order_id)
    if order is None:
        raise CommandError(
            f"The ledger holds no order {order_id} of {name}; give the shop's id of the order, not"
            f" its number, or read it: orderferry preview {name} {order_id}",
            Exit.USAGE,
        )
    payload = shown(order.payload, personal=personal) if order.payload else None
    app.emit(
        document(order)
        | {
            "state": order.state.value,
            "wait_until": order.wait_until,
            "cautions": list(order.cautions),
            "payload": payload,
        },
        lambda console: _show(console, app, order, payload, personal=personal),
    )
    return Exit.DONE


def _show(
    console: Console,
    app: App,
    order: LedgerOrder,
    payload: Mapping[str, Any] | None,
    *,
    personal: bool,
) -> None:
    def say(text: str) -> None:
        console.print(text, markup=False)

    state = order.state.value.replace("_", " ")
    say(f"Order {order.order_id} of {order.merchant}: {state} since {_at(order.since_at)}.")
    if order.reason:
        say(f"Reason: {order.reason}")
    for words, instant in (
        ("created in the shop", order.created_at),
        ("changed in the shop", order.modified_at),
        ("waits until", order.wait_until),
    ):
        if instant is not None:
            say(f"  {words}: {_at(instant)}")
    for caution in order.cautions:
        say(f"  caution: {caution}")
    if payload is not None:
        console.print(
            json.dumps(payload, ensure_ascii=False, indent=2), markup=False, soft_wrap=True
        )
        if not personal:
            say("Personal data is hidden; --personal shows it.")
    if order.state is OrderState.QUARANTINED:
        remedy = (
            "Correct the cause, then:"
            f" orderferry quarantine retry {order.merchant} --order {order.order_id}"
        )
        console.print(app.typed(remedy), markup=False, soft_wrap=True)


def _at(instant: datetime) -> str:
    return f"{instant:%Y-%m-%d %H:%M} UTC"
