from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from connectors.woocommerce.settings import WooCommerceSettings
from mapping.outcome import Quarantined, Ready, Skipped, SkipReason, Waiting
from mapping.policy import Policy
from mapping.woocommerce import build_mapper
from tests.mapping.shop import NOW, Settings, Shop, block, line, mapped, order, ready


@pytest.mark.parametrize(
    ("changes", "reason", "detail"),
    [
        pytest.param({"status": "trash"}, SkipReason.TRASHED, "", id="trash"),
        pytest.param({"status": "checkout-draft"}, SkipReason.DRAFT, "", id="checkout draft"),
        pytest.param({"status": "draft"}, SkipReason.DRAFT, "", id="draft"),
        pytest.param({"status": "auto-draft"}, SkipReason.DRAFT, "", id="auto-draft"),
        pytest.param({"status": "cancelled"}, SkipReason.CANCELLED, "", id="cancelled"),
        pytest.param({"status": "refunded"}, SkipReason.REFUNDED, "", id="refunded"),
        pytest.param({"status": "failed"}, SkipReason.NOT_SHIPPED, "failed", id="failed"),
        pytest.param({"status": "on-hold"}, SkipReason.NOT_SHIPPED, "on-hold", id="on hold"),
        pytest.param({"status": "processing"}, SkipReason.NOT_SHIPPED, "processing", id="paid"),
        pytest.param({"status": "shipped"}, SkipReason.NOT_SHIPPED, "shipped", id="not configured"),
        pytest.param({"parent_id": 500}, SkipReason.SUB_ORDER, "", id="child of a split order"),
        pytest.param(
            {"refunds": [{"id": 9, "total": "-4.00"}, {"id": 10, "total": "-6.00"}]},
            SkipReason.REFUNDED,
            "",
            id="set back to completed after its money went back",
        ),
        pytest.param({"line_items": []}, SkipReason.NO_GOODS, "", id="no lines"),
    ],
)
def test_an_order_is_skipped_for_a_reason(
    changes: dict[str, Any], reason: SkipReason, detail: str
) -> None:
    assert mapped(order(**changes)) == Skipped(reason, detail)


@pytest.mark.parametrize("status", ["trash", "cancelled", "refunded"])
def test_no_setting_makes_a_dead_order_shipped(status: str) -> None:
    outcome = mapped(order(status=status), settings=Settings(shipped_statuses=(status,)))

    assert isinstance(outcome, Skipped)


def test_a_merchants_own_status_means_shipped_with_or_without_its_prefix() -> None:
    ready(order(status="shipped"), settings=Settings(shipped_statuses=("wc-shipped",)))


def test_sub_orders_are_sent_if_the_merchant_says_so() -> None:
    ready(order(parent_id=500), settings=Settings(sub_orders="send"))


def test_an_unshipped_order_is_not_judged_by_its_lines() -> None:
    outcome = mapped(order(status="processing", line_items=[line(quantity="1.5")]))

    assert outcome == Skipped(SkipReason.NOT_SHIPPED, "processing")


def test_an_order_is_too_old_one_hour_before_at_lasts_limit() -> None:
    raw = order(date_created_gmt="2026-04-21T13:00:00")  # 60 days less one hour before NOW

    assert isinstance(mapped(raw), Ready)
    assert mapped(raw, now=NOW + timedelta(seconds=1)) == Skipped(
        SkipReason.TOO_OLD, "created 59 days ago"
    )
    assert mapped(raw, now=NOW + timedelta(days=10)) == Skipped(
        SkipReason.TOO_OLD, "created 69 days ago"
    )


def test_a_shipped_order_waits_for_its_tracking_number_from_when_it_was_shipped() -> None:
    raw = order(date_completed_gmt="2026-06-20T11:00:00")

    outcome = mapped(raw)

    assert outcome == Waiting(until=NOW + timedelta(hours=23))
    assert isinstance(mapped(raw, now=NOW + timedelta(hours=23)), Ready)
    assert isinstance(mapped(raw, policy=Policy(tracking_wait=timedelta(0))), Ready)


