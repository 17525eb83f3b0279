"""
A small world that can be attacked: simulators, a state file, and a process that can die.

Time is a number that the test moves; a wait of the code under test moves it
too. What At Last accepted, and which of its answers never became durable on
our side, is counted at the simulator's side.
"""

from __future__ import annotations

import dataclasses
import json
import ssl
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

from orderferry.clock import Clock
from orderferry.config import load
from orderferry.deliver import deliver
from orderferry.runs import Report
from orderferry.sandbox.atlast import AtLast
from orderferry.sandbox.server import Handler, Request, Response, Server
from orderferry.sandbox.shopify import ShopifyShop
from orderferry.sandbox.woocommerce import WooCommerceShop
from orderferry.services import Services
from orderferry.sync import poll
from state import LedgerOrder, OrderState, SqliteStore
from tests.attack.staff import ShopifyStaff

START = datetime(2026, 6, 15, 12, 0, tzinfo=UTC)
BULK = "/v1/orders/bulk"
ID, SECRET = "client-7f3a", "hush-51c9e0"


class Died(BaseException):
    """The process was killed; nothing of it runs any more."""


class MortalStore:
    """The real store, of a process that may die before or after any of its calls."""

    def __init__(self, store: SqliteStore) -> None:
        self._store = store
        self._calls_left: int | None = None
        self._acts_last = False
        self.dead = False

    def doom(self, calls: int, *, acts: bool) -> None:
        """Kills the process at its next call but *calls*, which still acts or does not."""
        self._calls_left, self._acts_last = calls, acts

    def __getattr__(self, name: str) -> Any:
        verb = getattr(self._store, name)

        def call(*args: Any, **options: Any) -> Any:
            if self.dead:
                raise Died
            if self._calls_left is not None:
                self._calls_left -= 1
                self.dead = self._calls_left < 0
            if self.dead and not self._acts_last:
                raise Died
            result = verb(*args, **options)
            if self.dead:
                raise Died
            return result

        return call

    def close(self) -> None:
        self._store.close()


