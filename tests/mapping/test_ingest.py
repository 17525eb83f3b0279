from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError

from mapping.ingest import (
    Address,
    Customer,
    IngestItem,
    IngestOrder,
    OutboundFulfilment,
    Price,
    Weight,
    WeightUnit,
    is_email,
    to_json,
)

FULL = (
    '{"id":"501","merchantId":"m-1","reference":"#501","createdAt":"2026-06-17T09:00:00Z",'
    '"userEmail":"ada@example.com","orderNumber":"#501","orderTotal":{"value":17.5,"currency":'
    '"EUR"},"itemSubTotal":{"value":20,"currency":"EUR"},"shippingTotal":{"value":0,"currency":'
    '"EUR"},"discount":{"value":2.5,"currency":"EUR"},"outboundFulfilment":{"carrier":"DHL",'
    '"shippingDate":"2026-06-18","trackingNumber":"JD01"},"items":[{"id":"1","quantity":3,'
    '"imageUrl":"https://shop.example/a.png","sku":"TEA-1","name":"Tee „grün“","variantName":'
    '"100 g","description":"Loose","price":{"value":6.666667,"currency":"EUR"},"weight":{"value":'
    '0.1,"unit":"KILOGRAMS"},"discount":{"value":0.833334,"currency":"EUR"},"hsCode":"090210",'
    '"countryCodeOfOrigin":"CN"}],"customer":{"lastName":"Byron","firstName":"Ada","phone":'
    '"0113 496 0000","address":{"line1":"12 High Street","line2":"Flat 2","line3":"Rear","city":'
    '"Leeds","postCode":"LS1 4DY","company":"Engines Ltd","country":"GB","province":"WY"}}}'
)


def euros(value: str) -> Price:
    return Price(value=Decimal(value), currency="EUR")


def full_order(**changes: Any) -> IngestOrder:
    values: dict[str, Any] = {
        "id": "501",
        "merchant_id": "m-1",
        "reference": "#501",
        "created_at": datetime(2026, 6, 17, 11, tzinfo=timezone(timedelta(hours=2))),
        "user_email": "ada@example.com",
        "order_number": "#501",
        "order_total": euros("17.50"),
        "item_sub_total": euros("20.00"),
        "shipping_total": euros("0.00"),
        "discount": euros("2.50"),
        "outbound_fulfilment": OutboundFulfilment(
            carrier="DHL", shipping_date=date(2026, 6, 18), tracking_number="JD01"
        ),
        "items": (full_item(),),
        "customer": Customer(
            last_name="Byron",
            first_name="Ada",
            phone="0113 496 0000",
            address=Address(
                line1="12 High Street",
                line2="Flat 2",
                line3="Rear",
                city="Leeds",
                post_code="LS1 4DY",
                company="Engines Ltd",
                country="GB",
                province="WY",
            ),
        ),
    }
    return IngestOrder(**(values | changes))


def full_item(**changes: Any) -> IngestItem:
    values: dict[str, Any] = {
        "id": "1",
        "quantity": 3,
        "image_url": "https://shop.example/a.png",
        "sku": "TEA-1",
        "name": "Tee „grün“",
        "variant_name": "100 g",
        "description": "Loose",
        "price": euros("6.666667"),
        "weight": Weight(value=Decimal("0.100"), unit=WeightUnit.KILOGRAMS),
        "discount": euros("0.833334"),
        "hs_code": "090210",
        "country_code_of_origin": "CN",
    }
    return IngestItem(**(values | changes))


def test_json_is_canonical_and_in_the_contracts_order() -> None:
    assert to_json(full_order()).decode() == FULL


def test_what_was_written_is_read_back_equal() -> None:
    order = full_order()

    assert IngestOrder.model_validate_json(to_json(order)) == order


def test_unknown_parts_are_left_out_and_never_null() -> None:
    bare = full_order(merchant_id=None, user_email=None, discount=None, outbound_fulfilment=None)

    sent = json.loads(to_json(bare))

    assert not {"merchantId", "userEmail", "discount", "outboundFulfilment"} & set(sent)


@pytest.mark.parametrize(
    ("value", "literal"),
    [
        pytest.param("10.00", "10", id="integral"),
        pytest.param("0", "0", id="zero"),
        pytest.param("19.90", "19.9", id="one decimal"),
        pytest.param("3.333333", "3.333333", id="six decimals"),
        pytest.param("999999999.999999", "999999999.999999", id="fifteen digits"),
        pytest.param("100000000000000000000", "100000000000000000000", id="large integer"),
    ],
)
def test_a_number_is_written_with_its_own_digits(value: str, literal: str) -> None:
    order = full_order(order_total=euros(value))

    assert f'"orderTotal":{{"value":{literal},'.encode() in to_json(order)


