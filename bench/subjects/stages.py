"""
Every stage of the way alone, each at its best: their sum is what can be hoped for.

    python -m bench.subjects.stages CONFIG NAME SHOP SINCE UNTIL

Reading leaves bytes as they come (httpx, gzip, only the fields that are
needed), decoding is pydantic's; mapping, remembering (one transaction per page,
synchronous=FULL), claiming, pushing and settling are orderferry's own functions
with nothing around them. Seconds of wall time, so that waiting for the disk and
the server counts.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import httpx
from pydantic_core import from_json

from bench.subjects.inside import opened
from connectors.base import Window
from connectors.woocommerce.related import ORDER_FIELDS
from orderferry.leases import Held, hold
from orderferry.reading import decide
from orderferry.services import Services
from state import Claimed, Settlement, Verdict

_PAGE = 100


class Watch:
    """Adds up the seconds of each stage, and their CPU time."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self.cpu = 0.0

    @contextmanager
    def on(self, stage: str) -> Iterator[None]:
        """Counts the block's time to the stage."""
        began, cpu = time.perf_counter(), time.process_time()
        try:
            yield
        finally:
            spent = time.perf_counter() - began
            self.cpu += time.process_time() - cpu
            self.seconds[stage] = self.seconds.get(stage, 0.0) + spent


def read(shop: str, watch: Watch) -> int:
    """Reads and decodes the pages; returns how many orders they held."""
    orders, page, pages = 0, 1, 1
    address = f"{shop}/wp-json/wc/v3/orders"
    given = {"per_page": str(_PAGE), "orderby": "id", "order": "asc", "_fields": ORDER_FIELDS}
    with httpx.Client(auth=("ck_bench", "cs_bench")) as client:
        while page <= pages:
            with watch.on("read"):
                answer = client.get(address, params={**given, "page": str(page)})
            with watch.on("decode"):
                rows = from_json(answer.content)
            pages, page, orders = (
                int(answer.headers["X-WP-TotalPages"]),
                page + 1,
                orders + len(rows),
            )
    return orders


def remember(services: Services, name: str, window: Window, watch: Watch) -> None:
    """Maps the pages and makes them durable."""
    merchant = services.merchant(name)
    connector, mapper = services.connector(merchant)
    shop, now = connector.profile(), services.clock.now()
    with hold(services.store, f"merchant:{name}", services.owner, services.clock.now) as held:
        for page in connector.changed(window):
            with watch.on("map"):
                decisions = decide(page, mapper, shop=shop, policy=merchant.policy, now=now)
            with watch.on("remember"):
                services.store.record_page(held.lease, name, decisions, now=now)


def push(services: Services, name: str, watch: Watch) -> int:
    """Claims, pushes and settles; returns how many orders."""
    client, orders = services.client(services.merchant(name)), 0
    account = services.merchant(name).account
    with hold(services.store, f"account:{account}", services.owner, services.clock.now) as held:
        while batch := _claim(services, held, name, watch):
            with watch.on("push"):
                client.push([one.payload for one in batch])
            with watch.on("settle"):
                services.store.settle(
                    held.lease,
                    [Settlement(one, Verdict.ACCEPTED) for one in batch],
                    now=services.clock.now(),
                )
            orders += len(batch)
    return orders


def _claim(services: Services, held: Held, name: str, watch: Watch) -> tuple[Claimed, ...]:
    with watch.on("claim"):
        return services.store.claim(held.lease, [name], limit=_PAGE, now=services.clock.now())


def main() -> None:
    """Prints the seconds of each stage and the number of orders."""
    config, name, shop, *dates = sys.argv[1:]
    since, until = (datetime.fromisoformat(date).replace(tzinfo=UTC) for date in dates)
    watch = Watch()
    found = read(shop, watch)
    with opened(Path(config)) as services:
        remember(services, name, Window(since, until), watch)
        sent = push(services, name, watch)
    print(json.dumps({"orders": min(found, sent), "cpu": watch.cpu, **watch.seconds}))


if __name__ == "__main__":
    main()
