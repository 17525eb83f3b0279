"""Orders of real shops, and constructed ones, come through the connector unchanged."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from connectors import RawOrder, Window
from orderferry.sandbox.shopify import ShopifyShop
from tests.connectors.shopify.world import NOW, World, ago, connected, fill, orders, shop_at

EXAMPLES = Path(__file__).parents[4] / "shared" / "examples" / "shopify"
RECENT = "2026-11-20T10:00:00Z"


def nodes(file: Path) -> Iterator[dict[str, Any]]:
    """Yields the GraphQL orders of an example; a REST one has none."""
    told = json.loads(file.read_text())
    if "response" in told:
        yield from told["response"]["data"]["orders"]["nodes"]
    elif str(told["order"].get("id", "")).startswith("gid://"):
        yield told["order"]


def examples() -> list[Any]:
    files = sorted(EXAMPLES.glob("*.json")) if EXAMPLES.exists() else []
    return [pytest.param(node, id=file.stem) for file in files for node in nodes(file)]


def differences(given: Any, got: Any, path: str = "order") -> Iterator[str]:
    """Yields where *got* says another thing than *given*; what one of them lacks is none."""
    if isinstance(given, dict) and isinstance(got, dict):
        if "edges" in given:
            given = {"nodes": [edge["node"] for edge in given["edges"]]}
        for name in given.keys() & got.keys():
            yield from differences(given[name], got[name], f"{path}.{name}")
    elif isinstance(given, list) and isinstance(got, list):
        if len(given) != len(got):
            yield f"{path} has {len(got)} of {len(given)}"
        for number, (left, right) in enumerate(zip(_sorted(given), _sorted(got), strict=False)):
            yield from differences(left, right, f"{path}[{number}]")
    elif given != got:
        yield f"{path}: {given!r} became {got!r}"


def _sorted(rows: list[Any]) -> list[Any]:
    """Lines are handed over in the order of their numbers."""
    return sorted(rows, key=lambda row: str(row.get("id", "")) if isinstance(row, dict) else "")


def through(shop: ShopifyShop, world: World, order_id: str) -> RawOrder:
    # the time moves, so that the orders of old recordings are in the window
    with connected(shop, world, line_page=3) as (connector, _):
        listed = orders(connector.changed(Window(ago(days=30), NOW)))
        (named,) = orders(connector.by_id([order_id])).values()
    assert listed[order_id] == named
    return named


@pytest.mark.skipif(not EXAMPLES.exists(), reason="the examples are not here")
@pytest.mark.parametrize("node", examples())
def test_example_comes_through_unchanged(node: dict[str, Any]) -> None:
    world = World()
    shop = shop_at(world)
    fill(shop, 1)  # somebody with a name, beside the example without one
    moved = {**node, "createdAt": RECENT, "updatedAt": RECENT}
    order_id = str(shop.put_order(moved))

    got = through(shop, world, order_id)

    assert list(differences(moved, got.order)) == []


def test_order_comes_through_unchanged_with_everything_it_can_have() -> None:
    """As the examples, without them: pages of lines, parcels, refunds, two currencies."""
    world = World()
    shop = shop_at(world)
    (id_,) = fill(
        shop,
        1,
        lines=[{"quantity": 2, "price": "10.00", "discount": "3.33"}] * 8,
        currency="JPY",
        rate="0.005",
        tax_rate="20",
        fulfilled=False,
        trackings=(),
        updated_at=ago(hours=1),
    )
    lines = shop.line_ids(int(id_))
    parcel = shop.fulfil(int(id_), dict.fromkeys(lines[:5], 1), [("UPS", "1Z1"), ("UPS", "1Z2")])
    shop.cancel_fulfilment(int(id_), parcel)
    shop.fulfil(int(id_), dict.fromkeys(lines, 2), [("DHL", "JD1")])
    shop.refund(int(id_), dict.fromkeys(lines[:4], 1))
    shop.touch(int(id_), ago(minutes=1))

    got = through(shop, world, id_).order

    whole = shop.order(int(id_))
    for connection in ("lineItems", "shippingLines"):
        whole[connection] = {"nodes": whole.get(connection, [])}
    for parcel_json in whole["fulfillments"]:
        parcel_json["fulfillmentLineItems"] = {"nodes": parcel_json["fulfillmentLineItems"]}
    for refund in whole["refunds"]:
        refund["refundLineItems"] = {"nodes": refund["refundLineItems"]}
    assert list(differences(whole, got)) == []
    assert [one["status"] for one in got["fulfillments"]] == ["CANCELLED", "SUCCESS"]
    assert [one["number"] for one in got["fulfillments"][0]["trackingInfo"]] == ["1Z1", "1Z2"]
    assert len(got["lineItems"]["nodes"]) == 8
    assert [len(one["fulfillmentLineItems"]["nodes"]) for one in got["fulfillments"]] == [5, 8]
    assert [len(one["refundLineItems"]["nodes"]) for one in got["refunds"]] == [4]
