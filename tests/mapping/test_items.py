from __future__ import annotations

from typing import Any

import pytest

from mapping.policy import Policy
from tests.mapping.shop import Settings, Shop, line, meta, order, payload


def item(
    changes: dict[str, Any], products: dict[str, Any] | None = None, **how: Any
) -> dict[str, Any]:
    """The only item of an order with this line."""
    sent = payload(order(line_items=[line(**changes)]), {"products": products or {}}, **how)
    found: dict[str, Any] = sent["items"][0]
    return found


def attribute(key: str, label: str, value: str) -> dict[str, Any]:
    return {"key": key, "value": value.lower(), "display_key": label, "display_value": value}


def test_a_complete_line_becomes_a_complete_item() -> None:
    changes = {
        "id": 77,
        "product_id": 50,
        "variation_id": 60,
        "quantity": 2,
        "name": "Hoodie - S, Red",
        "parent_name": "Hoodie",
        "sku": "HOOD-S-RED",
        "image": {"id": 1, "src": "https://shop.example/hoodie s.png"},
        "meta_data": [attribute("pa_size", "Size", "S"), attribute("pa_color", "Color", "Red")],
    }
    variation = {"weight": "0.8", "meta_data": meta(_hs_code="6110.20")}
    parent = {"weight": "0.9", "meta_data": meta(_hs_code="999999", _country_of_origin="pt")}

    assert item(changes, {"60": variation, "50": parent}) == {
        "id": "77",
        "quantity": 2,
        "imageUrl": "https://shop.example/hoodie%20s.png",
        "sku": "HOOD-S-RED",
        "name": "Hoodie",
        "variantName": "S, Red",
        "price": {"value": 5, "currency": "GBP"},
        "weight": {"value": 0.8, "unit": "KILOGRAMS"},
        "hsCode": "611020",
        "countryCodeOfOrigin": "PT",
    }


def test_a_deleted_product_leaves_name_and_price() -> None:
    changes = {"product_id": 0, "variation_id": "", "sku": None, "image": {"id": 0, "src": ""}}

    assert item(changes, {"0": {"weight": "9"}, "": {"weight": "9"}}) == {
        "id": "1",
        "quantity": 1,
        "name": "Teapot",
        "price": {"value": 10, "currency": "GBP"},
    }


@pytest.mark.parametrize(
    ("changes", "name", "variant"),
    [
        pytest.param({"name": "Tea &amp; <b>Co</b>"}, "Tea & Co", None, id="cleaned"),
        pytest.param({"name": ""}, None, None, id="no name"),
        pytest.param(
            {"name": "Sock", "parent_name": "Sock", "variation_id": 9,
             "meta_data": [attribute("pa_size", "Size", "M")]}, "Sock", "M", id="any size",
        ),
        pytest.param(
            {"name": "Hoodie - L", "parent_name": "Hoodie", "variation_id": 9},
            "Hoodie", "L", id="rest of the name",
        ),
        pytest.param(
            {"name": "Old - L", "parent_name": "New", "variation_id": 9}, "New", None, id="renamed"
        ),
        pytest.param(
            {"name": "Hoodie - L", "parent_name": "Hoodie", "variation_id": 9,
             "meta_data": [attribute("Engraving", "Engraving", "For Zoe"),
                           attribute("_reduced_stock", "Stock", "1")]},
            "Hoodie", "L", id="an add-on's text is not sent",
        ),
        pytest.param(
            {"meta_data": [attribute("pa_size", "Size", "M")]}, "Teapot", None, id="no variation"
        ),
        pytest.param(
            {"name": "Hoodie - L", "parent_name": "Hoodie", "variation_id": 0,
             "meta_data": [attribute("pa_size", "Size", "M")]}, "Hoodie", "L", id="variation 0",
        ),
        pytest.param(
            {"name": "Hoodie - L", "parent_name": "Hoodie", "variation_id": "",
             "meta_data": [attribute("pa_size", "Size", "M")]}, "Hoodie", "L", id="variation empty",
        ),
        pytest.param(
            {"name": "Hoodie", "parent_name": "Hoodie"}, "Hoodie", None, id="nothing but the parent"
        ),
    ],
)  # fmt: skip
def test_name_and_variant(changes: dict[str, Any], name: str | None, variant: str | None) -> None:
    found = item(changes)

    assert (found.get("name"), found.get("variantName")) == (name, variant)


@pytest.mark.parametrize(
    ("image", "product", "address"),
    [
        pytest.param({"src": "https://a.example/1.png"}, {}, "https://a.example/1.png", id="line"),
        pytest.param(
            {"id": "", "src": ""},
            {"images": [{"src": "https://a.example/2.png"}, {"src": "https://a.example/3.png"}]},
            "https://a.example/2.png",
            id="product",
        ),
        pytest.param(
            {"src": False},
            {"image": {"src": "https://a.example/4.png"}},
            "https://a.example/4.png",
            id="variation, and false for none",
        ),
        pytest.param(None, {"images": []}, None, id="none"),
        pytest.param(
            None,
            {"images": [{"src": "/2.png"}, {"src": "https://a.example/3.png"}]},
            None,
            id="a product's second image may be of another variation",
        ),
        pytest.param({"src": "/relative.png"}, {}, None, id="relative"),
    ],
)
def test_the_image_is_the_lines_else_the_products(
    image: Any, product: dict[str, Any], address: str | None
) -> None:
    assert item({"image": image}, {"50": product}).get("imageUrl") == address


