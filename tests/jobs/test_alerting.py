"""The job that tells the webhook, on a real state file: also when that cannot be written."""

from __future__ import annotations

import json
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from orderferry.alerting import Teller
from orderferry.sandbox.server import Request, Response, Server
from orderferry.sandbox.woocommerce.keys import ApiKey
from state import StateError
from tests.attack.world import World


class Webhook:
    def __init__(self) -> None:
        self.got: list[Any] = []

    def handle(self, request: Request) -> Response:
        self.got += json.loads(request.body)["alerts"]
        return Response(200)

    def told(self) -> list[tuple[str, str, list[str]]]:
        return [(one["alert"], one["status"], one["subjects"]) for one in self.got]


@pytest.fixture
def webhook() -> Webhook:
    return Webhook()


@pytest.fixture
def world(tmp_path: Path, webhook: Webhook) -> Iterator[World]:
    world = World(tmp_path, atlast='[alerts]\nurl = "env:hook"')
    with Server(webhook.handle) as server:
        world.environ["hook"] = server.url
        world.start()
        yield world
        world.close()


@contextmanager
def full_disk() -> Iterator[None]:
    """No file of this process may grow, as on a disk without room."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def refused_poll(world: World) -> ApiKey:
    """Returns the key that was refused."""
    key = world.shop.keys[0]
    world.shop.revoke(key)
    world.poll()
    return key


BEGUN, OVER = ("credentials", "begun", ["bolt"]), ("credentials", "over", ["bolt"])


def test_what_cannot_be_remembered_on_a_full_disk_is_told_once(
    world: World, webhook: Webhook
) -> None:
    refused_poll(world)
    teller = Teller(world.services, world.clock())

    with full_disk():
        for _ in range(3):
            with pytest.raises(StateError):
                teller.look()

    assert webhook.told() == [BEGUN]


def test_what_was_told_on_a_full_disk_is_remembered_when_there_is_room(
    world: World, webhook: Webhook
) -> None:
    refused_poll(world)
    teller = Teller(world.services, world.clock())
    with full_disk(), pytest.raises(StateError):
        teller.look()

    teller.look()
    Teller(world.services, world.clock()).look()  # the next process

    assert webhook.told() == [BEGUN]


def test_what_is_over_is_told_though_its_beginning_could_not_be_remembered(
    world: World, webhook: Webhook
) -> None:
    key = refused_poll(world)
    teller = Teller(world.services, world.clock())
    with full_disk(), pytest.raises(StateError):
        teller.look()
    world.shop.grant(key)
    world.poll()

    with full_disk(), pytest.raises(StateError):
        teller.look()
    teller.look()

    assert webhook.told() == [BEGUN, OVER]
