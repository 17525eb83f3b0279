"""A shop and At Last, both simulated, a configuration with a status page, and what works on it."""

from __future__ import annotations

import re
import ssl
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from orderferry.clock import Clock
from orderferry.config import Config, load
from orderferry.deliver import deliver
from orderferry.runs import Report
from orderferry.sandbox.atlast import AtLast
from orderferry.sandbox.server import Server
from orderferry.sandbox.woocommerce import WooCommerceShop
from orderferry.services import Services
from orderferry.sync import poll
from orderferry.web.server import serving
from state import SqliteStore

LISTEN = 'status_listen = "127.0.0.1:0"'
LISTEN_WITH_TOKEN = f'{LISTEN}\nstatus_token = "env:STATUS_TOKEN"'
ID, SECRET, TOKEN = "client-7f3a", "hush-51c9e0", "a-token-of-the-page-4711"
CUSTOMER = {
    "first_name": "Wilhelmina",
    "last_name": "Quackenbush",
    "address_1": "99 Gooseberry Lane",
    "phone": "+1 555 0199 8877",
}
EMAIL = "wilhelmina@shopper.example"

_NO_TLS_HERE = ssl.create_default_context()
"""One for all: each costs 30 ms."""

MERCHANT = """
[merchants.{name}]
platform = "woocommerce"
merchant_id = "{name}"
[merchants.{name}.woocommerce]
url = "{url}"
consumer_key = "env:SHOP_KEY"
consumer_secret = "env:SHOP_SECRET"
"""


@dataclass(slots=True)
class World:
    """Two merchants, bolt and cove, that share one simulated shop; bolt's orders are told of."""

    folder: Path
    shop: WooCommerceShop
    shop_server: Server
    atlast: AtLast
    atlast_server: Server
    environ: dict[str, str]
    merchants: tuple[str, ...] = ("bolt",)

    @property
    def config_path(self) -> Path:
        return self.folder / "config.toml"

    def configure(self, daemon: str, more: str = "") -> Config:
        tables = "".join(
            MERCHANT.format(name=name, url=self.shop_server.url) for name in self.merchants
        )
        self.config_path.write_text(
            f'[daemon]\nsettle_delay = "0s"\n{daemon}\n'
            f'[atlast]\nbase_url = "{self.atlast_server.url}/v1"\n'
            f'token_url = "{self.atlast_server.url}/oauth2/token"\n'
            'client_id = "env:ATLAST_ID"\nclient_secret = "env:ATLAST_SECRET"\n'
            f"{tables}{more}"
        )
        return load(self.config_path, self.environ)

    def add_order(self, **fields: Any) -> str:
        """A shipped order with tracking, a day old and changed a minute ago; returns its id."""
        fields.setdefault("status", "completed")
        fields.setdefault("created_at", datetime.now(UTC) - timedelta(days=1))
        fields.setdefault("modified_at", datetime.now(UTC) - timedelta(minutes=1))
        fields.setdefault("billing", CUSTOMER)
        fields.setdefault("shipping", CUSTOMER)
        fields.setdefault("email", EMAIL)
        fields.setdefault("tracking", [("1Z999AA10123456784", "ups")])
        return str(self.shop.add_order(**fields))

    def add_unmappable(self) -> str:
        return self.add_order(billing={"city": ""}, shipping={"city": ""})

    def mend(self, order_id: str) -> None:
        """What the merchant does about an unmappable order."""
        record = self.shop.records.orders[int(order_id)]
        for block in ("billing", "shipping"):
            record[block]["city"] = "Boston"

    def add_waiting(self) -> str:
        return self.add_order(tracking=[], completed_at=datetime.now(UTC))


@contextmanager
def simulated(folder: Path) -> Iterator[World]:
    def now() -> datetime:
        return datetime.now(UTC)

    shop = WooCommerceShop(now=now)
    atlast = AtLast(now=now, client_id=ID, client_secret=SECRET)
    key = shop.keys[0]
    environ = {
        "ATLAST_ID": ID,
        "ATLAST_SECRET": SECRET,
        "SHOP_KEY": key.key,
        "SHOP_SECRET": key.secret,
        "STATUS_TOKEN": TOKEN,
    }
    with Server(shop.handle) as shop_server, Server(atlast.handle) as atlast_server:
        yield World(folder, shop, shop_server, atlast, atlast_server, environ)


@dataclass(slots=True)
class Page:
    """A running status page without a daemon around it; what it asks for is written down."""

    world: World
    services: Services
    opened: ExitStack
    url: str = ""
    woken: list[str] = field(default_factory=list)
    """Accounts whose outbox was to be delivered soon."""

    def poll(self, name: str = "bolt") -> Report:
        return poll(name, self.services)

    def deliver(self) -> Report:
        (account,) = self.services.accounts()
        return deliver(account, self.services)

    def browser(self, **options: Any) -> httpx.Client:
        """A client that keeps cookies and follows no redirect by itself; closed with the page."""
        client = httpx.Client(base_url=self.url, verify=_NO_TLS_HERE, **options)
        return self.opened.enter_context(client)


@contextmanager
def served(world: World, daemon: str = LISTEN, **clock_options: Any) -> Iterator[Page]:
    """Serves the page of this configuration on a port of its own inside the block."""
    config = world.configure(daemon)
    clock = Clock(**clock_options)
    with ExitStack() as stack:
        services = Services(config, SqliteStore.open(config.state_path, now=clock.now()), clock)
        stack.callback(services.close)
        page = Page(world, services, stack)
        url = stack.enter_context(serving(services, page.woken.append))
        assert url is not None
        page.url = url
        yield page


def form_token(text: str) -> str:
    """The hidden field that every form of the page holds."""
    found = re.search(r'name="form_token" value="([0-9a-f]{64})"', text)
    assert found is not None
    return found[1]


def post(client: httpx.Client, path: str, *, via: str, **fields: object) -> httpx.Response:
    """Sends a form as a browser does that has loaded the page *via*."""
    token = form_token(client.get(via).text)
    return client.post(
        path,
        data={"form_token": token, **fields},
        headers={"origin": str(client.base_url).rstrip("/")},
    )


def signed_in(page: Page) -> httpx.Client:
    """A browser that has given the token."""
    client = page.browser()
    answer = post(client, "/login", via="/login", token=TOKEN)
    assert answer.status_code == 303, answer.text
    return client