@pytest.mark.parametrize(
    ("weight", "unit", "sent"),
    [
        pytest.param("0.35", "kg", {"value": 0.35, "unit": "KILOGRAMS"}, id="kg"),
        pytest.param("350", "g", {"value": 350, "unit": "GRAMS"}, id="g"),
        pytest.param("1.50", "lbs", {"value": 1.5, "unit": "POUNDS"}, id="lbs"),
        pytest.param("8", "oz", {"value": 8, "unit": "OUNCES"}, id="oz"),
        pytest.param("", "kg", None, id="unset"),
        pytest.param("0", "kg", None, id="zero"),
        pytest.param("-1", "kg", None, id="negative"),
        pytest.param("0,35", "kg", None, id="comma"),
        pytest.param(None, "kg", None, id="null"),
        pytest.param("1", "stone", None, id="unknown unit"),
    ],
)
def test_a_weight_is_sent_if_it_is_one(weight: Any, unit: str, sent: Any) -> None:
    found = item({}, {"50": {"weight": weight}}, shop=Shop(weight_unit=unit))

    assert found.get("weight") == sent


def test_a_variation_without_weight_weighs_what_its_parent_does() -> None:
    found = item({"variation_id": 60}, {"60": {"weight": ""}, "50": {"weight": "0.9"}})

    assert found["weight"] == {"value": 0.9, "unit": "KILOGRAMS"}


@pytest.mark.parametrize(
    ("entries", "code"),
    [
        pytest.param({"_hs_code": "6912.00"}, "691200", id="dots"),
        pytest.param({"hs_code": "0902 10 00"}, "09021000", id="blanks and a leading zero"),
        pytest.param({"_dhl_hs_code": "HS: 6912-00"}, "691200", id="prefix"),
        pytest.param({"_hs_code": "", "_wf_hs_code": "691200"}, "691200", id="next if empty"),
        pytest.param({"_hs_code": "mug (2)"}, None, id="words"),
        pytest.param({"_postnl_hs_tariff_code": "0"}, None, id="unset in PostNL's way"),
        pytest.param(
            {"wcshipping_customs_info": {"hs_tariff_number": "691200", "origin_country": "CN"}},
            "691200",
            id="inside an object",
        ),
        pytest.param({"wc_connect_customs_info": []}, None, id="an empty object in PHP's way"),
        pytest.param({"_hs_code": 691200}, "691200", id="number"),
        pytest.param({"_wc_gpf_data": {"gtin": "4006381333931"}}, None, id="another number"),
    ],
)
def test_the_hs_code_is_found_where_plugins_store_it(
    entries: dict[str, Any], code: str | None
) -> None:
    assert item({}, {"50": {"meta_data": meta(**entries)}}).get("hsCode") == code


@pytest.mark.parametrize(
    ("entries", "country"),
    [
        pytest.param({"_country_of_origin": "CN"}, "CN", id="alpha-2"),
        pytest.param({"_manufacture_country": "uk"}, "GB", id="uk"),
        pytest.param({"country_of_origin": "China"}, "CN", id="name"),
        pytest.param({"country_of_origin": "made in China"}, None, id="a sentence"),
        pytest.param({"_postnl_country_origin": "0"}, None, id="unset in PostNL's way"),
        pytest.param(
            {"wcshipping_customs_info": '{"origin_country": "VN"}'}, "VN", id="JSON in a string"
        ),
        pytest.param(
            {"wcshipping_customs_info": {"origin_country": "US"}, "_country_of_origin": "VN"},
            "VN",
            id="a label's default comes last",
        ),
    ],
)
def test_the_origin_is_found_where_plugins_store_it(
    entries: dict[str, Any], country: str | None
) -> None:
    found = item({}, {"50": {"meta_data": meta(**entries)}})

    assert found.get("countryCodeOfOrigin") == country


def test_the_merchants_own_keys_come_first_and_the_policys_defaults_last() -> None:
    products = {
        "60": {"meta_data": meta(_hs_code="111111", _country_of_origin="CN")},
        "50": {"meta_data": meta(my_code="222222", my_origin="VN")},
    }
    settings = Settings(hs_code_meta_keys=("my_code",), origin_meta_keys=("my_origin",))
    policy = Policy(default_hs_code="3333.33", default_country_of_origin="GB")

    def customs(found: dict[str, Any]) -> tuple[str, str]:
        return found["hsCode"], found["countryCodeOfOrigin"]

    line_of_both = {"variation_id": 60}
    assert customs(item(line_of_both, products, settings=settings)) == ("222222", "VN")
    assert customs(item(line_of_both, products, policy=policy)) == ("111111", "CN")
    assert customs(item({}, {}, policy=policy)) == ("333333", "GB")
