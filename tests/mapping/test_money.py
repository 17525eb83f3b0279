from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mapping.money import (
    currency_code,
    exponent,
    parse,
    parse_optional,
    per_unit,
    rounded,
    unit_prices,
)
from mapping.raw import Unmappable


@pytest.mark.parametrize(
    ("currency", "decimals"),
    [
        pytest.param("EUR", 2, id="euro"),
        pytest.param("JPY", 0, id="yen"),
        pytest.param("KWD", 3, id="dinar"),
        pytest.param("CLF", 4, id="unidad de fomento"),
        pytest.param("XYZ", 2, id="unknown code"),
    ],
)
def test_a_currency_has_the_decimals_of_iso_4217(currency: str, decimals: int) -> None:
    assert exponent(currency) == decimals


# yen, won, dong; the francs of Africa and of the Pacific, of Burundi, Djibouti, Guinea, the Comoros
# and Rwanda; pesos, guarani, krona, vatu, shilling; Uruguay's unit of indexed pesos
@pytest.mark.parametrize(
    "currency",
    [
        *("JPY", "KRW", "VND", "XAF", "XOF", "XPF", "BIF", "DJF", "GNF", "KMF", "RWF"),
        *("CLP", "PYG", "ISK", "VUV", "UGX", "UYI"),
    ],
)
def test_a_currency_without_minor_units_has_none(currency: str) -> None:
    assert exponent(currency) == 0


@pytest.mark.parametrize("currency", ["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"])
def test_a_dinar_or_rial_of_a_thousand_parts_has_three_decimals(currency: str) -> None:
    assert exponent(currency) == 3


@pytest.mark.parametrize("unit", ["CLF", "UYW"])
def test_a_unit_of_account_has_four_decimals(unit: str) -> None:
    assert exponent(unit) == 4


@pytest.mark.parametrize(
    ("value", "amount"),
    [
        pytest.param("19.90", "19.90", id="text"),
        pytest.param("-5.00", "-5.00", id="negative fee"),
        pytest.param(" 8 ", "8", id="unpadded"),
        pytest.param("31.512606", "31.512606", id="six decimals"),
        pytest.param(10, "10", id="integer"),
        pytest.param(0.1, "0.1", id="float by its digits"),
        pytest.param(1e-7, "0.0000001", id="float that Python writes with an exponent"),
        pytest.param(16.656666666666666, None, id="float with noise"),
        pytest.param(Decimal("2.50"), "2.50", id="decimal"),
        pytest.param("", None, id="empty"),
        pytest.param("12,50", None, id="comma"),
        pytest.param("1e5", None, id="exponent"),
        pytest.param("NaN", None, id="nan"),
        pytest.param(float("inf"), None, id="infinity"),
        pytest.param(Decimal("1E+999999999999"), None, id="hostile exponent"),
        pytest.param("1" * 13, None, id="thirteen digits"),
        pytest.param("١٢", None, id="other digits"),
        pytest.param(True, None, id="boolean"),
        pytest.param(None, None, id="null"),
        pytest.param({"amount": "1"}, None, id="object"),
    ],
)
def test_an_amount_is_read_digit_for_digit_or_not_at_all(value: Any, amount: str | None) -> None:
    if amount is None:
        with pytest.raises(Unmappable) as refused:
            parse(value, "total")
        assert refused.value.field == "total"
    else:
        assert f"{parse(value, 'total'):f}" == amount


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        pytest.param(True, "is missing; the shop must give an amount.", id="boolean"),
        pytest.param([], "is missing; the shop must give an amount.", id="list"),
        pytest.param("ten", "is not a decimal number such as 19.90.", id="word"),
        pytest.param(float("nan"), "is not a decimal number such as 19.90.", id="nan"),
    ],
)
def test_a_problem_with_an_amount_says_what_it_is(value: Any, problem: str) -> None:
    with pytest.raises(Unmappable) as refused:
        parse_optional({"tax": value}, "tax", "fee_lines[0].")

    assert refused.value.args == ("fee_lines[0].tax", problem)


@pytest.mark.parametrize("absent", [{}, {"tax": None}, {"tax": ""}])
def test_an_absent_optional_amount_is_zero(absent: dict[str, Any]) -> None:
    assert parse_optional(absent, "tax", "") == 0


