"""Logging in to a shop: Basic, keys in the query, OAuth 1.0a."""

from __future__ import annotations

import base64
import hashlib
import hmac
import ssl
from contextlib import AbstractContextManager
from datetime import timedelta
from urllib.parse import quote

import pytest
import trustme

from connectors import Contract
from connectors.woocommerce.auth import Mode, mode
from connectors.woocommerce.client import Params, ShopClient
from orderferry.sandbox.server import Server, reply
from orderferry.sandbox.woocommerce import ApiKey
from tests.connectors.world import (
    KEY,
    SECRET,
    World,
    always,
    assert_tells_no_secret,
    client_at,
    settings,
    shop_at,
)


def at(server: Server, key: ApiKey) -> AbstractContextManager[ShopClient]:
    return client_at(server.url, key=key.key, secret=key.secret)


@pytest.mark.parametrize(
    ("url", "auth", "expected"),
    [
        pytest.param("https://shop.example", "auto", "basic", id="https"),
        pytest.param("http://shop.example", "auto", "oauth", id="http"),
        pytest.param("https://shop.example", "query", "query", id="keys in the query"),
        pytest.param("http://shop.example", "basic", "basic", id="basic behind a proxy of one's"),
    ],
)
def test_auto_is_basic_over_https_and_oauth_over_http(url: str, auth: str, expected: Mode) -> None:
    assert mode(settings(url, auth=auth)) == expected


def test_basic_sends_the_keys_without_pasted_blanks() -> None:
    with (
        Server(always(200, "[]")) as server,
        client_at(server.url, key=f" {KEY}\n", secret=f"{SECRET} ", auth="basic") as client,
    ):
        client.get("wc/v3/orders")

    sent = server.requests[-1].headers["authorization"]
    assert sent == "Basic " + base64.b64encode(f"{KEY}:{SECRET}".encode()).decode()


def test_query_puts_the_keys_beside_the_other_parameters() -> None:
    with Server(always(200, "[]")) as server, client_at(server.url, auth="query") as client:
        client.get("wc/v3/orders", {"page": 2})

    request = server.requests[-1]
    assert dict(request.query) == {"page": "2", "consumer_key": KEY, "consumer_secret": SECRET}
    assert "authorization" not in request.headers


def test_oauth_signs_as_rfc_5849_says() -> None:
    world = World()
    params: Params = {
        "status": "completed,shipped",
        "modified_after": "2026-06-01T10:00:00",
        "per_page": 5,
    }

    with Server(always(200, "[]")) as server, client_at(server.url, world) as client:
        client.get("wc/v3/orders", params)

    sent = dict(server.requests[-1].query)
    signature = sent.pop("oauth_signature")
    assert len(server.requests[-1].query) == len(sent) + 1, "no parameter is sent twice"
    assert sent["oauth_timestamp"] == str(int(world.now.timestamp()))
    assert {name: sent[name] for name in params} == {k: str(v) for k, v in params.items()}
    pairs = "&".join(f"{quote(k, '')}={quote(v, '')}" for k, v in sorted(sent.items()))
    base = f"GET&{quote(f'{server.url}/wp-json/wc/v3/orders', '')}&{quote(pairs, '')}"
    due = hmac.new(f"{SECRET}&".encode(), base.encode(), hashlib.sha256).digest()
    assert signature == base64.b64encode(due).decode()


def test_the_simulated_shop_takes_our_signature() -> None:
    shop = shop_at()
    shop.behind_tls_proxy = False
    key = shop.keys[0]
    with Server(shop.handle) as server, at(server, key) as client:
        answer = client.rows("wc/v3/orders", {"status": "completed,processing", "page": 1})

    assert answer.body == []


def test_every_retry_has_a_signature_of_its_own() -> None:
    shop = shop_at()
    shop.behind_tls_proxy = False
    key = shop.keys[0]
    with Server(shop.handle) as server, at(server, key) as client:
        # the shop saw the first signature; it would refuse the same again as a used nonce
        server.fail(lambda request, handler: (handler(request), reply(502)(request, handler))[1])
        client.get("wc/v3/orders")

    nonces = [request.first("oauth_nonce") for request in server.requests]
    assert len(set(nonces)) == 2


def test_a_wrong_clock_is_told_apart_from_wrong_keys() -> None:
    shop = shop_at()
    shop.behind_tls_proxy = False
    shop.clock_skew = timedelta(minutes=20)
    key = shop.keys[0]
    with (
        Server(shop.handle) as server,
        at(server, key) as client,
        pytest.raises(Contract, match="clocks") as caught,
    ):
        client.get("wc/v3/orders")

    assert "NTP" in caught.value.remedy


@pytest.mark.parametrize("auth", ["basic", "query", "oauth"])
@pytest.mark.parametrize(
    "failure",
    [
        pytest.param(reply(401, '{"code":"woocommerce_rest_cannot_view","message":""}'), id="401"),
        pytest.param(reply(500, "no"), id="500"),
        pytest.param(reply(200, "<html>", {"Content-Type": "text/html"}), id="page"),
        pytest.param(reply(200, '[{"id":'), id="cut"),
        pytest.param(reply(301, headers={"Location": "https://x.test/?k=" + SECRET}), id="moved"),
    ],
)
def test_no_failure_tells_the_keys(auth: str, failure: object) -> None:
    with Server(always(200)) as server, client_at(server.url, auth=auth) as client:
        server.fail(failure, times=-1)  # type: ignore[arg-type]  # a fault's answer in a table

        with pytest.raises(Exception, match=r"/wp-json/wc/v3/orders") as caught:
            client.get("wc/v3/orders")

    assert_tells_no_secret(caught.value, base64.b64encode(f"{KEY}:{SECRET}".encode()).decode())


def test_basic_works_over_real_tls() -> None:
    authority = trustme.CA()
    served = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(served)
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)
    shop = shop_at()
    shop.behind_tls_proxy = False
    key = shop.keys[0]

    with (
        Server(shop.handle, tls=served) as server,
        client_at(server.url, World(trusting), key.key, key.secret) as client,
    ):
        assert client.rows("wc/v3/orders", {}).total == 0


@pytest.mark.parametrize("auth", ["basic", "query", "oauth"])
def test_an_anonymous_request_carries_no_keys(auth: str) -> None:
    """WordPress takes a consumer key for a user's name outside of WooCommerce, and refuses."""
    with Server(always(200, "{}")) as server, client_at(server.url, auth=auth) as client:
        client.get("", {"_fields": "gmt_offset"}, anonymous=True)

    request = server.requests[-1]
    assert dict(request.query) == {"_fields": "gmt_offset"}
    assert "authorization" not in request.headers
