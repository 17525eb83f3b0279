"""The table [merchants.NAME.shopify]."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated, Final, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr, model_validator

from connectors.settings import CaBundle, Duration, Secret, Settings

DEFAULT_VERSION: Final = "2026-10"
_OLDEST_VERSION: Final = "2026-07"  # the first with LineItem.weight
_VERSION: Final = re.compile(r"20[0-9]{2}-(01|04|07|10)")
_ADMIN: Final = re.compile(r"(?:https?://)?admin\.shopify\.com/store/([^/?#]+).*", re.IGNORECASE)
_LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "::1"})
_APP_SECRET: Final = "shpss_"  # noqa: S105 - the public prefix, not a secret


def _shop(value: str) -> str:
    # the package costs 0.3 s, which commands without a Shopify shop need not pay
    from shopify.utils.shop_url import (  # type: ignore[import-untyped]  # noqa: PLC0415 - see above; ships no types
        sanitize_shop_domain,
    )

    text = value.strip()
    handle = _ADMIN.fullmatch(text)
    domain = sanitize_shop_domain(handle[1] if handle else text)
    if domain is None:
        raise ValueError(
            'is not the address of a Shopify shop; write for example "acme.myshopify.com", which'
            " is under Settings > Domains in the shop's admin"
        )
    return str(domain)


def _version(value: str) -> str:
    if value == "unstable" or (_VERSION.fullmatch(value) and value >= _OLDEST_VERSION):
        return value
    raise ValueError(
        f'is not a version that works here; write "{_OLDEST_VERSION}" or a later quarter,'
        f' for example "{DEFAULT_VERSION}"'
    )


def _simulator(value: str) -> str:
    parts = urlsplit(value)
    if value and (parts.scheme != "http" or parts.hostname not in _LOOPBACK):
        raise ValueError(
            "is for simulators on this machine only; leave it out, and name the shop in shop"
        )
    return value.rstrip("/")


class ShopifySettings(Settings):
    """One Shopify shop: where it is, how to log in, how hard it may be asked."""

    shop: Annotated[str, AfterValidator(_shop)] = Field(
        description="The shop: acme.myshopify.com, or its address in the admin.",
        examples=["acme.myshopify.com"],
    )
    access_token: Secret | None = Field(
        default=None,
        description="Admin API access token (shpat_...) of a custom app that was made in the"
        " shop's admin before 2026; alone.",
        examples=["env:ACME_TOKEN"],
    )
    client_id: Secret | None = Field(
        default=None,
        description="Client ID of an app from the Dev Dashboard; goes with client_secret.",
        examples=["env:ACME_ID"],
    )
    client_secret: Secret | None = Field(
        default=None,
        description="Secret of that app; alone with client_id for shops of its own owner.",
        examples=["file:secrets/acme-client-secret"],
    )
    refresh_token: Secret | None = Field(
        default=None,
        description="For apps with expiring tokens: the first one. Its successors are kept in the"
        " state file.",
        examples=["file:secrets/acme-refresh-token"],
    )
    api_version: Annotated[str, AfterValidator(_version)] = Field(
        default=DEFAULT_VERSION,
        description="Version of Shopify's Admin API, a quarter; best left out.",
        examples=["2027-01"],
    )
    base_url: Annotated[str, AfterValidator(_simulator)] = Field(
        default="",
        description="Only for a simulator: requests go to {base_url}/admin/...",
        examples=["http://127.0.0.1:8333"],
    )
    bucket_share: float = Field(
        default=0.5,
        ge=0.05,
        le=1,
        description="Part of the shop's query points that orderferry may use up; the rest is left"
        " to the app's other work.",
        examples=[0.8],
        json_schema_extra={"unit": "part of the whole"},
    )
    bulk_from: int = Field(
        default=10_000,
        ge=0,
        description="Orders from which a window is read by a bulk operation; 0 = never.",
        examples=[0],
        json_schema_extra={"unit": "orders"},
    )
    timeout: Duration = Field(
        default=timedelta(seconds=60),
        ge=timedelta(seconds=1),
        le=timedelta(hours=1),
        description="How long one request may take, 1s to 1h.",
        examples=["2m"],
    )
    feed_page: int = Field(
        default=250,
        ge=1,
        le=250,
        description="Changed orders listed per request at most.",
        examples=[100],
        json_schema_extra={"unit": "orders"},
    )
    order_page: int = Field(
        default=50,
        ge=1,
        le=250,
        description="Orders read in full per request at most.",
        examples=[25],
        json_schema_extra={"unit": "orders"},
    )
    line_page: int = Field(
        default=100,
        ge=1,
        le=250,
        description="Lines of an order per request at most; further ones are asked for.",
        examples=[50],
        json_schema_extra={"unit": "lines"},
    )
    ca_bundle: CaBundle = Field(
        default="",
        description="PEM file of a private certificate authority; empty = the system's.",
        examples=["/etc/ssl/private-ca.pem"],
    )

    @model_validator(mode="after")
    def _one_way_in(self) -> Self:
        app = self.client_id is not None and self.client_secret is not None
        half = (self.client_id is None) != (self.client_secret is None)
        token = self.access_token is not None
        if half or token == app or (self.refresh_token is not None and not app):
            raise ValueError(
                "needs one way to log in: access_token; or client_id and client_secret; or these"
                " two and refresh_token"
            )
        if _text(self.access_token).startswith(_APP_SECRET):
            raise ValueError(
                "access_token is the app's API secret key (shpss_...); use its Admin API access"
                " token (shpat_...)"
            )
        return self


def _text(secret: SecretStr | None) -> str:
    return "" if secret is None else secret.get_secret_value()