def test_without_a_completion_the_last_change_counts_as_shipping() -> None:
    raw = order(
        status="processing",
        date_completed_gmt=None,
        date_modified_gmt="2026-06-20T10:00:00",
    )

    outcome = mapped(raw, settings=Settings(shipped_statuses=("processing",)))

    assert outcome == Waiting(until=NOW + timedelta(hours=22))


def test_a_waiting_order_that_could_never_be_sent_is_quarantined_at_once() -> None:
    raw = order(date_completed_gmt="2026-06-20T11:00:00", shipping=block(postcode=""))

    assert mapped(raw) == Quarantined(
        "shipping.postcode", "is empty; add the post code to the order."
    )


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        pytest.param({"status": None}, "status", id="no status"),
        pytest.param({"id": None}, "id", id="no id"),
        pytest.param({"date_created_gmt": None}, "date_created_gmt", id="no date"),
        pytest.param({"currency": ""}, "currency", id="no currency"),
        pytest.param({"total": "ten"}, "total", id="total in words"),
        pytest.param({"total": "-1.00"}, "total", id="negative total"),
        pytest.param({"shipping_total": None}, "shipping_total", id="no shipping cost"),
        pytest.param({"shipping_total": "-1"}, "shipping_total", id="negative shipping cost"),
        pytest.param({"line_items": None}, "line_items", id="no list of lines"),
        pytest.param({"line_items": ["x"]}, "line_items[0].id", id="a line that is none"),
        pytest.param(
            {"line_items": [line(), line(id=2, quantity="1.5")]},
            "line_items[1].quantity",
            id="half a piece",
        ),
        pytest.param(
            {"line_items": [line(quantity=-1)]}, "line_items[0].quantity", id="negative pieces"
        ),
        pytest.param({"line_items": [line(total="-1")]}, "line_items[0].total", id="negative line"),
        pytest.param(
            {"line_items": [line(subtotal=None)]}, "line_items[0].subtotal", id="no subtotal"
        ),
        pytest.param(
            {"line_items": [line(id=n) for n in range(1, 102)]}, "line_items", id="101 lines"
        ),
        pytest.param({"fee_lines": [{"total": "x"}]}, "fee_lines[0].total", id="fee in words"),
        pytest.param({"refunds": [{"id": 9, "total": "-1.00"}]}, "refunds", id="unread refunds"),
        pytest.param(
            {"line_items": [line(), line()]}, "IngestOrder", id="two lines with the same id"
        ),
    ],
)
def test_a_bad_order_is_quarantined_by_the_name_of_the_field(
    changes: dict[str, Any], field: str
) -> None:
    outcome = mapped(order(**changes))

    assert isinstance(outcome, Quarantined)
    assert outcome.field == field
    assert outcome.problem.endswith(".")


def test_a_hundred_lines_are_not_too_many() -> None:
    assert len(ready(order(line_items=[line(id=n) for n in range(1, 101)])).order.items) == 100


def test_the_real_settings_build_a_mapper() -> None:
    settings = WooCommerceSettings.model_validate(
        {"url": "https://shop.example", "consumer_key": "env:K", "consumer_secret": "env:S"}
    )

    outcome = build_mapper(settings)(order(), {}, shop=Shop(), policy=Policy(), now=NOW)

    assert isinstance(outcome, Ready)


@pytest.mark.parametrize(
    ("policy", "changes", "identity", "number"),
    [
        pytest.param(Policy(), {"number": "SO/42"}, "501", "SO/42", id="as they are"),
        pytest.param(Policy(), {"number": ""}, "501", "501", id="id for a missing number"),
        pytest.param(
            Policy(order_id="bolt-{id}", order_number="#{number} ({id})"),
            {"number": "{id}"},
            "bolt-501",
            "#{id} (501)",
            id="templates, and braces in the number itself",
        ),
    ],
)
def test_id_and_number_follow_the_templates(
    policy: Policy, changes: dict[str, Any], identity: str, number: str
) -> None:
    sent = ready(order(**changes), policy=policy).order

    assert (sent.id, sent.order_number, sent.reference) == (identity, number, number)


def test_the_merchant_id_is_the_policys_or_absent() -> None:
    assert ready(order()).order.merchant_id is None
    assert ready(order(), policy=Policy(merchant_id="m-7")).order.merchant_id == "m-7"
