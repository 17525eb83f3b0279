from __future__ import annotations

from typing import Any

import pytest

from mapping.policy import Policy
from tests.mapping.shop import line, order, payload, ready

NET = Policy(prices="net")


def amounts(sent: dict[str, Any]) -> tuple[float, float, float, float | None]:
    """orderTotal, itemSubTotal, shippingTotal, discount."""
    discount = sent["discount"]["value"] if "discount" in sent else None
    names = ("orderTotal", "itemSubTotal", "shippingTotal")
    total, items, shipping = (sent[name]["value"] for name in names)
    return total, items, shipping, discount


def unit(sent: dict[str, Any]) -> tuple[int, float, float | None]:
    """quantity, price and discount of the first item."""
    item = sent["items"][0]
    discount = item["discount"]["value"] if "discount" in item else None
    return item["quantity"], item["price"]["value"], discount


@pytest.mark.parametrize(
    ("currency", "changes", "expected"),
    [
        # subtotal + tax over the quantity; total + tax over the quantity is what is left
        pytest.param("EUR", {"subtotal": "8.40", "subtotal_tax": "1.60", "total": "8.40",
                             "total_tax": "1.60"}, (1, 10, None), id="tax is added"),
        pytest.param("EUR", {"quantity": 3}, (3, 3.333333, None), id="ten over three"),
        pytest.param("USD", {"quantity": 3, "subtotal": "59.97", "subtotal_tax": "4.95",
                             "total": "49.97", "total_tax": "4.12"}, (3, 21.64, 3.61),
                     id="coupon, exact"),
        pytest.param("EUR", {"quantity": 7, "subtotal": "19.59", "subtotal_tax": "3.72",
                             "total": "16.66", "total_tax": "3.16"}, (7, 3.33, 0.498571),
                     id="coupon, not exact"),
        pytest.param("EUR", {"total": "0.00"}, (1, 10, 10), id="all of it given away"),
        pytest.param("EUR", {"subtotal": "0.00", "total": "0.00"}, (1, 0, None), id="free"),
        pytest.param("EUR", {"total": "12.00"}, (1, 12, None), id="raised by hand"),
        pytest.param("JPY", {"quantity": 3, "subtotal": "12554.62", "total": "10671.62"},
                     (3, 4185, 627.666667), id="yen with decimals"),
        pytest.param("KWD", {"quantity": 2, "subtotal": "1.235", "total": "1.235"},
                     (2, 0.6175, None), id="dinar"),
        pytest.param("EUR", {"subtotal": "31.512606", "subtotal_tax": "5.987394",
                             "total": "31.512606", "total_tax": "5.987394", "quantity": "3"},
                     (3, 12.5, None), id="stored precision"),
    ],
)  # fmt: skip
def test_a_unit_has_its_price_before_discounts_and_its_discount(
    currency: str, changes: dict[str, Any], expected: tuple[int, float, float | None]
) -> None:
    assert unit(payload(order(currency=currency, line_items=[line(**changes)]))) == expected


def test_net_prices_leave_every_tax_out() -> None:
    raw = order(
        total="34.51",
        total_tax="5.51",
        shipping_total="5.00",
        shipping_tax="0.95",
        discount_total="4.00",
        discount_tax="0.76",
        fee_lines=[{"total": "-2.00", "total_tax": "-0.38"}],
        line_items=[
            line(
                quantity=2,
                subtotal="30.00",
                subtotal_tax="5.70",
                total="26.00",
                total_tax="4.94",
            )
        ],
    )

    gross, net = payload(raw), payload(raw, policy=NET)

    # 35.70 + 5.95 - (4.76 + 2.38) = 34.51 and 30 + 5 - (4 + 2) = 29
    assert amounts(gross) == (34.51, 35.7, 5.95, 7.14)
    assert unit(gross) == (2, 17.85, 3.57)  # (4.76 + 2.38) / 2
    assert amounts(net) == (29, 30, 5, 6)
    assert unit(net) == (2, 15, 3)
    assert ready(raw).cautions == ready(raw, policy=NET).cautions == ()


@pytest.mark.parametrize(
    ("changes", "expected", "drift"),
    [
        pytest.param({}, (10, 10, 0, None), None, id="nothing special"),
        pytest.param(
            {"total": "15.95", "shipping_total": "5.00", "shipping_tax": "0.95"},
            (15.95, 10, 5.95, None),
            None,
            id="shipping with tax",
        ),
        pytest.param(
            {"total": "4.56", "fee_lines": [{"total": "-5.00", "total_tax": "-0.44"}]},
            (4.56, 10, 0, 5.44),
            None,
            id="a negative fee is a discount",
        ),
        pytest.param(
            {"total": "14.90", "fee_lines": [{"total": "4.50", "total_tax": "0.40"}]},
            (14.9, 10, 0, None),
            "4.90 GBP: fees 4.90.",
            id="a fee has no place",
        ),
        pytest.param(
            {"total": "10.01"}, (10.01, 10, 0, None), "0.01 GBP: rounding 0.01.", id="rounding"
        ),
        pytest.param(
            {"total": "13.00"}, (13, 10, 0, None), "3.00 GBP: unexplained 3.00.", id="a riddle"
        ),
        pytest.param({"discount_total": "-3.00"}, (10, 10, 0, None), None, id="negative discount"),
        pytest.param(
            {"total": "8.00", "discount_total": "2.00", "line_items": [line(total="8.00")]},
            (8, 10, 0, 2),
            None,
            id="coupon",
        ),
        pytest.param(
            {
                "total": "9.00",
                "discount_total": "1.00",
                "line_items": [line(total="7.00", id=1), line(total="2", subtotal="0", id=2)],
            },
            (9, 12, 0, 3),
            None,
            id="a raised line does not hide a discount",
        ),
    ],
)
def test_the_orders_totals_add_up_or_say_why_not(
    changes: dict[str, Any], expected: tuple[float, float, float, float | None], drift: str | None
) -> None:
    raw = order(**changes)

    assert amounts(payload(raw)) == expected
    details = [c.detail for c in ready(raw).cautions if c.code == "total_drift"]
    told = f"The total differs from items + shipping - discount by {drift}"
    assert details == ([told] if drift else [])


def test_a_yen_order_whose_lines_have_decimals_adds_up() -> None:
    raw = order(
        currency="JPY",
        total="10682.00",
        discount_total="1883.00",
        shipping_total="10.00",
        line_items=[line(quantity=3, subtotal="12554.62", total="10671.62")],
    )

    assert amounts(payload(raw)) == (10682, 12555, 10, 1883)
    assert ready(raw).cautions == ()


def test_every_price_is_in_the_orders_currency() -> None:
    sent = payload(order(currency="eur", discount_total="1", line_items=[line(total="9")]))

    item = sent["items"][0]
    prices = [sent["orderTotal"], sent["itemSubTotal"], sent["shippingTotal"], sent["discount"]]
    assert {p["currency"] for p in [*prices, item["price"], item["discount"]]} == {"EUR"}
