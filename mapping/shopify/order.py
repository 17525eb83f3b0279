"""The Shopify mapper: one order in, one outcome out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from mapping.address import customer, email
from mapping.dates import instant, originally, zone
from mapping.ingest import MOST_ITEMS, IngestItem, IngestOrder, OutboundFulfilment, Price
from mapping.outcome import Caution, Mapper, Outcome, Shop, Skipped, SkipReason
from mapping.policy import Policy
from mapping.raw import Raw, Unmappable, as_object, as_text
from mapping.rule import rule
from mapping.shopify.blocks import phone, recipient
from mapping.shopify.goods import Goods, read_goods, skipped_for_goods
from mapping.shopify.items import item
from mapping.shopify.line import charge
from mapping.shopify.nodes import legacy_id
from mapping.shopify.outbound import read_outbound
from mapping.shopify.pricing import read_pricing
from mapping.shopify.totals import Charges, read_totals
from mapping.verdict import contact_cautions, judged, names, sent_or_waiting, too_old


def build_mapper(settings: object) -> Mapper:
    """Returns the mapper of a merchant; all that decides is in the policy, not in *settings*."""
    del settings
    return _map


def _map(
    order: Mapping[str, Any],
    related: Mapping[str, Any],
    *,
    shop: Shop,
    policy: Policy,
    now: datetime,
) -> Outcome:
    """Returns the outcome; what is wrong with the order is Quarantined, never an exception."""
    del related  # the node holds all of it
    return judged(_Task(as_object(order), shop, policy, now).outcome)


@dataclass(frozen=True, slots=True)
class _Task:
    """One order on its way to an outcome."""

    order: Raw
    shop: Shop
    policy: Policy
    now: datetime

    def outcome(self) -> Outcome:
        if skipped := _skipped_as_a_whole(self.order):
            return skipped
        created_at = self._created_at()
        if stale := too_old(created_at, self.now):
            return stale
        goods = read_goods(self.order)
        return skipped_for_goods(goods, self.policy) or self._shipped(goods, created_at)

    @rule("creation date")
    def _created_at(self) -> datetime:
        created_at = instant(self.order.get("createdAt"))
        if created_at is None:
            raise Unmappable("createdAt", "is not a date; every order has one.")
        return originally(created_at, self.order.get("processedAt"))

    def _shipped(self, goods: Goods, created_at: datetime) -> Outcome:
        outbound = read_outbound(self.order, goods, self.policy, zone(self.shop.time_zone))
        order, cautions = self._order(goods, created_at, outbound.shipment)
        cautions = (*outbound.cautions, *cautions)
        return sent_or_waiting(
            order, cautions, until=outbound.wait_until, now=self.now, policy=self.policy
        )

    def _order(
        self, goods: Goods, created_at: datetime, shipment: OutboundFulfilment | None
    ) -> tuple[IngestOrder, tuple[Caution, ...]]:
        identity, number = self._names()
        pricing = read_pricing(self.order, self.policy)
        charges = {line.id: charge(line, pricing) for line in (*goods.lines, *goods.others)}
        totals = read_totals(self.order, goods, charges, pricing, self.policy)
        mail, currency = self._mail(), pricing.currency
        order = IngestOrder(
            id=identity,
            merchant_id=self.policy.merchant_id or None,
            reference=number,
            created_at=created_at,
            user_email=mail or None,
            order_number=number,
            order_total=Price(value=totals.order, currency=currency),
            item_sub_total=Price(value=totals.items, currency=currency),
            shipping_total=Price(value=totals.shipping, currency=currency),
            discount=Price(value=totals.discount, currency=currency) if totals.discount else None,
            outbound_fulfilment=shipment,
            items=self._items(goods, charges, currency),
            customer=customer(recipient(self.order), phone=phone(self.order), policy=self.policy),
        )
        return order, (*totals.cautions, *contact_cautions(order))

    @rule("e-mail")
    def _mail(self) -> str:
        return email(as_text(self.order.get("email")))

    @rule("order numbers")
    def _names(self) -> tuple[str, str]:
        """Returns At Last's id of the order and the number the shopper knows."""
        identity = as_text(self.order.get("legacyResourceId")) or legacy_id(self.order.get("id"))
        if not identity:
            raise Unmappable("legacyResourceId", "is missing; every order has one.")
        return names(identity, as_text(self.order.get("name")) or identity, self.policy)

    def _items(self, goods: Goods, charges: Charges, currency: str) -> tuple[IngestItem, ...]:
        count = len(goods.shipped)
        if count > MOST_ITEMS:
            raise Unmappable(
                "lineItems", f"holds {count} shipped lines; At Last takes {MOST_ITEMS} per order."
            )
        return tuple(
            item(
                line,
                goods.shipped[line.id],
                charges[line.id],
                currency=currency,
                policy=self.policy,
            )
            for line in goods.lines
            if line.id in goods.shipped
        )


@rule("status")
def _skipped_as_a_whole(order: Raw) -> Skipped | None:
    """Returns why *order* is not sent whatever is in it, None if it may be."""
    if order.get("test") is True:
        return Skipped(SkipReason.TEST)
    if order.get("cancelledAt") is not None:
        return Skipped(SkipReason.CANCELLED)
    if order.get("displayFinancialStatus") == "REFUNDED":
        return Skipped(SkipReason.REFUNDED)
    return None
