"""A simulated world and status pages on it, each test with its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.web.world import LISTEN_WITH_TOKEN, Page, World, served, signed_in, simulated


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with simulated(tmp_path) as it:
        yield it


@pytest.fixture
def page(world: World) -> Iterator[Page]:
    """Open to whoever reaches it: on loopback, without a token."""
    with served(world) as it:
        yield it


@pytest.fixture
def closed(world: World) -> Iterator[Page]:
    """With a token."""
    with served(world, LISTEN_WITH_TOKEN) as it:
        yield it


@pytest.fixture
def browser(page: Page) -> httpx.Client:
    return page.browser()


@pytest.fixture
def member(closed: Page) -> httpx.Client:
    """Signed in on the closed page."""
    return signed_in(closed)
