"""Three kinds of credentials; a rotating one is durable before it is used (R5, R6)."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from pydantic import SecretStr

from connectors import Contract, Credentials, Transient
from connectors.shopify import ShopifyConnector
from connectors.shopify.auth import VAULT_NAME
from orderferry.sandbox.server import Handler, Request, Response, Server, reply
from orderferry.sandbox.shopify import ShopifyShop, faults
from tests.connectors.shopify.world import (
    HOURS,
    MemoryVault,
    World,
    connected,
    fill,
    orders,
    settings,
    shop_at,
)
from tests.connectors.world import assert_tells_no_secret

HOUR = timedelta(hours=1)


def app(shop: ShopifyShop, **more: str) -> dict[str, Any]:
    given = {"client_id": shop.tokens.client_id, "client_secret": shop.tokens.client_secret, **more}
    return {name: SecretStr(value) for name, value in given.items()}


def grants(server: Server) -> list[Request]:
    return [one for one in server.requests if one.path == "/admin/oauth/access_token"]


def tokens_sent(server: Server) -> list[str]:
    return [
        one.headers["x-shopify-access-token"]
        for one in server.requests
        if one.path.endswith("graphql.json")
    ]


@contextmanager
def refreshing(
    world: World, shop: ShopifyShop, handler: Handler | None = None, seed: str | None = None
) -> Iterator[tuple[ShopifyConnector, Server, str]]:
    first = seed or shop.tokens.first_refresh_token(world.now)
    with connected(shop, world, handler, **app(shop, refresh_token=first)) as (connector, server):
        yield connector, server, first


def kept(vault: MemoryVault) -> dict[str, Any]:
    return dict(json.loads(vault.values[VAULT_NAME]))


def expire(connector: ShopifyConnector) -> None:
    """Forgets the profile, so that the next look needs a request."""
    connector._profile = None


# client credentials


def test_token_for_a_day_is_renewed_at_three_quarters_of_its_life() -> None:
    world = World()
    shop = shop_at(world)

    with connected(shop, world, **app(shop)) as (connector, server):
        for hours in (0, 17, 1.1):
            world.now += timedelta(hours=hours)
            expire(connector)
            connector.profile()

        assert len(grants(server)) == 2
        assert b"grant_type=client_credentials" in grants(server)[0].body
        assert tokens_sent(server)[0] == tokens_sent(server)[1] != tokens_sent(server)[2]


def test_token_that_is_revoked_early_is_asked_for_anew() -> None:
    world = World()
    shop = shop_at(world)
    due = fill(shop, 3)

    with connected(shop, world, **app(shop)) as (connector, server):
        connector.profile()
        shop.tokens.revoke(tokens_sent(server)[-1])
        found = orders(connector.changed(HOURS))

    assert sorted(found) == due
    assert len(grants(server)) == 2


def test_outage_of_the_token_endpoint_is_bridged_while_the_token_lives() -> None:
    world = World()
    shop = shop_at(world)

    with connected(shop, world, **app(shop)) as (connector, server):
        connector.profile()
        expire(connector)
        world.now += timedelta(hours=20)
        with server.failing(
            faults.server_error(500), matches=lambda one: one.path.endswith("access_token")
        ):
            connector.profile()
            world.now += timedelta(hours=5)
            expire(connector)
            with pytest.raises(Transient):
                connector.profile()


@pytest.mark.parametrize(
    ("body", "words"),
    [
        pytest.param({"error": "invalid_client"}, "do not belong together", id="wrong secret"),
        pytest.param({"error": "application_cannot_be_found"}, "no app", id="wrong id"),
        pytest.param({"error": "shop_not_permitted"}, "may not log in", id="not its own shop"),
        pytest.param({"error": "something_else"}, "something_else", id="unknown code"),
        pytest.param({"error": "Bob <bob@shopper.example>"}, "refused the app", id="no code"),
        pytest.param([], "refused the app", id="no object"),
    ],
)
def test_refused_app_is_a_credentials_fault_with_a_remedy(body: Any, words: str) -> None:
    world = World()
    shop = shop_at(world)

    with connected(shop, world, **app(shop)) as (connector, server):
        server.fail(reply(400, json.dumps(body)), times=-1)
        with pytest.raises(Credentials) as caught:
            connector.profile()

    assert words in caught.value.problem
    assert "bob" not in str(caught.value)
    assert_tells_no_secret(caught.value, shop.tokens.client_secret)


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        pytest.param(faults.unknown_shop(), Contract, id="404"),
        pytest.param(faults.frozen(), Contract, id="402"),
        pytest.param(faults.server_error(), Transient, id="502"),
        pytest.param(reply(200, b"{}"), Transient, id="no token"),
        pytest.param(reply(200, b'{"access_token": ""}'), Transient, id="an empty one"),
        pytest.param(reply(410, b""), Contract, id="410"),
    ],
)
def test_token_endpoint_fails_like_the_shop(answer: Any, kind: type[Exception]) -> None:
    world = World()
    shop = shop_at(world)

    with connected(shop, world, **app(shop)) as (connector, server):
        server.fail(answer, times=-1)
        with pytest.raises(kind):
            connector.profile()


def test_answer_without_a_life_is_used_until_it_is_refused() -> None:
    """Left out by Shopify at times; a client that needs it would stop for good."""
    world = World()
    shop = shop_at(world)

    def without_life(request: Request) -> Response:
        answer = shop.handle(request)
        if not request.path.endswith("access_token"):
            return answer
        body = json.loads(answer.body)
        del body["expires_in"]
        return Response(200, json.dumps(body).encode())

    with connected(shop, world, without_life, **app(shop)) as (connector, server):
        connector.profile()
        expire(connector)
        world.now += timedelta(days=2)
        connector.profile()

    assert len(grants(server)) == 2
    assert len(tokens_sent(server)) == 3


# refresh tokens


def test_new_pair_is_durable_before_it_is_used() -> None:
    vault = MemoryVault()
    world = World(vault)
    shop = shop_at(world)
    order: list[str] = []

    def watched(request: Request) -> Response:
        if request.path.endswith("graphql.json"):
            token = request.headers["x-shopify-access-token"]
            order.append("used" if kept(vault)["access"] == token else "lost")
        return shop.handle(request)

    with refreshing(world, shop, watched) as (connector, server, first):
        connector.profile()
        expire(connector)
        world.now += 0.8 * HOUR
        connector.profile()

    assert order == ["used", "used"]
    assert vault.put_alone == [True, True]
    assert [f"refresh_token={first}".encode() in one.body for one in grants(server)] == [
        True,
        False,
    ]


def test_restarted_process_goes_on_with_the_pair_in_the_vault() -> None:
    vault = MemoryVault()
    world = World(vault)
    shop = shop_at(world)
    with refreshing(world, shop) as (connector, _, first):
        connector.profile()
    world.now += 2 * HOUR
    with refreshing(world, shop, seed=first) as (connector, _, _):
        connector.profile()
        second = kept(vault)["refresh"]
    world.now += timedelta(minutes=10)

    with refreshing(world, shop, seed=first) as (connector, server, _):
        connector.profile()

    assert grants(server) == []
    assert kept(vault)["refresh"] == second


def test_newly_authorised_app_wins_over_the_pair_in_the_vault() -> None:
    vault = MemoryVault()
    world = World(vault)
    shop = shop_at(world)
    with refreshing(world, shop) as (connector, _, _):
        connector.profile()

    with refreshing(world, shop) as (connector, server, second):
        connector.profile()

    assert f"refresh_token={second}".encode() in grants(server)[0].body


@pytest.mark.parametrize("damage", ["", "{}", '{"access": 1}'], ids=repr)
def test_damaged_pair_in_the_vault_falls_back_to_the_settings(damage: str) -> None:
    vault = MemoryVault()
    vault.values[VAULT_NAME] = damage
    world = World(vault)
    shop = shop_at(world)

    with refreshing(world, shop) as (connector, server, first):
        connector.profile()

    assert f"refresh_token={first}".encode() in grants(server)[0].body


def test_server_error_during_a_refresh_keeps_the_old_pair() -> None:
    """One that loses it orphans the shop."""
    vault = MemoryVault()
    world = World(vault)
    shop = shop_at(world)
    with refreshing(world, shop) as (connector, server, _):
        connector.profile()
        before = kept(vault)
        expire(connector)
        world.now += 2 * HOUR
        with (
            server.failing(
                faults.server_error(500), matches=lambda one: one.path.endswith("access_token")
            ),
            pytest.raises(Transient),
        ):
            connector.profile()

        assert kept(vault) == before
        connector.profile()
        assert kept(vault) != before


def test_lost_answer_to_a_refresh_is_asked_for_again() -> None:
    """The old refresh token stays valid until the new one is used."""
    vault = MemoryVault()
    world = World(vault)
    shop = shop_at(world)
    with refreshing(world, shop) as (connector, server, _):
        server.fail(faults.truncated(), matches=lambda one: one.path.endswith("access_token"))

        assert connector.profile().currency == "GBP"
        assert len(grants(server)) == 2


def test_spent_refresh_token_is_a_credentials_fault_with_a_remedy() -> None:
    vault = MemoryVault()
    world = World(vault)
    shop = shop_at(world)
    with refreshing(world, shop) as (connector, _, first):
        shop.tokens.revoke(first)
        with pytest.raises(Credentials) as caught:
            connector.profile()

    assert "Authorise the app in the shop again" in caught.value.remedy
    assert_tells_no_secret(caught.value, first, shop.tokens.client_secret)


def test_rotating_tokens_need_a_vault() -> None:
    world = World()
    shop = shop_at(world)
    with (
        refreshing(world, shop) as (connector, _, _),
        pytest.raises(Contract, match="no place to be kept"),
    ):
        connector.profile()


def test_answer_without_a_new_refresh_token_keeps_the_old_one() -> None:
    vault = MemoryVault()
    world = World(vault)
    shop = shop_at(world)

    def without(request: Request) -> Response:
        answer = shop.handle(request)
        if not request.path.endswith("access_token"):
            return answer
        body = json.loads(answer.body)
        del body["refresh_token"]
        return Response(200, json.dumps(body).encode())

    with refreshing(world, shop, without) as (connector, _, first):
        connector.profile()

    assert kept(vault)["refresh"] == first


def test_ten_connectors_of_one_shop_refresh_once() -> None:
    """A poll, a backfill and a check may run at the same time."""
    vault = MemoryVault()
    world = World(vault)
    shop = shop_at(world)
    first = shop.tokens.first_refresh_token(world.now)
    with Server(shop.handle) as server:
        chosen = settings(server.url, **app(shop, refresh_token=first))
        connectors = [ShopifyConnector(chosen, world.surroundings) for _ in range(10)]
        with ThreadPoolExecutor(10) as pool:
            list(pool.map(lambda one: one.profile(), connectors))
        for connector in connectors:
            connector.close()

    assert len(grants(server)) == 1
    assert len(set(tokens_sent(server))) == 1


def test_pair_that_another_process_refreshed_is_taken_over() -> None:
    vault = MemoryVault()
    world = World(vault)
    shop = shop_at(world)
    with refreshing(world, shop) as (mine, my_server, first):
        mine.profile()
        world.now += 0.8 * HOUR
        with refreshing(world, shop, seed=first) as (other, _, _):
            other.profile()
        expire(mine)

        mine.profile()

    assert len(grants(my_server)) == 1
    assert tokens_sent(my_server)[-1] == kept(vault)["access"]


def test_no_request_ever_carries_another_shops_token() -> None:
    """Ten shops in one process, five threads, ten tokens."""
    world = World()
    barrier = threading.Barrier(5, timeout=30)
    shops, servers, connectors = [], [], []
    try:
        for number in range(10):
            token = f"shpat_shop{number:04d}"
            shop = shop_at(world, token=token, domain=f"shop{number}.myshopify.com")
            fill(shop, 4)
            server = Server(shop.handle)
            server.__enter__()
            chosen = settings(server.url, shop=f"shop{number}", access_token=SecretStr(token))
            shops.append(shop)
            servers.append(server)
            connectors.append(ShopifyConnector(chosen, world.surroundings))

        def poll(connector: ShopifyConnector) -> int:
            barrier.wait()
            return sum(len(orders(connector.changed(HOURS))) for _ in range(3))

        with ThreadPoolExecutor(5) as pool:
            found = list(pool.map(poll, connectors))
    finally:
        for connector in connectors:
            connector.close()
        for server in servers:
            server.close()

    assert found == [12] * 10
    for number, server in enumerate(servers):
        assert set(tokens_sent(server)) == {f"shpat_shop{number:04d}"}
