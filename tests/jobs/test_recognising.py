"""What was read before is counted without being mapped again, and nothing hides behind that."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from connectors.base import RawOrder, ShopProfile
from mapping.policy import Policy
from mapping.woocommerce import build_mapper
from orderferry.config import Merchant
from orderferry.recognising import Recogniser, code_of
from tests.attack.world import World

SHOP = ShopProfile("Europe/Berlin", "kg", "EUR", features=frozenset({"a", "b"}))
ORDER = {"id": 7, "status": "completed", "total": "19.90", "weight": 1.5, "note": None}
RAW = RawOrder("7", datetime(2026, 6, 15, tzinfo=UTC), ORDER, {"products": {"1": {"sku": "x"}}})


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A shop on legacy storage: what a tracking plugin saves leaves no trace in the times."""
    world = World(tmp_path, storage="cpt", orders='tracking_wait = "0h"\nresend_on_change = true')
    world.start()
    yield world
    world.close()


def merchant(world: World) -> Merchant:
    return world.services.merchant("bolt")


def counts(world: World) -> Mapping[str, int]:
    world.wait(60)
    report = world.poll()
    assert report is not None
    world.deliver()
    return {name: n for name, n in report.counts.items() if n}


def shipped(world: World, **fields: Any) -> str:
    hour = timedelta(hours=1)
    fields = {"status": "completed", "tracking": [], **fields}
    return str(world.shop.add_order(created_at=world.now - hour, modified_at=world.now, **fields))


def test_an_overlap_that_is_read_again_is_counted_as_unchanged(world: World) -> None:
    for _ in range(3):
        shipped(world)

    assert counts(world) == {"seen": 3, "ready": 3}
    assert counts(world) == {"seen": 3, "unchanged": 3}


def test_a_number_that_comes_late_without_a_trace_in_the_times_is_seen(world: World) -> None:
    order_id = shipped(world)
    counts(world)
    modified = world.shop.records.orders[int(order_id)]["date_modified_gmt"]
    world.shop.add_tracking(int(order_id), "1Z999AA10123456784", "ups")

    found = counts(world)

    assert world.shop.records.orders[int(order_id)]["date_modified_gmt"] == modified
    assert found == {"seen": 1, "ready": 1}
    (_, sent) = world.atlast.accepted["m-bolt", order_id]
    assert sent["outboundFulfilment"]["trackingNumber"] == "1Z999AA10123456784"


def test_a_policy_that_maps_otherwise_is_applied_to_orders_read_before(world: World) -> None:
    order_id = shipped(world)
    counts(world)
    config = world.services.config
    other = replace(merchant(world), policy=replace(merchant(world).policy, order_number="#{id}"))

    world.services.replace_config(replace(config, merchants={"bolt": other}))

    assert counts(world) == {"seen": 1, "ready": 1}
    assert world.atlast.accepted["m-bolt", order_id][-1]["orderNumber"] == f"#{order_id}"


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"order": {**ORDER, "total": "19.91"}}, id="the order"),
        pytest.param({"order": {**ORDER, "weight": 1.25}}, id="a number"),
        pytest.param({"related": {"products": {"1": {"sku": "y"}}}}, id="what belongs to it"),
        pytest.param({"modified_at": None}, id="its time"),
    ],
)
def test_another_order_has_another_digest(world: World, changes: Mapping[str, Any]) -> None:
    recogniser = Recogniser.of(merchant(world), SHOP, build_mapper(rules(world)))

    assert recogniser.source(RAW) != recogniser.source(replace(RAW, **changes))
    assert recogniser.source(RAW) == recogniser.source(replace(RAW, order=dict(ORDER)))


def test_an_order_is_known_by_its_json_as_it_came(world: World) -> None:
    recogniser = Recogniser.of(merchant(world), SHOP, build_mapper(rules(world)))
    as_it_came = replace(RAW, text=b'{"total":"19.90"}')

    assert recogniser.source(as_it_came) == recogniser.source(replace(as_it_came, order={}))
    assert recogniser.source(as_it_came) != recogniser.source(replace(RAW, text=b'{"total":"19"}'))
    assert recogniser.source(as_it_came) != recogniser.source(
        replace(as_it_came, related={"products": {}})
    )


@pytest.mark.parametrize(
    ("merchant_changes", "shop_changes"),
    [
        pytest.param({"policy": Policy(prices="net")}, {}, id="the policy"),
        pytest.param({"resend_on_change": False}, {}, id="what becomes of changes"),
        pytest.param({"settings": {"hs_code_meta_keys": ("x",)}}, {}, id="the platform's settings"),
        pytest.param({}, {"weight_unit": "g"}, id="the shop's settings"),
        pytest.param({}, {"features": frozenset("a")}, id="the shop's features"),
    ],
)
def test_whatever_decides_is_in_the_digest(
    world: World, merchant_changes: dict[str, Any], shop_changes: Mapping[str, Any]
) -> None:
    before = merchant(world)
    if "settings" in merchant_changes:
        keys = merchant_changes["settings"]
        merchant_changes = {"settings": before.settings.model_copy(update=keys)}
    after, mapper = replace(before, **merchant_changes), build_mapper(rules(world))

    assert Recogniser.of(before, SHOP, mapper).source(RAW) != Recogniser.of(
        after, replace(SHOP, **shop_changes), mapper
    ).source(RAW)


def test_what_cannot_be_written_as_json_has_no_digest(world: World) -> None:
    recogniser = Recogniser.of(merchant(world), SHOP, build_mapper(rules(world)))

    assert recogniser.source(replace(RAW, order={"name": "cut \ud83c"})) is None
    assert recogniser.source(replace(RAW, order={"what": object()})) is None


def test_the_code_of_a_package_is_in_its_digest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    for name, text in (("one_mapper", "X = 1"), ("two_mapper", "X = 2")):
        (tmp_path / name / "inside").mkdir(parents=True)
        (tmp_path / name / "__init__.py").touch()
        (tmp_path / name / "inside" / "map.py").write_text(text)

    (tmp_path / "three_mapper.py").write_text("X = 3")
    before = code_of("three_mapper")
    (tmp_path / "three_mapper.py").write_text("X = 4")
    code_of.cache_clear()

    assert code_of("three_mapper") != before
    assert code_of("one_mapper.inside.map") == code_of("one_mapper")
    assert code_of("one_mapper") != code_of("two_mapper")
    assert code_of("mapping.woocommerce") == code_of("mapping.shopify")


def rules(world: World) -> Any:
    return merchant(world).settings
