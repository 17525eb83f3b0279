"""Refusals and failures against those recorded from a real shop; see test_woocommerce_recorded."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import httpx
import pytest
from woocommerce.oauth import OAuth

from orderferry.sandbox.server import Server
from orderferry.sandbox.woocommerce import ApiKey, WooCommerceShop, faults
from tests.sandbox.woocommerce_recordings import (
    KEYS,
    ORDER_LISTS,
    names,
    needed,
    recorded,
    recorded_shop,
    send,
)

pytestmark = needed


@pytest.fixture
def shop() -> WooCommerceShop:
    return recorded_shop()


# name -> the key it was sent with; the recordings do not say
ERRORS = {
    "err_bad_key_https": "unknown",
    "err_bad_key_qs_https": "unknown",
    "err_bad_secret_https": "wrong",
    "err_bad_user_pw_https": "unknown",
    "err_basic_over_http": "rw",
    "err_customer_user_key": "customer",
    "err_customer_user_key_single": "customer",
    "err_modified_after_invalid": "rw",
    "err_no_auth_http": "",
    "err_no_auth_https": "",
    "err_ns_404": "rw",
    "err_order_404": "rw",
    "err_order_hard_deleted": "rw",
    "err_orderby_invalid": "rw",
    "err_page_0": "rw",
    "err_per_page_0": "rw",
    "err_per_page_101": "rw",
    "err_product_as_order": "rw",
    "err_refund_as_order": "rw",
    "err_route_404": "rw",
    "err_status_invalid": "rw",
    "err_write_only_key_get": "writer",
    "fulfillments_err_other_order": "rw",
    "fulfillments_feature_off": "rw",
    "order_hard_deleted": "rw",
    "plain_permalink": "rw",
    "product_deleted": "rw",
    "status_list_with_invalid": "rw",
    "status_wc_prefix": "rw",
    "v4_orders": "rw",
}


def assert_error(answer: httpx.Response, case: dict[str, Any]) -> None:
    assert (answer.status_code, answer.json()) == (case["status"], case["body"])
    for header in ("Allow", "Cache-Control", "Vary", "Link", "Content-Type"):
        assert answer.headers.get(header) == case["headers"].get(header), header


@pytest.mark.parametrize("name", ERRORS)
def test_an_error_is_the_recorded_one(shop: WooCommerceShop, name: str) -> None:
    case = recorded(name)
    shop.fulfillments = name != "fulfillments_feature_off"
    shop.behind_tls_proxy = not name.endswith("_http")

    assert_error(send(shop, case["request"], ERRORS[name]), case)


def test_a_read_key_that_writes_gets_the_recorded_error(shop: WooCommerceShop) -> None:
    request = {"method": "PUT", "url": "https://127.0.0.1:8489/wp-json/wc/v3/orders/100"}

    assert_error(send(shop, request, "ro"), recorded("err_readonly_key_put"))


# name -> key, minutes the client's clock is off
SIGNED = {
    "err_oauth_bad_key": ("unknown", 0),
    "err_oauth_bad_secret": ("wrong", 0),
    "err_oauth_clock_skew_+20m": ("rw", 20),
    "err_oauth_clock_skew_-20m": ("rw", -20),
    "err_oauth_key_with_space": ("rw", 0),
    "err_oauth_plain": ("customer", 0),
    "err_oauth_ro_ok": ("ro", 0),
    "err_oauth_write_only": ("writer", 0),
}


@pytest.mark.parametrize("name", SIGNED)
def test_a_signed_request_is_answered_as_recorded(shop: WooCommerceShop, name: str) -> None:
    case, (key, minutes) = recorded(name), SIGNED[name]
    shop.behind_tls_proxy = False
    blank = " " if "space" in name else ""
    with Server(shop.handle) as server:
        oauth = OAuth(
            url=f"{server.url}/wp-json/wc/v3/orders?per_page=1",
            consumer_key=f"{KEYS[key].key}{blank}",
            consumer_secret=KEYS[key].secret,
            version="wc/v3",
            method="GET",
            oauth_timestamp=int((shop.clock() + timedelta(minutes=minutes)).timestamp()),
        )
        answer = httpx.get(oauth.get_oauth_url())

    assert answer.status_code == case["status"]
    assert answer.headers.get("Vary") == case["headers"].get("Vary")
    assert answer.headers.get("Allow") == case["headers"].get("Allow")
    if answer.status_code != 200:
        assert answer.json() == case["body"]


@pytest.mark.parametrize("name", ORDER_LISTS)
def test_a_signature_that_the_real_shop_accepted_is_accepted(
    shop: WooCommerceShop, name: str
) -> None:
    case = recorded(name)
    secret = re.search(r"cs_\w+", recorded("err_bad_key_qs_https")["request"]["kw"]["params"])
    link = case["headers"]["Link"].removeprefix("<").split(">")[0]
    oauth = {k: v for k, v in parse_qsl(urlsplit(link).query) if k.startswith("oauth_")}
    # on its way through the link the signature lost its last "=", and "+" became a blank
    oauth["oauth_signature"] = unquote(oauth["oauth_signature"]).replace(" ", "+") + "="
    assert secret is not None
    shop.grant(ApiKey(oauth["oauth_consumer_key"], secret[0]))
    moment = datetime.fromtimestamp(int(oauth["oauth_timestamp"]), UTC)
    shop.clock_skew = moment - shop.clock()
    shop.behind_tls_proxy = False
    for order in case["body"]:
        shop.put_order(order)

    request = case["request"] | {"params": case["request"]["params"] | oauth}
    answer = send(shop, request, "")

    assert answer.status_code == 200
    assert answer.headers["Link"] == case["headers"]["Link"]


PAGES = {
    "fail_502_php_down": faults.bad_gateway(),
    "fail_db_down": faults.database_down(),
    "fail_maintenance": faults.maintenance(),
    "fail_memory": faults.php_fatal(),
    "fail_wc_deactivated": faults.woocommerce_deactivated(),
}
SENTENCE = re.compile(r"critical error on this website|maintenance|database connection|502 Bad")


@pytest.mark.parametrize("name", PAGES)
def test_a_failure_looks_as_recorded(shop: WooCommerceShop, name: str) -> None:
    case = recorded(name)
    with Server(shop.handle) as server:
        server.fail(PAGES[name])
        answer = httpx.get(f"{server.url}/wp-json/wc/v3/orders")

    assert answer.status_code == case["status"]
    for header in ("Content-Type", "Retry-After"):
        assert answer.headers.get(header) == case["headers"].get(header)
    if isinstance(case["body"], str):
        assert set(SENTENCE.findall(answer.text)) == set(SENTENCE.findall(case["body"]))
    else:
        assert answer.json() == case["body"]


PERMALINKS = names("fail_plain_permalinks_*")


@pytest.mark.parametrize("name", PERMALINKS)
def test_plain_permalinks_end_as_recorded(shop: WooCommerceShop, name: str) -> None:
    case = recorded(name)
    shop.plain_permalinks = True

    answer = send(shop, case["request"])

    if answer.is_redirect:  # the recording is of the page one is sent to
        assert answer.status_code == 301
        answer = send(shop, {"url": answer.headers["Location"]})
    assert answer.status_code == case["status"]
    assert answer.headers["Content-Type"] == case["headers"]["Content-Type"]
    assert answer.headers["Link"] == case["headers"]["Link"]
