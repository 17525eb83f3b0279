"""`check`: every fault with its cause and remedy, an exit status, and nothing left behind."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from conftest import SECRET, Ferry, Result

from orderferry.sandbox.server import Handler, Request, Response, Server, reply
from orderferry.sandbox.shopify import ShopifyShop
from orderferry.sandbox.woocommerce import ApiKey, WooCommerceShop

MERCHANTS = int(os.environ.get("CHECK_MERCHANTS", "20"))
LATENCY_SECONDS = 0.05
Change = Callable[[Ferry], object]


def facts(result: Result, verdict: str = "fault") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = result.document["facts"]
    return [fact for fact in found if fact["verdict"] == verdict]


def words(fact: dict[str, Any]) -> str:
    return f"{fact['name']}: {fact['found']} {fact['remedy']}"


def test_nothing_wrong_is_no_fault_and_leaves_nothing_behind(ferry: Ferry) -> None:
    ferry.add_order()
    before = set(ferry.folder.iterdir())
    ferry.environ["COLUMNS"] = "300"

    result = ferry("check")

    assert result.status == 0, result.out
    assert result.out.splitlines()[-1] == "No fault found."
    assert "not there yet; the first sync creates it" in result.out
    assert "first sync: It reads the orders that changed in the last 60d: 1." in result.out
    assert set(ferry.folder.iterdir()) == before
    assert ferry.accepted() == set()
    assert ferry.atlast.bulk_calls == 0
    assert ferry.atlast.token_calls == 1


def test_a_merchant_that_was_read_is_not_told_of_a_first_sync(ferry: Ferry) -> None:
    ferry.add_order()
    ferry("sync")
    ferry.environ["COLUMNS"] = "300"
    before = ferry.state.read_bytes()

    result = ferry("check")

    assert result.status == 0, result.out
    assert "first sync" not in result.out
    assert "watermark: Everything up to " in result.out
    assert "whole, 1 orders" in result.out
    assert ferry.state.read_bytes() == before


def wrong_key(ferry: Ferry) -> None:
    ferry.environ["SHOP_KEY"] = "ck_wrong"


def wrong_secret(ferry: Ferry) -> None:
    ferry.environ["ATLAST_SECRET"] = "wrong"


def write_only(ferry: Ferry) -> None:
    ferry.shop.keyring.limit(ferry.environ["SHOP_KEY"], "write")


def another_address(ferry: Ferry) -> None:
    ferry.atlast.token_endpoints = frozenset({"json"})


def maintenance(ferry: Ferry) -> None:
    ferry.shop_server.fail(reply(503, "", {"Retry-After": "600"}), times=-1)


def plain_permalinks(ferry: Ferry) -> None:
    ferry.shop.plain_permalinks = True


def stripped(ferry: Ferry) -> None:
    ferry.shop.behind_tls_proxy = True
    ferry.shop.strips_authorization = True
    ferry.configure(shop='auth = "basic"')


def at_last_down(ferry: Ferry) -> None:
    ferry.atlast_server.fail(reply(503), times=-1)


def clock_of_the_shop(ferry: Ferry) -> None:
    ferry.shop.behind_tls_proxy = True
    ferry.shop.clock_skew = timedelta(minutes=20)
    ferry.configure(shop='auth = "basic"')


def no_folder(ferry: Ferry) -> None:
    ferry.configure(daemon='state = "nowhere/orderferry.db"')


def no_state(ferry: Ferry) -> None:
    ferry.state.write_text("Dear diary, today I was no database. " * 40)


@pytest.mark.parametrize(
    ("change", "status", "cause", "told"),
    [
        pytest.param(wrong_key, 77, "credentials", "Create a key with the right Read", id="key"),
        pytest.param(write_only, 77, "credentials", "permissions to Read", id="write-only key"),
        pytest.param(wrong_secret, 77, "credentials", "correct client_id", id="At Last's secret"),
        pytest.param(another_address, 78, "set-up", 'token_style = "json"', id="token address"),
        pytest.param(plain_permalinks, 78, "set-up", "permalinks: ", id="permalinks"),
        pytest.param(stripped, 78, "set-up", 'set auth = "query"', id="Authorization stripped"),
        pytest.param(clock_of_the_shop, 78, "set-up", "Set the clock", id="clock"),
        pytest.param(no_folder, 78, "set-up", "its folder does not exist", id="state folder"),
        pytest.param(no_state, 78, "set-up", "is not a state file", id="state file"),
        pytest.param(maintenance, 75, "temporary", "maintenance", id="shop in maintenance"),
        pytest.param(at_last_down, 75, "temporary", "answered 503", id="At Last is down"),
    ],
)
def test_a_fault_has_a_cause_a_remedy_and_an_exit_status(
    ferry: Ferry, change: Change, status: int, cause: str, told: str
) -> None:
    change(ferry)

    result = ferry("--json", "check")

    (fault,) = facts(result)
    assert (result.status, fault["cause"]) == (status, cause), words(fault)
    assert result.document["exit_status"] == status
    assert told in words(fault)


def test_people_are_shown_the_same_line_by_line(ferry: Ferry) -> None:
    ferry.environ["COLUMNS"] = "300"  # nothing is broken in two
    plain_permalinks(ferry)

    (fault,) = facts(ferry("--json", "check"))
    lines = [line.strip() for line in ferry("check").out.splitlines()]

    assert f"FAULT {fault['name']}: {fault['found']}" in lines
    assert fault["remedy"] in lines
    assert lines[-1] == "1 fault to mend."


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        pytest.param((maintenance, wrong_secret), 77, id="credentials before what passes"),
        pytest.param((wrong_key, another_address), 78, id="set-up before credentials"),
    ],
)
def test_the_worst_fault_decides_the_exit_status(
    ferry: Ferry, changes: tuple[Change, ...], status: int
) -> None:
    for change in changes:
        change(ferry)

    result = ferry("--json", "check")

    assert len(facts(result)) == 2
    assert result.status == status


def test_a_working_pair_is_named_and_the_interface_tried_with_it(ferry: Ferry) -> None:
    another_address(ferry)

    result = ferry("--json", "check")

    (fault,) = facts(result)
    assert "/v1/auth/token" in fault["remedy"]
    assert [fact["name"] for fact in facts(result, "ok")][-1] == "interface"
    assert ferry.atlast.token_calls == 2


def read_write(ferry: Ferry) -> None:
    key = ferry.environ["SHOP_KEY"]
    ferry.shop.keyring.grant(ApiKey(key, ferry.environ["SHOP_SECRET"], "read_write"))


def open_secret(ferry: Ferry) -> None:
    path = ferry.folder / "atlast"
    path.write_text(SECRET)
    path.chmod(0o640)
    text = ferry.config.read_text().replace("env:ATLAST_SECRET", "file:atlast")
    ferry.config.write_text(text)


def open_state(ferry: Ferry) -> None:
    ferry("sync")
    ferry.state.chmod(0o644)


def same_shop(ferry: Ferry) -> None:
    table = ferry.config.read_text().split("[merchants.bolt]")[1].replace("bolt", "twin")
    ferry.config.write_text(
        f"{ferry.config.read_text()}\n[merchants.twin]\nmerchant_id = 'm-2'{table}"
    )


def legacy_storage(ferry: Ferry) -> None:
    ferry.shop.storage = "cpt"


@pytest.mark.parametrize(
    ("change", "told"),
    [
        pytest.param(read_write, "The key may also write", id="read/write key"),
        pytest.param(open_secret, "others may read it (mode 0640)", id="secret file"),
        pytest.param(open_state, "others may read it (mode 0644)", id="state file"),
        pytest.param(same_shop, "bolt and twin read the same shop", id="shop shared"),
        pytest.param(legacy_storage, "Legacy order storage", id="order storage"),
    ],
)
def test_a_warning_has_a_remedy_and_leaves_the_exit_status_alone(
    ferry: Ferry, change: Change, told: str
) -> None:
    change(ferry)

    result = ferry("--json", "check")

    (warning,) = facts(result, "warning")
    assert result.status == 0
    assert told in words(warning)
    assert warning["remedy"]


def test_secrets_that_only_their_owner_reads_are_well(ferry: Ferry) -> None:
    open_secret(ferry)
    (ferry.folder / "atlast").chmod(0o600)

    result = ferry("--json", "check")

    (secrets,) = [fact for fact in facts(result, "ok") if fact["name"] == "secrets"]
    assert secrets["found"] == "Only their owner may read the files (1)."


def test_faults_of_the_configuration_are_facts_too(ferry: Ferry) -> None:
    same_shop(ferry)
    ferry.config.write_text(ferry.config.read_text().replace("merchant_id = 'm-2'", ""))
    text = ferry.config.read_text().replace("[daemon]", "[daemon]\nwrkers = 4")
    ferry.config.write_text(text)

    result = ferry("--json", "check")

    assert result.status == 78
    told = [words(fact) for fact in facts(result)]
    assert len(told) == 2
    assert any("wrkers is unknown" in one for one in told)
    assert any("can produce the same order ids as bolt" in one for one in told)
    assert {fact["subject"] for fact in facts(result)} == {"configuration"}


def test_a_server_that_asks_for_patience_is_not_waited_for(ferry: Ferry) -> None:
    ferry.shop_server.fail(reply(503, "", {"Retry-After": "25"}), times=-1)
    began = time.monotonic()

    result = ferry("--json", "check")

    (fault,) = facts(result)
    assert "it asks to wait" in fault["found"]
    assert result.status == 75
    assert time.monotonic() - began < 20  # it would have waited 50 s


# Shopify ------------------------------------------------------------------


@pytest.fixture
def acme(ferry: Ferry) -> Iterator[ShopifyShop]:
    """A Shopify shop in place of the WooCommerce one."""
    shop = ShopifyShop(token="shpat_check-31c7")
    ferry.environ |= {
        "ACME_TOKEN": shop.token,
        "ACME_APP": shop.tokens.client_id,
        "ACME_APP_SECRET": shop.tokens.client_secret,
        "ACME_REFRESH": shop.tokens.first_refresh_token(datetime.now(UTC)),
    }
    with Server(shop.handle) as server:
        log_in(ferry, server.url, 'access_token = "env:ACME_TOKEN"')
        yield shop
    assert not any(shop.token in text for text in ferry.printed)


def log_in(ferry: Ferry, url: str, keys: str) -> None:
    head = ferry.config.read_text().split("[merchants.")[0]
    ferry.config.write_text(
        f"""{head}
