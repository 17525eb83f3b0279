"""The failures on demand look as they do in the wild."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime

import httpx
import pytest

from orderferry.sandbox.server import Server
from orderferry.sandbox.woocommerce import WooCommerceShop, faults
from orderferry.sandbox.woocommerce.pages import page
from tests.sandbox.woocommerce_client import client_of, problem, shop_at


@pytest.fixture
def shop() -> WooCommerceShop:
    shop = shop_at()
    shop.add_order()
    return shop


@pytest.fixture
def server(shop: WooCommerceShop) -> Iterator[Server]:
    with Server(shop.handle) as server:
        yield server


@pytest.fixture
def client(server: Server, shop: WooCommerceShop) -> Iterator[httpx.Client]:
    with client_of(server.url, shop.keys[0]) as client:
        yield client


@pytest.mark.parametrize(
    ("fault", "status", "sentence"),
    [
        pytest.param(
            faults.maintenance(),
            503,
            "Briefly unavailable for scheduled maintenance. Check back in a minute.",
            id="maintenance",
        ),
        pytest.param(
            faults.php_fatal(),
            500,
            "There has been a critical error on this website.",
            id="PHP fatal",
        ),
        pytest.param(
            faults.database_down(), 500, "Error establishing a database connection", id="database"
        ),
        pytest.param(faults.bad_gateway(), 502, "502 Bad Gateway", id="PHP down"),
        pytest.param(faults.firewall_block(), 403, "firewall", id="firewall"),
        pytest.param(faults.captcha(), 202, "not a robot", id="captcha 202"),
        pytest.param(faults.captcha(200), 200, "not a robot", id="captcha 200"),
        pytest.param(faults.login_page(), 200, "log in", id="login page"),
        pytest.param(faults.rate_limited(), 429, "Too Many Requests", id="429"),
    ],
)
def test_a_page_stands_where_json_should(
    server: Server, client: httpx.Client, fault: faults.Failure, status: int, sentence: str
) -> None:
    server.fail(fault)

    answer = client.get("orders")

    assert answer.status_code == status
    assert answer.headers["Content-Type"].startswith("text/html")
    assert sentence in answer.text
    assert client.get("orders").status_code == 200


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        pytest.param(faults.maintenance(), "600", id="maintenance"),
        pytest.param(faults.rate_limited(), None, id="429 without"),
        pytest.param(faults.rate_limited(7), "7", id="429 in seconds"),
        pytest.param(
            faults.rate_limited(datetime(2026, 6, 15, 12, 5, tzinfo=UTC)),
            "Mon, 15 Jun 2026 12:05:00 GMT",
            id="429 as a date",
        ),
    ],
)
def test_when_to_come_back(
    server: Server, client: httpx.Client, fault: faults.Failure, expected: str | None
) -> None:
    server.fail(fault)

    assert client.get("orders").headers.get("Retry-After") == expected


def test_a_deactivated_woocommerce_leaves_wordpress_alive(
    server: Server, client: httpx.Client
) -> None:
    with server.failing(faults.woocommerce_deactivated()):
        orders = client.get("orders")
        index = client.get(f"{server.url}/wp-json/")
        home = client.get(f"{server.url}/")

    assert problem(orders)[:2] == (404, "rest_no_route")
    assert index.json()["namespaces"] == ["oembed/1.0", "wp/v2"]
    assert home.status_code == 200


def test_a_closed_rest_api_has_a_code_of_its_own(server: Server, client: httpx.Client) -> None:
    server.fail(faults.rest_closed())

    assert problem(client.get("orders"))[:2] == (401, "rest_not_logged_in")


@pytest.mark.parametrize(
    ("fault", "start"),
    [
        pytest.param(faults.php_notice(), b"<br />", id="a notice"),
        pytest.param(faults.byte_order_mark(), b"\xef\xbb\xbf[{", id="a byte-order mark"),
    ],
)
def test_text_before_the_json_changes_nothing_else(
    server: Server, client: httpx.Client, fault: faults.Failure, start: bytes
) -> None:
    server.fail(fault)

    answer = client.get("orders", params={"_fields": "id"})

    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "application/json; charset=UTF-8"
    assert answer.headers["X-WP-Total"] == "1"
    assert answer.content.startswith(start)
    assert answer.content.endswith(b'[{"id":100}]')


def test_php_can_die_in_silence(server: Server, client: httpx.Client) -> None:
    server.fail(faults.empty_body())

    answer = client.get("orders")

    assert (answer.status_code, answer.content) == (200, b"")


def test_a_truncated_body_breaks_the_connection(server: Server, client: httpx.Client) -> None:
    server.fail(faults.truncated())

    with pytest.raises(httpx.TransportError):
        client.get("orders")


def test_a_proxy_can_take_the_totals_away(server: Server, client: httpx.Client) -> None:
    server.fail(faults.totals_stripped())

    answer = client.get("orders")

    assert len(answer.json()) == 1
    assert not [name for name in answer.headers if name.startswith("x-wp")]


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        pytest.param({"per_page": "51"}, 504, id="too many"),
        pytest.param({"per_page": "50"}, 200, id="just enough"),
        pytest.param({}, 200, id="the default ten"),
    ],
)
def test_a_weak_host_gives_up_on_large_pages(
    server: Server, client: httpx.Client, asked: dict[str, str], status: int
) -> None:
    server.fail(faults.too_heavy(50))

    assert client.get("orders", params=asked).status_code == status


def test_a_slow_shop_outlasts_a_short_patience(server: Server, client: httpx.Client) -> None:
    server.fail(faults.slow(0.3))

    with pytest.raises(httpx.ReadTimeout):
        client.get("orders", timeout=0.05)


def test_a_stalling_body_never_trips_the_read_timeout(server: Server, client: httpx.Client) -> None:
    server.fail(faults.stalling(0.005))
    started = time.monotonic()

    answer = client.get("orders", params={"_fields": "id,status,total,number"}, timeout=1)

    assert answer.status_code == 200
    assert time.monotonic() - started > 0.2


def test_a_page_cache_answers_with_an_age(server: Server, client: httpx.Client) -> None:
    server.fail(faults.cached(page(200, "Old", "news"), 600))

    answer = client.get("orders")

    assert (answer.headers["Age"], answer.headers["X-Cache"]) == ("600", "HIT")
