"""The WooCommerce mapper: one order in, one outcome out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from mapping.address import customer, email
from mapping.carriers import public_name
from mapping.dates import Moment, instant, originally, zone
from mapping.ingest import MOST_ITEMS, IngestItem, IngestOrder, OutboundFulfilment, Price
from mapping.money import currency_code
from mapping.outcome import Caution, Mapper, Outcome, Shop, Waiting
from mapping.policy import Policy
from mapping.raw import Raw, Unmappable, as_object, as_text
from mapping.rule import rule
from mapping.verdict import (
    CARRIER_MISSING,
    contact_cautions,
    judged,
    names,
    sent_or_waiting,
    split_shipment,
    too_old,
)
from mapping.woocommerce.blocks import phone, recipient
from mapping.woocommerce.fees import read_fees, shares
from mapping.woocommerce.fulfilments import read_fulfilments
from mapping.woocommerce.items import item
from mapping.woocommerce.lines import Goods, read_goods
from mapping.woocommerce.rules import Rules
from mapping.woocommerce.status import skipped_by_status, skipped_for_lines
from mapping.woocommerce.totals import read_totals
from mapping.woocommerce.tracking import Outbound, Source, read_outbound


def build_mapper(settings: Rules) -> Mapper:
    """Returns the mapper of a merchant with these settings."""
    return _OrderMapper(settings)


@dataclass(frozen=True, slots=True)
class _OrderMapper:
    rules: Rules

    def __call__(
        self,
        order: Mapping[str, Any],
        related: Mapping[str, Any],
        *,
        shop: Shop,
        policy: Policy,
        now: datetime,
    ) -> Outcome:
        """Returns the outcome; what is wrong with the order is Quarantined, never an exception."""
        task = _Task(as_object(order), as_object(related), shop, policy, self.rules, now)
        return judged(task.outcome)


@dataclass(frozen=True, slots=True)
class _Task:
    """One order on its way to an outcome."""

    order: Raw
    related: Raw
    shop: Shop
    policy: Policy
    rules: Rules
    now: datetime

    def outcome(self) -> Outcome:
        return skipped_by_status(self.order, self.rules) or self._by_lines()

    def _by_lines(self) -> Outcome:
        created_at = self._created_at()
        if stale := too_old(created_at, self.now):
            return stale
        currency = self._currency()
        goods = read_goods(
            self.order,
            self.related,
            read_fulfilments(self.related.get("fulfillments")),
            currency=currency,
            prices=self.policy.prices,
        )
        return skipped_for_lines(goods) or self._shipped(goods, currency, created_at)

    @rule("creation date")
    def _created_at(self) -> datetime:
        created_at = instant(self.order.get("date_created_gmt"))
        if created_at is None:
            raise Unmappable("date_created_gmt", "is not a date; set the order's date in the shop.")
        return originally(created_at, self.order.get("date_paid_gmt"))

    @rule("currency")
    def _currency(self) -> str:
        return currency_code(self.order.get("currency"), "currency")

    def _shipped(self, goods: Goods, currency: str, created_at: datetime) -> Outcome:
        where = zone(self.shop.time_zone)
        completed_at, changed_at = self._completed()
        changed_at = changed_at or created_at
        outbound = read_outbound(
            Source(self.order, goods.fulfilments, self.rules, where, self.related.get("notes")),
            default_carrier=self.policy.default_carrier or "",
            otherwise=Moment(changed_at, changed_at.astimezone(where).date()),
        )
        shipment = self._shipment(outbound)
        order, cautions = self._order(goods, currency, created_at, shipment)
        cautions = (*goods.cautions, *cautions)
        if outbound.lacks_carrier:
            cautions = (*cautions, CARRIER_MISSING)
        if len(outbound.parcels) > 1:
            cautions = (*cautions, split_shipment(len(outbound.parcels), self.policy))
        known = [at for at in (outbound.first_left_at, completed_at) if at]
        # plugins let people type any ship date; before the order there was none
        shipped_at = max(created_at, min(known, default=changed_at))
        until = shipped_at + self.policy.tracking_wait
        if goods.short:
            if self.policy.ship_when == "all_fulfilled" and self.now < until:
                return Waiting(until, cautions)
            cautions = (*cautions, _partly(goods.short))
        return sent_or_waiting(order, cautions, until=until, now=self.now, policy=self.policy)

    @rule("completion date")
    def _completed(self) -> tuple[datetime | None, datetime | None]:
        """Returns when the order was completed, and the same or else when it was modified."""
        completed_at = instant(self.order.get("date_completed_gmt"))
        return completed_at, completed_at or instant(self.order.get("date_modified_gmt"))

    def _shipment(self, outbound: Outbound) -> OutboundFulfilment | None:
        if not outbound.parcels:
            return None
        parcel = outbound.parcels[0 if self.policy.shipment == "first" else -1]
        return OutboundFulfilment(
            carrier=public_name(parcel.carrier, self.policy.carriers),
            shipping_date=parcel.left.day,
            tracking_number=parcel.number,
        )

    def _order(
        self,
        goods: Goods,
        currency: str,
        created_at: datetime,
        shipment: OutboundFulfilment | None,
    ) -> tuple[IngestOrder, tuple[Caution, ...]]:
        identity, number = self._numbers()
        fees = read_fees(self.order, currency=currency, prices=self.policy.prices)
        totals = read_totals(self.order, goods, fees, currency=currency, prices=self.policy.prices)
        mail = self._mail()
        party = recipient(self.order)
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
            items=self._items(goods, shares(fees.rebates, goods.ordered, currency), currency),
            customer=customer(party, phone=phone(self.order), policy=self.policy),
        )
        return order, (*totals.cautions, *contact_cautions(order))

    @rule("e-mail")
    def _mail(self) -> str:
        return email(as_text(as_object(self.order.get("billing")).get("email")))

    @rule("order numbers")
    def _numbers(self) -> tuple[str, str]:
        """Returns At Last's id of the order and the number the shopper knows."""
        identity = as_text(self.order.get("id"))
        if not identity:
            raise Unmappable("id", "is missing; every order has one.")
        number = as_text(self.order.get("number")) or identity
        return names(identity, number, self.policy)

    def _items(
        self, goods: Goods, rebates: Mapping[str, Decimal], currency: str
    ) -> tuple[IngestItem, ...]:
        count = len(goods.shipped)
        if count > MOST_ITEMS:
            raise Unmappable(
                "line_items", f"holds {count} shipped lines; At Last takes {MOST_ITEMS} per order."
            )
        return tuple(
            item(
                line,
                goods.shipped[line.id],
                rebates.get(line.id, Decimal(0)),
                currency=currency,
                weight_unit=self.shop.weight_unit,
                policy=self.policy,
                rules=self.rules,
            )
            for line in goods.lines
            if line.id in goods.shipped
        )


def _partly(lines: int) -> Caution:
    detail = f"{lines} line(s) are not fulfilled as a whole; At Last is told of what is."
    return Caution("partly_fulfilled", detail)