[merchants.acme]
platform = "shopify"
[merchants.acme.shopify]
shop = "acme.myshopify.com"
base_url = "{url}"
{keys}
"""
    )


def with_refresh_token(ferry: Ferry) -> None:
    url = next(
        line.split('"')[1]
        for line in ferry.config.read_text().splitlines()
        if "base_url" in line and "/v1" not in line
    )
    log_in(
        ferry,
        url,
        'client_id = "env:ACME_APP"\nclient_secret = "env:ACME_APP_SECRET"\n'
        'refresh_token = "env:ACME_REFRESH"',
    )


def set_shop(**switches: Any) -> Callable[[ShopifyShop], None]:
    def change(shop: ShopifyShop) -> None:
        for name, value in switches.items():
            setattr(shop, name, value)

    return change


@pytest.mark.parametrize(
    ("change", "status", "verdict", "told"),
    [
        pytest.param(set_shop(), 0, "ok", "The app may read orders and products.", id="well"),
        pytest.param(
            set_shop(scopes=()), 77, "fault", "lacks the scope read_orders", id="no scope"
        ),
        pytest.param(
            set_shop(scopes=("read_orders",)), 0, "warning", "read_products", id="less scope"
        ),
        pytest.param(
            set_shop(scopes=("read_orders", "read_products", "write_orders")),
            0,
            "warning",
            "may also write (write_orders)",
            id="right to write",
        ),
        pytest.param(
            set_shop(redacts="null"), 77, "fault", "protected customer data", id="redacted"
        ),
        pytest.param(
            set_shop(api_version="2028-01"), 0, "warning", "answered by 2027-04", id="moved on"
        ),
        pytest.param(
            set_shop(product_tags=["al-not-returnable"]), 0, "warning", "likely there", id="app"
        ),
    ],
)
def test_what_is_said_of_a_shopify_shop(  # noqa: PLR0913 - fixtures and a row
    ferry: Ferry,
    acme: ShopifyShop,
    *,
    change: Callable[[ShopifyShop], None],
    status: int,
    verdict: str,
    told: str,
) -> None:
    acme.add_order()
    change(acme)

    result = ferry("--json", "check")

    assert result.status == status, result.out
    assert sum(told in words(fact) for fact in facts(result, verdict)) == 1, result.out


def test_a_version_that_was_moved_on_is_noted_by_status_too(
    ferry: Ferry, acme: ShopifyShop
) -> None:
    acme.api_version = "2028-01"

    synced = ferry("sync")
    status = ferry("status")
    document = ferry("--json", "status").document

    assert synced.status == 0, synced.out + synced.err
    assert (status.status, status.out.splitlines()[0]) == (0, "All is well.")
    assert "To be done in time. acme: api_version 2026-10 was answered by 2027-04" in status.out
    ((notice,),) = (document["notices"],)
    assert notice["subjects"] == ["acme"]


def test_a_refresh_token_is_not_spent_while_there_is_no_place_for_the_next(
    ferry: Ferry, acme: ShopifyShop
) -> None:
    with_refresh_token(ferry)

    first = ferry("--json", "check")
    absent = not ferry.state.exists()
    synced = ferry("sync")
    second = ferry("--json", "check")

    (warning,) = facts(first, "warning")
    assert (first.status, absent) == (0, True)
    assert "sync acme" in warning["remedy"]
    assert synced.status == 0, synced.out + synced.err
    assert second.status == 0, second.out
    assert any("renews itself" in fact["found"] for fact in facts(second, "ok"))


# many ----------------------------------------------------------------------


def test_many_merchants_are_checked_side_by_side_and_told_briefly(ferry: Ferry) -> None:
    """`-s` shows how long it took; CHECK_MERCHANTS sets how many."""
    shop = WooCommerceShop(now=lambda: datetime.now(UTC))

    def slowly(answer: Handler) -> Handler:
        def answering(request: Request) -> Response:
            time.sleep(LATENCY_SECONDS)
            return answer(request)

        return answering

    key, secret = shop.keys[0].key, shop.keys[0].secret
    ferry.environ |= {"SHOP_KEY": key, "SHOP_SECRET": secret}
    head = ferry.config.read_text().split("[merchants.")[0]
    with ExitStack() as stack:
        url = stack.enter_context(Server(slowly(shop.handle))).url
        tables = [
            f"""
[merchants.shop-{number:03}]
platform = "woocommerce"
merchant_id = "m-{number}"
[merchants.shop-{number:03}.woocommerce]
url = "{url if number else "http://127.0.0.1:9"}"
consumer_key = "env:SHOP_KEY"
consumer_secret = "env:SHOP_SECRET"
"""
            for number in range(MERCHANTS)
        ]
        ferry.config.write_text(head + "".join(tables))
        began = time.monotonic()
        result = ferry("check")
        took = time.monotonic() - began
        one = ferry("check", "shop-007")
        whole = ferry("check", "--all")
    print(f"\n{MERCHANTS} merchants, {LATENCY_SECONDS:.3f} s latency: {took:.1f} s")  # noqa: T201 - a figure to look at

    lines = result.out.splitlines()
    assert result.status == 75
    assert "shop-000 (http://127.0.0.1:9)" in lines
    assert sum("facts" in line for line in lines) == MERCHANTS - 1
    assert len(lines) < MERCHANTS + 40
    assert lines[-1] == "1 fault to mend; 1 warning."  # they all read the same shop
    assert one.out.count("\n  ok ") > 10
    assert len(whole.out.splitlines()) > 10 * (MERCHANTS - 1)
