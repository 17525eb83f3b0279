"""`orderferry demo`: everything at work against the built-in simulators."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import click
from rich.console import Console, Group
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table

from orderferry.cli.app import App, stderr, stdout
from orderferry.clock import Clock
from orderferry.config import load
from orderferry.deliver import deliver
from orderferry.errors import Exit
from orderferry.runs import Report
from orderferry.sandbox import second_shop
from orderferry.sandbox.server import Handler, Request, Response, Server
from orderferry.sandbox.world import World, world
from orderferry.services import Services
from orderferry.sync import poll
from state import OrderState, SqliteStore

PACE_SECONDS = 0.12
"""A pause before each of the simulators' answers, so that people can follow."""


@click.command("demo", epilog="Example: orderferry demo --orders 1000 --fast")
@click.option("--orders", default=240, show_default=True, type=click.IntRange(20, 50_000))
@click.option("--fast", is_flag=True, help="Do not slow down for people to follow.")
@click.pass_obj
def command(app: App, orders: int, *, fast: bool) -> int:
    """
    Show everything at work against simulated shops and a simulated At Last.

    Needs no account and no configuration; leaves nothing behind.
    """
    app.quiet_logs()
    clock = Clock()
    with (
        tempfile.TemporaryDirectory(prefix="orderferry-demo-") as folder,
        world(clock.now, orders=orders) as simulated,
    ):
        config = load(simulated.write_config(Path(folder)), os.environ)
        store = SqliteStore.open(config.state_path, now=clock.now())
        services = Services(config, store, clock)
        try:
            if not fast:
                _slow_down(simulated.shop_server)
                _slow_down(simulated.atlast_server)
                if simulated.acme_server is not None:
                    _slow_down(simulated.acme_server)
            return _play(app, simulated, services)
        finally:
            services.close()


def _slow_down(server: Server) -> None:
    answer: Handler = server.handler

    def slowly(request: Request) -> Response:
        time.sleep(PACE_SECONDS)
        return answer(request)

    server.handler = slowly


def _play(app: App, simulated: World, services: Services) -> int:
    console = stderr() if app.as_json else stdout()
    shipped = simulated.shipped()
    shops = "A WooCommerce" if simulated.acme is None else "A WooCommerce and a Shopify"
    console.print(
        f"{shops} shop, simulated, with {shipped} shipped orders of the last 60 days, and a"
        f" simulated At Last that refuses order {simulated.poisoned}."
    )
    if simulated.acme is None:
        console.print(second_shop.MISSING, markup=False)
    console.print("\nFirst sync: the orders are read, mapped, remembered and pushed.")
    reports = _act(console, services, shipped)
    waiting = {name: services.store.waiting(name) for name in services.config.merchants}
    console.print(
        f"\n{sum(map(len, waiting.values()))} shipped orders had no tracking number yet. Half of"
        " them get one now; second sync."
    )
    for order_id in waiting["bolt"][::2]:
        simulated.shop.add_tracking(
            int(order_id), f"BX{int(order_id):09d}GB", "royal-mail", services.clock.now()
        )
    if simulated.acme is not None:
        for order_id in waiting["acme"][::2]:
            second_shop.add_tracking(simulated.acme, int(order_id))
    reports += _act(console, services, shipped)
    return _sum_up(app, console, simulated, services, reports)


def _act(console: Console, services: Services, shipped: int) -> list[Report]:
    """Polls once and delivers, drawing the ledger meanwhile."""
    with _drawn(console, lambda: _ledger(services), shipped):
        polls = [poll(name, services) for name in services.config.merchants]
        return [*polls, *(deliver(account, services) for account in services.accounts())]


@contextmanager
def _drawn(
    console: Console, ledger: Callable[[], Mapping[str, int]], shipped: int
) -> Iterator[None]:
    """Draws the numbers ten times a second inside the block, and once at its end."""
    with Live(_picture(ledger(), shipped), console=console, auto_refresh=False) as live:
        with ThreadPoolExecutor(1) as pool:
            done = False

            def draw() -> None:
                while not done:
                    live.update(_picture(ledger(), shipped), refresh=console.is_terminal)
                    time.sleep(0.1)

            drawing = pool.submit(draw)
            try:
                yield
            finally:
                done = True
                drawing.result()
        live.update(_picture(ledger(), shipped), refresh=True)


def _ledger(services: Services) -> dict[str, int]:
    of_each = [services.store.merchant_state(name).orders for name in services.config.merchants]
    return {state.value: sum(one.get(state, 0) for one in of_each) for state in OrderState}


def _picture(ledger: Mapping[str, int], shipped: int) -> Group:
    found = sum(ledger.values()) - ledger["skipped"]
    mapped = ledger["pending"] + ledger["in_doubt"] + ledger["delivered"]
    rows = (
        ("found", found, shipped),
        ("mapped", mapped + ledger["quarantined"], shipped),
        ("pushed", ledger["delivered"], shipped),
        ("waiting for tracking", ledger["waiting"], shipped),
        ("quarantined", ledger["quarantined"], shipped),
    )
    table = Table.grid(padding=(0, 1))
    table.add_column(width=20)
    table.add_column(justify="right", width=6)
    table.add_column(width=40)
    for name, number, total in rows:
        table.add_row(name, str(number), ProgressBar(total=max(total, 1), completed=number))
    return Group(table)


def _sum_up(
    app: App, console: Console, simulated: World, services: Services, reports: list[Report]
) -> int:
    ledger = _ledger(services)
    shipped = simulated.shipped()
    accepted = len(simulated.atlast.accepted)
    duplicates = simulated.atlast.duplicates
    sound = sum(ledger.values()) - ledger["skipped"] == shipped
    sound &= ledger["delivered"] == accepted and duplicates == 0 and ledger["quarantined"] == 1
    requests = sum(report.counts.get("requests", 0) for report in reports)
    kept = {name: n for name, n in ledger.items() if n and name != "skipped"}
    if app.as_json:
        app.emit(
            {
                "shipped": shipped,
                "ledger": ledger,
                "accepted": accepted,
                "duplicates": duplicates,
                "adds_up": sound,
            },
            lambda _console: None,
        )
    console.print("\nWhat happened to every shipped order of the shops:")
    console.print(f"  {shipped} shipped = {' + '.join(f'{n} {name}' for name, n in kept.items())}")
    if ledger["skipped"]:
        console.print(f"  {ledger['skipped']} others are skipped: not shipped yet, or cancelled.")
    console.print(
        f"  At Last has {accepted} orders, {duplicates} of them twice; {requests} requests, because"
        " the refused order was searched for by halves."
    )
    for reason in services.store.merchant_state("bolt").quarantined:
        console.print(f"  Order {simulated.poisoned} is quarantined: {reason}", markup=False)
    console.print("The numbers add up." if sound else "The numbers do NOT add up: this is a bug.")
    return Exit.DONE if sound else Exit.PARTLY
