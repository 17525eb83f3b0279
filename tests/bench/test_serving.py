"""The benchmark's quick server is right: both connectors find in it what they find in a shop."""

from __future__ import annotations

import random
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from pydantic import SecretStr

from bench.processes import server
from bench.serving.series import Series
from connectors import Connector, Surroundings, Window, conformance
from connectors.conformance import Check
from connectors.shopify import ShopifyConnector, ShopifySettings
from connectors.woocommerce import WooCommerceConnector, WooCommerceSettings

ORDERS = 3000
FIRST, LAST = 1200, 1500
"""The numbers of the orders in the window; the second is the first one behind it."""


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with server() as found:
        yield found


@pytest.fixture(scope="module", params=["woocommerce", "shopify"])
def connector(request: pytest.FixtureRequest, address: str) -> Iterator[Connector]:
    context = ssl.create_default_context()
    surroundings = Surroundings(
        now=lambda: datetime.now(UTC),
        sleep=lambda _seconds: None,
        random=random.random,
        ssl=lambda _bundle: context,
        user_agent="orderferry-bench/0",
    )
    url = f"{address}/0/{ORDERS}/{request.param}"
    key = SecretStr("bench")
    opened: Connector
    if request.param == "shopify":
        opened = ShopifyConnector(
            ShopifySettings(shop="acme", base_url=url, access_token=key), surroundings
        )
    else:
        opened = WooCommerceConnector(
            WooCommerceSettings(url=url, auth="basic", consumer_key=key, consumer_secret=key),
            surroundings,
        )
    yield opened
    opened.close()


def window() -> Window:
    series = Series.of(ORDERS)
    return Window(series.changed_at(FIRST), series.changed_at(LAST))


# what `check` says of a server that lets everybody in is not what it is for
CHECKS = [check for check in conformance.CHECKS if check.__name__ != "check_names_remedies"]


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_a_connector_conforms_over_it(check: Check, connector: Connector) -> None:
    check(connector, window())


def test_a_window_has_the_orders_that_were_changed_in_it(connector: Connector) -> None:
    found = [order for page in connector.changed(window()) for order in page.orders]

    assert len({order.id for order in found}) == LAST - FIRST
    assert {order.modified_at for order in found} == {
        Series.of(ORDERS).changed_at(number) for number in range(FIRST, LAST)
    }


def test_all_orders_are_found_beyond_any_limit_of_a_list(connector: Connector) -> None:
    today = Series.of(ORDERS).today
    whole = Window(today - timedelta(days=55), today - timedelta(days=1))

    assert len({o.id for page in connector.changed(whole) for o in page.orders}) == ORDERS


@pytest.mark.parametrize(
    ("accepted", "encoding"),
    [pytest.param("gzip", "gzip", id="gzip"), pytest.param("identity", "", id="as it is")],
)
def test_orders_are_of_real_size_and_travel_as_the_client_wants(
    address: str, accepted: str, encoding: str
) -> None:
    answer = httpx.get(
        f"{address}/0/{ORDERS}/size/wp-json/wc/v3/orders",
        params={"per_page": 100},
        headers={"Accept-Encoding": accepted},
    )

    assert answer.headers.get("Content-Encoding", "") == encoding
    assert len(answer.json()) == 100
    assert 450_000 < len(answer.content) < 800_000  # recorded orders have 4.3 to 7.3 kB
    assert answer.headers["X-WP-TotalPages"] == "30"
    assert answer.links["next"]["url"].endswith("page=2")
