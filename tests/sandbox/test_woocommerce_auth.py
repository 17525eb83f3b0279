"""Keys, as a real shop was measured to take and refuse them."""

from __future__ import annotations

import base64
import hmac
import ssl
from collections.abc import Callable, Iterator
from datetime import timedelta

import httpx
import pytest
import trustme
from woocommerce.oauth import OAuth

from orderferry.sandbox.server import Server
from orderferry.sandbox.woocommerce import ApiKey, WooCommerceShop
from tests.sandbox.woocommerce_client import NOW, client_of, problem, serving, shop_at

WRITER = ApiKey("ck_writer", "cs_writer", permissions="write")
CUSTOMER = ApiKey("ck_customer", "cs_customer", role="customer")
MANAGER = ApiKey("ck_manager", "cs_manager", role="shop_manager")

CANNOT_LIST = "Sorry, you cannot list resources."
CANNOT_VIEW = "Sorry, you cannot view this resource."
AUTH_ERROR = "woocommerce_rest_authentication_error"


@pytest.fixture
def shop() -> WooCommerceShop:
    shop = shop_at()
    for key in (WRITER, CUSTOMER, MANAGER):
        shop.grant(key)
    return shop


@pytest.fixture
def url(shop: WooCommerceShop) -> Iterator[str]:
    with Server(shop.handle) as server:
        yield server.url


def get(url: str, path: str, key: ApiKey | None = None, **params: str) -> httpx.Response:
    with client_of(url, key) as client:
        return client.get(path, params=params)


def test_a_basic_key_counts_over_https(shop: WooCommerceShop, url: str) -> None:
    assert get(url, "orders", shop.keys[0]).status_code == 200


def test_a_basic_key_counts_over_real_tls(shop: WooCommerceShop) -> None:
    authority = trustme.CA()
    served = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(served)
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)
    shop.behind_tls_proxy = False
    key = shop.keys[0]

    with Server(shop.handle, tls=served) as server:
        answer = httpx.get(
            f"{server.url}/wp-json/wc/v3/orders", auth=(key.key, key.secret), verify=trusting
        )

    assert answer.status_code == 200


def test_keys_in_the_query_count_over_https(shop: WooCommerceShop, url: str) -> None:
    key = shop.keys[0]

    answer = get(url, "orders", consumer_key=key.key, consumer_secret=key.secret)

    assert answer.status_code == 200


def test_a_basic_key_over_plain_http_looks_like_a_missing_right(
    shop: WooCommerceShop, url: str
) -> None:
    shop.behind_tls_proxy = False

    answer = get(url, "orders", shop.keys[0])

    assert problem(answer) == (401, "woocommerce_rest_cannot_view", CANNOT_LIST)


def test_keys_in_the_query_over_plain_http_do_not_count(shop: WooCommerceShop, url: str) -> None:
    shop.behind_tls_proxy = False
    key = shop.keys[0]

    answer = get(url, "orders", consumer_key=key.key, consumer_secret=key.secret)

    assert problem(answer) == (401, "woocommerce_rest_cannot_view", CANNOT_LIST)


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        pytest.param(None, (401, "woocommerce_rest_cannot_view", CANNOT_LIST), id="no key"),
        pytest.param(
            ApiKey("ck_unknown", "cs_unknown"),
            (401, "woocommerce_rest_cannot_view", CANNOT_LIST),
            id="an unknown key looks like none",
        ),
        pytest.param(
            ApiKey("ck_writer", "cs_wrong"),
            (401, AUTH_ERROR, "Consumer secret is invalid."),
            id="wrong secret",
        ),
        pytest.param(
            WRITER,
            (401, AUTH_ERROR, "The API key provided does not have read permissions."),
            id="write-only key",
        ),
        pytest.param(
            CUSTOMER, (403, "woocommerce_rest_cannot_view", CANNOT_LIST), id="customer's key"
        ),
    ],
)
def test_a_key_that_may_not_list_is_told_so(
    url: str, key: ApiKey | None, expected: tuple[int, str, str]
) -> None:
    assert problem(get(url, "orders", key)) == expected


def test_a_customers_key_may_not_view_one_order(shop: WooCommerceShop, url: str) -> None:
    order = shop.add_order()

    answer = get(url, f"orders/{order}", CUSTOMER)

    assert problem(answer) == (403, "woocommerce_rest_cannot_view", CANNOT_VIEW)


