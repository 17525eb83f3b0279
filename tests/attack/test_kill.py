"""
`kill -9` of the real daemon at random moments under load loses nothing.

At Last fails for one push in twenty, before or after it has taken the orders.
KILL_TIMES, KILL_ORDERS and KILL_SEED size and vary the run; `make kill` is the
long one, with 200 kills and 5,000 orders.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

import orderferry
from orderferry.sandbox.atlast import AtLast
from orderferry.sandbox.server import Request, Response, Server
from orderferry.sandbox.woocommerce import WooCommerceShop
from tests.attack.world import BULK, ID, SECRET

KILLS = int(os.environ.get("KILL_TIMES", "5"))
ORDERS = int(os.environ.get("KILL_ORDERS", "200"))
SEED = int(os.environ.get("KILL_SEED", "1"))

CONFIG = """
[daemon]
poll_every = "1s"
settle_delay = "0s"
overlap = "30s"
status_listen = ""
[atlast]
base_url = "{atlast}/v1"
token_url = "{atlast}/oauth2/token"
client_id = "env:ATLAST_ID"
client_secret = "env:ATLAST_SECRET"
batch_size = 10
[merchants.bolt]
platform = "woocommerce"
[merchants.bolt.woocommerce]
url = "{shop}"
consumer_key = "env:SHOP_KEY"
consumer_secret = "env:SHOP_SECRET"
"""


def now() -> datetime:
    return datetime.now(UTC)


class Unreliable:
    """At Last behind a network that loses one push in twenty, on the way there or back."""

    def __init__(self, chance: random.Random) -> None:
        self.atlast = AtLast(now, client_id=ID, client_secret=SECRET)
        self.seen = Counter[str]()
        self.fails = True
        self.heard = True
        """Whether there is a daemon to hear the answer."""
        self.working = 0
        """Pushes that arrived and are not answered yet."""
        self.unsettled: list[tuple[list[str], bool]] = []
        """Ids that were accepted since the last look at the state file; whether told so."""
        self._chance = chance

    def handle(self, request: Request) -> Response:
        if request.path != BULK:
            return self.atlast.handle(request)
        self.seen["pushes"] += 1
        self.working += 1
        try:
            return self._push(request)
        finally:
            self.working -= 1

    def _push(self, request: Request) -> Response:
        fate = self._chance.random() if self.fails else 1.0
        if fate < 0.02:
            self.seen["dropped before acceptance"] += 1
            return Response(200, cut="before")
        if fate < 0.025:
            self.seen["answered 503"] += 1
            return Response(503)
        told = self.atlast.handle(request)
        lost = fate < 0.05
        ids = [order["id"] for order in json.loads(request.body)["orders"]]
        self.unsettled.append((ids, self.heard and not lost))
        self.seen["dropped after acceptance"] += lost
        return Response(201, cut="before") if lost else told


class Ferry:
    """The daemon as a process, the simulators in this one."""

    def __init__(self, folder: Path, shop: WooCommerceShop, unreliable: Unreliable) -> None:
        self.folder, self.shop, self.unreliable = folder, shop, unreliable
        self.excused = Counter[str]()
        """How often an order was accepted and the daemon could not know."""
        key = shop.keys[0]
        self._environ = {
            "PATH": os.environ.get("PATH", ""),
            "PYTHONPATH": str(Path(str(orderferry.__file__)).parents[1]),
            "ATLAST_ID": ID,
            "ATLAST_SECRET": SECRET,
            "SHOP_KEY": key.key,
            "SHOP_SECRET": key.secret,
        }

    @contextmanager
    def daemon(self) -> Iterator[subprocess.Popen[bytes]]:
        """Runs the daemon inside the block; whatever is left of it then is killed."""
        command = "import sys; from orderferry.cli import main; sys.exit(main())"
        with (
            (self.folder / "log").open("ab") as log,
            subprocess.Popen(
                [sys.executable, "-c", command, "--config", "config.toml", "run"],
                cwd=self.folder,
                env=self._environ,
                stdout=log,
                stderr=log,
            ) as process,
        ):
            self.unreliable.heard = True
            try:
                yield process
            finally:
                process.kill()
                process.wait()
                self.unreliable.heard = False
                time.sleep(0.05)  # a last push may be on its way to At Last still
                while self.unreliable.working:
                    time.sleep(0.01)
                self._look()

    def await_pushes(self, number: int) -> None:
        """Returns when so many more pushes have arrived, or after three seconds."""
        wanted, ends = self.unreliable.seen["pushes"] + number, time.monotonic() + 3
        while self.unreliable.seen["pushes"] < wanted and time.monotonic() < ends:
            time.sleep(0.005)

    def _look(self) -> None:
        """Excuses what was accepted and is not known to be, now that the daemon is dead."""
        unsettled, self.unreliable.unsettled = self.unreliable.unsettled, []
        delivered = self.ids("delivered")
        for ids, told in unsettled:
            self.excused.update(one for one in ids if not told or one not in delivered)

    def ids(self, state: str) -> set[str]:
        path = self.folder / "orderferry.db"
        if not path.exists():
            return set()
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as database:
            try:
                rows = database.execute("SELECT order_id FROM orders WHERE state = ?", (state,))
                return {order_id for (order_id,) in rows}
            except sqlite3.OperationalError:  # killed before the tables were made
                return set()

    def add(self, number: int) -> set[str]:
        created_at = now() - timedelta(days=1)
        return {
            str(
                self.shop.add_order(
                    status="completed",
                    created_at=created_at,
                    modified_at=now(),
                    tracking=[("1Z999AA10123456784", "ups")],
                )
            )
            for _ in range(number)
        }


@pytest.fixture
def ferry(tmp_path: Path) -> Iterator[Ferry]:
    chance = random.Random(SEED)
    unreliable = Unreliable(chance)
    shop = WooCommerceShop(now=now)
    with ExitStack() as stack:
        atlast_url = stack.enter_context(Server(unreliable.handle)).url
        shop_url = stack.enter_context(Server(shop.handle)).url
        (tmp_path / "config.toml").write_text(CONFIG.format(atlast=atlast_url, shop=shop_url))
        yield Ferry(tmp_path, shop, unreliable)


@pytest.mark.timeout(120 + 10 * KILLS)
def test_kill_9_at_random_moments_loses_nothing_and_doubles_only_what_was_in_doubt(
    ferry: Ferry,
) -> None:
    chance = random.Random(-SEED)
    ids = ferry.add(ORDERS // 10)
    for killed in range(KILLS):
        ids |= ferry.add((ORDERS - len(ids)) // (KILLS - killed))
        with ferry.daemon() as process:
            if chance.random() < 0.2:
                time.sleep(chance.uniform(0.0, 1.2))  # also while it starts
            else:
                ferry.await_pushes(chance.randrange(1, 5))
                time.sleep(chance.uniform(0.0, 0.05))
            process.send_signal(signal.SIGKILL)
    accepted = ferry.unreliable.atlast.accepted
    before_the_end = len(accepted)
    ferry.unreliable.fails = False
    with ferry.daemon() as process:
        ends = time.monotonic() + 90
        while len(ferry.ids("delivered")) < len(ids) and time.monotonic() < ends:
            time.sleep(0.1)
        process.send_signal(signal.SIGTERM)
        status = process.wait(timeout=20)

    print(  # noqa: T201 - what the attack came to, for people
        f"\n{KILLS} kills, {len(ids):,} orders, {before_the_end:,} accepted before the last kill,"
        f" {len(accepted):,} in the end;"
        f"\n{ferry.unreliable.atlast.duplicates} duplicates of {sum(ferry.excused.values())}"
        f" acceptances in doubt; {dict(ferry.unreliable.seen)}"
    )
    assert status == 0
    assert {order_id for _, order_id in accepted} == ids
    assert ferry.ids("delivered") == ids
    for (_, order_id), versions in accepted.items():
        assert len(versions) <= 1 + ferry.excused[order_id]
    assert b"run_crashed" not in (ferry.folder / "log").read_bytes()
    assert b"Traceback" not in (ferry.folder / "log").read_bytes()
