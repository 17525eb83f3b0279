from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from mapping.outcome import Waiting
from mapping.policy import Policy
from tests.mapping.shop import (
    NOW,
    Settings,
    Shop,
    line,
    mapped,
    meta,
    order,
    parcel,
    payload,
    ready,
    tracked,
)

ROYAL_MAIL = {"carrier": "Royal Mail", "shippingDate": "2026-06-18", "trackingNumber": "AB1"}


def shipment(raw: Any, related: Any = None, **how: Any) -> Any:
    """What is sent as outboundFulfilment, None if nothing is."""
    return payload(raw, related, **how).get("outboundFulfilment")


def fulfilment(number: str = "1Z1", provider: str = "ups", **entries: Any) -> dict[str, Any]:
    """A core fulfilment of line 1, at 01:00 UTC on 19 June."""
    stored = {
        "_tracking_number": number,
        "_shipment_provider": provider,
        "_items": [{"item_id": 1, "qty": 1}],
        "_date_fulfilled": "2026-06-19T01:00:00Z",
    }
    return {"status": "fulfilled", "is_fulfilled": "1", "meta_data": meta(**(stored | entries))}


@pytest.mark.parametrize(
    "stored",
    [
        pytest.param([parcel()], id="list"),
        pytest.param({"5": parcel()}, id="object, as PHP writes a list with holes"),
        pytest.param(parcel(), id="single entry"),
        pytest.param(json.dumps([parcel()]), id="JSON in a string"),
        pytest.param([None, "junk", 7, parcel()], id="junk beside it"),
        pytest.param([parcel(""), parcel(" AB1 ")], id="an empty entry before it"),
        pytest.param([parcel(date_shipped=1781740800)], id="date as a number"),
        pytest.param([parcel(date_shipped="2026-06-18")], id="date as text"),
        pytest.param(
            [parcel(tracking_provider="", custom_tracking_provider="Royal Mail")], id="custom"
        ),
        pytest.param([parcel("AB1, AB2")], id="numbers joined by a comma"),
    ],
)
def test_a_tracking_plugins_entry_is_read_in_every_shape(stored: Any) -> None:
    raw = order(meta_data=meta(_wc_shipment_tracking_items=stored))

    assert shipment(raw) == ROYAL_MAIL


@pytest.mark.parametrize(
    "stored",
    [
        pytest.param([], id="empty list"),
        pytest.param("", id="empty text"),
        pytest.param("AB1", id="text that is no JSON"),
        pytest.param("[" * 100_000, id="a bottomless string"),
        pytest.param(None, id="null"),
        pytest.param([{"tracking_number": ""}], id="empty number"),
        pytest.param([{"tracking_number": ["AB1"]}], id="number in a list"),
    ],
)
def test_an_entry_without_a_number_is_no_parcel(stored: Any) -> None:
    raw = order(meta_data=meta(_wc_shipment_tracking_items=stored))

    assert shipment(raw) is None
    assert ready(raw).cautions == ()


def test_the_same_key_twice_is_read_twice() -> None:
    raw = order(meta_data=[*tracked(), *tracked(parcel())])

    assert shipment(raw) == ROYAL_MAIL


@pytest.mark.parametrize(
    ("choice", "number"),
    [pytest.param("first", "A", id="first"), pytest.param("last", "C", id="last")],
)
def test_of_several_parcels_the_policy_chooses_by_day(choice: Any, number: str) -> None:
    raw = order(
        meta_data=tracked(
            parcel("B", date_shipped="2026-06-17"),
            parcel("A", date_shipped="2026-06-16"),
            parcel("C", date_shipped="2026-06-17"),
        )
    )

    assert shipment(raw, policy=Policy(shipment=choice))["trackingNumber"] == number


@pytest.mark.parametrize(
    ("completed", "where", "day"),
    [
        pytest.param("2026-06-18T12:00:00", "Europe/Berlin", "2026-06-18", id="midday"),
        pytest.param("2026-06-17T23:00:00", "Europe/Berlin", "2026-06-18", id="after midnight"),
        pytest.param("2026-06-18T02:00:00", "America/New_York", "2026-06-17", id="still yesterday"),
        pytest.param(None, "Europe/Berlin", "2026-06-18", id="never completed, modified at 12:00"),
    ],
)
def test_a_parcel_without_a_ship_date_left_when_the_order_was_completed(
    completed: str | None, where: str, day: str
) -> None:
    raw = order(date_completed_gmt=completed, meta_data=tracked(parcel(date_shipped="")))

    assert shipment(raw, shop=Shop(time_zone=where))["shippingDate"] == day


def test_the_carrier_has_its_public_name_or_the_merchants() -> None:
    raw = order(meta_data=tracked(parcel()))

    own = Policy(carriers={"royal-mail": "Royal Mail Signed For"})
    assert shipment(raw)["carrier"] == "Royal Mail"
    assert shipment(raw, policy=own)["carrier"] == "Royal Mail Signed For"


def test_a_number_without_a_carrier_gets_the_default_one() -> None:
    raw = order(meta_data=tracked({"tracking_number": "AB1"}))

    assert shipment(raw, policy=Policy(default_carrier="Evri")) == {
        "carrier": "Evri",
        "shippingDate": "2026-06-18",
        "trackingNumber": "AB1",
    }


def test_a_number_without_any_carrier_is_no_shipment_and_a_caution() -> None:
    raw = order(
        date_completed_gmt="2026-06-20T11:00:00", meta_data=tracked({"tracking_number": "AB1"})
    )

    waiting = mapped(raw)
    sent = ready(raw, now=NOW + timedelta(hours=23))

    assert isinstance(waiting, Waiting)
    assert [caution.code for caution in waiting.cautions] == ["carrier_missing"]
    assert sent.order.outbound_fulfilment is None
    assert [caution.code for caution in sent.cautions] == ["carrier_missing"]


