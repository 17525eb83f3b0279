"""Every shape of failure becomes the error that says what to do (R5, R6)."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest
import shopify  # type: ignore[import-untyped]  # the package ships no types

from connectors import ConnectorError, Contract, Credentials, Transient
from connectors.failures import RequestFailed, Unreachable
from connectors.shopify.bound import BoundGraphQL, lacking, open_session
from connectors.shopify.client import ShopClient
from connectors.shopify.documents import FEED, SHOP
from connectors.shopify.refusals import TooExpensive
from orderferry.sandbox.server import Handler, Request, Response, reply
from orderferry.sandbox.shopify import faults
from tests.connectors.shopify.world import (
    HOURS,
    TOKEN,
    World,
    client_of,
    connected,
    fill,
    shop_at,
)
from tests.connectors.world import assert_tells_no_secret

Failure = Callable[[Request, Handler], Response]
FEED_ALL = {"first": 10, "after": None, "search": "updated_at:>='2026-01-01T00:00:00Z'"}


def failing(failure: Failure) -> ConnectorError:
    """Returns what the client makes of a shop that always fails like this."""
    world = World()
    with client_of(shop_at(world).handle, world) as (client, server):
        server.fail(failure, times=-1)
        with pytest.raises(ConnectorError) as caught:
            client.ask(SHOP)
    return caught.value


@pytest.mark.parametrize(
    ("failure", "kind", "words"),
    [
        pytest.param(
            reply(401, '{"errors":"[API] Invalid API key or access token"}'),
            Credentials,
            "does not accept the access token",
            id="401",
        ),
        pytest.param(faults.frozen(), Contract, "frozen", id="402"),
        pytest.param(faults.forbidden(), Credentials, "may not do this", id="403"),
        pytest.param(faults.unknown_shop(), Contract, "no such shop", id="404"),
        pytest.param(faults.locked(), Contract, "locked", id="423"),
        pytest.param(faults.suspicious(), Transient, "attack", id="430"),
        pytest.param(reply(302, b"", {"Location": "/x"}), Contract, "another address", id="302"),
        pytest.param(reply(400, b"{}"), Contract, "answered 400", id="400"),
        pytest.param(faults.server_error(500), RequestFailed, "500", id="500"),
        pytest.param(faults.server_error(502), RequestFailed, "502", id="502"),
        pytest.param(faults.too_many_requests(), Transient, "429", id="429"),
        pytest.param(faults.truncated(), RequestFailed, "broke the connection", id="cut"),
        pytest.param(faults.half_json(), RequestFailed, "incomplete JSON", id="half of the JSON"),
        pytest.param(faults.empty_body(), RequestFailed, "incomplete JSON", id="nothing"),
        pytest.param(reply(200, b"[1]"), RequestFailed, "incomplete JSON", id="a list"),
        pytest.param(reply(200, b"{}"), RequestFailed, "without data", id="no data"),
        pytest.param(faults.password_page(), Transient, "web page", id="a page for people"),
        pytest.param(faults.errors_as_text(), RequestFailed, "failed", id="errors is a string"),
        pytest.param(faults.errors_as_object(), RequestFailed, "failed", id="errors is an object"),
        pytest.param(faults.timeout_body(), RequestFailed, "too long", id="Timeout in an object"),
        pytest.param(faults.internal_error(), RequestFailed, "failed", id="internal error"),
        pytest.param(
            faults.errors_as_list("x", code="MAX_COST_EXCEEDED"), TooExpensive, "costs", id="cost"
        ),
        pytest.param(
            faults.errors_as_list("Field 'x' doesn't exist", code="undefinedField"),
            Contract,
            "undefinedField",
            id="another schema",
        ),
        pytest.param(
            faults.errors_as_list("x", code="ACCESS_DENIED"), Credentials, "read_orders", id="scope"
        ),
        pytest.param(
            faults.errors_as_list("This app is not approved to access the Order object."),
            Contract,
            "protected customer data",
            id="not approved",
        ),
        pytest.param(
            faults.errors_as_list("x", code="SHOP_INACTIVE"), Contract, "closed", id="inactive"
        ),
        pytest.param(faults.errors_as_list("Strange."), Contract, "UNKNOWN", id="unknown"),
        pytest.param(reply(200, b'{"errors":[null]}'), Contract, "UNKNOWN", id="null among them"),
        pytest.param(faults.throttled_once(), Transient, "used up", id="throttled for good"),
    ],
)
def test_failure_says_what_was_found_and_what_to_do(
    failure: Failure, kind: type[ConnectorError], words: str
) -> None:
    error = failing(failure)

    assert type(error) is kind or (kind in (Transient, Contract) and isinstance(error, kind))
    assert words in error.problem
    assert error.remedy.endswith(".")
    assert_tells_no_secret(error, TOKEN, "Strange")


def test_message_of_the_shop_is_not_repeated() -> None:
    error = failing(faults.errors_as_list("bob@shopper.example has no right"))

    assert "bob" not in str(error)


def test_half_an_answer_is_no_answer_unless_it_is_asked_for() -> None:
    world = World()
    half = (
        b'{"data": {"shop": {"currencyCode": null}}, "errors":'
        b' [{"message": "x", "path": ["shop"], "extensions": {"code": "INTERNAL_SERVER_ERROR"}}]}'
    )
    with client_of(lambda _request: Response(200, half), world) as (client, _):
        with pytest.raises(RequestFailed):
            client.ask(SHOP)
        answer = client.ask(SHOP, partial=True)

    assert [(one.code, one.path) for one in answer.problems] == [
        ("INTERNAL_SERVER_ERROR", ("shop",))
    ]


def test_shop_that_cannot_be_reached_is_transient() -> None:
    world = World()
    with client_of(shop_at(world).handle, world) as (client, server):
        server.close()

        with pytest.raises(Unreachable):
            client.ask(SHOP)


def test_ignored_search_filter_is_an_error_not_every_order() -> None:
    world = World()
    shop = shop_at(world)
    fill(shop, 1)
    typo = {**FEED_ALL, "search": "update_at:>='2026-01-01T00:00:00Z'"}

    with (
        client_of(shop.handle, world) as (client, _),
        pytest.raises(Contract, match="ignored a part of the search"),
    ):
        client.ask(FEED, typo)


@pytest.mark.parametrize(
    ("version", "answered", "warns"),
    [
        pytest.param("2026-10", "2026-10", False, id="the same"),
        pytest.param("2026-07", "2026-10", True, id="a retired one falls forward"),
    ],
)
def test_version_that_fell_forward_is_told_once(
    version: str,
    answered: str,
    warns: bool,  # noqa: FBT001
    caplog: pytest.LogCaptureFixture,
) -> None:
    world = World()
    with (
        client_of(shop_at(world).handle, world, api_version=version) as (client, server),
        server.failing(faults.other_version(answered)),
    ):
        client.ask(SHOP)
        client.ask(SHOP)

    told = [one for one in caplog.records if one.levelno >= logging.WARNING]
    assert client.answered == answered
    assert [getattr(one, "action", "") for one in told] == ["api_version_fell_forward"] * warns


def test_request_goes_to_the_shop_and_version_of_its_session() -> None:
    world = World()
    with client_of(shop_at(world).handle, world) as (client, server):
        client.ask(SHOP)

    request = server.requests[-1]
    assert request.path == "/admin/api/2026-10/graphql.json"
    assert request.headers["x-shopify-access-token"] == TOKEN
    assert request.headers["user-agent"] == "orderferry-tests/0"
    assert json.loads(request.body)["operationName"] == "Shop"


def test_package_is_loaded_by_the_first_shop_and_not_before() -> None:
    """It costs 0.3 s, which `orderferry --help` need not pay."""
    code = "import sys, connectors.shopify; sys.exit('shopify' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_without_a_simulator_the_session_names_the_endpoint() -> None:
    session = open_session("acme.myshopify.com", "2026-10")
    graphql = BoundGraphQL(session, http=None, surroundings=World().surroundings)  # type: ignore[arg-type]  # not used here

    assert graphql.endpoint == "https://acme.myshopify.com/admin/api/2026-10/graphql.json"


def test_bound_endpoint_keeps_the_promise_of_its_base_class() -> None:
    """`execute` returns text, whoever calls it."""
    world = World()
    with client_of(shop_at(world).handle, world) as (client, _):
        client.ask(SHOP)
        text = client._graphql.execute("{ shop { currencyCode } }")

    assert json.loads(text)["data"] == {"shop": {"currencyCode": "GBP"}}


def test_packages_global_session_is_never_activated(monkeypatch: pytest.MonkeyPatch) -> None:
    """It would hand one shop's token to the next one of the same thread."""
    used: list[object] = []
    monkeypatch.setattr(shopify.ShopifyResource, "activate_session", used.append)
    before = dict(vars(shopify.ShopifyResource))
    world = World()
    shop = shop_at(world)
    fill(shop, 3)

    with connected(shop, world) as (connector, _):
        connector.profile()
        list(connector.changed(HOURS))
        list(connector.check())

    assert used == []
    assert shopify.ShopifyResource.site is None
    assert dict(vars(shopify.ShopifyResource)) == before


