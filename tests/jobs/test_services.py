"""What a process has open: as long as the configuration has it, and no run longer."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from orderferry.config import Config, Merchant
from orderferry.sandbox.server import Handler, Request, Response, Server
from state import RunOutcome
from tests.attack.world import World

Change = Callable[[Merchant], tuple[Merchant, ...]]
CHANGES = [
    pytest.param(lambda _merchant: (), id="removed"),
    pytest.param(lambda merchant: (replace(merchant, enabled=False),), id="switched off"),
    pytest.param(lambda merchant: (replace(merchant, first_sync=timedelta()),), id="changed"),
]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path)
    world.start()
    yield world
    world.close()


def changed(config: Config, change: Change) -> Config:
    merchants = change(config.merchants["bolt"])
    return replace(config, merchants={one.name: one for one in merchants})


def is_left(server: Server, seconds: float = 10) -> bool:
    """Whether everybody who had connected is gone; the bound only ends a test that has failed."""
    waiting = threading.Thread(target=server.await_departure, daemon=True)
    waiting.start()
    waiting.join(seconds)
    return not waiting.is_alive()


@pytest.mark.parametrize("change", CHANGES)
def test_a_shop_that_is_not_read_any_more_is_left_at_once(world: World, change: Change) -> None:
    world.poll()
    connector, _ = world.services.connector(world.services.merchant("bolt"))

    world.services.replace_config(changed(world.services.config, change))

    assert is_left(world.shop_server)
    assert connector is not None  # kept until here: nobody but the process closed it


@pytest.mark.parametrize("change", CHANGES)
def test_a_run_under_way_is_finished_and_then_its_shop_is_left(
    world: World, change: Change
) -> None:
    world.poll()
    world.wait(60)
    connector, _ = world.services.connector(world.services.merchant("bolt"))

    def reload(request: Request, handler: Handler) -> Response:
        world.services.replace_config(changed(world.services.config, change))
        return handler(request)

    world.shop_server.fail(reload)
    report = world.poll()

    assert report is not None
    assert report.outcome is RunOutcome.DONE
    assert is_left(world.shop_server)
    assert connector is not None


def test_a_shop_whose_settings_are_the_same_is_not_left(world: World) -> None:
    world.poll()
    merchant = world.services.merchant("bolt")
    connector, _ = world.services.connector(merchant)

    world.services.replace_config(replace(world.services.config, merchants={"bolt": merchant}))

    assert world.services.connector(merchant)[0] is connector


def test_an_account_that_nobody_delivers_to_any_more_is_left(world: World) -> None:
    world.shop.add_order(
        status="completed",
        created_at=world.now - timedelta(days=1),
        modified_at=world.now - timedelta(days=1),
        tracking=[("1Z999AA10123456784", "ups")],
    )
    world.poll()
    world.deliver()
    client = world.services.client(world.services.merchant("bolt"))

    world.services.replace_config(changed(world.services.config, lambda _merchant: ()))

    assert is_left(world.atlast_server)
    assert client is not None
