"""The models behind the TOML: one class per table; the field is the documentation."""

from __future__ import annotations

from datetime import timedelta
from string import Formatter
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationInfo,
    field_validator,
)

from connectors.settings import CaBundle, Duration, Secret, Settings
from mapping.customs import country_code
from mapping.policy import Policy
from orderferry.addresses import (
    ListenAddress,
    StatusUrl,
    WebAddress,
    require_token,
)


def _template(*names: str) -> AfterValidator:
    def valid(value: str) -> str:
        allowed = " or ".join(f"{{{name}}}" for name in names)
        try:
            # a conversion or a format ("{id!s:>8}") is no part of a name and thus refused
            used = [
                f"{name}{form}{conversion or ''}"
                for _, name, form, conversion in Formatter().parse(value)
                if name is not None
            ]
        except ValueError:
            raise ValueError(
                f"is not a template; write {allowed} once, with text around it"
            ) from None
        if not used or not set(used) <= set(names):
            raise ValueError(f"must hold {allowed} and no other name in braces")
        return value

    return AfterValidator(valid)


def _country(value: str) -> str:
    code = country_code(value)
    if not code:
        raise ValueError('names no country; write its code, for example "GB"')
    return code


class DaemonSettings(Settings):
    """[daemon]: how the whole process works."""

    state: str = Field(
        default="orderferry.db",
        description="The state file, relative to this file's folder; on a local disk, never on a"
        " network share. It remembers what was sent: back it up.",
        examples=["/var/lib/orderferry/orderferry.db"],
    )
    poll_every: Duration = Field(
        default=timedelta(minutes=5),
        ge=timedelta(seconds=1),
        description="How often each shop is asked for changes; at least 1s.",
        examples=["15m"],
    )
    sweep_every: Duration = Field(
        default=timedelta(hours=12),
        ge=timedelta(seconds=1),
        description="How often the last 60 days of each shop are compared with the ledger, so that"
        " what polls cannot see is read too; at least 1s.",
        examples=["24h"],
    )
    keep_orders: Duration = Field(
        default=timedelta(days=120),
        ge=timedelta(days=75),
        description="How long the ledger knows an order, counted from its creation; at least 75d,"
        " as At Last takes orders up to 60 days old.",
        examples=["180d"],
    )
    keep_quarantined: Duration = Field(
        default=timedelta(days=90),
        ge=timedelta(days=1),
        description="How long the data of a quarantined order is kept for a retry; it holds the"
        " customer's name and address. At least 1d.",
        examples=["30d"],
    )
    workers: int = Field(
        default=16,
        ge=1,
        le=256,
        description="Shops polled at the same time.",
        examples=[32],
        json_schema_extra={"unit": "shops"},
    )
    overlap: Duration = Field(
        default=timedelta(minutes=90),
        description="How far before the watermark each poll reads again; WooCommerce stores"
        " modification times one hour early in the repeated autumn hour, so keep it above 1 h.",
        examples=["2h"],
    )
    settle_delay: Duration = Field(
        default=timedelta(seconds=15),
        description="How far behind now a poll ends, for index lag and one-second timestamps.",
        examples=["30s"],
    )
    run_deadline: Duration = Field(
        default=timedelta(minutes=30),
        ge=timedelta(seconds=1),
        description="A longer run stops at its next page or push, and the next one goes on; at"
        " least 1s.",
        examples=["1h"],
    )
    hung_after: Duration = Field(
        default=timedelta(minutes=45),
        ge=timedelta(seconds=1),
        description="A worker without a sign of life for that long hangs: the service manager gets"
        " no more pings and starts the daemon anew. At least 1s.",
        examples=["1h"],
    )
    status_listen: ListenAddress = Field(
        default="",
        description='Where the status page is served; "" = nowhere.',
        examples=["127.0.0.1:8321"],
    )
    status_token: Secret | None = Field(
        default=None,
        validate_default=True,
        description="What people type in, and monitors send, to see it; needed beyond loopback and"
        " to see personal data; at least 16 characters.",
        examples=["file:secrets/status-token"],
    )
    status_url: StatusUrl = Field(
        default="",
        description="The address that people use, if it is another one, such as that of a proxy.",
        examples=["https://ferry.example.com"],
    )

    @field_validator("status_token")
    @classmethod
    def _closed_beyond_loopback(
        cls, token: SecretStr | None, info: ValidationInfo
    ) -> SecretStr | None:
        return require_token(token, info.data.get("status_listen", ""))


class AtLastSettings(Settings):
    """[atlast]: the account orders are delivered to; [merchants.NAME.atlast] overrides any key."""

    base_url: WebAddress = Field(
        default="https://api.atlast.co/v1",
        description="The address of At Last's interface; https, plain http on loopback only.",
    )
    token_url: WebAddress = Field(
        default="https://api.atlast.co/oauth2/token",
        description="Where tokens are fetched; At Last's site also documents /v1/auth/token (json)."
        " `orderferry check` names the pair that works.",
    )
    token_style: Literal["form", "basic", "json"] = Field(
        default="form",
        description="How the credentials are sent there: in a form, in the Authorization header"
        " (basic), or as JSON.",
        examples=["json"],
    )
    client_id: Secret = Field(
        description="The id of your At Last account's credentials.",
        examples=["env:ATLAST_CLIENT_ID"],
    )
    client_secret: Secret = Field(
        description="The secret that belongs to client_id.",
        examples=["file:secrets/atlast-client-secret"],
    )
    batch_size: int = Field(
        default=100,
        ge=1,
        le=100,
        description="Orders per push; At Last takes 100 at most.",
        examples=[50],
        json_schema_extra={"unit": "orders"},
    )
    timeout: Duration = Field(
        default=timedelta(seconds=60),
        ge=timedelta(seconds=1),
        # a token, a push, a new token and the push again must fit into a lease of five minutes
        le=timedelta(seconds=70),
        description="How long one request may take, 1s to 70s.",
        examples=["30s"],
    )
    ca_bundle: CaBundle = Field(
        default="",
        description="PEM file of a private certificate authority; empty = the system's.",
        examples=["/etc/ssl/private-ca.pem"],
    )


