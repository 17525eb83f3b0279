"""R4 measured: what it costs to isolate the orders that At Last refuses without naming them."""

from __future__ import annotations

import random
from datetime import timedelta
from math import ceil, log2
from pathlib import Path

import pytest

from orderferry.sandbox.atlast.service import Naming
from state import RunOutcome
from tests.attack.documented import require_documented, table
from tests.attack.world import World

ORDERS, BATCH = 1000, 100
CASES: list[tuple[int, Naming]] = [
    (1, "none"),
    (5, "none"),
    (50, "none"),
    (1, "indices"),
    (5, "paths"),
    (50, "indices"),
    (50, "ids"),
]
_WORDS: dict[Naming, str] = {
    "none": "names nothing",
    "indices": "names them by position",
    "paths": "names them by path",
    "ids": "names them by id",
}


def requests_used(folder: Path, bad: int, naming: Naming) -> int:
    """Pushes 1,000 orders, *bad* of them poisoned at random places; all is checked."""
    world = World(folder, orders='tracking_wait = "0h"')
    world.atlast.naming = naming
    ids = [
        str(
            world.shop.add_order(
                status="completed",
                created_at=world.now - timedelta(days=1),
                modified_at=world.now - timedelta(seconds=number),
            )
        )
        for number in range(ORDERS)
    ]
    poisoned = set(random.Random(bad).sample(ids, bad))
    world.atlast.poison = lambda order: order["id"] in poisoned
    world.start()
    world.wait(60)
    world.poll()

    report = world.deliver()

    assert report is not None
    assert report.outcome is RunOutcome.DONE
    assert {order_id for _, order_id in world.atlast.accepted} == set(ids) - poisoned
    assert world.atlast.duplicates == 0
    assert {order_id for order_id in ids if world.state(order_id) == "quarantined"} == poisoned
    world.close()
    return len(world.batches)


@pytest.mark.timeout(300)
def test_isolating_refused_orders_stays_within_the_bound(tmp_path: Path) -> None:
    rows = []
    for number, (bad, naming) in enumerate(CASES):
        folder = tmp_path / str(number)
        folder.mkdir()
        used = requests_used(folder, bad, naming)
        # R4 is about one batch: with the sum over ten of them the + 1 counts ten times, and
        # so does the one request more of an answer that names orders
        batches = ORDERS // BATCH
        named = naming != "none"
        bound = 2 * bad * ceil(log2(BATCH)) + batches + (batches if named else 0)
        assert used <= bound
        words = _WORDS[naming]
        rows.append([f"{bad}", words, f"{used}", f"{bound}", f"{ORDERS - bad:,}"])

    found = table(["refused of 1,000", "the answer", "requests", "bound of R4", "accepted"], rows)
    print(f"\n{found}")  # noqa: T201 - what it cost, for people
    require_documented("poison", found)
