"""What both platforms decide alike: names by template, age, breaches of the contract."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from mapping.outcome import Quarantined, Skipped, SkipReason
from mapping.policy import Policy
from mapping.verdict import judged, names, too_old
from tests.mapping.shop import line, mapped, order
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
