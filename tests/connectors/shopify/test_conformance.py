"""The connector keeps the protocol's promises, by paging and by bulk operation."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from connectors import Connector, Window, conformance
from connectors.conformance import Check
from connectors.shopify import ShopifyConnector
from tests.connectors.shopify.world import (
    World,
    ago,
    connected,
    fill,
    settings,
    shop_at,
)

WINDOW = Window(ago(hours=5), ago(hours=2))


@pytest.fixture(scope="module", params=[{}, {"bulk_from": 50}], ids=["paging", "bulk"])
def connector(request: pytest.FixtureRequest) -> Iterator[Connector]:
    """A shop with 330 orders in the window, 25 of them in one second, and some around it."""
    world = World()
    shop = shop_at(world, maximum_available=10**6, restore_rate=10**4)
    fill(shop, 300)
    fill(shop, 25, updated_at=ago(hours=3))
    fill(shop, 5, updated_at=ago(hours=3), lines=[{"quantity": 3}] * 12)
    fill(shop, 5, updated_at=ago(hours=5) - timedelta(seconds=1))
    fill(shop, 5, updated_at=ago(hours=2))
    more: dict[str, Any] = {"feed_page": 60, "line_page": 10, **request.param}
    with connected(shop, world, **more) as (it, _):
        yield it


@pytest.mark.parametrize("check", conformance.CHECKS, ids=lambda check: check.__name__)
def test_connector_conforms(check: Check, connector: Connector) -> None:
    check(connector, WINDOW)


def test_unreachable_shop_is_an_error_everywhere_and_closing_twice_is_harmless() -> None:
    nowhere = ShopifyConnector(settings("http://127.0.0.1:9"), World().surroundings)

    conformance.fails_with_a_connector_error(nowhere, WINDOW)
    conformance.closes_twice(nowhere, WINDOW)
