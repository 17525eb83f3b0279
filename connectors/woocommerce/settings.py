"""The table [merchants.NAME.woocommerce]."""

from __future__ import annotations

from datetime import timedelta
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


class WooCommerceSettings(Settings):
    """One WooCommerce shop: where it is, how to log in, what "shipped" means there."""

    url: Annotated[str, AfterValidator(_shop_url)] = Field(
        description="The shop's address; https unless the shop is on a network of your own."
    )
    consumer_key: Secret = Field(description="WooCommerce > Settings > Advanced > REST API, read.")
    consumer_secret: Secret = Field(description="Shown once, beside the consumer key.")
    auth: Literal["auto", "basic", "query", "oauth"] = Field(
        default="auto",
        description="auto: basic over https, oauth over http. query puts the keys into the URL, for"
        " hosts that strip the Authorization header; they end up in the host's access logs.",
    )
    shipped_statuses: tuple[str, ...] = Field(
        default=("completed",),
        min_length=1,
        description="Order statuses that mean shipped, without the prefix wc-.",
    )
    tracking_meta_keys: tuple[str, ...] = Field(
        default=(), description="Order meta keys of your own that hold a tracking number."
    )
    carrier_meta_key: str = Field(
        default="", description="Order meta key of your own that holds the carrier."
    )
    hs_code_meta_keys: tuple[str, ...] = Field(
        default=(), description="Product meta keys of your own that hold the HS code."
    )
    origin_meta_keys: tuple[str, ...] = Field(
        default=(), description="Product meta keys of your own that hold the country of origin."
    )
    sub_orders: Literal["skip", "send"] = Field(
        default="skip",
        description="Marketplace plugins split an order into children that repeat its goods.",
    )
    timeout: Duration = Field(
        default=timedelta(seconds=60), description="How long one request may take."
    )
    page_size: int = Field(default=100, ge=1, le=100, description="Orders per request at most.")
    product_cache: Duration = Field(
        default=timedelta(hours=24), description="How long a product's weight and codes are kept."
    )
    time_zone: str = Field(
        default="", description='Only if the shop hides it: for example "Europe/Berlin".'
    )
    weight_unit: Literal["", "kg", "g", "lbs", "oz"] = Field(
        default="", description="Only if the key may not read the shop's settings."
    )
    api_path: str = Field(default="wp-json", description="If a plugin renamed the REST prefix.")
    user_agent: str = Field(
        default="", description="If a firewall refuses ours; empty names orderferry."
    )
    ca_bundle: CaBundle = Field(
        default="", description="PEM file of a private certificate authority; empty = the system's."
    )
