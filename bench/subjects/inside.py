"""What the programs that run orderferry's own jobs share."""

from __future__ import annotations

import json
import resource
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from orderferry.cli.app import App
from orderferry.services import Services


@contextmanager
def opened(config: Path) -> Iterator[Services]:
    """Opens what a configuration describes, as a command does."""
    app = App(config, as_json=True, debug=False)
    app.quiet_logs()
    with app.services(app.config()) as services:
        yield services


def cpu_seconds() -> float:
    """Returns user and system time of this process so far, as the system accounts for it."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def asked(stats: str) -> dict[str, Any]:
    """Returns what a server counted, at the address of its statistics."""
    with urllib.request.urlopen(stats) as answer:  # noqa: S310 - loopback
        told: dict[str, Any] = json.load(answer)
    return told


class Transactions:
    """Counts the transactions that a store begins."""

    def __init__(self, services: Services) -> None:
        self.count = 0
        connection = services.store._connection  # type: ignore[attr-defined]  # noqa: SLF001 - to look on, not to act
        connection.set_trace_callback(self._note)

    def _note(self, statement: str) -> None:
        self.count += statement.startswith("BEGIN IMMEDIATE")
