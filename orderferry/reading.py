"""From a connector's page to durable decisions: steps 3 and 4 of a poll."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Self

import structlog

from connectors.base import Connector, Page, RawOrder, ShopProfile, Window
from mapping.outcome import Mapper, Outcome, Quarantined, Ready, Skipped, SkipReason, Waiting
from mapping.policy import Policy
from orderferry.leases import Held
from orderferry.recognising import Recogniser
from orderferry.runs import Tally
from orderferry.services import Services
from state import Backfill, Counts, Decision, Missing, OrderState, Readiness

log = structlog.get_logger()

UNTRACKED = "untracked: It is sent without a shipment; no tracking number had come."
"""Among the cautions of orders that were sent without one."""

_LONGEST_NAME = 80
"""Characters of an item's name that the ledger keeps."""


@dataclasses.dataclass(frozen=True, slots=True)
class Reading:
    """One run's way of turning raw orders into durable decisions."""

    services: Services
    held: Held
    merchant: str
    mapper: Mapper
    shop: ShopProfile
    policy: Policy
    resend_on_change: bool
    tally: Tally
    recogniser: Recogniser

    @classmethod
    def of(cls, name: str, services: Services, held: Held, tally: Tally) -> tuple[Connector, Self]:
        """Returns the merchant's connector, and how what it yields becomes durable."""
        merchant = services.merchant(name)
        connector, mapper = services.connector(merchant)
        shop = connector.profile()
        tally.cautions = shop.cautions
        return connector, cls(
            services=services,
            held=held,
            merchant=name,
            mapper=mapper,
            shop=shop,
            policy=merchant.policy,
            resend_on_change=merchant.resend_on_change,
            tally=tally,
            recogniser=Recogniser.of(merchant, shop, mapper),
        )

    def without_wait(self) -> Self:
        """
        Returns the same for orders whose wait for tracking is over.

        A shop that does not say when an order was shipped leaves its last change
        to count from; an order that is edited again and again would wait for ever.
        """
        return dataclasses.replace(
            self, policy=dataclasses.replace(self.policy, tracking_wait=timedelta())
        )

    def store_pages(
        self,
        pages: Iterable[Page],
        *,
        window: Window | None = None,
        backfill: Backfill | None = None,
        seen: Callable[[Counts], None] = lambda _counts: None,
    ) -> None:
        """
        Makes page after page durable; each page is one transaction.

        Of a window, orders that were decided from the same before are counted and
        left alone. Orders asked for by id always are decided anew.

        Args:
            pages: From the connector, one after the other.
            window: The poll's, if the pages' `complete_until` is the merchant's watermark.
            backfill: Whose resume point the pages' `complete_until` moves instead.
            seen: Told the counts after every page.

        """
        for page in map(self._without_strangers, pages):
            self.services.clock.check()
            self.held.keep()
            done = page.complete_until
            sources = self._sources(page)
            fresh, known = page, Counts()
            if window or backfill:
                fresh, known = self._recognised(page, sources)
            counts = known + self.services.store.record_page(
                self.held.lease,
                self.merchant,
                self._decisions(fresh, sources),
                now=self._now(),
                watermark=done if window else None,
                since=window.since if window else None,
                backfill=(
                    dataclasses.replace(backfill, done_until=done) if backfill and done else None
                ),
                resend_on_change=self.resend_on_change,
            )
            self.tally.add(**dataclasses.asdict(counts))
            seen(counts)

    def _decisions(self, page: Page, sources: Mapping[str, bytes]) -> list[Decision]:
        return decide(
            page,
            self.mapper,
            shop=self.shop,
            policy=self.policy,
            now=self._now(),
            sources=sources,
        )

    def _sources(self, page: Page) -> Mapping[str, bytes]:
        digests = ((raw.id, self.recogniser.source(raw)) for raw in page.orders)
        return {order_id: source for order_id, source in digests if source is not None}

    def _recognised(self, page: Page, sources: Mapping[str, bytes]) -> tuple[Page, Counts]:
        """Returns the page without the orders that were decided from the same, and their counts."""
        known = self.services.store.recognised(self.merchant, sources)
        fresh = tuple([raw for raw in page.orders if raw.id not in known.order_ids])
        same = len(page.orders) - len(fresh)
        counts = Counts(seen=same, unchanged=same, changed=known.changed)
        return dataclasses.replace(page, orders=fresh), counts

    def _without_strangers(self, page: Page) -> Page:
        """Returns the page without missing ids that the ledger never knew: typing errors, say."""
        if not page.missing:
            return page
        known = self.services.store.known(self.merchant, page.missing)
        strangers = [order_id for order_id in page.missing if order_id not in known]
        if strangers:
            self.tally.add(not_found=len(strangers))
        gone = tuple(order_id for order_id in page.missing if order_id in known)
        return dataclasses.replace(page, missing=gone)

    def _now(self) -> datetime:
        return self.services.clock.now()