class OrderSettings(Settings):
    """[merchants.NAME.orders]: what is sent, and how; every key optional."""

    tracking_wait: Duration = Field(
        default=timedelta(hours=24),
        description="How long a shipped order waits for a tracking number, counted from when it was"
        ' shipped; "0h" never waits.',
        examples=["48h"],
    )
    when_tracking_never_comes: Literal["send", "quarantine"] = Field(
        default="send",
        description="What becomes of an order that waited in vain: sent without a shipment, or"
        " quarantined until it has a number.",
        examples=["quarantine"],
    )
    first_sync: Duration = Field(
        default=timedelta(days=60),
        le=timedelta(days=60),
        description="How far the first poll reaches back, at most 60d: At Last takes no older"
        " order.",
        examples=["14d"],
    )
    prices: Literal["gross", "net"] = Field(
        default="gross",
        description="gross: what the customer paid, with tax; net: the same without tax.",
        examples=["net"],
    )
    currency: Literal["presentment", "shop"] = Field(
        default="presentment",
        description="presentment: what the customer paid in; shop: what the shop keeps its books in"
        " (Shopify only; WooCommerce orders have one currency).",
        examples=["shop"],
    )
    ship_when: Literal["all_fulfilled", "any_fulfilment"] = Field(
        default="all_fulfilled",
        description="When an order with several parcels is sent: with the last, or with the first."
        " On WooCommerce the order's status decides; where the shop keeps fulfilments, those that"
        " are still to come are waited for as long as a tracking number.",
        examples=["any_fulfilment"],
    )
    shipment: Literal["first", "last"] = Field(
        default="first",
        description="Which of several shipments is the outbound one.",
        examples=["last"],
    )
    order_id: Annotated[str, _template("id")] = Field(
        default="{id}",
        description="At Last's id of an order; {id} is the shop's own. Needed where shops with"
        " equal ids share an account without merchant_id. Do not change it later: every order"
        " would get a new id.",
        examples=["bolt-{id}"],
    )
    order_number: Annotated[str, _template("number", "id")] = Field(
        default="{number}",
        description="What the shopper types into the returns portal; {number} is what the shop"
        " shows the shopper, {id} its own id.",
        examples=["#{number}"],
    )
    resend_on_change: bool = Field(
        default=False,
        description="Send an order again when it changes; ask At Last first what that does.",
        examples=[True],
    )
    default_carrier: str = Field(
        default="",
        description="Name of the carrier for tracking numbers that come without one.",
        examples=["Royal Mail"],
    )
    carriers: dict[str, str] = Field(
        default_factory=dict,
        description="Public names for your shop's carrier codes.",
        examples=[{"rm24": "Royal Mail"}],
    )
    post_code_placeholder: str = Field(
        default="",
        description="Sent for countries without post codes; empty quarantines such orders.",
        examples=["0000"],
    )
    default_hs_code: str = Field(
        default="",
        description="HS code of products that have none.",
        examples=["610910"],
    )
    ship_from_country: Annotated[str, AfterValidator(_country)] = Field(
        default="GB",
        description="Where parcels leave the shop, a code or a name; decides which orders need what"
        " a return across a border asks for (orderferry readiness).",
        examples=["DE"],
    )
    default_country_of_origin: Annotated[str, Field(pattern=r"^([A-Z]{2})?$")] = Field(
        default="",
        description="Country of origin of products that have none, in two capital letters.",
        examples=["GB"],
    )

    def policy(self, merchant_id: str) -> Policy:
        """Returns the mapping's policy; empty text means not set."""
        return Policy(
            merchant_id=merchant_id or None,
            order_id=self.order_id,
            order_number=self.order_number,
            prices=self.prices,
            currency=self.currency,
            ship_when=self.ship_when,
            shipment=self.shipment,
            tracking_wait=self.tracking_wait,
            when_tracking_never_comes=self.when_tracking_never_comes,
            default_carrier=self.default_carrier or None,
            carriers=dict(self.carriers),
            post_code_placeholder=self.post_code_placeholder or None,
            default_hs_code=self.default_hs_code or None,
            default_country_of_origin=self.default_country_of_origin or None,
            ship_from_country=self.ship_from_country,
        )


class MerchantSettings(Settings):
    """
    [merchants.NAME]: one shop.

    The platform's own table is validated by the connector, hence `extra`
    allows tables; `orderferry.config` refuses all but the platform's.
    """

    model_config = ConfigDict(extra="allow")

    platform: str = Field(
        description="What the shop runs on: woocommerce, shopify, or a connector you installed.",
        examples=["woocommerce"],
    )
    merchant_id: str = Field(
        default="",
        description="At Last's id for this merchant; leave out if you have only one.",
        examples=["merchant-bolt"],
    )
    enabled: bool = Field(
        default=True,
        description="false keeps its state and does no work.",
        examples=[False],
    )
    poll_idle_every: Duration = Field(
        default=timedelta(),
        le=timedelta(days=1),
        description="Polls that find nothing new come less and less often, down to this; the first"
        ' order after a quiet time may come so late. At most 1d; "0s" = always daemon.poll_every.',
        examples=["30m"],
    )
    orders: OrderSettings = Field(default_factory=OrderSettings)
    atlast: dict[str, Any] = Field(
        default_factory=dict, description="Any key of [atlast], for this merchant alone."
    )
