"""What `check` and the profile say of a shop."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from connectors import Cause, CheckResult, Contract, Credentials, Verdict
from connectors.woocommerce import WooCommerceConnector, WooCommerceSettings
from connectors.woocommerce.profile import time_zone
from orderferry.sandbox.server import Request, Server, reply
from orderferry.sandbox.woocommerce import ApiKey, WooCommerceShop, faults
from tests.connectors.world import NOW, World, ago, always, client_of, connected, settings, shop_at

CUSTOMER = ApiKey("ck_customer00", "cs_customer00", role="customer")
BOTH = ApiKey("ck_both000000", "cs_both000000", permissions="read_write")
WRITER = ApiKey("ck_writer0000", "cs_writer0000", permissions="write")
CLERK = json.dumps({"code": "woocommerce_rest_cannot_view", "message": "", "data": {}})


def checked(shop: WooCommerceShop, world: World | None = None, **more: Any) -> list[CheckResult]:
    with connected(shop, world, **more) as (connector, _):
        return list(connector.check())


def one(results: list[CheckResult], name: str) -> CheckResult:
    (found,) = [result for result in results if result.name == name]
    return found


def test_a_shop_in_order_is_well_in_every_respect() -> None:
    shop = shop_at()
    shop.add_order(status="completed", modified_at=ago(days=3))
    shop.add_order(status="completed", modified_at=ago(days=61))

    results = checked(shop)

    assert [result.name for result in results] == [
        "address",
        "credentials",
        "clock",
        "key",
        "time zone",
        "weight unit",
        "order storage",
        "statuses",
        "products",
        "orders",
    ]
    assert {result.verdict for result in results} == {Verdict.OK}
    assert one(results, "credentials").found == "The key may read orders (basic)."
    assert one(results, "time zone").found == "America/New_York"
    assert one(results, "key").found == "The key may only read, as it should."
    assert one(results, "orders").found == "1 shipped orders changed in the last 60 days."


@pytest.mark.parametrize("auth", ["basic", "oauth", "query"])
def test_a_key_that_may_write_is_a_warning(auth: str) -> None:
    shop = shop_at()
    shop.behind_tls_proxy = auth != "oauth"
    shop.grant(BOTH)

    with Server(shop.handle) as server:
        results = check_of(settings(server.url, BOTH.key, BOTH.secret, auth=auth))
        written = [request for request in server.requests if request.method != "GET"]

    assert one(results, "key").verdict is Verdict.WARNING
    assert "permissions to Read" in one(results, "key").remedy
    assert [(request.method, request.body) for request in written] == [("POST", b"")]
    assert "no-such-route" in written[0].path


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(faults.firewall_block(), id="a firewall forbids it"),
        pytest.param(reply(405, b"{}"), id="a server without POST"),
        pytest.param(reply(502, b""), id="it fails"),
        pytest.param(reply(200, b"[]"), id="it answers nonsense"),
    ],
)
def test_a_shop_that_does_not_show_the_right_to_write_is_told_nothing_of_it(answer: Any) -> None:
    with connected(shop_at()) as (connector, server):
        server.fail(answer, times=-1, matches=lambda request: request.method == "POST")
        results = list(connector.check())

    assert "key" not in {result.name for result in results}
    assert {result.verdict for result in results} == {Verdict.OK}


def test_a_host_that_strips_the_authorization_header_is_found_out() -> None:
    shop = shop_at()
    shop.strips_authorization = True

    result = one(checked(shop), "credentials")

    assert result.verdict is Verdict.FAULT
    assert 'auth = "query" works' in result.found


@pytest.mark.parametrize(
    ("key", "fragment"),
    [
        pytest.param(CUSTOMER, "shop manager", id="role"),
        pytest.param(WRITER, "permissions to Read", id="read right"),
        pytest.param(ApiKey("ck_unknown000", "cs_unknown000"), "Check both keys", id="unknown"),
    ],
)
def test_keys_that_cannot_read_end_the_check(key: ApiKey, fragment: str) -> None:
    shop = shop_at()
    for known in (CUSTOMER, WRITER):
        shop.grant(known)

    with Server(shop.handle) as server:
        results = check_of(settings(server.url, key.key, key.secret, auth="basic"))

    assert [result.name for result in results] == ["address", "credentials"]
    assert results[-1].cause is Cause.CREDENTIALS
    assert fragment in results[-1].remedy


def check_of(chosen: WooCommerceSettings) -> list[CheckResult]:
    connector = WooCommerceConnector(chosen, World().surroundings)
    try:
        return list(connector.check())
    finally:
        connector.close()


@pytest.mark.parametrize(
    ("fault", "cause", "fragment"),
    [
        pytest.param(faults.maintenance(), Cause.TEMPORARY, "maintenance", id="maintenance"),
        pytest.param(faults.woocommerce_deactivated(), Cause.SET_UP, "Activate", id="deactivated"),
        pytest.param(faults.rest_closed(), Cause.SET_UP, "plugin", id="REST closed"),
        pytest.param(faults.captcha(), Cause.SET_UP, "bot protection", id="captcha"),
        pytest.param(faults.firewall_block(), Cause.SET_UP, "user_agent", id="firewall"),
    ],
)
def test_an_address_fault_ends_the_check(fault: Any, cause: Cause, fragment: str) -> None:
    with connected(shop_at()) as (connector, server), server.failing(fault):
        results = list(connector.check())

    (result,) = results
    assert (result.name, result.verdict, result.cause) == ("address", Verdict.FAULT, cause)
    assert fragment in result.remedy


def test_plain_permalinks_of_the_shops_own_address_are_named() -> None:
    shop = shop_at()
    shop.behind_tls_proxy = False
    shop.plain_permalinks = True

    (result,) = checked(shop)

    assert result.name == "permalinks"
    assert "Plain" in result.remedy


def test_nobody_listening_is_one_fault() -> None:
    results = check_of(settings("http://127.0.0.1:9", auth="basic"))

    (result,) = results
    assert (result.name, result.verdict) == ("address", Verdict.FAULT)


def test_an_index_closed_to_visitors_leaves_the_rest_to_be_checked() -> None:
    def index(request: Request) -> bool:
        return request.path.endswith("/wp-json/")

    with connected(shop_at(), time_zone="Asia/Tokyo") as (connector, server):
        server.fail(faults.rest_closed(), times=-1, matches=index)
        results = list(connector.check())
        zone = connector.profile().time_zone

    assert one(results, "address").verdict is Verdict.OK
    assert one(results, "time zone").found == zone == "Asia/Tokyo"


@pytest.mark.parametrize(
    ("skew", "verdict"),
    [
        pytest.param(timedelta(seconds=30), Verdict.OK, id="30 s"),
        pytest.param(timedelta(minutes=-5), Verdict.WARNING, id="5 min behind"),
        pytest.param(timedelta(minutes=20), Verdict.FAULT, id="20 min ahead"),
    ],
)
def test_the_clock_is_compared(skew: timedelta, verdict: Verdict) -> None:
    shop = shop_at()
    shop.clock_skew = skew

    result = one(checked(shop), "clock")

    assert result.verdict is verdict
    assert f"{abs(skew.total_seconds()):.0f} s" in result.found


def test_legacy_storage_is_a_warning() -> None:
    result = one(checked(shop_at(storage="cpt")), "order storage")

    assert result.verdict is Verdict.WARNING
    assert "waiting orders and sweeps" in result.found


def test_an_unknown_status_is_named_with_the_known_ones() -> None:
    result = one(
        checked(shop_at(statuses=("shipped",)), shipped_statuses=("completed", "sent")), "statuses"
    )

    assert result.verdict is Verdict.FAULT
    assert "does not have sent" in result.found
    assert "shipped" in result.found


def test_missing_rights_are_warnings_with_a_remedy() -> None:
    with connected(shop_at(), weight_unit="g") as (connector, server):
        for part in ("/system_status", "/settings/", "/currencies/", "/wc/v3/products"):
            server.fail(reply(403, CLERK), times=-1, matches=lambda r, p=part: p in r.path)  # type: ignore[misc]  # mypy cannot infer a lambda with a default
        results = list(connector.check())
        profile = connector.profile()

    assert one(results, "weight unit").found == profile.weight_unit == "g"
    assert one(results, "order storage").verdict is Verdict.WARNING
    assert one(results, "products").verdict is Verdict.WARNING
    assert (profile.order_storage, profile.currency, profile.features) == ("", "", frozenset())


def test_a_hidden_weight_unit_is_one_fault() -> None:
    with connected(shop_at()) as (connector, server):
        server.fail(reply(403, CLERK), times=-1, matches=lambda r: "/settings/" in r.path)
        results = list(connector.check())
        with pytest.raises(Contract, match="unit of product weights"):
            connector.profile()

    (fault,) = [result for result in results if result.verdict is Verdict.FAULT]
    assert "Set weight_unit" in fault.remedy


def test_a_page_cache_and_php_notices_are_told() -> None:
    shop = shop_at()
    notice = faults.php_notice()

    def spoiled(request: Request) -> Any:
        answer = notice(request, shop.handle)
        headers = {**answer.headers, "X-Cache": "HIT from example"}
        return type(answer)(answer.status, answer.body, headers)

    results = checked(shop, handler=spoiled)

    assert one(results, "cache").verdict is Verdict.FAULT
    assert "display_errors" in one(results, "output").remedy


def test_a_fatal_newest_order_does_not_disturb_the_check() -> None:
    shop = shop_at()
    shop.add_order(status="completed", modified_at=ago(days=1))
    shop.poison = {shop.add_order(status="completed", modified_at=ago(days=1))}

    assert {result.verdict for result in checked(shop)} == {Verdict.OK}


def test_the_profile_is_read_once_a_day() -> None:
    shop, world = shop_at(weight_unit="oz"), World()

    with connected(shop, world) as (connector, server):
        profile = connector.profile()
        before = len(server.requests)
        connector.profile()
        kept = len(server.requests)
        world.now = NOW + timedelta(days=1)
        connector.profile()

    assert (profile.time_zone, profile.weight_unit, profile.currency, profile.order_storage) == (
        "America/New_York",
        "oz",
        "USD",
        "hpos",
    )
    assert kept == before
    assert len(server.requests) > kept


def test_a_revoked_key_is_no_missing_right() -> None:
    shop = shop_at()

    with connected(shop) as (connector, _):
        shop.revoke(shop.keys[0])
        with pytest.raises(Credentials):
            connector.profile()


@pytest.mark.parametrize(
    ("index", "expected"),
    [
        pytest.param(
            {"timezone_string": "Europe/Berlin", "gmt_offset": 2}, "Europe/Berlin", id="name"
        ),
        pytest.param({"timezone_string": "", "gmt_offset": "5.5"}, "+05:30", id="half hours"),
        pytest.param({"timezone_string": "", "gmt_offset": -3.5}, "-03:30", id="west"),
        pytest.param({"timezone_string": "", "gmt_offset": 0}, "+00:00", id="zero"),
        pytest.param({"timezone_string": "Mars/Base", "gmt_offset": "1"}, "+01:00", id="no zone"),
        pytest.param({"timezone_string": "", "gmt_offset": ""}, "Asia/Tokyo", id="neither"),
        pytest.param({"gmt_offset": "99"}, "Asia/Tokyo", id="nonsense"),
        pytest.param({}, "Asia/Tokyo", id="hidden"),
    ],
)
def test_the_time_zone_comes_from_the_index_then_from_the_settings(
    index: dict[str, Any], expected: str
) -> None:
    chosen = settings("http://shop.test", time_zone="Asia/Tokyo")

    with client_of(always(200, json.dumps(index))) as client:
        assert time_zone(client, chosen) == expected


def test_an_unknown_time_zone_is_a_contract_fault() -> None:
    with client_of(always(200, "{}")) as client, pytest.raises(Contract) as caught:
        time_zone(client, settings("http://shop.test"))

    assert "Set time_zone" in caught.value.remedy


def test_a_profile_behind_plain_permalinks_names_them() -> None:
    shop = shop_at()
    shop.behind_tls_proxy = False
    shop.plain_permalinks = True

    with connected(shop) as (connector, _), pytest.raises(Contract) as caught:
        connector.profile()

    assert "Plain" in caught.value.remedy
