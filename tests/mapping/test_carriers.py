from __future__ import annotations

import pytest

from mapping.carriers import public_name

OWN = {"rm24": "Royal Mail Tracked 24", "Hermes": "Evri"}


@pytest.mark.parametrize(
    ("carrier", "name"),
    [
        pytest.param("royal-mail", "Royal Mail", id="slug"),
        pytest.param("Royal Mail", "Royal Mail", id="name"),
        pytest.param("usps", "USPS", id="short slug"),
        pytest.param("(Royal Mail)", "Royal Mail", id="signs around it"),
        pytest.param("dpd-pl", "DPD", id="country at the end"),
        pytest.param("post-ch", "Swiss Post", id="a slug of ours that ends like a country"),
        pytest.param("FedEx", "FedEx", id="spelling of its own"),
        pytest.param("Yodel Örtlich", "Yodel Örtlich", id="unknown name stays"),
        pytest.param("acme-couriers", "acme-couriers", id="unknown slug stays"),
        pytest.param("速達", "速達", id="no Latin letter"),
        pytest.param("RM24", "Royal Mail Tracked 24", id="merchant's own"),
        pytest.param("hermes", "Evri", id="merchant's own before ours"),
    ],
)
def test_a_carrier_gets_the_name_a_shopper_knows(carrier: str, name: str) -> None:
    assert public_name(carrier, OWN) == name


@pytest.mark.parametrize(
    ("carrier", "name"),
    [
        pytest.param("upsdap", "UPS", id="WooCommerce Shipping"),
        pytest.param("dhlexpress", "DHL Express", id="WooCommerce Shipping, DHL"),
        pytest.param("myhermes-uk", "Evri", id="AfterShip"),
        pytest.param("postnl-3s", "PostNL", id="AfterShip, service"),
        pytest.param("DHL_FOR_YOU", "DHL", id="MyParcel"),
        pytest.param("dhlforyou", "DHL", id="MyParcel before 6"),
        pytest.param("deutsche-post-dhl", "DHL", id="Shipment Tracking"),
    ],
)
def test_a_plugins_code_is_known(carrier: str, name: str) -> None:
    assert public_name(carrier, {}) == name
