"""`orderferry run`: the daemon."""

from __future__ import annotations

import os

import click

from orderferry.cli.app import App


@click.command(
    "run",
    epilog="Example: orderferry --config /etc/orderferry/config.toml run",
)
@click.pass_obj
def command(app: App) -> int:
    """
    Run the daemon until SIGTERM; SIGHUP re-reads the configuration.

    Every shop is polled each daemon.poll_every; whatever is new is delivered at
    once. A second daemon on the same state file is refused.
    """
    from orderferry.daemon import Daemon  # noqa: PLC0415 - the scheduler is for this command only
    from orderferry.notify import Notify  # noqa: PLC0415 - the same

    app.logs()
    config = app.config()
    with app.services(config) as services:
        Daemon(services, app.config, Notify.from_environ(os.environ, os.getpid())).run()
    return 0
