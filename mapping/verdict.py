"""The outcome of an order, decided alike on every platform once the order's parts are known."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import datetime

from pydantic import ValidationError

from mapping.address import WITH_PROVINCE
from mapping.ingest import IngestOrder, to_json
from mapping.outcome import Caution, Outcome, Quarantined, Ready, Skipped, SkipReason, Waiting
from mapping.policy import OLDEST_ORDER, PUSH_MARGIN, Policy
from mapping.raw import Unmappable
from mapping.readiness import grade

NEVER_TRACKED = "no tracking number came within tracking_wait; add one in the shop, or retry."
CARRIER_MISSING = Caution(
    "carrier_missing",
    "A tracking number has no carrier; set default_carrier in the [orders] table.",
)


def judged(judge: Callable[[], Outcome]) -> Outcome:
    """Returns what *judge* returns; what it finds wrong with the order is Quarantined."""
    try:
        return judge()
    except Unmappable as bad:
        return Quarantined(bad.field, bad.problem)
    except ValidationError as bad:
        return _contract_breach(bad)


def too_old(created_at: datetime, now: datetime) -> Skipped | None:
    """Returns why an order of that age is not sent, None if At Last still takes it."""
    age = now - created_at
    if age > OLDEST_ORDER - PUSH_MARGIN:
        return Skipped(SkipReason.TOO_OLD, f"created {age.days} days ago")
    return None


def names(identity: str, number: str, policy: Policy) -> tuple[str, str]:
    """Returns At Last's id of the order and the number the shopper knows, by the templates."""
    return (
        policy.order_id.format_map({"id": identity}),
        policy.order_number.format_map({"id": identity, "number": number}),
    )


def sent_or_waiting(
    order: IngestOrder,
    cautions: tuple[Caution, ...],
    *,
    until: datetime,
    now: datetime,
    policy: Policy,
) -> Ready | Waiting | Quarantined:
    """Returns Ready; without a shipment Waiting before *until*, and what policy says after it."""
    if order.outbound_fulfilment is None and now < until:
        return Waiting(until, cautions)
    if order.outbound_fulfilment is None and policy.when_tracking_never_comes == "quarantine":
        return Quarantined("tracking", NEVER_TRACKED)
    payload = to_json(order)
    fingerprint = hashlib.sha256(payload).hexdigest()
    readiness = grade(order, ship_from_country=policy.ship_from_country)
    return Ready(order, payload, fingerprint, cautions, readiness)


def split_shipment(parcels: int, policy: Policy) -> Caution:
    """Returns what an operator should know of an order in several parcels."""
    detail = f"{parcels} parcels; At Last is told the {policy.shipment} one alone."
    return Caution("split_shipment", detail)


def contact_cautions(order: IngestOrder) -> tuple[Caution, ...]:
    """Returns what an operator should know of the e-mail and the address."""
    found = []
    if order.user_email is None:
        detail = "No usable e-mail; At Last takes such orders only if its dashboard allows it."
        found.append(Caution("email_missing", detail))
    address = order.customer.address
    if address.country in WITH_PROVINCE and address.province is None:
        detail = f"No state in an address in {address.country}; it cannot be returned from there."
        found.append(Caution("province_missing", detail))
    return tuple(found)


def _contract_breach(error: ValidationError) -> Quarantined:
    """Returns the first rule of the contract that the mapped order breaks, without its value."""
    first = error.errors()[0]
    field = ".".join(str(part) for part in (error.title, *first["loc"]))
    return Quarantined(field, f"cannot be sent: {first['msg']}.")