@pytest.mark.parametrize(
    ("amount", "currency", "whole"),
    [
        pytest.param("10671.62", "JPY", "10672", id="yen"),
        pytest.param("0.125", "EUR", "0.13", id="half up"),
        pytest.param("-0.125", "EUR", "-0.13", id="half away from zero"),
        pytest.param("1.2345", "KWD", "1.235", id="three decimals"),
    ],
)
def test_amounts_are_rounded_to_the_minor_unit(amount: str, currency: str, whole: str) -> None:
    assert str(rounded(Decimal(amount), currency)) == whole


@pytest.mark.parametrize(
    ("total", "quantity", "currency", "unit"),
    [
        pytest.param("59.97", 3, "USD", "19.99", id="exact"),
        pytest.param("10.00", 3, "EUR", "3.333333", id="ten over three"),
        pytest.param("20.00", 3, "EUR", "6.666667", id="twenty over three"),
        pytest.param("108.77", 2, "USD", "54.385000", id="half a cent"),
        pytest.param("12555", 3, "JPY", "4185", id="yen, exact"),
        pytest.param("10672", 3, "JPY", "3557.333333", id="yen, not exact"),
        pytest.param("10.000", 3, "KWD", "3.333333", id="dinar"),
        pytest.param("0.00", 7, "EUR", "0.00", id="free"),
        pytest.param("10.00", 30000, "EUR", "0.0003333", id="many need more decimals"),
        pytest.param("10000000000.00", 3, "EUR", "3333333333.33333", id="large leaves fewer"),
    ],
)
def test_a_unit_costs_whole_minor_units_or_six_decimals(
    total: str, quantity: int, currency: str, unit: str
) -> None:
    assert str(per_unit(Decimal(total), quantity, currency)) == unit


@pytest.mark.parametrize(
    ("before", "paid", "quantity", "currency", "expected"),
    [
        pytest.param("10.00", "10.00", 1, "EUR", ("10.00", "0"), id="no discount"),
        pytest.param("10.00", "8.00", 2, "EUR", ("5.00", "1.00"), id="a discount"),
        pytest.param("10.00", "12.00", 2, "EUR", ("6.00", "0"), id="raised by hand"),
        # 30,000 x 0.0003333 would be 9.999: three decimals and five digits take eight
        pytest.param("10.000", "10.000", 30000, "KWD", ("0.00033333", "0"), id="many for dinars"),
        pytest.param(
            "20.000",
            "10.000",
            30000,
            "KWD",
            ("0.00066667", "0.00033334"),
            id="many, and a discount",
        ),
    ],
)
def test_price_and_discount_of_a_unit_come_from_what_all_cost(
    before: str, paid: str, quantity: int, currency: str, expected: tuple[str, str]
) -> None:
    found = unit_prices(Decimal(before), Decimal(paid), quantity, currency)

    assert found == tuple(map(Decimal, expected))


@given(
    minor=st.integers(0, 10**11),
    quantity=st.integers(1, 10**5),
    currency=st.sampled_from(["EUR", "JPY", "KWD"]),
)
def test_all_units_together_cost_the_total_to_half_a_minor_unit(
    minor: int, quantity: int, currency: str
) -> None:
    places = {"EUR": 2, "JPY": 0, "KWD": 3}[currency]
    total = Decimal(minor).scaleb(-places)

    unit = per_unit(total, quantity, currency)

    assert abs(unit * quantity - total) <= Decimal("0.5").scaleb(-places)


@pytest.mark.parametrize(
    ("value", "code"),
    [
        pytest.param("EUR", "EUR", id="code"),
        pytest.param(" gbp ", "GBP", id="lower case"),
        pytest.param("", None, id="empty"),
        pytest.param("€", None, id="sign"),
        pytest.param(978, None, id="number"),
    ],
)
def test_a_currency_is_three_letters(value: Any, code: str | None) -> None:
    if code is None:
        with pytest.raises(Unmappable) as refused:
            currency_code(value, "currency")
        problem = "is not a currency code of three letters."
        assert refused.value.args == ("currency", problem)
    else:
        assert currency_code(value, "currency") == code
