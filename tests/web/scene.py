"""A made-up fortnight of five merchants at a fixed time, for looking at and for pictures."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from orderferry.clock import Clock
from orderferry.config import load
from orderferry.services import Services
from orderferry.web.server import serving
from state import (
    Decision,
    Lease,
    OrderState,
    OverviewStore,
    RunOutcome,
    Settlement,
    SqliteStore,
    Verdict,
)
from tests.web.world import TOKEN

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
DAY = timedelta(days=1)
REFUSED = "49017"
"""An order of bolt that At Last refused."""

CONFIG = """
[daemon]
status_listen = "127.0.0.1:0"
status_token = "env:STATUS_TOKEN"
[atlast]
base_url = "https://api.atlast.example/v1"
token_url = "https://api.atlast.example/oauth2/token"
client_id = "env:SECRET"
client_secret = "env:SECRET"
"""
MERCHANT = """
[merchants.{name}]
platform = "woocommerce"
merchant_id = "{name}"
enabled = {enabled}
[merchants.{name}.woocommerce]
url = "https://{name}.example.com"
consumer_key = "env:SECRET"
consumer_secret = "env:SECRET"
"""
DELIVERED = {
    "bolt": (38, 41, 29, 52, 47, 33, 18, 36, 44, 40, 57, 49, 31, 12),
    "elm": (9, 12, 7, 0, 11, 14, 4, 8, 10, 13, 9, 12, 6, 3),
    "fern": (21, 19, 26, 24, 0, 17, 9, 22, 25, 18, 27, 23, 11, 6),
}
"""Orders a day, the earliest day first."""
FALLEN = {3: 2, 7: 6, 8: 1}
"""Orders of bolt that At Last refused on these days; all but one were dropped since."""

CITY_MISSING = "shipping.city: is empty; add the city to the order."
TOO_MANY = "items[3].quantity: must be at least 1"
KEY_REFUSED = (
    "https://cove.example.com: the shop refused the key (401). Make a new key with read permission"
    " under WooCommerce > Settings > Advanced > REST API, and put it where consumer_key says."
)


@contextmanager
def scene(folder: Path) -> Iterator[str]:
    """Serves the page inside the block; yields its address."""
    path = folder / "config.toml"
    path.write_text(
        CONFIG
        + "".join(
            MERCHANT.format(name=name, enabled=str(name != "dune").lower())
            for name in ("bolt", "cove", "dune", "elm", "fern")
        )
    )
    config = load(path, {"SECRET": "made-up", "STATUS_TOKEN": TOKEN})
    store = SqliteStore.open(config.state_path, now=NOW)
    fill(store, config.merchants["bolt"].account)
    services = Services(config, store, Clock(now=lambda: NOW))
    with ExitStack() as stack:
        stack.callback(services.close)
        url = stack.enter_context(serving(services, lambda _account: None))
        assert url is not None
        yield url


def fill(store: SqliteStore, account: str) -> None:
    """Plays the fortnight through the store's own verbs."""
    store._connection.execute("PRAGMA synchronous = OFF")  # only to be filled quickly
    leases = {
        name: store.acquire(f"merchant:{name}", "scene", now=NOW, ttl=DAY)
        for name in (*DELIVERED, "cove", "dune")
    }
    for name, numbers in DELIVERED.items():
        for place, number in enumerate(numbers):
            at = NOW - (13 - place) * DAY - timedelta(minutes=20)
            first = 47_600 + place * 100
            _deliver(store, leases[name], [str(first + n) for n in range(number)], at)
            if name == "bolt" and place in FALLEN:
                _refuse(store, leases[name], first + 80, FALLEN[place], at)
    now = NOW - timedelta(minutes=3)
    open_orders = [
        Decision("49002", OrderState.QUARANTINED, reason=CITY_MISSING, created_at=NOW - DAY),
        *(_waiting(order_id) for order_id in ("49005", "49011", "49012")),
        *(_skipped(str(48_900 + number)) for number in range(17)),
    ]
    for name, lease in leases.items():
        decisions = open_orders if name == "bolt" else [_skipped("1")]
        read_until = {"cove": NOW - timedelta(minutes=71), "dune": NOW - DAY}.get(name, now)
        store.record_page(lease, name, decisions, now=now, watermark=read_until)
    _refuse(store, leases["bolt"], int(REFUSED), 1, NOW - timedelta(hours=2))
    _runs(store, account)