@pytest.mark.parametrize(
    ("granted", "missing"),
    [
        pytest.param(["read_orders", "read_products"], [], id="both"),
        pytest.param(["write_orders", "write_products"], [], id="write includes read"),
        pytest.param(["read_orders"], ["read_products"], id="one"),
        pytest.param([], ["read_orders", "read_products"], id="none"),
    ],
)
def test_scopes_are_compared_as_the_package_does(granted: list[str], missing: list[str]) -> None:
    assert lacking(granted, "read_orders", "read_products") == missing


@pytest.mark.parametrize(
    "body", [b"", b"[]", b'{"access_scopes": 1}', b'{"access_scopes": [{}]}'], ids=repr
)
def test_list_of_scopes_that_is_none_is_a_contract_error(body: bytes) -> None:
    world = World()
    with (
        client_of(lambda _request: Response(200, body), world) as (client, _),
        pytest.raises(Contract, match="does not list the app's scopes"),
    ):
        client.scopes()


def test_answers_of_another_shape_are_a_contract_error() -> None:
    world = World()
    shop = shop_at(world)
    empty: dict[str, Any] = {"data": {"shop": {}, "orders": {}, "nodes": [], "ordersCount": 1}}
    calls: tuple[Callable[[Any], object], ...] = (
        lambda connector: connector.profile(),
        lambda connector: list(connector.changed(HOURS)),
        lambda connector: list(connector.by_id(["1"])),
        lambda connector: connector.count(HOURS),
    )

    for call in calls:
        with connected(shop, world) as (connector, server):
            server.fail(reply(200, json.dumps(empty)), times=-1)
            with pytest.raises(Contract, match="in another shape"):
                call(connector)


def test_closing_twice_is_harmless() -> None:
    world = World()
    with client_of(shop_at(world).handle, world) as (client, _):
        client.close()
        assert isinstance(client, ShopClient)
