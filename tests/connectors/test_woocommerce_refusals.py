"""Everything a shop was seen to refuse ends in the right class, with a remedy."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from connectors import ConnectorError, Contract, Credentials, Transient
from connectors.failures import RequestFailed
from connectors.woocommerce.refusals import Forbidden, Missing, NoRoute, valid_statuses
from orderferry.sandbox.server import Handler, Request, Response
from orderferry.sandbox.woocommerce import faults
from tests.connectors.world import always, assert_tells_no_secret, client_of, shop_at

RECORDED = Path(__file__).parents[3] / "shared" / "recorded" / "woocommerce"

# file, class (None: no failure), a fragment of the remedy
TABLE: tuple[tuple[str, type[ConnectorError] | None, str], ...] = (
    ("err_bad_key_https", Credentials, 'auth = "query"'),
    ("err_bad_key_qs_https", Credentials, "Check both keys"),
    ("err_bad_secret_https", Credentials, "Create a key"),
    ("err_bad_user_pw_https", Credentials, "Check both keys"),
    ("err_basic_over_http", Credentials, "Check both keys"),
    ("err_customer_user_key", Forbidden, "administrator or shop manager"),
    ("err_customer_user_key_single", Forbidden, "administrator or shop manager"),
    ("err_modified_after_invalid", Contract, "5.8"),
    ("err_no_auth_http", Credentials, "Check both keys"),
    ("err_no_auth_https", Credentials, "Check both keys"),
    ("err_ns_404", NoRoute, "Activate WooCommerce"),
    ("err_oauth_bad_key", Credentials, "Create a key"),
    ("err_oauth_bad_secret", Credentials, "Correct consumer_secret"),
    ("err_oauth_clock_skew_+20m", Contract, "clock"),
    ("err_oauth_clock_skew_-14m", None, ""),
    ("err_oauth_clock_skew_-20m", Contract, "clock"),
    ("err_oauth_key_with_space", None, ""),
    ("err_oauth_plain", Forbidden, "administrator or shop manager"),
    ("err_oauth_ro_ok", None, ""),
    ("err_oauth_write_only", Credentials, "permissions to Read"),
    ("err_order_404", Missing, "deleted"),
    ("err_order_hard_deleted", Missing, "deleted"),
    ("err_orderby_invalid", Contract, "5.8"),
    ("err_page_0", Contract, "5.8"),
    ("err_page_past_end", None, ""),
    ("err_per_page_0", Contract, "5.8"),
    ("err_per_page_101", Contract, "5.8"),
    ("err_product_as_order", Missing, "deleted"),
    ("err_readonly_key_put", Credentials, "permissions to Read"),
    ("err_refund_as_order", Missing, "deleted"),
    ("err_route_404", NoRoute, "Activate WooCommerce"),
    ("err_status_invalid", Contract, "shipped_statuses"),
    ("err_write_only_key_get", Credentials, "permissions to Read"),
    ("fail_502_php_down", RequestFailed, "tried again"),
    ("fail_db_down", RequestFailed, "tried again"),
    ("fail_maintenance", Transient, "maintenance"),
    ("fail_memory", RequestFailed, "tried again"),
    ("fail_plain_permalinks_indexphp", Contract, "permalinks"),
    ("fail_plain_permalinks_rest_route", Credentials, "Check both keys"),
    ("fail_plain_permalinks_wpjson", Contract, "permalinks"),
    ("fail_wc_deactivated", NoRoute, "Activate WooCommerce"),
    ("fulfillments_err_other_order", Missing, "deleted"),
    ("fulfillments_feature_off", NoRoute, "Activate WooCommerce"),
    ("product_deleted", Missing, "deleted"),
    ("status_list_with_invalid", Contract, "shipped_statuses"),
    ("status_wc_prefix", Contract, "shipped_statuses"),
)


def replay(record: dict[str, Any]) -> Handler:
    body = record["body"]
    raw = body.encode() if isinstance(body, str) else json.dumps(body).encode()
    framing = {"transfer-encoding", "connection", "content-length", "content-encoding"}
    headers = {k: v for k, v in record["headers"].items() if k.lower() not in framing}

    def handle(_request: Request) -> Response:
        return Response(record["status"], raw, headers)

    return handle


def error_of(handler: Handler) -> ConnectorError:
    with client_of(handler) as client, pytest.raises(ConnectorError) as caught:
        client.rows("wc/v3/orders", {})
    assert_tells_no_secret(caught.value)
    return caught.value


@pytest.mark.skipif(not RECORDED.exists(), reason="the recordings are not here")
@pytest.mark.parametrize(("file", "kind", "remedy"), TABLE, ids=[row[0] for row in TABLE])
def test_a_recorded_refusal_has_its_class_and_remedy(
    file: str, kind: type[ConnectorError] | None, remedy: str
) -> None:
    handler = replay(json.loads((RECORDED / f"{file}.json").read_text()))
    if kind is None:
        with client_of(handler) as client:
            assert isinstance(client.rows("wc/v3/orders", {}).body, list)
        return

    error = error_of(handler)

    assert type(error) is kind
    assert remedy in error.remedy


@pytest.mark.skipif(not RECORDED.exists(), reason="the recordings are not here")
def test_no_recorded_failure_is_left_out() -> None:
    recorded = {path.stem for path in RECORDED.glob("*.json")}
    failures = {name for name in recorded if name.startswith(("err_", "fail_"))}

    assert failures <= {row[0] for row in TABLE}


def refused(status: int, code: str, message: str = "", **data: Any) -> Handler:
    return always(
        status, json.dumps({"code": code, "message": message, "data": {"status": status, **data}})
    )


@pytest.mark.parametrize(
    ("handler", "kind", "remedy"),
    [
        pytest.param(
            refused(401, "woocommerce_rest_cannot_view"), Credentials, "Check both", id="not seen"
        ),
        pytest.param(
            refused(401, "woocommerce_rest_authentication_error", "Consumer key is invalid."),
            Credentials,
            "Create a key",
            id="unknown key",
        ),
        pytest.param(
            refused(401, "woocommerce_rest_authentication_error", "Consumer secret is invalid."),
            Credentials,
            "Create a key",
            id="wrong secret",
        ),
        pytest.param(
            refused(401, "woocommerce_rest_authentication_error", "Invalid signature - provided"),
            Credentials,
            "Host header",
            id="wrong signature",
        ),
        pytest.param(
            refused(401, "woocommerce_rest_authentication_error", "Invalid timestamp."),
            Contract,
            "NTP",
            id="wrong clock",
        ),
        pytest.param(
            refused(401, "woocommerce_rest_authentication_error", "Invalid nonce - nonce has"),
            Transient,
            "signed anew",
            id="used nonce",
        ),
        pytest.param(
            refused(401, "woocommerce_rest_authentication_error", "Der Schlüssel ist ungültig."),
            Credentials,
            "Create a key",
            id="a shop in another language",
        ),
        pytest.param(
            refused(401, "rest_not_logged_in", "You are not currently logged in."),
            Contract,
            "plugin",
            id="closed by a plugin",
        ),
        pytest.param(
            refused(403, "rest_forbidden"), Contract, "plugin", id="forbidden by a plugin"
        ),
        pytest.param(
            refused(403, "woocommerce_rest_cannot_view"), Forbidden, "shop manager", id="role"
        ),
        pytest.param(
            refused(404, "woocommerce_rest_order_invalid_id"), Missing, "deleted", id="no order"
        ),
        pytest.param(refused(404, "rest_no_route"), NoRoute, "api_path", id="no WooCommerce"),
        pytest.param(refused(418, "teapot"), Contract, "plugins", id="unheard of"),
        pytest.param(
            refused(
                400,
                "rest_invalid_param",
                params={"status": "status[0] is not one of any, trash, completed, and shipped."},
            ),
            Contract,
            "shipped_statuses",
            id="unknown status",
        ),
        pytest.param(
            always(200, '{"code":"rest_no_route","message":"","data":{"status":"404"}}'),
            NoRoute,
            "api_path",
            id="refused with status 200",
        ),
        pytest.param(always(403, "<p>no", "text/html"), Contract, "user_agent", id="firewall"),
        pytest.param(always(401, "<p>no", "text/html"), Contract, "staging", id="site password"),
        pytest.param(always(404, "<p>no", "text/html"), Contract, "api_path", id="no WordPress"),
        pytest.param(always(204), Contract, "browser", id="no content"),
        pytest.param(always(200, ""), RequestFailed, "Logs", id="nothing"),
        pytest.param(always(200, '[{"id": 1}, {"id"'), RequestFailed, "Logs", id="cut JSON"),
        pytest.param(always(200, '{"0": {"id": 1}}'), Contract, "plugins", id="object for a list"),
        pytest.param(
            always(
                200, "<p>", "text/html", Link='<http://x/?rest_route=/>; rel="https://api.w.org/"'
            ),
            Contract,
            "Plain",
            id="home page of plain permalinks",
        ),
        pytest.param(always(200, "<p>hi", "text/html"), Contract, "Plain", id="some page"),
    ],
)
def test_a_refusal_has_its_class_and_remedy(
    handler: Handler, kind: type[ConnectorError], remedy: str
) -> None:
    error = error_of(handler)

    assert type(error) is kind
    assert remedy in error.remedy


@pytest.mark.parametrize(
    ("fault", "kind", "remedy"),
    [
        pytest.param(faults.maintenance, Transient, "maintenance", id="maintenance"),
        pytest.param(faults.php_fatal, RequestFailed, "error log", id="PHP fatal"),
        pytest.param(faults.database_down, RequestFailed, "error log", id="database down"),
        pytest.param(faults.bad_gateway, RequestFailed, "error log", id="bad gateway"),
        pytest.param(faults.woocommerce_deactivated, NoRoute, "Activate", id="deactivated"),
        pytest.param(faults.rest_closed, Contract, "plugin", id="REST closed"),
        pytest.param(faults.empty_body, RequestFailed, "Logs", id="empty body"),
        pytest.param(faults.truncated, RequestFailed, "error log", id="truncated"),
        pytest.param(faults.firewall_block, Contract, "user_agent", id="firewall"),
        pytest.param(faults.captcha, Contract, "bot protection", id="captcha"),
        pytest.param(lambda: faults.captcha(200), Contract, "bot protection", id="captcha 200"),
        pytest.param(faults.login_page, Contract, "closes the site", id="login page"),
        pytest.param(faults.rate_limited, Transient, "poll less", id="rate limit"),
        pytest.param(lambda: faults.rate_limited(90), Transient, "poll less", id="rate limit 90 s"),
    ],
)
def test_a_simulated_mishap_has_its_class_and_remedy(
    fault: Callable[[], Callable[[Request, Handler], Response]],
    kind: type[ConnectorError],
    remedy: str,
) -> None:
    shop = shop_at()
    answer = fault()

    error = error_of(lambda request: answer(request, shop.handle))

    assert type(error) is kind
    assert remedy in error.remedy


def spoiled(
    fault: Callable[[Request, Handler], Response], handler: Handler, request: Request
) -> Response:
    return fault(request, handler)


def test_notices_and_byte_order_marks_are_read_over(caplog: pytest.LogCaptureFixture) -> None:
    shop = shop_at()
    shop.add_order()
    key = shop.keys[0]
    for fault in (faults.php_notice(), faults.byte_order_mark()):
        with client_of(partial(spoiled, fault, shop.handle)) as client:
            client._http.auth = (key.key, key.secret)
            assert len(client.rows("wc/v3/orders", {}).body) == 1
            assert len(client.rows("wc/v3/orders", {}).body) == 1

    noted = [r for r in caplog.records if getattr(r, "action", "") == "text_around_json"]
    assert len(noted) == 1, "told once, and not for a byte order mark"


@pytest.mark.parametrize(
    ("location", "fragment"),
    [
        pytest.param("https://{host}/wp-json/wc/v3/orders?x=1", 'url = "https://{host}"', id="TLS"),
        pytest.param(
            "https://www.shop.test/wp-json/wc/v3/orders/", 'url = "https://www.shop.test"', id="www"
        ),
        pytest.param("https://other.test/", 'url = "https://other.test"', id="other host's home"),
        pytest.param("{url}/", "permalinks", id="own home"),
        pytest.param("/", "permalinks", id="own home, relative"),
        pytest.param("/wp-login.php?redirect_to=x", "closes the site", id="login"),
        pytest.param("/somewhere", "api_path", id="elsewhere"),
        pytest.param("http://[broken", "permalinks|api_path", id="broken"),
        pytest.param("", "api_path", id="none"),
    ],
)
def test_a_redirect_names_the_setting_to_change(location: str, fragment: str) -> None:
    def handle(request: Request) -> Response:
        host = request.url.removeprefix("http://")
        return Response(301, b"", {"Location": location.format(host=host, url=request.url)})

    error = error_of(handle)

    assert type(error) is Contract
    assert any(part.partition("{")[0] in error.remedy for part in fragment.split("|"))
    assert "x=1" not in str(error)


def test_the_valid_statuses_are_read_from_the_refusal() -> None:
    message = "status[0] is not one of any, trash, auto-draft, pending, on-hold, and my_own."

    assert valid_statuses(message) == ("pending", "on-hold", "my_own")
    assert valid_statuses("something else") == ()


def test_a_refusal_never_repeats_what_it_should_not() -> None:
    """Messages come from plugins; an address in one must not reach a log."""
    error = error_of(refused(409, "odd jane@example.com", "Jane Doe, jane@example.com"))

    assert "jane" not in str(error).lower()
