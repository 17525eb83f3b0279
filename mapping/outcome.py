"""What mapping decides for an order: Ready, Waiting, Skipped or Quarantined."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

from mapping.ingest import IngestOrder
from mapping.policy import Policy
from mapping.readiness import Readiness


class SkipReason(StrEnum):
    """Why an order is deliberately not sent."""

    NOT_SHIPPED = "not shipped"
    CANCELLED = "cancelled"
    REFUNDED = "fully refunded"
    TEST = "test order"
    DRAFT = "draft"
    TRASHED = "trashed"
    GONE = "no longer in the shop"
    TOO_OLD = "too old"
    NO_GOODS = "nothing to ship"
    SUB_ORDER = "sub-order"


@dataclass(frozen=True, slots=True)
class Caution:
    """Something the operator should know of an order that is sent all the same."""

    code: str
    """Stable word in snake_case, for example "total_drift"."""
    detail: str
    """One sentence without personal data."""


@dataclass(frozen=True, slots=True)
class Ready:
    """The order can be sent as it is."""

    order: IngestOrder
    payload: bytes
    """The order as JSON, ready to be joined into a request."""
    fingerprint: str
    """Hash of the payload; equal fingerprint = nothing new to send."""
    cautions: tuple[Caution, ...] = ()
    readiness: Readiness | None = None
    """For returns across a border; never a reason to hold the order back."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """Shipped, but without a tracking number; read again by id until *until*."""

    until: datetime
    cautions: tuple[Caution, ...] = ()


@dataclass(frozen=True, slots=True)
class Skipped:
    """Deliberately not sent."""

    reason: SkipReason
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Quarantined:
    """Cannot be mapped. *field* is the path in the raw order, *problem* a sentence about it."""

    field: str
    problem: str


Outcome = Ready | Waiting | Skipped | Quarantined


class Shop(Protocol):
    """What mapping must know of the shop; the connector reads it."""

    @property
    def time_zone(self) -> str:
        """IANA name or fixed offset ("+05:30")."""

    @property
    def weight_unit(self) -> str:
        """kg, g, lbs or oz."""


class Mapper(Protocol):
    """
    Turns one raw order into an outcome; pure.

    An entry point of the group "orderferry.mappings" names a function that
    takes the merchant's platform settings and returns a Mapper.
    """

    def __call__(
        self,
        order: Mapping[str, Any],
        related: Mapping[str, Any],
        *,
        shop: Shop,
        policy: Policy,
        now: datetime,
    ) -> Outcome:
        """Never raises for what is in *order* or *related*."""
        ...
