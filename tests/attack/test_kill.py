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
from orderferry.sandbox.shopify import ShopifyShop
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
merchant_id = "bolt"
[merchants.bolt.woocommerce]
url = "{woocommerce}"
consumer_key = "env:SHOP_KEY"
consumer_secret = "env:SHOP_SECRET"
[merchants.acme]
platform = "shopify"
merchant_id = "acme"
[merchants.acme.shopify]
shop = "acme.myshopify.com"
access_token = "env:SHOP_TOKEN"
base_url = "{shopify}"
"""

Key = tuple[str, str]
"""(merchant, order id)"""


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
        self.unsettled: list[tuple[list[Key], bool]] = []
        """Orders that were accepted since the last look at the state file; whether told so."""
        self._chance = chance

    def handle(self, request: Request) -> Response:
        if request.path != BULK:
            return self.atlast.handle(request)
        self.seen["pushes"] += 1
        fate = self._chance.random() if self.fails else 1.0
        if fate < 0.02:
            self.seen["dropped before acceptance"] += 1
            return Response(200, cut="before")
        if fate < 0.025:
            self.seen["answered 503"] += 1
            return Response(503)
        told = self.atlast.handle(request)
        lost = fate < 0.05
        orders = json.loads(request.body)["orders"]
        keys = [(order["merchantId"], order["id"]) for order in orders]
        self.unsettled.append((keys, self.heard and not lost))
        self.seen["dropped after acceptance"] += lost
        return Response(201, cut="before") if lost else told


class Ferry:
    """The daemon as a process, a shop of either kind and At Last in this one."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self.folder = folder
        self.unreliable = Unreliable(random.Random(SEED))
        self.shop = WooCommerceShop(now=now)
        # the bucket is not what is tried here
        self.other_shop = ShopifyShop(now=now, maximum_available=1e6, restore_rate=1e6)
        self._server = stack.enter_context(Server(self.unreliable.handle))
        urls = {
            "atlast": self._server.url,
            "woocommerce": stack.enter_context(Server(self.shop.handle)).url,
            "shopify": stack.enter_context(Server(self.other_shop.handle)).url,
        }
        (folder / "config.toml").write_text(CONFIG.format(**urls))
        self.excused = Counter[Key]()
        """How often an order was accepted and the daemon could not know."""
        key = self.shop.keys[0]
        self._environ = {
            "PATH": os.environ.get("PATH", ""),
            "PYTHONPATH": str(Path(str(orderferry.__file__)).parents[1]),
            "ATLAST_ID": ID,
            "ATLAST_SECRET": SECRET,
            "SHOP_KEY": key.key,
            "SHOP_SECRET": key.secret,
            "SHOP_TOKEN": self.other_shop.token,
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
                self._server.await_departure()  # a last push may be on its way still
                self._look()

    def await_pushes(self, number: int) -> None:
        """Returns when so many more pushes have arrived, or after three seconds."""
        wanted, ends = self.unreliable.seen["pushes"] + number, time.monotonic() + 3
        while self.unreliable.seen["pushes"] < wanted and time.monotonic() < ends:
            time.sleep(0.005)

    def _look(self) -> None:
        """Excuses what was accepted and is not known to be, now that the daemon is dead."""
        unsettled, self.unreliable.unsettled = self.unreliable.unsettled, []
        delivered = self.delivered()
        for keys, told in unsettled:
            self.excused.update(one for one in keys if not told or one not in delivered)

    def delivered(self) -> set[Key]:
        path = self.folder / "orderferry.db"
        if not path.exists():
            return set()
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as database:
            try:
                return set(
                    database.execute(
                        "SELECT merchant, order_id FROM orders WHERE state = 'delivered'"
                    )
                )
            except sqlite3.OperationalError:  # killed before the tables were made
                return set()

    def add(self, number: int) -> set[Key]:
        """Ships so many orders, half of them in either shop."""
        created_at = now() - timedelta(days=1)
        added: set[Key] = set()
        for count in range(number):
            if count % 2:
                order_id = self.other_shop.add_order(
                    created_at=created_at,
                    updated_at=now(),
                    trackings=[("UPS", "1Z999AA10123456784")],
                )
                added.add(("acme", str(order_id)))
                continue
            order_id = self.shop.add_order(
                status="completed",
                created_at=created_at,
                modified_at=now(),
                tracking=[("1Z999AA10123456784", "ups")],
            )
            added.add(("bolt", str(order_id)))
        return added


@pytest.fixture
def ferry(tmp_path: Path) -> Iterator[Ferry]:
    with ExitStack() as stack:
        yield Ferry(tmp_path, stack)


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
        while len(ferry.delivered()) < len(ids) and time.monotonic() < ends:
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
    assert set(accepted) == ids
    assert ferry.delivered() == ids
    for (merchant, order_id), versions in accepted.items():
        assert len(versions) <= 1 + ferry.excused[str(merchant), order_id]
    assert b"run_crashed" not in (ferry.folder / "log").read_bytes()
    assert b"Traceback" not in (ferry.folder / "log").read_bytes()
