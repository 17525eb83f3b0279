from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from mapping.ingest import (
    Address,
    Customer,
    IngestItem,
    IngestOrder,
    OutboundFulfilment,
    Price,
    Weight,
    WeightUnit,
)
from mapping.readiness import Missing, Readiness, grade


def gbp(value: str) -> Price:
    return Price(value=Decimal(value), currency="GBP")


def item(**changes: Any) -> IngestItem:
    """An item of which everything is known."""
    complete = {
        "id": "1",
        "quantity": 1,
        "sku": "TEA-1",
        "name": "Teapot",
        "price": gbp("10.00"),
        "weight": Weight(value=Decimal("0.5"), unit=WeightUnit.KILOGRAMS),
        "hs_code": "691200",
        "country_code_of_origin": "CN",
    }
    return IngestItem(**(complete | changes))


def order(country: str, *items: IngestItem, **changes: Any) -> IngestOrder:
    """An order to *country* of which everything is known, but for a province."""
    province = changes.pop("province", None)
    where = {"line1": "1 St", "city": "X", "post_code": "1", "country": country}
    complete = {
        "id": "501",
        "created_at": datetime(2026, 6, 17, tzinfo=UTC),
        "order_number": "501",
        "order_total": gbp("10.00"),
        "item_sub_total": gbp("10.00"),
        "shipping_total": gbp("0"),
        "outbound_fulfilment": OutboundFulfilment(
            carrier="UPS", shipping_date=date(2026, 6, 18), tracking_number="1Z"
        ),
        "items": items or (item(),),
        "customer": Customer(last_name="Byron", address=Address(**where, province=province)),
    }
    return IngestOrder(**(complete | changes))


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        pytest.param({"hs_code": None}, "hsCode", id="HS code"),
        pytest.param({"weight": None}, "weight", id="weight"),
        pytest.param({"country_code_of_origin": None}, "countryCodeOfOrigin", id="origin"),
        pytest.param({"name": None}, "name", id="title"),
        pytest.param({"price": gbp("0")}, "price", id="a price of nothing"),
    ],
)
def test_what_a_product_lacks_is_told_by_its_sku(changes: dict[str, Any], field: str) -> None:
    missing = (Missing("TEA-1", field),)

    assert grade(order("FR", item(**changes))) == Readiness("incomplete", missing)
    assert grade(order("GB", item(**changes))) == Readiness("domestic only", missing)


def test_a_product_without_a_sku_is_told_by_its_id() -> None:
    assert grade(order("FR", item(id="7", sku=None))).missing == (("7", "sku"),)


def test_a_product_is_told_once_however_many_lines_it_has() -> None:
    twice = (item(id="1", hs_code=None), item(id="2", hs_code=None))

    assert grade(order("FR", *twice)).missing == (("TEA-1", "hsCode"),)


def test_an_order_without_its_parcel_is_not_ready() -> None:
    missing = (Missing("", "outboundFulfilment"),)

    assert grade(order("FR", outbound_fulfilment=None)) == Readiness("incomplete", missing)
    assert grade(order("GB", outbound_fulfilment=None)) == Readiness("domestic only", missing)


@pytest.mark.parametrize("country", ["US", "CA", "AU"])
def test_a_state_is_missed_where_at_last_wants_one_at_home_too(country: str) -> None:
    stateless = Readiness("incomplete", (Missing("", "customer.address.province"),))

    assert grade(order(country)) == stateless
    assert grade(order(country), ship_from_country=country) == stateless
    assert grade(order(country, province="XY")) == Readiness("ready")


def test_an_order_that_lacks_nothing_is_ready_wherever_it_went() -> None:
    assert grade(order("GB")) == Readiness("ready")
    assert grade(order("FR")) == Readiness("ready")


def test_home_is_where_the_merchant_ships_from() -> None:
    lacking = order("FR", item(weight=None))

    assert grade(lacking, ship_from_country="FR").grade == "domestic only"