def test_a_read_key_may_not_write(shop: WooCommerceShop, url: str) -> None:
    with client_of(url, shop.keys[0]) as client:
        answer = client.put("orders/100", json={"status": "completed"})

    message = "The API key provided does not have write permissions."
    assert problem(answer) == (401, AUTH_ERROR, message)


def test_a_revoked_key_is_unknown_at_once(shop: WooCommerceShop, url: str) -> None:
    key = shop.keys[0]
    shop.revoke(key)

    assert problem(get(url, "orders", key)) == (401, "woocommerce_rest_cannot_view", CANNOT_LIST)


def test_a_key_whose_right_to_read_is_taken_away_is_told_so(
    shop: WooCommerceShop, url: str
) -> None:
    shop.limit(shop.keys[0], "write")

    assert problem(get(url, "orders", shop.keys[0]))[1] == AUTH_ERROR


@pytest.mark.parametrize(
    "path",
    [
        "settings/products/woocommerce_weight_unit",
        "settings/general/woocommerce_currency",
        "system_status",
        "orders/100/fulfillments",
    ],
)
@pytest.mark.parametrize(
    ("key", "status"),
    [
        pytest.param(MANAGER, 200, id="shop manager"),
        pytest.param(CUSTOMER, 403, id="customer"),
        pytest.param(None, 401, id="nobody"),
    ],
)
def test_settings_need_the_role(
    shop: WooCommerceShop, url: str, path: str, key: ApiKey | None, status: int
) -> None:
    shop.fulfillments = True
    shop.add_order(id=100)

    assert get(url, path, key).status_code == status


def test_a_host_that_strips_the_header_still_takes_keys_in_the_query(
    shop: WooCommerceShop, url: str
) -> None:
    shop.strips_authorization = True
    key = shop.keys[0]

    assert get(url, "orders", key).status_code == 401
    assert get(url, "orders", consumer_key=key.key, consumer_secret=key.secret).status_code == 200


def test_rest_route_never_counts_a_key(shop: WooCommerceShop, url: str) -> None:
    key = shop.keys[0]
    params = {
        "rest_route": "/wc/v3/orders",
        "consumer_key": key.key,
        "consumer_secret": key.secret,
    }

    answer = httpx.get(f"{url}/", params=params, auth=(key.key, key.secret))

    assert problem(answer) == (401, "woocommerce_rest_cannot_view", CANNOT_LIST)


def test_only_who_is_logged_in_gets_no_cache_headers(shop: WooCommerceShop, url: str) -> None:
    known, unknown = get(url, "orders", shop.keys[0]), get(url, "orders")

    assert "no-store" in known.headers["Cache-Control"]
    assert known.headers["Allow"] == "GET, POST"
    assert unknown.headers["Vary"] == "Origin"
    assert not {"Cache-Control", "Allow"} & {name.title() for name in unknown.headers}


# OAuth 1.0a, over plain HTTP ------------------------------------------------------------------

Signed = Callable[..., httpx.Response]


@pytest.fixture
def signed(shop: WooCommerceShop, url: str) -> Signed:
    """Sends a request signed by hand, from the text of the standard."""
    shop.behind_tls_proxy = False

    def send(  # noqa: PLR0913 - what may be wrong with a signature
        key: ApiKey | None = None,
        *,
        seconds: float = 0,
        nonce: str = "n1",
        host: str = "",
        algorithm: str = "sha256",
        secret: str = "",
    ) -> httpx.Response:
        key = key or shop.keys[0]
        stamp = int((NOW + timedelta(seconds=seconds)).timestamp())
        address = f"{url}/wp-json/wc/v3/orders"
        method = f"HMAC-{algorithm.upper()}"
        # sorted by hand; every name and value here is plain, so encoding them changes nothing
        query = (
            f"oauth_consumer_key={key.key}&oauth_nonce={nonce}"
            f"&oauth_signature_method={method}&oauth_timestamp={stamp}&per_page=1"
        )
        signed_address = address.replace(url.removeprefix("http://"), host) if host else address
        text = "&".join(
            (
                "GET",
                signed_address.replace(":", "%3A").replace("/", "%2F"),
                query.replace("=", "%3D").replace("&", "%26"),
            )
        )
        mac = hmac.new(f"{secret or key.secret}&".encode(), text.encode(), algorithm)
        signature = base64.b64encode(mac.digest()).decode()
        params = dict(pair.split("=") for pair in query.split("&"))
        return httpx.get(address, params=params | {"oauth_signature": signature})

    return send