class World:
    """One merchant, `bolt`, unless more shops are added before the process starts."""

    def __init__(  # noqa: PLR0913 - one switch each
        self,
        folder: Path,
        *,
        storage: Literal["hpos", "cpt"] = "hpos",
        time_zone: str = "America/New_York",
        start: datetime = START,
        orders: str = "",
        atlast: str = "",
        timeout: str = "5s",
        tls: ssl.SSLContext | None = None,
        ca_bundle: str = "",
    ) -> None:
        self.folder = folder
        self.now = start
        self.clock_error = timedelta()
        self.atlast = AtLast(lambda: self.now, client_id=ID, client_secret=SECRET)
        self.shops: dict[str, WooCommerceShop] = {}
        self.servers: dict[str, Server] = {}
        self.refuses: Callable[[Any], bool] = lambda _order: False
        """Orders on which At Last dies with a 500, whatever they travel with."""
        self.deadly = False
        """The process dies while At Last acts on its next push."""
        self.losses: Counter[str] = Counter()
        """How often At Last accepted an order and we could not know."""
        self.batches: list[int] = []
        """Sizes of the pushes that reached At Last."""
        self._unsettled: list[tuple[list[str], bool]] = []
        self._tables = ""
        self.environ = {"id": ID, "secret": SECRET}
        self.in_files: set[str] = set()
        """Names of secrets that are in files, not in the environment."""
        self._orders, self._atlast = orders, atlast
        self._http = f'timeout = "{timeout}"\nca_bundle = "{ca_bundle}"'
        self._tls = tls
        self._stack = ExitStack()
        self.atlast_server = self._stack.enter_context(Server(self.ingest, tls=tls))
        self.add_shop("bolt", storage=storage, time_zone=time_zone)
        self.services: Services
        self.store: MortalStore
        self.ledger: SqliteStore
        """The same file, for the test's own eyes."""

    def add_shop(self, name: str, **switches: Any) -> WooCommerceShop:
        shop = WooCommerceShop(now=lambda: self.now, **switches)
        shop.behind_tls_proxy = True
        server = self._stack.enter_context(Server(shop.handle, tls=self._tls))
        self.shops[name], self.servers[name] = shop, server
        key = shop.keys[0]
        self._tables += f"""
[merchants.{name}]
platform = "woocommerce"
merchant_id = "m-{name}"
[merchants.{name}.woocommerce]
url = "{server.url}"
auth = "basic"
consumer_key = "env:{name}_key"
consumer_secret = "env:{name}_secret"
{self._http}
[merchants.{name}.orders]
{self._orders}
"""
        self.environ |= {
            f"{name}_key": key.key,
            f"{name}_secret": key.secret,
        }
        return shop

    def replace_with_shopify(self, search_lag: timedelta) -> ShopifyStaff:
        """Makes the merchant one of the other platform; returns its people."""
        shop = ShopifyShop(now=lambda: self.now, domain="bolt.myshopify.com")
        server = self._stack.enter_context(Server(shop.handle))
        self.servers["bolt"] = server
        self.environ["bolt_token"] = shop.token
        self._tables = f"""
[merchants.bolt]
platform = "shopify"
merchant_id = "m-bolt"
[merchants.bolt.shopify]
shop = "{shop.domain}"
access_token = "env:bolt_token"
base_url = "{server.url}"
bulk_from = 20
{self._http}
[merchants.bolt.orders]
{self._orders}
"""
        return ShopifyStaff(shop, search_lag)

    @property
    def shop(self) -> WooCommerceShop:
        return self.shops["bolt"]

    @property
    def shop_server(self) -> Server:
        return self.servers["bolt"]

    def revive(self, name: str, port: int) -> None:
        """Serves a merchant's shop, or At Last if the name is empty, at its old address again."""
        handler = self.servers[name].handler if name else self.ingest
        server = self._stack.enter_context(Server(handler, port=port, tls=self._tls))
        if name:
            self.servers[name] = server
        else:
            self.atlast_server = server

    # the process ---------------------------------------------------------

    def start(self) -> None:
        """Starts a process on the state file."""
        config = self.folder / "config.toml"
        text = f"""
[atlast]
base_url = "{self.atlast_server.url}/v1"
token_url = "{self.atlast_server.url}/oauth2/token"
client_id = "env:id"
client_secret = "env:secret"
{self._http}
{self._atlast}
{self._tables}
"""
        for name in self.in_files:
            text = text.replace(f'"env:{name}"', f'"file:{name}"')
        config.write_text(text)
        loaded = load(config, self.environ)
        self.ledger = SqliteStore.open(loaded.state_path, now=self.clock())
        self.store = MortalStore(self.ledger)
        store: Any = self.store
        self.services = Services(loaded, store, Clock(now=self.clock, pause=self.wait))

    def restart(self) -> None:
        """Ends the process, in whatever state it is, and starts the next one."""
        self.end()
        self.start()

    def end(self) -> None:
        self.services.close()

    def close(self) -> None:
        self.end()
        self._stack.close()

    def clock(self) -> datetime:
        """Returns our time; it never stands still, like any other."""
        self.now += timedelta(milliseconds=1)
        return self.now + self.clock_error

    @property
    def unclear(self) -> bool:
        """Whether At Last, when it takes a batch in part, does not say which part."""
        partial, naming = self.atlast.partial, self.atlast.naming
        return partial == "counts" or (partial == "failures" and naming == "none")

    def wait(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    # the jobs ------------------------------------------------------------

    def poll(self, name: str = "bolt") -> Report | None:
        """Returns the report of a poll, None if the process died and was started again."""
        return self.survive(lambda: poll(name, self.services))

    def deliver(self) -> Report | None:
        (account,) = self.services.accounts()
        report = self.survive(lambda: deliver(account, self.services))
        self._account_for_losses()
        return report

    def survive(self, work: Callable[[], Report]) -> Report | None:
        with suppress(Died):
            return work()
        self.restart()
        return None

    # looking -------------------------------------------------------------

    def accepted(self, order_id: str, name: str = "bolt") -> int:
        return len(self.atlast.accepted.get((f"m-{name}", order_id), ()))

    def order(self, order_id: str, name: str = "bolt") -> LedgerOrder | None:
        return self.ledger.order(name, order_id)

    def state(self, order_id: str, name: str = "bolt") -> str:
        """The order's state, "" if the ledger does not have it."""
        found = self.order(order_id, name)
        return found.state.value if found else ""

    def reason(self, order_id: str, name: str = "bolt") -> str | None:
        """Why the order is not delivered, None if there is nothing to say."""
        found = self.order(order_id, name)
        return found.reason if found else None

    # At Last -------------------------------------------------------------

    def lost(self, spoil: Callable[[Response], Response]) -> Callable[[Request, Handler], Response]:
        """Returns a fault after which At Last has the orders and we cannot know."""

        def answer(request: Request, handler: Handler) -> Response:
            told = handler(request)
            if self._unsettled and request.path == BULK and told.status in {201, 207}:
                self._unsettled[-1] = (self._unsettled[-1][0], True)
            return spoil(told)

        return answer

    def ingest(self, request: Request) -> Response:
        if request.path != BULK:
            return self.atlast.handle(request)
        orders = json.loads(request.body)["orders"]
        self.batches.append(len(orders))
        if any(self.refuses(order) for order in orders):
            return Response(500, b'{"message": "Internal error"}')
        before = {key: len(versions) for key, versions in self.atlast.accepted.items()}
        told = self.atlast.handle(request)
        taken = [
            "/".join(key)
            for key in ((f"{order['merchantId']}", order["id"]) for order in orders)
            if len(self.atlast.accepted.get(key, ())) > before.get(key, 0)
        ]
        if taken:
            # a partial success that names nobody is no proper answer
            self._unsettled.append((taken, self.unclear and told.status != 201))
        if self.deadly:
            self.deadly, self.store.dead = False, True
        return told

    def _account_for_losses(self) -> None:
        """Counts the acceptances that are not durable here: lost answers, and deaths."""
        for ids, lost in self._unsettled:
            for key in ids:
                name, order_id = key.removeprefix("m-").split("/")
                if lost or self.state(order_id, name) != OrderState.DELIVERED:
                    self.losses[key] += 1
        self._unsettled.clear()


def spoiled(**changes: Any) -> Callable[[Response], Response]:
    """Returns what makes a good answer a bad one."""
    return lambda told: dataclasses.replace(told, **changes)
