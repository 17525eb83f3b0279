"""The model behind [alerts] in the TOML; the field is the documentation."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from connectors.settings import CaBundle, Duration, Secret, Settings
from orderferry.addresses import require_webhook

AlertKind = Literal["credentials", "no_success", "no_sweep", "quarantine", "outbox"]


class AlertSettings(Settings):
    """[alerts]: a webhook that is told what goes wrong, and when it is over."""

    url: Annotated[Secret, AfterValidator(require_webhook)] = Field(
        description="The webhook's address, https or loopback; whoever knows it can post there.",
        examples=["env:ALERT_URL"],
    )
    format: Literal["json", "slack"] = Field(
        default="json",
        description="json: for programs, docs/json/alert.json; slack: text, which others read too.",
        examples=["slack"],
    )
    on: tuple[AlertKind, ...] = Field(
        default=("credentials", "no_success", "no_sweep", "quarantine", "outbox"),
        min_length=1,
        description="What is told: refused credentials, polls or sweeps that do not succeed, a"
        " quarantine that grows, orders that are not delivered.",
        examples=[["credentials", "outbox"]],
    )
    polls_missed: int = Field(
        default=5,
        ge=2,
        le=10_000,
        description="no_success: so many times poll_every without a success.",
        examples=[12],
        json_schema_extra={"unit": "polls"},
    )
    quarantine_grows_by: int = Field(
        default=1,
        ge=1,
        description="quarantine: so many orders more than before, per merchant.",
        examples=[10],
        json_schema_extra={"unit": "orders"},
    )
    outbox_older_than: Duration = Field(
        default=timedelta(hours=1),
        description="outbox: an order waits to be sent for longer than that.",
        examples=["15m"],
    )
    timeout: Duration = Field(
        default=timedelta(seconds=10),
        ge=timedelta(seconds=1),
        le=timedelta(hours=1),
        description="How long the webhook may take, 1s to 1h.",
        examples=["30s"],
    )
    ca_bundle: CaBundle = Field(
        default="",
        description="PEM file of a private certificate authority; empty = the system's.",
        examples=["/etc/ssl/private-ca.pem"],
    )