@pytest.mark.parametrize("algorithm", ["sha256", "sha1"])
def test_a_signed_request_counts_over_plain_http(signed: Signed, algorithm: str) -> None:
    assert signed(algorithm=algorithm).status_code == 200


def test_a_signature_over_http_is_wrong_for_a_shop_behind_a_tls_proxy(
    shop: WooCommerceShop, signed: Signed
) -> None:
    shop.behind_tls_proxy = True

    answer = signed()

    # it takes https for its own address, and signatures cover the scheme
    assert problem(answer)[2] == "Invalid signature - provided signature does not match."


def test_the_prescribed_package_signs_what_the_shop_accepts(
    shop: WooCommerceShop, url: str
) -> None:
    shop.behind_tls_proxy = False
    key = shop.keys[0]
    address = f"{url}/wp-json/wc/v3/orders?per_page=2&_fields=id%2Cstatus&search=a%20b~%2B"
    oauth = OAuth(
        url=address,
        consumer_key=key.key,
        consumer_secret=key.secret,
        version="wc/v3",
        method="GET",
        oauth_timestamp=int(NOW.timestamp()),
    )

    assert httpx.get(oauth.get_oauth_url()).status_code == 200


@pytest.mark.parametrize(
    ("case", "message"),
    [
        pytest.param({"key": ApiKey("ck_bad", "x")}, "Consumer key is invalid.", id="unknown key"),
        pytest.param(
            {"secret": "cs_bad"},
            "Invalid signature - provided signature does not match.",
            id="wrong secret",
        ),
        pytest.param({"seconds": 20 * 60}, "Invalid timestamp.", id="20 minutes ahead"),
        pytest.param({"seconds": -20 * 60}, "Invalid timestamp.", id="20 minutes behind"),
        pytest.param(
            {"host": "127.0.0.1"},
            "Invalid signature - provided signature does not match.",
            id="signed without the port",
        ),
        pytest.param(
            {"key": WRITER},
            "The API key provided does not have read permissions.",
            id="write-only key",
        ),
    ],
)
def test_a_signed_request_is_refused(signed: Signed, case: dict[str, object], message: str) -> None:
    assert problem(signed(**case)) == (401, AUTH_ERROR, message)


@pytest.mark.parametrize("minutes", [-14, 14])
def test_a_clock_that_is_14_minutes_off_still_signs(signed: Signed, minutes: int) -> None:
    assert signed(seconds=minutes * 60).status_code == 200


def test_a_shop_whose_clock_is_off_refuses_the_right_time(
    shop: WooCommerceShop, signed: Signed
) -> None:
    shop.clock_skew = timedelta(minutes=16)

    assert problem(signed())[2] == "Invalid timestamp."


def test_a_request_sent_again_needs_a_new_nonce(signed: Signed) -> None:
    assert signed(nonce="same").status_code == 200

    again = signed(nonce="same")

    assert problem(again)[2] == "Invalid nonce - nonce has already been used."
    assert signed(nonce="other").status_code == 200


def test_a_signed_customer_is_refused_by_role(signed: Signed) -> None:
    assert problem(signed(CUSTOMER)) == (403, "woocommerce_rest_cannot_view", CANNOT_LIST)


def test_a_shop_that_takes_another_address_for_its_own_refuses_every_signature(
    shop: WooCommerceShop, signed: Signed
) -> None:
    shop.home = "http://shop.example.com"

    assert problem(signed())[2] == "Invalid signature - provided signature does not match."


def test_a_key_with_a_blank_behind_it_is_accepted(shop: WooCommerceShop) -> None:
    with serving(shop) as client:
        key = shop.keys[0]
        answer = client.get(
            "orders",
            params={"consumer_key": f"{key.key} ", "consumer_secret": key.secret},
            auth=lambda request: request,
        )

    assert answer.status_code == 200
