"""What the shop tells of itself, and what its front door does."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from orderferry.sandbox.server import Server
from orderferry.sandbox.woocommerce import WooCommerceShop
from tests.sandbox.woocommerce_client import client_of, problem, serving, shop_at


@pytest.fixture
def shop() -> WooCommerceShop:
    return shop_at()


@pytest.fixture
def client(shop: WooCommerceShop) -> Iterator[httpx.Client]:
    with serving(shop) as client:
        yield client


@pytest.mark.parametrize(
    ("zone", "offset", "name"),
    [
        pytest.param("America/New_York", -4, "America/New_York", id="summer in New York"),
        pytest.param("Asia/Kolkata", 5.5, "Asia/Kolkata", id="half an hour"),
        pytest.param("UTC", 0, "UTC", id="UTC"),
        pytest.param("+05:30", "5.5", "", id="a bare offset is text and has no name"),
        pytest.param("-03:00", "-3", "", id="a bare offset of whole hours"),
    ],
)
def test_the_index_is_public_and_tells_the_time_zone(zone: str, offset: Any, name: str) -> None:
    shop = shop_at(time_zone=zone)
    with Server(shop.handle) as server:
        answer = httpx.get(f"{server.url}/wp-json/")

    index = answer.json()
    assert answer.status_code == 200
    assert (index["gmt_offset"], index["timezone_string"]) == (offset, name)
    assert index["home"] == index["url"] == server.url.replace("http:", "https:")
    assert "wc/v3" in index["namespaces"]


def test_the_namespace_has_an_index(shop: WooCommerceShop) -> None:
    with Server(shop.handle) as server, client_of(server.url, None) as client:
        answer = client.get("", params={"_fields": "namespace"})

    assert answer.json() == {
        "namespace": "wc/v3",
        "_links": {"up": [{"href": f"{server.url.replace('http:', 'https:')}/wp-json/"}]},
    }


@pytest.mark.parametrize("unit", ["kg", "g", "lbs", "oz"])
def test_the_weight_unit_is_a_setting(unit: str) -> None:
    with serving(shop_at(weight_unit=unit)) as client:
        shown = client.get("settings/products/woocommerce_weight_unit").json()

    assert (shown["id"], shown["value"]) == ("woocommerce_weight_unit", unit)
    assert (shown["default"], shown["group_id"]) == ("lbs", "products")


def test_the_currency_is_a_setting_and_has_a_route(client: httpx.Client) -> None:
    assert client.get("settings/general/woocommerce_currency").json()["value"] == "USD"
    shown = client.get("data/currencies/current").json()
    assert (shown["code"], shown["symbol"]) == ("USD", "&#36;")


def test_an_unknown_setting_is_refused(client: httpx.Client) -> None:
    assert problem(client.get("settings/products/nonsense"))[0] == 404


@pytest.mark.parametrize(
    ("storage", "enabled", "datastore"),
    [
        pytest.param("hpos", True, "OrdersTableDataStore", id="order tables"),
        pytest.param("cpt", False, "WC_Order_Data_Store_CPT", id="posts"),
    ],
)
def test_the_system_report_names_the_order_storage(
    storage: str,
    enabled: bool,  # noqa: FBT001 - a column of the table
    datastore: str,
) -> None:
    with serving(shop_at(storage=storage)) as client:
        report = client.get("system_status", params={"_fields": "settings,environment"}).json()

    assert report["settings"]["HPOS_enabled"] is enabled
    assert report["settings"]["order_datastore"].split("\\")[-1] == datastore
    assert report["environment"]["version"] == "11.0.1"
    assert report.keys() == {"settings", "environment"}


@pytest.mark.parametrize("path", ["/wp-json/wc/v3/orders", "/index.php/wp-json/wc/v3/orders"])
def test_plain_permalinks_end_at_the_home_page(shop: WooCommerceShop, path: str) -> None:
    shop.behind_tls_proxy = False
    shop.plain_permalinks = True
    with Server(shop.handle) as server:
        first = httpx.get(f"{server.url}{path}")
        last = httpx.get(f"{server.url}{path}", follow_redirects=True)

    assert (first.status_code, first.headers["Location"]) == (301, f"{server.url}/")
    assert (last.status_code, last.headers["Content-Type"]) == (200, "text/html; charset=UTF-8")
    assert "index.php?rest_route=/" in last.headers["Link"]


def test_the_home_page_names_the_rest_api(shop: WooCommerceShop) -> None:
    shop.behind_tls_proxy = False
    with Server(shop.handle) as server:
        answer = httpx.get(f"{server.url}/")
        missing = httpx.get(f"{server.url}/about")

    assert answer.headers["Link"] == f'<{server.url}/wp-json/>; rel="https://api.w.org/"'
    assert (missing.status_code, missing.headers["Content-Type"]) == (
        404,
        "text/html; charset=UTF-8",
    )


def test_json_comes_as_php_writes_it(shop: WooCommerceShop, client: httpx.Client) -> None:
    order = shop.add_order(billing={"first_name": "Zoë"})

    raw = client.get(f"orders/{order}").text

    assert "Zo\\u00eb" in raw
    assert "http:\\/\\/" in raw or "https:\\/\\/" in raw
