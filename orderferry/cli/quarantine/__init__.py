"""`orderferry quarantine`: what could not be sent, why, and what to do with it."""

from __future__ import annotations

import click

from orderferry.cli.quarantine import drop, list_, retry, show


@click.group("quarantine", epilog="Example: orderferry quarantine list bolt --reason postCode")
def command() -> None:
    """
    Look at the orders that could not be sent, try them again, or drop them.

    An order is quarantined when it cannot be mapped or At Last refuses it. It is
    tried again by itself when it changes in the shop.
    """


for _module in (list_, show, retry, drop):
    command.add_command(_module.command)
