"""Runs that read a shop: under the merchant's lease, and only the shop its ledger is about."""

from __future__ import annotations

from collections.abc import Callable

from connectors.errors import Contract
from orderferry.config import Merchant
from orderferry.identity import Known, objection
from orderferry.leases import Held
from orderferry.runs import Report, Tally, record
from orderferry.services import Services


def record_reading(
    services: Services, name: str, kind: str, work: Callable[[Held, Tally], None]
) -> Report:
    """Runs *work* like `record`, if the merchant is the shop that its ledger is about."""

    def guarded(held: Held, tally: Tally) -> None:
        merchant = services.merchant(name)
        if services.store.shop(name) != merchant.shop:
            require_same_shop(merchant, services)
            services.store.note_shop(name, merchant.shop, now=services.clock.now())
        work(held, tally)

    return record(services, name, kind, guarded, lease=f"merchant:{name}")


def require_same_shop(merchant: Merchant, services: Services) -> None:
    """Raises Contract, before anything is asked of the shop, unless it may be read."""
    merchants = services.config.merchants
    why = objection(merchant, merchants, Known.about(services.store, merchant))
    if why is not None:
        raise Contract(why.found, why.remedy)
