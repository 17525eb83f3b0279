"""What both platforms decide alike: names by template, age, breaches of the contract."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta

import pytest

from mapping.outcome import Quarantined, Skipped, SkipReason, Waiting
from mapping.policy import Policy
from mapping.verdict import judged, names, too_old
from tests.mapping.shop import line, mapped, order, parcel, ready, tracked
from tests.mapping.test_readiness import order as sent

NOW = datetime(2026, 6, 20, 12, tzinfo=UTC)


def test_a_breach_of_the_contract_is_named_by_the_part_and_the_field() -> None:
    # a reader of JSON would make ...8206 of it
    held = mapped(order(currency="CLF", total="894120449492.8205"))

    assert held == Quarantined(
        "Price.value",
        "cannot be sent: Value error, has more digits than a JSON number keeps.",
    )


def test_a_breach_inside_a_list_is_named_by_its_path() -> None:
    def judge() -> Skipped:
        sent("GB").model_validate({**sent("GB").model_dump(), "items": [{"id": ""}]})
        raise AssertionError

    held = judged(judge)

    assert held == Quarantined(
        "IngestOrder.items.0.id", "cannot be sent: String should have at least 1 character."
    )


def test_two_lines_with_one_id_are_a_breach_of_the_whole() -> None:
    held = mapped(order(line_items=[line(), line()]))

    assert held == Quarantined(
        "IngestOrder", "cannot be sent: Value error, two items have the same id."
    )


@pytest.mark.parametrize(
    ("age", "skipped"),
    [
        pytest.param(timedelta(days=60, hours=-1), None, id="an hour less than 60 days"),
        pytest.param(
            timedelta(days=60, hours=-1, microseconds=1), "created 59 days ago", id="past that"
        ),
        pytest.param(timedelta(days=61), "created 61 days ago", id="61 days"),
        pytest.param(timedelta(days=-1), None, id="tomorrow"),
    ],
)
def test_an_order_is_too_old_an_hour_before_60_days(age: timedelta, skipped: str | None) -> None:
    expected = Skipped(SkipReason.TOO_OLD, skipped) if skipped else None

    assert too_old(NOW - age, NOW) == expected


def test_the_templates_know_the_id_and_the_number() -> None:
    policy = Policy(order_id="x-{id}", order_number="{number}/{id}")

    assert names("7", "#1001", policy) == ("x-7", "#1001/7")


NEVER = Policy(when_tracking_never_comes="quarantine")
HELD = Quarantined(
    "tracking", "no tracking number came within tracking_wait; add one in the shop, or retry."
)


def test_an_order_that_waited_in_vain_is_held_if_the_merchant_says_so() -> None:
    untracked = order(date_completed_gmt="2026-06-20T11:00:00")
    end = NOW + timedelta(hours=23)

    assert mapped(untracked, policy=NEVER) == Waiting(until=end)
    assert mapped(untracked, policy=NEVER, now=end - timedelta(seconds=1)) == Waiting(until=end)
    assert mapped(untracked, policy=NEVER, now=end) == HELD
    assert ready(untracked, now=end).order.outbound_fulfilment is None


def test_an_order_with_a_number_is_sent_to_such_a_merchant_too() -> None:
    ready(order(meta_data=tracked(parcel())), policy=NEVER)


def test_the_fingerprint_is_the_payloads() -> None:
    sent, other = ready(order()), ready(order(number="502"))

    assert sent.fingerprint == hashlib.sha256(sent.payload).hexdigest()
    assert sent.fingerprint != other.fingerprint
