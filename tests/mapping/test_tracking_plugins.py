"""Every plugin's place, in every shape that PHP gives a value."""

from __future__ import annotations

import json
from typing import Any

import pytest

from mapping.policy import Policy
from tests.mapping.shop import Settings, meta, order, payload, ready

OWN = Settings(tracking_meta_keys=("my_number",))


def shipment(raw: Any, related: Any = None, **how: Any) -> Any:
    """What is sent as outboundFulfilment, None if nothing is."""
    return payload(raw, related, **how).get("outboundFulfilment")


ENTRY = {"tracking_number": "AB1", "slug": "ups", "carrier_name": "UPS", "courier_code": "ups"}
LABEL = {"tracking": "AB1", "carrier_id": "ups"}
SHIPMENT = {"barcode": "AB1", "carrier": "ups"}
LISTS = [
    ("_wc_shipment_tracking_items", ENTRY | {"tracking_provider": "ups"}),
    ("wcshipping_labels", LABEL),
    ("wc_connect_labels", LABEL),
    ("_aftership_tracking_items", ENTRY),
    ("_aftership_fulfillments", {"trackings": [ENTRY]}),
    ("_parcelpanel_shipping_numbers", ENTRY),
    ("_myparcelcom_order_shipments", SHIPMENT),
    ("_myparcelnl_order_shipments", SHIPMENT),
    ("_myparcelbe_order_shipments", SHIPMENT),
    ("_myparcel_shipments", SHIPMENT),
]


@pytest.mark.parametrize(("key", "entry"), [pytest.param(*row, id=row[0]) for row in LISTS])
@pytest.mark.parametrize(
    "shape",
    [
        pytest.param(lambda entry: [entry], id="list"),
        pytest.param(lambda entry: {"7": entry}, id="object"),
        pytest.param(lambda entry: entry, id="entry"),
        pytest.param(lambda entry: json.dumps([entry]), id="list in a string"),
        pytest.param(lambda entry: json.dumps({"7": entry}), id="object in a string"),
        pytest.param(lambda entry: [None, "junk", 7, [], {}, entry], id="junk beside it"),
        pytest.param(lambda entry: [entry, dict(entry)], id="twice"),
    ],
)
def test_every_plugins_list_is_read_in_every_shape(key: str, entry: Any, shape: Any) -> None:
    outcome = ready(order(meta_data=meta(**{key: shape(entry)})))

    sent = outcome.order.outbound_fulfilment
    assert sent is not None
    assert (sent.carrier, sent.tracking_number) == ("UPS", "AB1")
    assert outcome.cautions == ()


@pytest.mark.parametrize("key", ["_cpwebservice_tracking", "_tracking_number", "tracking_number"])
@pytest.mark.parametrize(
    "stored",
    [
        pytest.param("AB1", id="text"),
        pytest.param(["AB1"], id="list"),
        pytest.param({"3": "AB1"}, id="object"),
        pytest.param('["AB1"]', id="list in a string"),
        pytest.param([None, {}, "", "n/a", "AB1", "AB1"], id="junk beside it"),
    ],
)
def test_a_flat_key_is_read_in_every_shape(key: str, stored: Any) -> None:
    raw = order(meta_data=meta(**{key: stored}))

    assert shipment(raw, policy=Policy(default_carrier="UPS"))["trackingNumber"] == "AB1"


@pytest.mark.parametrize(
    "written", ["-", "--", "0", "n/a", "N/A", "na", "none", "null", "TBA", "tbc", "false"]
)
def test_what_people_write_where_no_number_is_known_is_none(written: str) -> None:
    raw = order(meta_data=meta(_tracking_number=written, _tracking_code="AB1"))

    assert shipment(raw, policy=Policy(default_carrier="UPS"))["trackingNumber"] == "AB1"


