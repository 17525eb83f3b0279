"""What the caution "total_drift" says, and from when on a difference is more than rounding."""

from __future__ import annotations

from decimal import Decimal

import pytest

from mapping.outcome import Caution
from mapping.raw import Unmappable
from mapping.totals import drift_caution, not_negative, tolerance


@pytest.mark.parametrize(
    ("lines", "currency", "explained"),
    [
        pytest.param(1, "EUR", "0.02", id="a cent for the line and one for the sum"),
        pytest.param(3, "EUR", "0.04", id="three lines"),
        pytest.param(1, "JPY", "2", id="yen"),
        pytest.param(2, "KWD", "0.003", id="dinar"),
    ],
)
def test_a_minor_unit_a_line_and_one_for_the_sum_is_rounding(
    lines: int, currency: str, explained: str
) -> None:
    assert tolerance(lines, currency) == Decimal(explained)


@pytest.mark.parametrize(
    ("drift", "causes", "told"),
    [
        pytest.param("0.00", {}, None, id="none"),
        pytest.param("0.02", {}, "0.02 EUR: rounding 0.02.", id="the most that is rounding"),
        pytest.param("0.03", {}, "0.03 EUR: unexplained 0.03.", id="a cent more"),
        pytest.param("-0.02", {}, "-0.02 EUR: rounding -0.02.", id="the other way"),
        pytest.param("-0.03", {}, "-0.03 EUR: unexplained -0.03.", id="a cent more of that"),
        pytest.param("4.90", {"fees": "4.90"}, "4.90 EUR: fees 4.90.", id="a cause"),
        pytest.param(
            "5.91",
            {"fees": "4.90", "duties": "1.00", "lines that are no goods": "0"},
            "5.91 EUR: fees 4.90, duties 1.00, rounding 0.01.",
            id="two causes and rounding; a cause of nothing is not named",
        ),
    ],
)
def test_a_difference_is_told_with_its_causes(
    drift: str, causes: dict[str, str], told: str | None
) -> None:
    known = {cause: Decimal(amount) for cause, amount in causes.items()}

    found = drift_caution(Decimal(drift), known, lines=1, currency="EUR")

    detail = f"The total differs from items + shipping - discount by {told}"
    assert found == ((Caution("total_drift", detail),) if told else ())


def test_an_amount_below_nothing_is_refused_by_name() -> None:
    assert not_negative(Decimal(0), "total", "EUR") == 0
    assert not_negative(Decimal("0.005"), "total", "EUR") == Decimal("0.01")
    with pytest.raises(Unmappable) as refused:
        not_negative(Decimal("-0.01"), "total", "EUR")
    assert refused.value.args == ("total", "is negative; At Last takes no negative amounts.")