def test_the_wait_begins_with_the_first_parcel_that_left() -> None:
    raw = order(
        date_completed_gmt="2026-06-20T11:00:00",
        meta_data=tracked({"tracking_number": "AB1", "date_shipped": "1781913600"}),
    )

    # 1781913600 is 2026-06-20T00:00:00Z
    assert mapped(raw).until == NOW + timedelta(hours=12)  # type: ignore[union-attr] # Waiting


def test_a_ship_date_before_the_order_does_not_end_the_wait() -> None:
    raw = order(
        date_created_gmt="2026-06-20T10:00:00",
        date_completed_gmt="2026-06-20T11:00:00",
        meta_data=tracked({"tracking_number": "AB1", "date_shipped": "2025-11-05"}),
    )

    assert mapped(raw).until == NOW + timedelta(hours=22)  # type: ignore[union-attr] # Waiting


@pytest.mark.parametrize(
    ("entries", "where", "sent"),
    [
        pytest.param({}, "Europe/Berlin", ("UPS", "2026-06-19", "1Z1"), id="recorded shape"),
        pytest.param({}, "America/New_York", ("UPS", "2026-06-18", "1Z1"), id="the shop's day"),
        pytest.param(
            {"_date_fulfilled": "2026-06-19 01:00:00"},
            "Europe/Berlin",
            ("UPS", "2026-06-19", "1Z1"),
            id="naive date",
        ),
        pytest.param(
            {"_shipment_provider": "other", "_provider_name": "Acme"},
            "Europe/Berlin",
            ("Acme", "2026-06-19", "1Z1"),
            id="other carrier",
        ),
        pytest.param(
            {"_shipment_provider": "", "_shipping_provider": "dhl"},
            "Europe/Berlin",
            ("DHL", "2026-06-19", "1Z1"),
            id="older key",
        ),
    ],
)
def test_a_core_fulfilment_is_a_parcel(
    entries: dict[str, Any], where: str, sent: tuple[str, str, str]
) -> None:
    found = shipment(order(), {"fulfillments": [fulfilment(**entries)]}, shop=Shop(time_zone=where))

    assert (found["carrier"], found["shippingDate"], found["trackingNumber"]) == sent


def test_a_draft_fulfilment_is_no_parcel() -> None:
    draft = fulfilment() | {"status": "unfulfilled", "is_fulfilled": "0"}

    assert shipment(order(), {"fulfillments": [draft]}) is None


def test_a_fulfilment_without_a_number_still_starts_the_wait() -> None:
    raw = order(date_completed_gmt="2026-06-20T11:00:00")
    related = {"fulfillments": [fulfilment(number="", _date_fulfilled="2026-06-20T01:00:00Z")]}

    assert mapped(raw, related) == Waiting(until=NOW + timedelta(hours=13))


def test_a_virtual_lines_own_fulfilment_does_not_start_the_wait() -> None:
    raw = order(
        date_completed_gmt="2026-06-20T11:00:00", line_items=[line(), line(id=2, product_id=51)]
    )
    related = {
        "products": {"51": {"virtual": True}},
        "fulfillments": [fulfilment(number="", _items=[{"item_id": 2, "qty": 1}])],
    }

    assert mapped(raw, related).until == NOW + timedelta(hours=23)  # type: ignore[union-attr] # Waiting


OWN = Settings(tracking_meta_keys=("my_number",), carrier_meta_key="my_carrier")


@pytest.mark.parametrize(
    ("entries", "sent"),
    [
        pytest.param({"my_number": "N1", "my_carrier": "dpd"}, ("DPD", "N1"), id="both keys"),
        pytest.param({"my_number": "N1"}, ("Evri", "N1"), id="default carrier"),
        pytest.param({"my_number": ["N1", "N2"], "my_carrier": "dpd"}, ("DPD", "N1"), id="list"),
        pytest.param({"my_number": "N1;N2", "my_carrier": "dpd"}, ("DPD", "N1"), id="joined"),
        pytest.param({"my_number": 123456, "my_carrier": "dpd"}, ("DPD", "123456"), id="number"),
        pytest.param({"my_number": "", "my_carrier": "dpd"}, None, id="empty"),
        pytest.param({"my_number": {"a": 1}, "my_carrier": "dpd"}, None, id="junk"),
    ],
)
def test_the_merchants_own_keys_hold_a_parcel(
    entries: dict[str, Any], sent: tuple[str, str] | None
) -> None:
    raw = order(meta_data=meta(**entries))

    found = shipment(raw, settings=OWN, policy=Policy(default_carrier="Evri"))

    assert (found and (found["carrier"], found["trackingNumber"])) == sent


def test_the_merchants_keys_win_over_fulfilments_and_those_over_plugins() -> None:
    own = meta(my_number="N1", my_carrier="dpd")
    plugin = tracked(parcel())
    related = {"fulfillments": [fulfilment()]}

    def number(raw: Any, related: Any) -> str:
        found: str = shipment(raw, related, settings=OWN)["trackingNumber"]
        return found

    assert number(order(meta_data=[*plugin, *own]), related) == "N1"
    assert number(order(meta_data=plugin), related) == "1Z1"
    assert number(order(meta_data=plugin), {}) == "AB1"


def test_places_that_mirror_a_number_complete_each_other() -> None:
    raw = order(meta_data=[*meta(my_number="AB1"), *tracked(parcel())])

    assert shipment(raw, settings=OWN) == ROYAL_MAIL


def test_a_place_without_a_carrier_yields_to_one_that_is_complete() -> None:
    raw = order(meta_data=[*meta(my_number="N1"), *tracked(parcel())])

    assert shipment(raw, settings=OWN) == ROYAL_MAIL
