"""
A backfill by bulk operation that is killed again and again and still ends with every order once.

The installed command runs against the simulators in this process. Moments are
told by requests: the n-th one of a kind, and SIGKILL when it arrives, when it is
acted upon but not answered, or some time after its answer. `make bulk` is the
full form; ORDERFERRY_BULK_ORDERS and ORDERFERRY_BULK_SEED size and vary it.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final, Literal

import pytest

from orderferry.sandbox.atlast import AtLast
from orderferry.sandbox.server import Handler, Request, Response, Server
from orderferry.sandbox.shopify import ShopifyShop

ORDERS: Final = int(os.environ.get("ORDERFERRY_BULK_ORDERS", "600"))
SEED: Final = int(os.environ.get("ORDERFERRY_BULK_SEED", "20261123"))
FULL: Final = ORDERS >= 10_000
MOST_MEMORY: Final = 150 * 1024  # KiB

Moment = Literal["arrived", "acted", "after"]

PHASES: Final = {
    "start": b'"operationName": "BulkStart"',
    "poll": b'"operationName": "BulkStatus"',
    "detail": b'"operationName": "Orders"',
}
PATHS: Final = {"download": "/bulk-operation-outputs/", "push": "/v1/orders/bulk"}


@dataclass(frozen=True, slots=True)
class Kill:
    """When the command dies."""

    phase: str
    nth: int
    moment: Moment
    delay: float = 0.0
    """Seconds, for the moment "after"."""

    def concerns(self, request: Request) -> bool:
        if self.phase in PATHS:
            return request.path.startswith(PATHS[self.phase])
        return PHASES[self.phase] in request.body

    def __str__(self) -> str:
        after = f" {self.delay:.2f} s" if self.moment == "after" else ""
        return f"{self.phase} {self.nth},{after} {self.moment}"


@dataclass(slots=True)
class Reaper:
    """Kills the running command at the moment that is due; sees every request."""

    process: subprocess.Popen[str] | None = None
    kill: Kill | None = None
    pushed: list[str] = field(default_factory=list)
    """The orders of the running command's latest push."""
    _count: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def arm(self, kill: Kill | None) -> None:
        self.process, self.kill, self._count, self.pushed = None, kill, 0, []

    def watch(self, handler: Handler) -> Handler:
        def handle(request: Request) -> Response:
            if request.path.startswith(PATHS["push"]):
                self.pushed = [order["id"] for order in json.loads(request.body)["orders"]]
            kill = self._due(request)
            if kill is not None and kill.moment == "arrived":
                self.strike()
            answer = handler(request)
            if kill is not None and kill.moment == "acted":
                self.strike()
            if kill is not None and kill.moment == "after":
                timer = threading.Timer(kill.delay, self.strike)
                timer.daemon = True
                timer.start()
            return answer

        return handle

    def strike(self) -> None:
        if self.process is not None:
            self.process.send_signal(signal.SIGKILL)  # a no-op once it has been waited for

    def _due(self, request: Request) -> Kill | None:
        with self._lock:
            if self.kill is None or not self.kill.concerns(request):
                return None
            self._count += 1
            return self.kill if self._count == self.kill.nth else None