@pytest.mark.parametrize(
    ("part", "changes"),
    [
        pytest.param("order", {"id": ""}, id="empty id"),
        pytest.param("order", {"merchant_id": ""}, id="empty merchant id"),
        pytest.param("order", {"created_at": datetime(2026, 6, 17)}, id="naive date"),  # noqa: DTZ001
        pytest.param("order", {"user_email": "a@b"}, id="e-mail"),
        pytest.param("order", {"items": ()}, id="no items"),
        pytest.param(
            "order", {"items": tuple(full_item(id=str(n)) for n in range(101))}, id="101 items"
        ),
        pytest.param("order", {"items": (full_item(), full_item())}, id="same item id twice"),
        pytest.param(
            "order", {"order_total": Price(value=Decimal(1), currency="USD")}, id="two currencies"
        ),
        pytest.param("order", {"note": "hello"}, id="unknown key"),
        pytest.param("item", {"quantity": 0}, id="quantity 0"),
        pytest.param("item", {"image_url": "a.png"}, id="relative image"),
        pytest.param("item", {"image_url": "https://x.example/a b"}, id="image with a space"),
        pytest.param("item", {"name": ""}, id="empty name"),
        pytest.param("item", {"country_code_of_origin": "CHN"}, id="three letters"),
        pytest.param("item", {"discount": euros("6.67")}, id="discount above price"),
    ],
)
def test_what_the_contract_forbids_cannot_be_built(part: str, changes: dict[str, Any]) -> None:
    build = {"order": full_order, "item": full_item}[part]

    with pytest.raises(ValidationError):
        build(**changes)


@pytest.mark.parametrize("value", ["-0.01", "NaN", "Infinity", "0.1234567890123456789"])
def test_an_impossible_price_cannot_be_built(value: str) -> None:
    with pytest.raises(ValidationError):
        euros(value)


@pytest.mark.parametrize(
    ("build", "why"),
    [
        pytest.param(lambda: full_order(user_email="a@b"), "is not an e-mail address", id="email"),
        pytest.param(lambda: full_item(image_url="a"), "is not an absolute URI", id="image"),
        pytest.param(
            lambda: euros("0.1234567890123456789"),
            "has more digits than a JSON number keeps",
            id="digits",
        ),
        pytest.param(
            lambda: euros("1E+309"), "has more digits than a JSON number keeps", id="exponent"
        ),
        pytest.param(
            lambda: full_item(discount=euros("6.67")), "discount is more than the price", id="gift"
        ),
        pytest.param(
            lambda: full_order(order_total=Price(value=Decimal(1), currency="USD")),
            "prices are in more than one currency",
            id="currencies",
        ),
        pytest.param(
            lambda: full_order(items=(full_item(), full_item())),
            "two items have the same id",
            id="ids",
        ),
    ],
)
def test_a_breach_says_what_is_wrong(build: Any, why: str) -> None:
    with pytest.raises(ValidationError) as refused:
        build()

    assert [error["msg"] for error in refused.value.errors()] == [f"Value error, {why}"]


@pytest.mark.parametrize("value", ["0", "-1"])
def test_a_weight_is_above_zero(value: str) -> None:
    with pytest.raises(ValidationError):
        Weight(value=Decimal(value), unit=WeightUnit.GRAMS)


def test_errors_do_not_repeat_what_was_given() -> None:
    with pytest.raises(ValidationError) as refused:
        full_order(user_email="ada at example")

    assert "ada at example" not in str(refused.value)


def test_an_order_cannot_be_changed() -> None:
    with pytest.raises(ValidationError):
        setattr(full_order(), "id", "502")  # noqa: B010 - mypy knows that it is read-only


def test_an_instant_is_sent_in_utc() -> None:
    order = full_order(created_at=datetime(2026, 6, 17, 9, 0, 0, 999, tzinfo=UTC))

    assert b'"createdAt":"2026-06-17T09:00:00Z"' in to_json(order)


@pytest.mark.parametrize(
    ("text", "valid"),
    [
        pytest.param("ada@example.com", True, id="plain"),
        pytest.param("Ada.B+x@mail.example.co.uk", True, id="dots and plus"),
        pytest.param("o'hara@example.com", True, id="apostrophe"),
        pytest.param("ada@example", False, id="no dot"),
        pytest.param("ada..b@example.com", False, id="two dots"),
        pytest.param("jürgen@example.com", False, id="umlaut"),
        pytest.param("a b@example.com", False, id="space"),
        pytest.param("a@b@example.com", False, id="two ats"),
        pytest.param("", False, id="empty"),
    ],
)
def test_an_email_is_one_that_any_validator_accepts(text: str, valid: bool) -> None:  # noqa: FBT001
    assert is_email(text) is valid