NO_SOURCES: Mapping[str, bytes] = MappingProxyType({})


def decide(  # noqa: PLR0913 - what a mapper needs, each with its name
    page: Page,
    mapper: Mapper,
    *,
    shop: ShopProfile,
    policy: Policy,
    now: datetime,
    sources: Mapping[str, bytes] = NO_SOURCES,
) -> list[Decision]:
    """Returns one decision for everything on the page; a bad order costs itself only (R4)."""
    decisions = [
        decision(
            raw,
            outcome_of(raw, mapper, shop=shop, policy=policy, now=now),
            source=sources.get(raw.id),
        )
        for raw in page.orders
    ]
    decisions += [
        Decision(
            order.id, OrderState.QUARANTINED, reason=f"unreadable: {order.problem}", unread=True
        )
        for order in page.unreadable
    ]
    decisions += [
        Decision(order_id, OrderState.SKIPPED, reason=SkipReason.GONE.value)
        for order_id in page.missing
    ]
    return decisions


def outcome_of(
    raw: RawOrder, mapper: Mapper, *, shop: ShopProfile, policy: Policy, now: datetime
) -> Outcome:
    """Returns the mapper's outcome, also for a mapper that breaks its promise not to raise."""
    try:
        return mapper(raw.order, raw.related, shop=shop, policy=policy, now=now)
    except Exception as error:  # noqa: BLE001 - the per-order boundary: a mapper may come from a third party
        # no traceback: its locals and messages can quote the order
        log.error(  # noqa: TRY400 - see above
            "mapper raised",
            action="mapper_crashed",
            order=raw.id,
            error=type(error).__name__,
        )
        return Quarantined("", f"the mapping failed with {type(error).__name__}; report it")


def decision(raw: RawOrder, outcome: Outcome, *, source: bytes | None = None) -> Decision:
    """Returns what to remember of one order."""
    match outcome:
        case Ready():
            return Decision(
                raw.id,
                OrderState.PENDING,
                modified_at=raw.modified_at,
                source=source,
                created_at=outcome.order.created_at,
                fingerprint=outcome.fingerprint,
                payload=outcome.payload,
                cautions=_cautions(outcome),
                readiness=_graded(outcome),
            )
        case Waiting():
            return Decision(
                raw.id,
                OrderState.WAITING,
                modified_at=raw.modified_at,
                source=source,
                wait_until=outcome.until,
                cautions=_cautions(outcome),
            )
        case Skipped():
            reason = f"{outcome.reason.value}: {outcome.detail}" if outcome.detail else None
            return Decision(
                raw.id,
                OrderState.SKIPPED,
                modified_at=raw.modified_at,
                source=source,
                reason=reason or outcome.reason.value,
            )
        case Quarantined():
            where = f"{outcome.field}: " if outcome.field else ""
            return Decision(
                raw.id,
                OrderState.QUARANTINED,
                modified_at=raw.modified_at,
                source=source,
                reason=f"{where}{outcome.problem}",
            )


def _graded(ready: Ready) -> Readiness | None:
    """Returns the order's grade and what is missing; a product without SKU goes by its name."""
    if ready.readiness is None:
        return None
    products = {
        item.sku or item.id: (
            item.sku or "",
            " ".join(filter(None, (item.name, item.variant_name)))[:_LONGEST_NAME] or item.id,
        )
        for item in ready.order.items
    }
    missing: dict[tuple[str, str], list[str]] = {}
    for item, field in ready.readiness.missing:
        missing.setdefault(products.get(item, ("", "")), []).append(field)
    return Readiness(
        ready.readiness.grade,
        tuple(Missing(sku, name, tuple(fields)) for (sku, name), fields in missing.items()),
    )


def _cautions(outcome: Ready | Waiting) -> tuple[str, ...]:
    told = tuple(f"{caution.code}: {caution.detail}" for caution in outcome.cautions)
    untracked = isinstance(outcome, Ready) and outcome.order.outbound_fulfilment is None
    return (*told, UNTRACKED) if untracked else told
