"""`orderferry backup`: a copy of the state file, also while the daemon runs."""

from __future__ import annotations

from pathlib import Path

import click

from orderferry.cli.app import App
from state import back_up


@click.command(
    "backup", epilog="Example: orderferry --config config.toml backup /backups/monday.db"
)
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.pass_obj
def command(app: App, file: Path) -> int:
    """
    Copy the state to the new file FILE, also while the daemon runs.

    The copy is one consistent moment, checked page by page, and readable by its
    owner alone. To restore it: stop the daemon, move the state file and those
    beside it (-wal, -shm) away, copy FILE to its place, and run check.
    """
    config = app.config(secrets=False)
    facts = back_up(config.state_path, file)
    app.emit(
        {"file": str(file), "bytes": facts.size, "orders": facts.orders},
        lambda console: console.print(
            f"{file}: {facts.orders} orders, {facts.size:,} bytes, whole.",
            markup=False,
            soft_wrap=True,
        ),
    )
    return 0
