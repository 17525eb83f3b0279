"""Answers recorded from a real shop (WooCommerce 11.0.1), and a shop that holds the same."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from orderferry.sandbox.server import Server
from orderferry.sandbox.woocommerce import ApiKey, WooCommerceShop
from tests.sandbox.woocommerce_client import client_of, shop_at

RECORDED = Path(__file__).parents[3] / "shared" / "recorded" / "woocommerce"

needed = pytest.mark.skipif(
    not RECORDED.is_dir(), reason="the recordings are not beside the repository"
)

KEYS = {
    "rw": ApiKey("ck_rw", "cs_rw", "read_write"),
    "ro": ApiKey("ck_ro", "cs_ro"),
    "mgr": ApiKey("ck_mgr", "cs_mgr", role="shop_manager"),
    "customer": ApiKey("ck_customer", "cs_customer", role="customer"),
    "writer": ApiKey("ck_writer", "cs_writer", "write"),
    "unknown": ApiKey("ck_unknown", "cs_unknown"),
    "wrong": ApiKey("ck_rw", "cs_wrong"),
}


def recorded(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((RECORDED / f"{name}.json").read_text())
    return found


def names(*patterns: str) -> list[str]:
    """Returns the recordings that match; none where there are no recordings at all."""
    return sorted({path.stem for pattern in patterns for path in RECORDED.glob(f"{pattern}.json")})


def bodies(*patterns: str) -> Iterator[dict[str, Any]]:
    for name in names(*patterns):
        body = recorded(name)["body"]
        yield from body if isinstance(body, list) else [body]


SINGLE_ORDERS = [name for name in names("order_*") if name not in {
    "order_hard_deleted", "order_notes", "order_refunds_list", "order_statuses",
}]  # fmt: skip
ORDER_LISTS = ["orders_page1", "orders_page_100"]


def recorded_shop() -> WooCommerceShop:
    """Returns a shop that holds what was recorded."""
    shop = shop_at(datetime(2026, 11, 23, 9, tzinfo=UTC), statuses=("shipped", "partial-shipped"))
    shop.fulfillments = True
    for name in ("rw", "ro", "mgr", "customer", "writer"):
        shop.grant(KEYS[name])
    for order in bodies(*ORDER_LISTS, *SINGLE_ORDERS):
        shop.put_order(order)
    for product in bodies("products_page", "variations_hoodie"):
        shop.put_product(product)
    shop.records.refunds[111] = [refund | {"parent_id": 111} for refund in bodies("order_refunds*")]
    shop.records.fulfilments[101] = list(bodies("fulfillments_list_two"))
    return shop


def send(shop: WooCommerceShop, request: dict[str, Any], key: str = "rw") -> httpx.Response:
    """Sends a recorded request to the shop, which takes the recorded address for its own."""
    if "url" in request:
        parts = urlsplit(request["url"])
        base, path, params = f"{parts.scheme}://{parts.netloc}", parts.path, parts.query
        target = f"{path}?{params}" if params else path
    else:
        base, target = request["base"], f"/wp-json/wc/v3/{request['path']}".rstrip("/")
        if request.get("params"):
            target = f"{target}?{httpx.QueryParams(request['params'])}"
    shop.home = base
    with Server(shop.handle) as server, client_of(server.url, KEYS.get(key)) as client:
        return client.request(request.get("method", "GET"), f"{server.url}{target}")


def without_oauth(link: str) -> str:
    """Returns a recorded Link without the signature; ours were sent with a Basic key."""
    return re.sub(r"&oauth_[^&>]*", "", link)


def at_one_address(body: Any) -> str:
    """Returns the body as text; a picture's address depends on how the recording was asked."""
    return json.dumps(body, sort_keys=True).replace(
        "https://127.0.0.1:8489", "http://127.0.0.1:8089"
    )


def without_chance(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Returns the rows without what the real shop draws by lot for each answer."""
    return [{name: row[name] for name in row if name != "related_ids"} for row in rows]