def test_places_are_tried_in_the_stated_order() -> None:
    # one number per place; what comes first wins, and is then taken away
    entry = {
        "carrier_name": "UPS",
        "slug": "ups",
        "courier_code": "ups",
        "tracking_provider": "ups",
    }
    places = {
        "my_number": "own",
        "_wc_shipment_tracking_items": [entry | {"tracking_number": "ast"}],
        "wcshipping_labels": [LABEL | {"tracking": "label"}],
        "wc_connect_labels": [LABEL | {"tracking": "old label"}],
        "_wot_tracking_number": "villa",
        "_aftership_tracking_items": [entry | {"tracking_number": "aftership"}],
        "_aftership_fulfillments": [{"trackings": [entry | {"tracking_number": "fulfilment"}]}],
        "_aftership_tracking_number": "first aftership",
        "ywot_tracking_code": "yith",
        "_parcelpanel_shipping_numbers": [entry | {"tracking_number": "parcelpanel"}],
        "_myparcel_shipments": [{"track_trace": "myparcel"}],
        "_myparcel_tracktrace": "first myparcel",
        "_pr_shipment_dhl_label_tracking": {"tracking_number": "dhl"},
        "_postnl_order_metadata": {"barcodes": [{"value": "postnl"}]},
        "_cpwebservice_tracking": ["canada"],
        "_dpd_data": {"parcels": [{"parcel_no": "dpd"}]},
        "_tracking_number": "shipstation",
        "tracking_number": "generic",
        "_tracking_code": "code",
        "_shipping_tracking_number": "shipping",
        "_1b_tracking_number": "1b",
    }
    notes = [{"note": "Tracking number: note-1"}]
    expected = [
        *("own", "ast", "label", "old label", "villa", "aftership", "fulfilment"),
        *("first aftership", "yith", "parcelpanel", "myparcel", "first myparcel", "dhl", "postnl"),
        *("canada", "dpd", "shipstation", "generic", "code", "shipping", "1b", "note-1"),
    ]

    found = []
    for _ in expected:
        raw = order(meta_data=meta(**places))
        sent = shipment(raw, {"notes": notes}, settings=OWN, policy=Policy(default_carrier="X"))
        found.append(sent["trackingNumber"])
        places.pop(next(iter(places), ""), None)

    assert found == expected


@pytest.mark.parametrize(
    ("note", "sent"),
    [
        pytest.param(
            "Tea x 1 shipped via UPS on June 17, 2026 with tracking number 1Z99.",
            ("UPS", "2026-06-17", "1Z99"),
            id="ShipStation to the customer",
        ),
        pytest.param(
            "Items shipped via UPS on 17. Juni 2026 with tracking number 1Z99 (Shipstation).",
            ("UPS", "2026-06-19", "1Z99"),
            id="a day in other words is the note's",
        ),
        pytest.param(
            "Items shipped via UPS on June 31, 2026 with tracking number 1Z99",
            ("UPS", "2026-06-19", "1Z99"),
            id="a day that is none",
        ),
        pytest.param(
            "Order was shipped with Royal Mail and tracking number is: AB123456789GB",
            ("Royal Mail", "2026-06-19", "AB123456789GB"),
            id="Advanced Shipment Tracking",
        ),
        pytest.param("Tracking code AB12-34", ("Evri", "2026-06-19", "AB12-34"), id="bare"),
        pytest.param("<p>tracking no. 12345</p>", ("Evri", "2026-06-19", "12345"), id="tags"),
        pytest.param("Tracking number will follow soon", None, id="no number yet"),
        pytest.param("Return tracking number AB123456789GB", None, id="a way back"),
        pytest.param(
            "Your return label is ready. Tracking number AB123456789GB",
            None,
            id="a way back, told before",
        ),
        pytest.param(
            "Order was shipped with Yodel and tracking number is: JD0002. Free returns!",
            ("Yodel", "2026-06-19", "JD0002"),
            id="a shop's terms behind the number",
        ),
        pytest.param("Customer called about 123456", None, id="another number"),
        pytest.param("shipped via " * 20_000, None, id="long"),
        pytest.param(None, None, id="null"),
    ],
)
def test_an_order_note_tells_of_a_parcel(note: Any, sent: tuple[str, str, str] | None) -> None:
    notes = [{"note": note, "date_created_gmt": "2026-06-18T23:30:00"}]

    found = shipment(order(), {"notes": notes}, policy=Policy(default_carrier="Evri"))

    assert (
        found and tuple(found[k] for k in ("carrier", "shippingDate", "trackingNumber"))
    ) == sent


def test_notes_are_not_read_where_the_connector_brought_none() -> None:
    assert shipment(order(), {"notes": None}) is None