def _deliver(store: OverviewStore, lease: Lease, order_ids: list[str], at: datetime) -> None:
    _settle(store, lease, order_ids, at, Verdict.ACCEPTED)


def _refuse(store: OverviewStore, lease: Lease, first: int, number: int, at: datetime) -> None:
    order_ids = [str(first + n) for n in range(number)]
    _settle(store, lease, order_ids, at, Verdict.REFUSED)
    store.drop("bolt", [one for one in order_ids if one != REFUSED], now=at + DAY / 4)


def _settle(
    store: OverviewStore, lease: Lease, order_ids: list[str], at: datetime, verdict: Verdict
) -> None:
    name = lease.name.removeprefix("merchant:")
    store.record_page(lease, name, [_ready(one, at) for one in order_ids], now=at)
    claimed = store.claim(lease, [name], limit=100, now=at)
    reason = TOO_MANY if verdict is Verdict.REFUSED else None
    store.settle(lease, [Settlement(one, verdict, reason) for one in claimed], now=at)


def _ready(order_id: str, at: datetime) -> Decision:
    order = {
        "id": order_id,
        "merchantId": "bolt",
        "createdAt": f"{at - DAY:%Y-%m-%dT%H:%M:%SZ}",
        "userEmail": "ada@shopper.example",
        "orderNumber": order_id,
        "orderTotal": {"value": 64.9, "currency": "EUR"},
        "outboundFulfilment": {"carrier": "DHL", "trackingNumber": "00340434161094000000"},
        "items": [{"id": "1", "quantity": 1, "name": "Rain coat", "sku": "RC-44"}],
        "customer": {
            "firstName": "Ada",
            "lastName": "Example",
            "address": {"line1": "1 Sample Street", "city": "Cologne", "country": "DE"},
        },
    }
    return Decision(
        order_id,
        OrderState.PENDING,
        modified_at=at - timedelta(minutes=9),
        created_at=at - DAY,
        fingerprint=order_id,
        payload=json.dumps(order).encode(),
        cautions=("The line Rain coat has no country of origin.",) if order_id == REFUSED else (),
    )


def _waiting(order_id: str) -> Decision:
    return Decision(
        order_id, OrderState.WAITING, created_at=NOW - DAY, wait_until=NOW + timedelta(hours=19)
    )


def _skipped(order_id: str) -> Decision:
    return Decision(order_id, OrderState.SKIPPED, reason="not shipped yet", created_at=NOW - DAY)


def _runs(store: OverviewStore, account: str) -> None:
    def run(subject: str, kind: str, minutes: int, outcome: RunOutcome, **counts: int) -> None:
        at = NOW - timedelta(minutes=minutes)
        run_id = store.start_run(subject, kind, now=at)
        failed = outcome is not RunOutcome.DONE
        store.finish_run(
            run_id,
            outcome,
            now=at + timedelta(seconds=2),
            counts=counts,
            problem=KEY_REFUSED if failed else None,
            retry_at=NOW + timedelta(minutes=12) if failed else None,
        )

    run("dune", "poll", 1500, RunOutcome.DONE, seen=1)
    for name in ("bolt", "elm", "fern"):
        run(name, "sweep", 150, RunOutcome.DONE, compared=2410, missing=0)
        run(name, "poll", 8, RunOutcome.DONE, seen=14, ready=4, unchanged=9, quarantined=1)
        run(name, "poll", 3, RunOutcome.DONE, seen=12, ready=3, unchanged=9)
    run("cove", "poll", 71, RunOutcome.DONE, seen=3, unchanged=3)
    run("cove", "poll", 41, RunOutcome.CREDENTIALS)
    run("cove", "poll", 11, RunOutcome.CREDENTIALS)
    run(account, "deliver", 3, RunOutcome.DONE, delivered=9)
