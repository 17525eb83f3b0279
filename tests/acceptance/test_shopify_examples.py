"""
Orders recorded from Shopify, through the installed command to At Last.

What is expected was written by hand: tests/mapping/shopify/golden/examples.yaml.
At Last takes no order older than 60 days, so each order and what is expected
of it are moved by whole days, as if it had been read today. The shop's zone
keeps the offset of the day it was recorded: no date moves with the clocks.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from conftest import Ferry

from orderferry.sandbox.server import Server
from orderferry.sandbox.shopify import ShopifyShop

# the cases lie in the repository, also when this file is run from a copy against a wheel
sys.path.append(str(Path(__file__).resolve().parents[2]))
from tests.mapping.shopify.golden_cases import (
    cases,
    priced,
    raw,
)
from tests.mapping.shopify.shop import NOW

INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z")
TOKEN = "shpat_examples-7d21"


def examples() -> Iterator[Any]:
    for one in cases():
        case = one.values[0]
        if {"source", "rewritten"} & case.keys() and not case.get("unanswerable"):
            yield one


def read_at(case: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(case["now"]) if "now" in case else NOW


def days_since(case: dict[str, Any]) -> timedelta:
    """Whole days from when the case is read to yesterday: nothing in it is still to come."""
    return timedelta(days=(datetime.now(UTC).date() - read_at(case).date()).days - 1)


def moved(value: Any, by: timedelta) -> Any:
    """JSON in which every instant is that much later."""
    if isinstance(value, dict):
        return {key: moved(member, by) for key, member in value.items()}
    if isinstance(value, list):
        return [moved(member, by) for member in value]
    if isinstance(value, str) and INSTANT.fullmatch(value):
        return f"{datetime.fromisoformat(value) + by:%Y-%m-%dT%H:%M:%SZ}"
    return value


def expected(case: dict[str, Any], by: timedelta) -> dict[str, Any]:
    numbers = json.dumps(moved(priced(case["sent"]), by))
    sent: dict[str, Any] = json.loads(numbers, parse_float=Decimal)
    if parcel := sent.get("outboundFulfilment"):
        day = datetime.fromisoformat(parcel["shippingDate"]) + by
        parcel = parcel | {"shippingDate": f"{day:%Y-%m-%d}"}
        return sent | {"outboundFulfilment": parcel}
    return sent


def shop_of(case: dict[str, Any]) -> tuple[ShopifyShop, int]:
    """A shop with that order, changed an hour ago, and the order's id."""
    offset = read_at(case).astimezone(ZoneInfo(case.get("time_zone", "Europe/London"))).utcoffset()
    hours = int((offset or timedelta()).total_seconds()) // 3600
    # the sign of these names is that of the way to Greenwich
    shop = ShopifyShop(token=TOKEN, time_zone=f"Etc/GMT{-hours:+d}" if hours else "Etc/GMT")
    order = moved(raw(case), days_since(case))
    changed_at = datetime.now(UTC) - timedelta(hours=1)
    return shop, shop.put_order(order | {"updatedAt": f"{changed_at:%Y-%m-%dT%H:%M:%SZ}"})


def configure(ferry: Ferry, url: str, policy: dict[str, Any]) -> None:
    ferry.environ["ACME_TOKEN"] = TOKEN
    orders = "".join(f'{key} = "{value}"\n' for key, value in policy.items())
    ferry.config.write_text(
        f"""
[atlast]
base_url = "{ferry.atlast_server.url}/v1"
token_url = "{ferry.atlast_server.url}/oauth2/token"
client_id = "env:ATLAST_ID"
client_secret = "env:ATLAST_SECRET"
[merchants.acme]
platform = "shopify"
[merchants.acme.shopify]
shop = "acme.myshopify.com"
access_token = "env:ACME_TOKEN"
base_url = "{url}"
[merchants.acme.orders]
{orders}
"""
    )


@pytest.mark.parametrize("case", tuple(examples()))
def test_an_example_order_arrives_as_it_was_written_by_hand(
    ferry: Ferry, case: dict[str, Any]
) -> None:
    shop, order_id = shop_of(case)
    shop.add_order()  # not shipped yet; its customer shows that the app may see customers
    with Server(shop.handle) as server:
        configure(ferry, server.url, case.get("policy", {}))

        synced = ferry("sync")
        planned = ferry("--json", "backfill", "acme", "--order", str(order_id), "--dry-run")

    (fate,) = planned.document["orders"]
    words = synced.out + synced.err
    if "sent" in case:
        (versions,) = ferry.atlast.accepted.values()
        assert versions == [expected(case, days_since(case))], words
        assert (synced.status, fate["verdict"]) == (0, "unchanged"), words
    else:
        assert ferry.accepted() == set()
        assert [fate["verdict"], fate["reason"]] == fate_of(case), words
    assert not any(TOKEN in text for text in ferry.printed)


def test_a_shop_that_hides_every_customer_is_one_fault_with_a_remedy(ferry: Ferry) -> None:
    (case,) = (one.values[0] for one in examples() if "syn_06" in one.values[0].get("source", ""))
    shop, _ = shop_of(case)
    with Server(shop.handle) as server:
        configure(ferry, server.url, {})

        synced = ferry("sync")

    assert synced.status not in {0, 75}, synced.out
    assert "protected customer data" in synced.out + synced.err
    assert ferry("--json", "status").document["merchants"][0]["watermark"] is None


def fate_of(case: dict[str, Any]) -> list[str]:
    if "skipped" in case:
        return ["skipped", ": ".join(filter(None, case["skipped"]))]
    ((field, problem),) = case["quarantined"].items()
    return ["quarantined", f"{field}: {problem}"]
