"""
A WooCommerce shop: the order list from memory, everything else from the simulator.

A few orders are rendered by the simulator, so that their shape is right; the
others are copies of these with an id, a number, a shopper and times of their own.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from bench.serving.answer import Answered, Asked, Body
from bench.serving.series import CHANGED_AFTER, Series
from orderferry.sandbox.server import Request
from orderferry.sandbox.woocommerce import WooCommerceShop
from orderferry.sandbox.woocommerce.records import LineFields

FIRST_ID: Final = 100_000
_LIST: Final = "/wp-json/wc/v3/orders"
_PRODUCTS: Final = 40
_KINDS: Final = 10
_COUNTRIES: Final = ("GB", "DE", "US", "CA")
_VISIT: Final = {
    f"_wc_order_attribution_{name}": value
    for name, value in {
        "source_type": "organic",
        "referrer": "https://search.example.com/",
        "utm_source": "search",
        "utm_medium": "organic",
        "session_entry": "https://shop.example.com/product/a-thing-that-somebody-looked-for/",
        "session_start_time": "2026-11-01 09:12:44",
        "session_pages": "6",
        "session_count": "1",
        "user_agent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Example/131.0",
        "device_type": "Desktop",
    }.items()
}
"""What WooCommerce notes of every visit that ends in an order, since 8.5."""


class Orders:
    """Renders orders; the same for every shop of the process."""

    def __init__(self, shop: WooCommerceShop) -> None:
        self._shop = shop
        products = [
            shop.add_product(
                name=f"A thing of kind {number}",
                sku=f"SKU-{number:04}",
                price=f"{5 + number}.90",
                weight="0.4",
                image=f"https://shop.example.com/wp-content/uploads/2026/01/thing-{number}.jpg",
                meta_data={"hs_code": "6109100010"},
            )
            for number in range(_PRODUCTS)
        ]
        self._kinds = [self._kind(number, products) for number in range(_KINDS)]
        self._texts: dict[str, list[str]] = {}

    def _kind(self, number: int, products: Sequence[int]) -> dict[str, Any]:
        lines: list[LineFields] = [
            {
                "product_id": products[(number * 4 + line) % _PRODUCTS],
                "quantity": 1 + line % 2,
                "meta_data": {"pa_colour": "ivory", "pa_size": "38"},
            }
            for line in range(1 + number % 4)
        ]
        if number % 3 == 0:
            lines[0]["discount"] = "1.50"
        created = datetime.now(UTC) - timedelta(days=3)
        order_id = self._shop.add_order(
            lines=lines,
            created_at=created,
            country=_COUNTRIES[number % len(_COUNTRIES)],
            tax_rate="20",
            tracking=[(f"1Z999AA1{number:010}", "ups")],
            meta_data=_VISIT,
        )
        asked = Asked("GET", f"{_LIST}/{order_id}", {}, {}, b"", "http://127.0.0.1")
        order: dict[str, Any] = json.loads(from_simulator(self._shop, asked).body.plain)
        order |= {"id": "@id@", "number": "@id@", "transaction_id": "ch_@id@"}
        # nobody gains by remembering shoppers, nor by texts that compress to nothing
        order["billing"] |= {"email": "shopper-@id@@example.com", "phone": "+44 113 @id@"}
        for block in (order["billing"], order["shipping"]):
            block |= {name: f"{block[name]} @id@" for name in ("last_name", "address_1")}
        for name in ("created", "paid", "completed", "modified"):
            mark = "@changed@" if name == "modified" else "@created@"
            order |= {f"date_{name}": mark, f"date_{name}_gmt": mark}
        return order

    def text(self, series: Series, number: int, fields: str) -> str:
        """Returns the JSON of an order, of these fields of it or of all."""
        if fields not in self._texts:
            chosen = set(fields.split(",")) if fields else None
            self._texts[fields] = [
                _dumped({k: v for k, v in kind.items() if chosen is None or k in chosen})
                for kind in self._kinds
            ]
        return (
            self._texts[fields][number % _KINDS]
            .replace("@id@", str(FIRST_ID + number))
            .replace("@created@", f"{series.created_at(number):%Y-%m-%dT%H:%M:%S}")
            .replace("@changed@", f"{series.changed_at(number):%Y-%m-%dT%H:%M:%S}")
        )


class Pages:
    """Answers one shop's requests."""

    def __init__(self, orders: int, shared: WooCommerceShop, rendering: Orders) -> None:
        self._series = Series.of(orders)
        self._shop = shared
        self._rendering = rendering
        self._bodies: dict[tuple[object, ...], Body] = {}
        self._other: dict[tuple[object, ...], Answered] = {}

    def answer(self, asked: Asked) -> Answered:
        """Returns the answer, rendered at the first time only."""
        if asked.path == _LIST:
            return self._listed(asked)
        query = {k: v for k, v in asked.query.items() if not k.startswith("oauth_")}
        key = (asked.path, *sorted(query.items()))
        if key not in self._other:
            self._other[key] = from_simulator(self._shop, asked)
        return self._other[key]

    def _listed(self, asked: Asked) -> Answered:
        query = asked.query
        fields = query.get("_fields", "")
        if "include" in query:
            numbers = [int(one) - FIRST_ID for one in query["include"].split(",")]
            known = [number for number in numbers if 0 <= number < self._series.orders]
            return Answered(self._body(known, fields), headers=_told(len(known), 1))
        start, stop = self._window(query)
        size, total = int(query.get("per_page", "10")), stop - start
        pages = -(-total // size)
        page = int(query.get("page", "1"))
        skipped = int(query["offset"]) if "offset" in query else (page - 1) * size
        shown = range(start + skipped, min(start + skipped + size, stop))
        if query.get("order", "desc") == "desc":
            shown = range(stop - 1 - skipped, max(stop - 1 - skipped - size, start - 1), -1)
        headers = _told(total, pages)
        if page < pages:
            further = "&".join(f"{k}={v}" for k, v in {**query, "page": page + 1}.items())
            headers["Link"] = f'<{asked.url}{asked.path}?{further}>; rel="next"'
        return Answered(self._body(shown, fields), headers=headers)

    def _window(self, query: Mapping[str, str]) -> tuple[int, int]:
        """Returns the range of orders changed, or made, strictly between two times."""
        start, stop = 0, self._series.orders
        for prefix, later in (("modified_", timedelta()), ("", CHANGED_AFTER)):
            if after := query.get(f"{prefix}after"):
                first = _instant(after) + timedelta(seconds=1) + later
                start = max(start, self._series.first_from(first))
            if before := query.get(f"{prefix}before"):
                stop = min(stop, self._series.first_from(_instant(before) + later))
        if "completed" not in query.get("status", "completed").split(","):
            stop = start
        return start, max(start, stop)

    def _body(self, numbers: Sequence[int], fields: str) -> Body:
        key = (fields, *numbers[:1], len(numbers), *numbers[-1:])
        if key not in self._bodies:
            texts = [self._rendering.text(self._series, number, fields) for number in numbers]
            self._bodies[key] = Body(f"[{','.join(texts)}]".encode())
        return self._bodies[key]


def open_shop() -> WooCommerceShop:
    """Returns the simulator that everything but the list comes from."""
    shop = WooCommerceShop(time_zone="UTC", currency="GBP")
    shop.behind_tls_proxy = True
    return shop


def from_simulator(shop: WooCommerceShop, asked: Asked) -> Answered:
    """Returns the simulator's answer to its own administrator."""
    key = shop.keys[0]
    query = {k: v for k, v in asked.query.items() if not k.startswith("oauth_")}
    query |= {"consumer_key": key.key, "consumer_secret": key.secret}
    if asked.path.rstrip("/") == "/wp-json":  # public, and WordPress knows no such users
        query = {k: v for k, v in query.items() if not k.startswith("consumer_")}
    told = shop.handle(
        Request(asked.method, asked.path, tuple(query.items()), {}, asked.body, asked.url)
    )
    return Answered(Body(told.body), told.status, dict(told.headers))


def _dumped(order: Mapping[str, Any]) -> str:
    """Returns the order's JSON as PHP writes it: without blanks, solidi escaped."""
    text = json.dumps(order, separators=(",", ":")).replace("/", "\\/")
    return text.replace('"id":"@id@"', '"id":@id@')


def _told(total: int, pages: int) -> dict[str, str]:
    return {"X-WP-Total": str(total), "X-WP-TotalPages": str(pages)}


def _instant(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    return at if at.tzinfo else at.replace(tzinfo=UTC)
