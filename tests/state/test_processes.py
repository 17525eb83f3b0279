"""Several processes on one file, and processes that are killed (R2, R3, R7)."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from state import LeaseHeld, SqliteStore
from tests.state import children
from tests.state.make import NOW, TTL, claim, filled, ready, take


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state.db"


def test_of_processes_that_race_for_a_lease_on_a_new_file_one_gets_it(path: Path) -> None:
    racing = [children.start("acquire", path, f"owner-{number}") for number in range(5)]

    answers = [children.said(child) for child in racing]
    for child in racing:
        child.communicate()

    winners = [owner for verb, owner in answers if verb == "acquired"]
    assert len(winners) == 1
    assert sorted(verb for verb, _owner in answers) == ["acquired", *["held"] * 4]
    assert {owner for _verb, owner in answers} == set(winners)


def test_processes_that_write_at_the_same_time_wait_for_each_other(path: Path) -> None:
    writing = [children.start("record-many", path, f"shop-{number}", 25) for number in range(4)]

    answers = [children.said(child) for child in writing]
    for child in writing:
        child.communicate()

    assert answers == [{"pending": 500}] * 4


def test_killed_between_claim_and_settle_the_order_is_in_doubt_and_claimed_again(
    path: Path,
) -> None:
    store = SqliteStore.open(path, now=NOW)
    seed = take(store, "seed")
    store.record_page(seed, "acme", [ready("1"), ready("2")], now=NOW)
    child = children.start("claim", path)
    claimed = children.said(child)
    children.kill(child)

    with pytest.raises(LeaseHeld):
        take(store)
    in_doubt = filled(store)
    again = claim(store, take(store, now=NOW + TTL))

    assert claimed == ["1", "2"]
    assert in_doubt == {"in_doubt": 2}
    assert [(one.order_id, one.again) for one in again] == [("1", True), ("2", True)]
    store.close()


def test_killed_at_any_instruction_a_page_is_stored_whole_with_its_watermark_or_not_at_all(
    tmp_path: Path,
) -> None:
    steps = [1, 7, 30, 100, 300, 700, 1500, 2500, 4000, 6000, 9000, 10_000_000]

    ends = children.run("die-after", tmp_path, *steps)

    assert {(died, tuple(orders.items()), moved) for died, orders, moved in ends} == {
        (True, (), False),
        (False, (("pending", 100),), True),
    }
    assert sum(died for died, _orders, _moved in ends) >= 6


def test_killed_at_any_time_no_page_is_torn_and_no_watermark_lies(tmp_path: Path) -> None:
    for round_ in range(4):
        path = tmp_path / f"{round_}.db"
        child = children.start("record-on-and-on", path)
        while (told := children.said(child)) < 3 + 5 * round_:
            pass
        children.kill(child)

        store = SqliteStore.open(path, now=NOW)
        watermark = store.watermark("acme")
        orders = filled(store)
        store.close()

        assert watermark is not None
        pages = (watermark - NOW) // timedelta(seconds=1) + 1
        assert pages > told
        assert orders == {"pending": 100 * pages}
