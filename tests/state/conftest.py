"""
The store that the contract tests run on.

test_leases, test_reading, test_delivering and test_runs know the StateStore
protocol only: another implementation joins them by a parameter here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from state import Lease, OverviewStore, SqliteStore
from tests.state.make import NOW, take

_OPENERS: dict[str, Callable[[Path], OverviewStore]] = {
    "sqlite": lambda folder: SqliteStore.open(folder / "state.db", now=NOW),
}


@pytest.fixture(params=_OPENERS)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[OverviewStore]:
    opened = _OPENERS[request.param](tmp_path)
    yield opened
    opened.close()


@pytest.fixture
def lease(store: OverviewStore) -> Lease:
    return take(store)