def kills(dice: random.Random, orders: int) -> Sequence[Kill]:
    """Returns the kills in the order of a backfill's phases, each at a random moment of its own."""

    def moment() -> Moment:
        return dice.choice(("arrived", "acted"))

    def nth(requests: int) -> int:
        return dice.randint(1, max(1, requests // 8))

    pages, pushes = orders // 50, orders // 100
    some = [
        Kill("poll", dice.randint(1, 2), moment()),
        # some of what was read is recorded, and some is not
        Kill("detail", nth(pages), "after", dice.uniform(0, 0.1)),
        Kill("push", nth(pushes), moment()),
    ]
    if not FULL:
        return some
    return [
        Kill("start", 1, "acted"),
        # the shop's rows are on their way to the ledger, without detail reads
        Kill("download", 1, "after", dice.uniform(0.1, 3e-4 * orders)),
        Kill("poll", 1, moment()),  # the next run finds the operation completed: one look
        Kill("download", 1, moment()),
        Kill("download", 1, "after", dice.uniform(0.1, 1e-5 * orders)),
        Kill("detail", nth(pages), moment()),
        some[1],
        Kill("detail", nth(pages), "after", dice.uniform(0, 0.1)),
        some[2],
        Kill("push", nth(pushes), "after", dice.uniform(0, 0.1)),
    ]


@dataclass(slots=True)
class Runs:
    """What came of starting the command until it ended by itself."""

    killed: list[str] = field(default_factory=list)
    under_way: set[str] = field(default_factory=set)
    """Orders of a push that a kill cut off."""
    peaks: list[int] = field(default_factory=list)
    """KiB, run by run."""
    out: str = ""
    status: int = 0


def run_to_the_end(
    line: Sequence[str], environ: dict[str, str], reaper: Reaper, due: Sequence[Kill]
) -> Runs:
    runs, waiting = Runs(), list(due)
    while True:
        kill = waiting.pop(0) if waiting else None
        reaper.arm(kill)
        process = subprocess.Popen(
            line, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environ
        )
        reaper.process = process
        runs.peaks.append(peak_memory(process))
        runs.out, _ = process.communicate()
        runs.status = process.returncode
        if runs.status != -signal.SIGKILL:
            return runs
        runs.killed.append(str(kill))
        runs.under_way.update(reaper.pushed)


def peak_memory(process: subprocess.Popen[str]) -> int:
    """
    Returns the KiB that the process had at its fullest, when it has ended.

    Not getrusage: on Linux a child's figure begins with that of the process it
    was forked from, here the one with the simulators.
    """
    peak, status = 0, Path(f"/proc/{process.pid}/status")
    while process.poll() is None:
        with contextlib.suppress(OSError):
            for row in status.read_text().splitlines():
                if row.startswith("VmHWM:"):
                    peak = max(peak, int(row.split()[1]))
        time.sleep(0.01)
    return peak


@pytest.fixture
def shop() -> ShopifyShop:
    """A shop with orders of the last 55 days; its bucket is not what is tried here."""
    shop = ShopifyShop(maximum_available=1e6, restore_rate=1e6)
    begin = datetime.now(UTC) - timedelta(days=55)
    step = timedelta(days=54) / ORDERS
    for number in range(ORDERS):
        at = begin + step * number
        shop.add_order(
            created_at=at,
            updated_at=at,
            trackings=[("DHL", f"JD{number:08}")],
            lines=[{}] * (1 + number % 3),
        )
    return shop


@contextlib.contextmanager
def configured(
    folder: Path, shop: ShopifyShop, atlast: AtLast, reaper: Reaper
) -> Iterator[dict[str, str]]:
    """Serves both and writes the configuration; yields the command's environment."""
    with (
        Server(reaper.watch(shop.handle)) as shop_server,
        Server(reaper.watch(atlast.handle)) as atlast_server,
    ):
        (folder / "config.toml").write_text(
            f"""
[atlast]
base_url = "{atlast_server.url}/v1"
token_url = "{atlast_server.url}/oauth2/token"
client_id = "env:ATLAST_ID"
client_secret = "env:ATLAST_SECRET"
[merchants.acme]
platform = "shopify"
[merchants.acme.shopify]
shop = "acme.myshopify.com"
access_token = "env:SHOP_TOKEN"
base_url = "{shop_server.url}"
bulk_from = 100
timeout = "10m"
"""
        )
        yield {
            "PATH": os.environ.get("PATH", ""),
            "HOME": str(folder),
            "ATLAST_ID": atlast.client_id,
            "ATLAST_SECRET": atlast.client_secret,
            "SHOP_TOKEN": shop.token,
            "PYTHONWARNINGS": "error",
        }


def test_backfill_that_is_killed_anywhere_ends_with_every_order_once(
    tmp_path: Path, shop: ShopifyShop
) -> None:
    atlast, reaper = AtLast(now=lambda: datetime.now(UTC)), Reaper()
    due = kills(random.Random(SEED), ORDERS)
    command = os.environ.get("ORDERFERRY") or str(Path(sys.executable).with_name("orderferry"))
    since = (datetime.now(UTC) - timedelta(days=57)).date().isoformat()
    config = tmp_path / "config.toml"
    line = [command, "--config", str(config), "--json", "backfill", "acme", "--from", since]
    began = time.monotonic()

    with configured(tmp_path, shop, atlast, reaper) as environ:
        runs = run_to_the_end(line, environ, reaper, due)

    again = {order_id for (_, order_id), got in atlast.accepted.items() if len(got) > 1}
    rows = ledger(tmp_path / "orderferry.db")
    states = Counter(state for _, state in rows)
    print(  # noqa: T201 - the figures are what the full form is run for
        f"\n{ORDERS:,} orders, {len(runs.killed)} kills ({'; '.join(runs.killed)}),"
        f" {time.monotonic() - began:.0f} s; ledger {dict(states)}; accepted"
        f" {len(atlast.accepted):,}, {atlast.duplicates} of them again; peak memory"
        f" {max(runs.peaks) / 1024:.0f} MB (run by run"
        f" {', '.join(f'{peak / 1024:.0f}' for peak in runs.peaks)})"
    )
    assert runs.status == 0, runs.out
    assert runs.killed == [str(kill) for kill in due]
    everything = {str(order_id) for order_id in shop.books.orders}
    assert {order_id for order_id, _ in rows} == everything
    assert len(rows) == ORDERS
    assert states == {"delivered": ORDERS}
    assert {order_id for _, order_id in atlast.accepted} == everything
    assert again <= runs.under_way
    assert max(len(got) for got in atlast.accepted.values()) <= 2
    assert max(runs.peaks) < MOST_MEMORY


def ledger(state: Path) -> list[tuple[str, str]]:
    with contextlib.closing(sqlite3.connect(state)) as connection:
        return connection.execute("SELECT order_id, state FROM orders").fetchall()
