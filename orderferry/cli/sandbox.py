"""`orderferry sandbox`: the simulators, to try a configuration against."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path

import click

from orderferry.cli.app import App, stdout
from orderferry.clock import Clock
from orderferry.errors import CommandError, Exit
from orderferry.sandbox.second_shop import MISSING
from orderferry.sandbox.world import World, world
from orderferry.settings import DaemonSettings


@click.command("sandbox", epilog="Example: orderferry sandbox --write trial")
@click.option("--orders", default=100, show_default=True, type=click.IntRange(20, 50_000))
@click.option("--shop-port", default=8331, show_default=True, type=click.IntRange(0, 65535))
@click.option("--atlast-port", default=8332, show_default=True, type=click.IntRange(0, 65535))
@click.option("--shopify-port", default=8333, show_default=True, type=click.IntRange(0, 65535))
@click.option(
    "--write",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("sandbox"),
    show_default=True,
    help="Folder for a configuration that fits, with its secrets in files.",
)
@click.pass_obj
def command(  # noqa: PLR0913 - the command's options
    app: App, *, orders: int, shop_port: int, atlast_port: int, shopify_port: int, folder: Path
) -> None:
    """
    Serve simulated shops and a simulated At Last on loopback until Ctrl-C.

    The shops are one on WooCommerce and, where graphql-core is installed, one on Shopify.
    Writes a configuration for them, so that every command can be tried.
    """
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with world(
            Clock().now,
            orders=orders,
            shop_port=shop_port,
            atlast_port=atlast_port,
            acme_port=shopify_port,
        ) as simulated:
            _say(app, simulated, simulated.write_config(folder))
            stop.wait()
    except OSError as error:
        raise CommandError(
            f"The sandbox cannot start ({error.strerror}); free the port or name others with"
            " --shop-port, --atlast-port and --shopify-port, and a writable folder with --write.",
            Exit.TRY_LATER,
        ) from None
    stdout().print("" if app.as_json else "Ended.")


def _say(app: App, simulated: World, path: Path) -> None:
    acme = simulated.acme_server
    document = {
        "config": str(path),
        "shop": simulated.shop_server.url,
        "shopify": None if acme is None else acme.url,
        "atlast": simulated.atlast_server.url,
    }
    app.emit(
        document,
        lambda console: console.print("\n".join(_lines(document)), soft_wrap=True, markup=False),
    )


def _lines(document: Mapping[str, str | None]) -> Iterator[str]:
    path = Path(str(document["config"]))
    state = path.with_name(DaemonSettings().state)
    yield f"WooCommerce shop (bolt): {document['shop']}"
    yield f"Shopify shop (acme):     {document['shopify'] or 'none'}"
    yield f"At Last:                 {document['atlast']}"
    yield f"Written: {path}, with the keys of all three in {path.parent / 'secrets'}"
    yield f"Try: orderferry --config {path} check"
    yield f"     orderferry --config {path} sync"
    yield "Ctrl-C ends it."
    if state.exists():
        yield f"{state} remembers orders of an earlier sandbox; delete it to begin anew."
    if document["shopify"] is None:
        yield MISSING
