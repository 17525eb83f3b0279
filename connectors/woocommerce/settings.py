"""The table [merchants.NAME.woocommerce]."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from functools import lru_cache
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field

from connectors.settings import CaBundle, Duration, Secret, Settings


def _shop_url(value: str) -> str:
    try:
        parts = urlsplit(value if "//" in value else f"https://{value}")
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:  # a port that is no number
        usable = False
    if not usable or parts.username:
        raise ValueError('is not a shop address; write for example "https://shop.example"')
    path = parts.path.split("/wp-json")[0].split("/wp-admin")[0].rstrip("/")
    return f"{parts.scheme}://{parts.netloc.lower()}{path}"


_USUAL_PORTS = {"http": 80, "https": 443}


@lru_cache(maxsize=4096)  # asked for with every run and delivery
def identity(url: str) -> str:
    """
    Returns the shop's address without what is no difference between shops.

    That is the scheme, "www.", the scheme's own port, and how letters beyond ASCII
    are written. The path stays: several shops may share a host.

    >>> identity("https://www.bolt.example.com/shop")
    'bolt.example.com/shop'
    """
    parts = urlsplit(url)
    host = (parts.hostname or "").rstrip(".")
    with suppress(UnicodeError):  # a name that cannot be resolved; it differs all the same
        host = host.encode("idna").decode("ascii")
    host = f"[{host}]" if ":" in host else host.removeprefix("www.")
    usual = parts.port is None or parts.port == _USUAL_PORTS.get(parts.scheme)
    port = "" if usual else f":{parts.port}"
    return f"{host}{port}{parts.path.rstrip('/')}"


class WooCommerceSettings(Settings):
    """One WooCommerce shop: where it is, how to log in, what "shipped" means there."""

    url: Annotated[str, AfterValidator(_shop_url)] = Field(
        description="The shop's address; https unless the shop is on a network of your own.",
        examples=["https://bolt.example.com"],
    )
    consumer_key: Secret = Field(
        description="The key (ck_...) from WooCommerce > Settings > Advanced > REST API, with the"
        " permission Read.",
        examples=["env:BOLT_KEY"],
    )
    consumer_secret: Secret = Field(
        description="The secret (cs_...), shown only once, beside the consumer key.",
        examples=["file:secrets/bolt-consumer-secret"],
    )
    auth: Literal["auto", "basic", "query", "oauth"] = Field(
        default="auto",
        description="auto: basic over https, oauth over http. query puts the keys into the URL, for"
        " hosts that strip the Authorization header; they end up in the host's access logs.",
        examples=["query"],
    )
    shipped_statuses: tuple[str, ...] = Field(
        default=("completed",),
        min_length=1,
        description="Order statuses that mean shipped, without the prefix wc-.",
        examples=[["completed", "shipped"]],
    )
    tracking_meta_keys: tuple[str, ...] = Field(
        default=(),
        description="Order meta keys of your own that hold a tracking number.",
        examples=[["_warehouse_tracking"]],
    )
    carrier_meta_key: str = Field(
        default="",
        description="Order meta key of your own that holds the carrier.",
        examples=["_warehouse_carrier"],
    )
    tracking_from_notes: bool = Field(
        default=False,
        description="Read the notes of shipped orders that show no tracking number, for plugins"
        " that write it nowhere else (ShipStation); a request for each such order.",
    )
    hs_code_meta_keys: tuple[str, ...] = Field(
        default=(),
        description="Product meta keys or attributes of your own that hold the HS code; they come"
        " before the known ones.",
        examples=[["_customs_code"]],
    )
    origin_meta_keys: tuple[str, ...] = Field(
        default=(),
        description="Product meta keys or attributes of your own that hold the country of origin;"
        " they come before the known ones.",
        examples=[["_made_in"]],
    )
    sub_orders: Literal["skip", "send"] = Field(
        default="skip",
        description="Whether child orders are sent: marketplace plugins split an order into"
        " children that repeat its goods.",
        examples=["send"],
    )
    timeout: Duration = Field(
        default=timedelta(seconds=60),
        ge=timedelta(seconds=1),
        le=timedelta(hours=1),
        description="How long one request may take, 1s to 1h.",
        examples=["2m"],
    )
    page_size: int = Field(
        default=100,
        ge=1,
        le=100,
        description="Orders per request at most; smaller for a shop that is short of memory.",
        examples=[25],
        json_schema_extra={"unit": "orders"},
    )
    product_cache: Duration = Field(
        default=timedelta(hours=24),
        description="How long a product's weight and codes are kept.",
        examples=["1h"],
    )
    time_zone: str = Field(
        default="",
        description="The shop's time zone, only if the shop hides it.",
        examples=["Europe/Berlin"],
    )
    weight_unit: Literal["", "kg", "g", "lbs", "oz"] = Field(
        default="",
        description="Unit of product weights, only if the key may not read the shop's settings.",
        examples=["kg"],
    )
    api_path: str = Field(
        default="wp-json",
        description="Path of the shop's REST interface, if a plugin renamed it.",
        examples=["api"],
    )
    user_agent: str = Field(
        default="",
        description="User-Agent of the requests, if a firewall refuses ours; empty names"
        " orderferry.",
        examples=["Mozilla/5.0 (compatible; orders)"],
    )
    ca_bundle: CaBundle = Field(
        default="",
        description="PEM file of a private certificate authority; empty = the system's.",
        examples=["/etc/ssl/private-ca.pem"],
    )
