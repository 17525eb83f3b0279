"""readiness: what products lack for returns from abroad; kept when payloads are erased."""

from __future__ import annotations

import csv
import io

import pytest
from conftest import Ferry


@pytest.fixture
def sold(ferry: Ferry) -> Ferry:
    """Three orders that are delivered: two hold a mug without customs data, one a complete pot."""
    mug = ferry.shop.add_product(name="Mug", sku="MUG-1", weight="0.35")
    pot = ferry.shop.add_product(
        name="Pot",
        sku="POT-1",
        weight="1",
        meta_data={"_hs_code": "691110", "_country_of_origin": "China"},
    )
    for country, products in (("FR", (mug,)), ("GB", (mug, pot)), ("FR", (pot,))):
        lines = [{"product_id": product} for product in products]
        ferry.add_order(country=country, lines=lines)
    ferry("sync")
    return ferry


def test_the_products_of_most_orders_come_first_after_their_payloads_are_erased(
    sold: Ferry,
) -> None:
    report = sold("--json", "readiness", "bolt").document

    assert len(sold.accepted()) == 3
    assert report["grades"] == {"ready": 1, "domestic only": 1, "incomplete": 1}
    (mug,) = report["to_fix"]
    assert (mug["sku"], mug["name"], mug["orders"]) == ("MUG-1", "Mug", 2)
    assert mug["missing"] == [
        {"field": "countryCodeOfOrigin", "orders": 2},
        {"field": "hsCode", "orders": 2},
    ]
    assert set(mug["examples"]) <= sold.accepted()


def test_the_table_names_the_grades_first_and_fits_80_columns(sold: Ferry) -> None:
    sold.environ["COLUMNS"] = "80"

    shown = sold("readiness", "bolt")

    first, *rest = shown.out.splitlines()
    assert shown.status == 0
    assert first == "Orders of bolt, last 60 days: 1 ready, 1 domestic only, 1 incomplete."
    assert rest[1].split()[:3] == ["2", "MUG-1", "Mug"]
    assert max(map(len, shown.out.splitlines())) <= 80


def test_csv_is_for_spreadsheets(sold: Ferry) -> None:
    (row,) = csv.DictReader(io.StringIO(sold("readiness", "bolt", "--csv").out))

    assert row["orders"] == "2"
    assert (row["sku"], row["name"]) == ("MUG-1", "Mug")
    assert row["missing"] == "countryCodeOfOrigin hsCode"


def test_where_parcels_leave_decides_what_crosses_a_border(sold: Ferry) -> None:
    sold.configure(orders='ship_from_country = "France"\n')
    sold("backfill", "bolt", "--from", "2020-01-01")

    grades = sold("--json", "readiness", "bolt").document["grades"]

    assert grades == {"ready": 1, "domestic only": 1, "incomplete": 1}
    sold.configure(orders='ship_from_country = "Japan"\n')
    sold("backfill", "bolt", "--from", "2020-01-01")
    grades = sold("--json", "readiness", "bolt").document["grades"]
    assert grades == {"ready": 1, "domestic only": 0, "incomplete": 2}


def test_a_product_that_was_corrected_is_no_longer_listed(sold: Ferry) -> None:
    mug = next(
        number
        for number, product in sold.shop.records.products.items()
        if product["sku"] == "MUG-1"
    )
    codes = {"_hs_code": "691200", "_country_of_origin": "CN"}
    meta = [{"id": 1, "key": key, "value": value} for key, value in codes.items()]
    sold.shop.edit_product(mug, meta_data=meta)

    sold("backfill", "bolt", "--from", "2020-01-01")

    report = sold("--json", "readiness", "bolt").document
    assert report["grades"]["ready"] == 3
    assert report["to_fix"] == []


def test_older_orders_are_left_out_by_days(sold: Ferry) -> None:
    """The orders are a day old."""
    assert sold("--json", "readiness", "bolt", "--days", "1").document["to_fix"] == []
    assert "was graded" in sold("readiness", "bolt", "--days", "1").out


def test_without_orders_it_says_so(ferry: Ferry) -> None:
    ferry("sync")

    shown = ferry("readiness", "bolt")

    assert shown.status == 0
    assert "No order of bolt" in shown.out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("readiness", "blot"), "no merchant 'blot'"),
        (("readiness", "bolt", "--days", "0"), "days"),
        (("--json", "readiness", "bolt", "--csv"), "exclude each other"),
    ],
)
def test_wrong_usage_ends_with_2(ferry: Ferry, arguments: tuple[str, ...], words: str) -> None:
    shown = ferry(*arguments)

    assert shown.status == 2
    assert words in shown.err
