"""`orderferry preview`: one order as it would be sent."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from itertools import groupby
from typing import Any

import click
from rich.console import Console

from mapping.provenance import Origin
from orderferry.cli.app import App, pick
from orderferry.cli.completion import merchant_argument
from orderferry.errors import CommandError, Exit
from orderferry.masking import shown
from orderferry.preview import Preview, explain, preview
from state import OrderState

_WORDS = {
    OrderState.PENDING: "ready to be sent",
    OrderState.WAITING: "shipped, but without a tracking number",
    OrderState.SKIPPED: "skipped",
    OrderState.QUARANTINED: "cannot be sent",
}
_MOST_SOURCES = 4
"""Told of one field: a sum has two for every line."""
_WIDTH = 80


@click.command("preview", epilog="Example: orderferry preview bolt 1001")
@merchant_argument("merchant")
@click.argument("order_id")
@click.option("--personal", is_flag=True, help="Show the shopper's personal data too.")
@click.pass_obj
def command(app: App, merchant: str, order_id: str, *, personal: bool) -> int:
    """
    Read MERCHANT's order ORDER_ID from the shop and show it as it would be sent.

    ORDER_ID is the shop's id, not the number that shoppers see. Nothing is sent,
    and nothing of the order is stored. Ends with 1 if it cannot be sent.
    """
    app.quiet_logs()
    config = app.config()
    (name,) = pick(config, [merchant])
    with app.services(config) as services:
        resend = services.merchant(name).resend_on_change
        seen = preview(name, order_id, services)
    if seen.gone:
        raise CommandError(
            f"The shop of {name} has no order {order_id}; give the shop's id of the order, not the"
            " number that shoppers see.",
            Exit.USAGE,
        )
    decision = seen.decision
    payload = shown(decision.payload, personal=personal) if decision.payload else None
    words = app.typed(explain(seen, resend_on_change=resend))
    app.emit(
        _document(name, seen, payload) | {"explanation": words},
        lambda console: _show(console, name, seen, words, payload, personal=personal),
    )
    return Exit.PARTLY if decision.state is OrderState.QUARANTINED else Exit.DONE


def _document(name: str, seen: Preview, payload: Mapping[str, Any] | None) -> dict[str, Any]:
    decision, ledger = seen.decision, seen.ledger
    return {
        "merchant": name,
        "id": decision.order_id,
        "outcome": "ready" if decision.state is OrderState.PENDING else decision.state.value,
        "verdict": seen.verdict,
        "reason": decision.reason,
        "wait_until": decision.wait_until,
        "cautions": list(decision.cautions),
        "ledger": (
            {"state": ledger.state.value, "since": ledger.since_at, "reason": ledger.reason}
            if ledger
            else None
        ),
        "payload": payload,
        "provenance": [asdict(origin) for origin in seen.provenance],
    }


def _show(  # noqa: PLR0913 - one thing to show each
    console: Console,
    name: str,
    seen: Preview,
    words: str,
    payload: Mapping[str, Any] | None,
    *,
    personal: bool,
) -> None:
    def say(text: str) -> None:
        console.print(text, markup=False, soft_wrap=text.startswith("  "))

    decision = seen.decision
    reason = f": {decision.reason}" if decision.reason else ""
    until = f", until {decision.wait_until:%Y-%m-%d %H:%M} UTC" if decision.wait_until else ""
    say(f"Order {decision.order_id} of {name}: {_WORDS[decision.state]}{reason}{until}.")
    say(words)
    for caution in decision.cautions:
        say(f"  caution: {caution}")
    if payload is not None:
        console.print(
            json.dumps(payload, ensure_ascii=False, indent=2), markup=False, soft_wrap=True
        )
    _tell_origins(say, seen.provenance)
    hidden = " Personal data is hidden; --personal shows it." if payload and not personal else ""
    say(f"Nothing was sent.{hidden}")


def _tell_origins(say: Callable[[str], None], origins: Sequence[Origin]) -> None:
    """Says of every field, or of the outcome, from which values and by which rules it was made."""
    if origins:
        say("Where it comes from (docs/mapping.md explains the rules):")
    for field, group in groupby(origins, lambda origin: origin.field):
        sources = list(group)
        told = sources[:_MOST_SOURCES]
        line = f"  {field}: {told[0].source} ({told[0].rule})"
        if len(sources) == 1 and len(line) <= _WIDTH:
            say(line)
            continue
        say(f"  {field}:")
        for origin in told:
            line = f"    {origin.source} ({origin.rule})"
            say(line if len(line) <= _WIDTH else f"    {origin.source}\n      ({origin.rule})")
        if len(sources) > len(told):
            say(f"    and {len(sources) - len(told)} more, which --json shows")
