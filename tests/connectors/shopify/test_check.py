"""What `check` says of a shop: every fault with one remedy."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from pydantic import SecretStr

from connectors import Cause, CheckResult, Verdict, Window
from connectors.shopify.versions import complaint, support_ends
from orderferry.sandbox.server import reply
from orderferry.sandbox.shopify import ShopifyShop, faults
from tests.connectors.shopify.world import NOW, MemoryVault, World, ago, connected, fill, shop_at


def results(shop: ShopifyShop, world: World, *broken: Any, **more: Any) -> dict[str, CheckResult]:
    with connected(shop, world, **more) as (connector, server):
        for failure in broken:
            server.fail(failure, times=-1)
        return {result.name: result for result in connector.check()}


def test_healthy_shop_has_no_fault_and_says_what_comes_first() -> None:
    world = World()
    shop = shop_at(world, time_zone="Europe/Berlin", currency="EUR")
    fill(shop, 12)

    found = results(shop, world)

    assert {result.verdict for result in found.values()} == {Verdict.OK}
    assert found["credentials"].found == "acme.myshopify.com answers (access token)."
    assert found["time zone"].found == "Europe/Berlin"
    assert found["currency"].found == "EUR"
    assert found["orders"].found == ("12 orders changed in the last 60 days, shipped or not.")


@pytest.mark.parametrize("kind", ["client credentials", "refresh token"])
def test_kind_of_credentials_is_named(kind: str) -> None:
    world = World(MemoryVault())
    shop = shop_at(world)
    app = {"client_id": shop.tokens.client_id, "client_secret": shop.tokens.client_secret}
    if kind == "refresh token":
        app["refresh_token"] = shop.tokens.first_refresh_token(world.now)

    found = results(shop, world, **{name: SecretStr(value) for name, value in app.items()})

    assert found["credentials"].found == f"acme.myshopify.com answers ({kind})."


@pytest.mark.parametrize(
    ("failure", "remedy"),
    [
        pytest.param(reply(401, b"{}"), "Set access_token to the Admin API", id="401"),
        pytest.param(faults.frozen(), "settle its bill", id="402"),
        pytest.param(faults.unknown_shop(), "Correct shop", id="404"),
        pytest.param(faults.locked(), "Shopify's support", id="423"),
        pytest.param(faults.server_error(500), "tried again", id="500"),
    ],
)
def test_shop_that_does_not_let_us_in_is_one_fault(failure: Any, remedy: str) -> None:
    world = World()

    found = results(shop_at(world), world, failure)

    (result,) = found.values()
    assert (result.name, result.verdict) == ("credentials", Verdict.FAULT)
    assert remedy in result.remedy


def test_missing_right_to_read_orders_is_one_fault() -> None:
    world = World()

    found = results(shop_at(world, scopes=("read_products",)), world)

    assert (found["scopes"].verdict, found["scopes"].cause) == (Verdict.FAULT, Cause.CREDENTIALS)
    assert "read_orders" in found["scopes"].remedy
    assert "orders" not in found


def test_missing_right_to_read_products_is_a_warning() -> None:
    world = World()

    found = results(shop_at(world, scopes=("read_orders",)), world)

    assert found["scopes"].verdict is Verdict.WARNING
    assert "customs codes" in found["scopes"].found
    assert found["orders"].verdict is Verdict.OK


def test_right_to_write_is_a_warning() -> None:
    world = World()
    shop = shop_at(world, scopes=("read_orders", "write_orders", "write_products"))

    with connected(shop, world) as (connector, _):
        scopes = [result for result in connector.check() if result.name == "scopes"]

    assert [result.verdict for result in scopes] == [Verdict.OK, Verdict.WARNING]
    assert "write_orders, write_products" in scopes[1].found


@pytest.mark.parametrize(
    ("tags", "verdict"),
    [
        pytest.param(["summer"], Verdict.OK, id="no product has it"),
        pytest.param(["summer", "al-not-returnable"], Verdict.WARNING, id="a product has it"),
    ],
)
def test_sign_of_the_app_of_at_last_is_a_warning(tags: list[str], verdict: Verdict) -> None:
    world = World()
    shop = shop_at(world)
    shop.product_tags = tags

    result = results(shop, world)["At Last's app"]

    assert result.verdict is verdict
    assert "Settings > Apps" in result.found + result.remedy


def test_app_that_may_not_read_products_is_not_asked_for_their_tags() -> None:
    world = World()
    shop = shop_at(world, scopes=("read_orders",))

    found = results(shop, world)

    assert "At Last's app" not in found
    assert not any(result.verdict is Verdict.FAULT for result in found.values())


def test_renewal_of_a_token_that_fails_is_an_alarm_while_the_old_one_works() -> None:
    world = World(MemoryVault())
    shop = shop_at(world)
    app: dict[str, Any] = {
        "client_id": SecretStr(shop.tokens.client_id),
        "client_secret": SecretStr(shop.tokens.client_secret),
        "refresh_token": SecretStr(shop.tokens.first_refresh_token(world.now)),
    }

    with connected(shop, world, **app) as (connector, server):
        well = {result.name: result for result in connector.check()}
        calm = connector.profile().cautions
        world.now += timedelta(minutes=50)  # of an hour; renewed from 45 minutes on
        server.fail(reply(503, b""), times=-1, matches=lambda r: r.path.endswith("/access_token"))
        ill = {result.name: result for result in connector.check()}
        (alarm,) = connector.profile().cautions

    assert well["token"].verdict is Verdict.OK
    assert well["token"].found == "The access token renews itself; it ends at 13:00 UTC."
    assert calm == ()
    assert ill["token"].verdict is Verdict.WARNING
    assert "gives no new one; it ends at 13:00 UTC" in ill["token"].found
    assert "no new access token" in alarm
    assert ill["orders"].verdict is Verdict.OK


@pytest.mark.parametrize("redacts", ["null", "error"])
def test_hidden_customers_are_one_fault(redacts: Any) -> None:
    world = World()
    shop = shop_at(world)
    shop.redacts = redacts
    fill(shop, 5)

    found = results(shop, world)

    faulty = [result for result in found.values() if result.verdict is Verdict.FAULT]
    assert [result.name for result in faulty] == ["customer data"]
    assert "protected customer data" in faulty[0].remedy


def test_shop_without_orders_proves_nothing_of_customers() -> None:
    world = World()

    assert results(shop_at(world), world)["customer data"].verdict is Verdict.OK


@pytest.mark.parametrize("seconds", [600, -600], ids=["behind", "ahead"])
def test_wrong_clock_is_a_warning(seconds: int) -> None:
    world = World()
    shop = ShopifyShop(
        now=lambda: world.now + timedelta(seconds=seconds), token="shpat_test0123456789"
    )

    found = results(shop, world)

    assert found["clock"].verdict is Verdict.WARNING
    assert "600 s" in found["clock"].found


def test_version_that_is_answered_by_another_is_a_warning() -> None:
    world = World()
    shop = shop_at(world, api_version="2028-01")

    found = results(shop, world, api_version="2026-10")

    assert found["api version"].verdict is Verdict.WARNING
    assert "answered by 2027-04" in found["api version"].found


@pytest.mark.parametrize(
    ("configured", "answered", "days", "words"),
    [
        pytest.param("2026-10", "2026-10", 0, None, id="new"),
        pytest.param("2026-10", "", 0, None, id="not asked yet"),
        pytest.param("2026-10", "2026-10", 221, None, id="91 days before its end"),
        pytest.param("2026-10", "2026-10", 223, "in 89 days", id="89 days before its end"),
        pytest.param("2026-10", "2026-10", 400, "by now", id="after its end"),
        pytest.param("2026-10", "2027-01", 0, "answered by 2027-01", id="fell forward"),
        pytest.param("unstable", "unstable", 0, "without notice", id="unstable"),
    ],
)
def test_version_is_complained_of_90_days_before_its_end(
    configured: str, answered: str, days: int, words: str | None
) -> None:
    """2026-10 is supported until 2027-10-01 15:00 UTC (release notes)."""
    told = complaint(configured, answered, NOW + timedelta(days=days))

    if words is None:
        assert told is None
    else:
        assert told is not None
        assert words in told[0]


def test_support_ends_a_year_after_the_release() -> None:
    ends = support_ends("2026-10")

    assert ends is not None
    assert ends.isoformat() == "2027-10-01T15:00:00+00:00"
    assert support_ends("unstable") is None


def test_profile_is_read_once_a_day() -> None:
    world = World()
    shop = shop_at(world)

    with connected(shop, world) as (connector, server):
        for hours in (0, 23, 2):
            world.now += timedelta(hours=hours)
            profile = connector.profile()

        assert len(server.requests) == 2
    assert (profile.time_zone, profile.weight_unit, profile.currency) == (
        "Europe/London",
        "kg",
        "GBP",
    )


def test_count_says_how_many_orders_a_window_has() -> None:
    world = World()
    shop = shop_at(world)
    fill(shop, 30)

    with connected(shop, world) as (connector, _):
        assert connector.count(Window(ago(hours=4), ago(hours=4) + timedelta(seconds=95))) == 10


@pytest.mark.parametrize(
    ("days", "words"),
    [
        pytest.param(0, [], id="long before its end"),
        pytest.param(250, ["in 62 days"], id="within 90 days of its end"),
    ],
)
def test_profile_cautions_of_a_version_that_ends(days: int, words: list[str]) -> None:
    """Read anew each time, though the profile itself is read once a day."""
    world = World()
    shop = shop_at(world)

    with connected(shop, world) as (connector, _):
        connector.profile()
        shop.now = lambda: world.now
        world.now += timedelta(days=days)
        told = connector.profile().cautions

    assert len(told) == len(words)
    assert all(word in one for word, one in zip(words, told, strict=True))


def test_profile_cautions_of_a_version_that_another_answered_for() -> None:
    world = World()
    shop = shop_at(world, api_version="2028-01")

    with connected(shop, world, api_version="2026-10") as (connector, _):
        (told,) = connector.profile().cautions

    assert "answered by 2027-04" in told
    assert "set api_version" in told
