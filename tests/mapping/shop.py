"""A made-up shop: orders as WooCommerce writes them, and a way to map them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from mapping.outcome import Outcome, Ready
from mapping.policy import Policy
from mapping.provenance import Origin, provenance
from mapping.woocommerce import build_mapper

NOW = datetime(2026, 6, 20, 12, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Shop:
    time_zone: str = "Europe/Berlin"
    weight_unit: str = "kg"


@dataclass(frozen=True)
class Settings:
    shipped_statuses: tuple[str, ...] = ("completed",)
    tracking_meta_keys: tuple[str, ...] = ()
    carrier_meta_key: str = ""
    hs_code_meta_keys: tuple[str, ...] = ()
    origin_meta_keys: tuple[str, ...] = ()
    sub_orders: Literal["skip", "send"] = "skip"


def block(**changes: Any) -> dict[str, Any]:
    """A complete address block."""
    return {
        "first_name": "Ada",
        "last_name": "Byron",
        "company": "",
        "address_1": "12 High Street",
        "address_2": "",
        "city": "Leeds",
        "state": "",
        "postcode": "LS1 4DY",
        "country": "GB",
        "phone": "",
    } | changes


def line(**changes: Any) -> dict[str, Any]:
    """One unit at 10.00, no tax, no discount."""
    return {
        "id": 1,
        "name": "Teapot",
        "product_id": 50,
        "variation_id": 0,
        "quantity": 1,
        "subtotal": "10.00",
        "subtotal_tax": "0.00",
        "total": "10.00",
        "total_tax": "0.00",
        "meta_data": [],
        "sku": "TEA-1",
        "price": 10,
        "image": {"id": 0, "src": ""},
        "parent_name": None,
    } | changes


def order(**changes: Any) -> dict[str, Any]:
    """One completed order of one teapot, without tracking, completed two days before NOW."""
    return {
        "id": 501,
        "parent_id": 0,
        "number": "501",
        "status": "completed",
        "currency": "GBP",
        "prices_include_tax": False,
        "date_created_gmt": "2026-06-17T09:00:00",
        "date_modified_gmt": "2026-06-18T12:00:05",
        "date_completed_gmt": "2026-06-18T12:00:00",
        "discount_total": "0.00",
        "discount_tax": "0.00",
        "shipping_total": "0.00",
        "shipping_tax": "0.00",
        "total": "10.00",
        "total_tax": "0.00",
        "billing": block(email="ada@example.com", phone="0113 496 0000"),
        "shipping": block(),
        "meta_data": [],
        "line_items": [line()],
        "fee_lines": [],
        "refunds": [],
    } | changes


def meta(**entries: Any) -> list[dict[str, Any]]:
    """meta_data with these keys."""
    return [{"id": n, "key": key, "value": value} for n, (key, value) in enumerate(entries.items())]


def tracked(*entries: Any) -> list[dict[str, Any]]:
    """Order meta as tracking plugins leave it."""
    return meta(_wc_shipment_tracking_items=list(entries))


def parcel(number: str = "AB1", **changes: Any) -> dict[str, Any]:
    """One entry of a tracking plugin; 1781740800 is 2026-06-18T00:00:00Z."""
    return {
        "tracking_provider": "royal-mail",
        "custom_tracking_provider": "",
        "tracking_number": number,
        "date_shipped": "1781740800",
    } | changes


def mapped(  # noqa: PLR0913 - one keyword for each thing a test may vary
    raw: Any,
    related: Any = None,
    *,
    settings: Settings | None = None,
    policy: Policy | None = None,
    shop: Shop | None = None,
    now: datetime = NOW,
) -> Outcome:
    """The outcome of *raw*."""
    mapper = build_mapper(settings or Settings())
    return mapper(raw, related or {}, shop=shop or Shop(), policy=policy or Policy(), now=now)


def traced(  # noqa: PLR0913 - as above
    raw: Any,
    related: Any = None,
    *,
    settings: Settings | None = None,
    policy: Policy | None = None,
    shop: Shop | None = None,
    now: datetime = NOW,
) -> tuple[Origin, ...]:
    """Where what `mapped` returns comes from."""
    mapper = build_mapper(settings or Settings())
    shop, policy = shop or Shop(), policy or Policy()
    return provenance(mapper, raw, related or {}, shop=shop, policy=policy, now=now)


def ready(raw: Any, related: Any = None, **how: Any) -> Ready:
    """The outcome of *raw*, which is Ready."""
    outcome = mapped(raw, related, **how)
    assert isinstance(outcome, Ready), outcome
    return outcome


def payload(raw: Any, related: Any = None, **how: Any) -> dict[str, Any]:
    """What is sent for *raw*, as a reader of the JSON sees it."""
    sent: dict[str, Any] = json.loads(ready(raw, related, **how).payload)
    return sent
