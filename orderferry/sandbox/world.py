"""A small made-up world: shops with orders of every kind, and an At Last account."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from orderferry.sandbox import second_shop
from orderferry.sandbox.atlast import AtLast
from orderferry.sandbox.server import Server
from orderferry.sandbox.woocommerce import WooCommerceShop

if TYPE_CHECKING:
    from orderferry.sandbox.shopify import ShopifyShop

CLIENT_ID = "sandbox-client"
CLIENT_SECRET = "sandbox-secret"  # noqa: S105 - the simulator's, known to everybody


_WAITING = 7
"""The kind of order, number modulo ten, that was shipped a moment ago and has no number yet."""

_STATUSES = {8: "processing", 9: "cancelled"}
_COUNTRIES = ("GB", "GB", "US", "DE", "CA", "FR")


@dataclass(frozen=True, slots=True)
class World:
    """The simulators at work."""

    shop: WooCommerceShop
    shop_server: Server
    atlast: AtLast
    atlast_server: Server
    poisoned: str
    """Id of the order that At Last refuses."""
    acme: ShopifyShop | None = None
    """The second shop; None without graphql-core."""
    acme_server: Server | None = None

    def shipped(self) -> int:
        """Returns how many orders of the shops are shipped."""
        orders = self.shop.records.orders.values()
        first = len([order for order in orders if order["status"] == "completed"])
        return first + (0 if self.acme is None else second_shop.shipped(self.acme))

    def write_config(self, folder: Path) -> Path:
        """Writes a configuration for this world, with its secrets in files; returns its path."""
        secrets = folder / "secrets"
        secrets.mkdir(mode=0o700, exist_ok=True)
        key = self.shop.keys[0]
        for name, value in (
            ("shop-key", key.key),
            ("shop-secret", key.secret),
            ("acme-token", "" if self.acme is None else self.acme.token),
            ("atlast-id", CLIENT_ID),
            ("atlast-secret", CLIENT_SECRET),
        ):
            (secrets / name).touch(mode=0o600)
            (secrets / name).write_text(value)
        path = folder / "config.toml"
        path.write_text(
            f"""\
# A configuration for the sandbox; see config.example.toml for every key.
[daemon]
poll_every = "10s"

[atlast]
base_url = "{self.atlast_server.url}/v1"
token_url = "{self.atlast_server.url}/oauth2/token"
client_id = "file:secrets/atlast-id"
client_secret = "file:secrets/atlast-secret"

[merchants.bolt]
platform = "woocommerce"
merchant_id = "bolt"
[merchants.bolt.woocommerce]
url = "{self.shop_server.url}"
consumer_key = "file:secrets/shop-key"
consumer_secret = "file:secrets/shop-secret"
page_size = 25
{self._second_table()}"""
        )
        return path

    def _second_table(self) -> str:
        if self.acme is None or self.acme_server is None:
            return ""
        return f"""
[merchants.acme]
platform = "shopify"
merchant_id = "acme"
[merchants.acme.shopify]
shop = "{self.acme.domain}"
access_token = "file:secrets/acme-token"
base_url = "{self.acme_server.url}"
"""


@contextmanager
def world(
    now: Callable[[], datetime],
    *,
    orders: int,
    shop_port: int = 0,
    atlast_port: int = 0,
    acme_port: int = 0,
) -> Iterator[World]:
    """
    Serves shops with that many orders together and an At Last account inside the block.

    A third of the orders, some hundreds at most, are in the second shop, if there is one.
    """
    acme = second_shop.open_shop(now, min(orders // 3, second_shop.MOST_ORDERS))
    shop = WooCommerceShop(now=now, time_zone="Europe/London", currency="GBP")
    atlast = AtLast(now=now, client_id=CLIENT_ID, client_secret=CLIENT_SECRET)
    poisoned = fill(shop, now(), orders - (0 if acme is None else len(acme.books.orders)))
    atlast.poison = lambda order: order.get("id") == poisoned
    with ExitStack() as stack:
        shop_server = stack.enter_context(Server(shop.handle, port=shop_port))
        atlast_server = stack.enter_context(Server(atlast.handle, port=atlast_port))
        acme_server = (
            None if acme is None else stack.enter_context(Server(acme.handle, port=acme_port))
        )
        yield World(shop, shop_server, atlast, atlast_server, poisoned, acme, acme_server)


def fill(shop: WooCommerceShop, now: datetime, orders: int) -> str:
    """
    Fills the shop with *orders* orders of the last 59 days; returns the id of one to be refused.

    Of every ten, seven are completed with tracking, one still waits for its
    number, one is in progress and one was cancelled.
    """
    sendable = []
    for number in range(orders):
        kind = number % 10
        created_at = now - timedelta(days=59) * (orders - number) / (orders + 1)
        if kind == _WAITING:
            created_at = now - timedelta(hours=2, seconds=number)
        waits = kind >= _WAITING
        order_id = shop.add_order(
            status=_STATUSES.get(kind, "completed"),
            created_at=created_at,
            modified_at=created_at + timedelta(hours=1),
            country=_COUNTRIES[number % len(_COUNTRIES)],
            tracking=[] if waits else [(f"BX{number:09d}GB", "royal-mail")],
        )
        if not waits:
            sendable.append(order_id)
    return str(sendable[len(sendable) // 2])
