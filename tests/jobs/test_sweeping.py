"""Sweeps against simulated shops: what polls cannot see is found, and nothing else is read."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from orderferry.runs import Report
from orderferry.sandbox.server import Request, Response, reply
from orderferry.sweep import sweep
from orderferry.troubles import find_troubles
from state import RunOutcome
from tests.attack.world import World

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
TRACKING = [("1Z999AA10123456784", "ups")]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    yield from running(World(tmp_path))


def running(world: World) -> Iterator[World]:
    world.start()
    yield world
    world.close()


def polled(world: World) -> Report:
    world.wait(60)
    report = world.poll()
    assert report is not None
    assert report.outcome is RunOutcome.DONE
    return report


def swept(world: World) -> dict[str, int]:
    """Sweeps, and returns what it compared, missed and found changed."""
    report = sweep("bolt", world.services)
    assert report.outcome is RunOutcome.DONE, report.problem
    return {name: report.counts[name] for name in ("compared", "missing", "differing")}


def add(world: World, **fields: Any) -> str:
    """A shipped order with tracking, three days old."""
    fields = {
        "status": "completed",
        "created_at": world.now - 3 * DAY,
        "modified_at": world.now - 3 * DAY,
        "tracking": TRACKING,
        **fields,
    }
    return str(world.shop.add_order(**fields))


def read_by_id(world: World) -> set[str]:
    return {
        order_id
        for request in world.shop_server.requests
        if request.path.endswith("/orders")
        for order_id in request.first("include").split(",")
        if order_id
    }


def test_after_a_poll_nothing_is_missing_and_nothing_is_read_again(world: World) -> None:
    for _ in range(30):
        add(world)
    polled(world)
    world.deliver()
    world.shop_server.requests.clear()

    assert swept(world) == {"compared": 30, "missing": 0, "differing": 0}
    assert read_by_id(world) == set()


def test_an_order_that_was_written_into_the_database_is_found_and_delivered(world: World) -> None:
    """Its modification time lies before the watermark: no poll will ever ask for it."""
    add(world)
    polled(world)
    late = add(world)
    polled(world)
    before = world.state(late)

    assert swept(world) == {"compared": 2, "missing": 1, "differing": 0}
    world.deliver()
    assert before == ""
    assert world.state(late) == "delivered"
    assert world.accepted(late) == 1


def test_a_change_that_moved_the_modification_time_back_is_found(world: World) -> None:
    order_id = add(world, modified_at=world.now - HOUR)
    polled(world)
    world.shop.edit_order(
        int(order_id),
        billing={"city": "Leeds"},
        touch=world.now - 2 * HOUR - 30 * timedelta(minutes=1),
    )
    polled(world)

    assert swept(world) == {"compared": 1, "missing": 0, "differing": 1}
    assert swept(world) == {"compared": 1, "missing": 0, "differing": 0}


@pytest.mark.parametrize("storage", ["hpos", "cpt"])
def test_an_edit_in_the_repeated_autumn_hour_is_found(tmp_path: Path, storage: Any) -> None:
    """Stored one hour early; a poll whose overlap is shorter than that never asks for it."""
    autumn = datetime(2026, 11, 1, 6, 30, tzinfo=UTC)  # the second 01:30 in New York
    world = World(tmp_path, storage=storage, start=autumn, orders="")
    for it in running(world):
        order_id = add(it, status="processing")
        polled(it)
        it.wait(4 * 3600)
        polled(it)
        it.shop.edit_order(int(order_id), status="completed", touch=autumn - HOUR)
        polled(it)
        unseen = it.state(order_id)

        assert swept(it) == {"compared": 1, "missing": 1, "differing": 0}
        assert unseen == ""
        assert it.state(order_id) == "pending"


def test_an_order_that_left_the_status_and_came_back_unseen_is_delivered(world: World) -> None:
    order_id = add(world, status="completed", tracking=[], completed_at=world.now - HOUR)
    polled(world)
    at = world.now
    world.shop.edit_order(int(order_id), status="processing", touch=at)
    polled(world)
    world.wait(3 * 3600)
    polled(world)
    left = world.order(order_id)
    world.shop.edit_order(int(order_id), status="completed", touch=False)
    world.shop.edit_order(
        int(order_id),
        touch=False,
        meta_data={
            "_wc_shipment_tracking_items": [
                {"tracking_number": "1Z1", "tracking_provider": "ups", "date_shipped": "1781481600"}
            ]
        },
    )
    polled(world)

    found = swept(world)
    world.deliver()

    assert left is not None
    assert str(left.reason).startswith("not shipped")
    assert found == {"compared": 1, "missing": 0, "differing": 1}
    assert world.accepted(order_id) == 1


@pytest.mark.parametrize(
    ("resend", "accepted"),
    [pytest.param("true", 2, id="sent again"), pytest.param("false", 1, id="left as it is")],
)
def test_on_legacy_storage_a_number_after_the_wait_is_found_where_changes_are_sent(
    tmp_path: Path, resend: str, accepted: int
) -> None:
    world = World(tmp_path, storage="cpt", orders=f"resend_on_change = {resend}")
    for it in running(world):
        order_id = add(it, tracking=[])
        polled(it)
        it.deliver()
        sent = it.accepted(order_id)
        it.shop.add_tracking(int(order_id), "1Z999AA10123456784", "ups")
        polled(it)

        swept(it)
        it.deliver()

        assert sent == 1
        assert it.accepted(order_id) == accepted


def test_an_order_quarantined_for_want_of_a_number_is_sent_when_it_comes(tmp_path: Path) -> None:
    world = World(tmp_path, storage="cpt", orders='when_tracking_never_comes = "quarantine"')
    for it in running(world):
        order_id = add(it, tracking=[])
        polled(it)
        kept = it.order(order_id)
        it.shop.add_tracking(int(order_id), "1Z999AA10123456784", "ups")
        polled(it)
        assert it.state(order_id) == "quarantined"

        swept(it)
        it.deliver()

        assert kept is not None
        assert str(kept.reason).startswith("tracking: no tracking number came")
        assert it.accepted(order_id) == 1


def test_what_the_first_sync_left_out_on_purpose_stays_out(tmp_path: Path) -> None:
    world = World(tmp_path, orders='first_sync = "7d"')
    for it in running(world):
        old = add(it, created_at=it.now - 20 * DAY, modified_at=it.now - 20 * DAY)
        polled(it)
        it.wait(30 * 86_400)
        polled(it)
        late = add(it, created_at=it.now - 35 * DAY, modified_at=it.now - 25 * DAY)

        assert swept(it) == {"compared": 2, "missing": 1, "differing": 0}
        assert (it.state(old), it.state(late)) == ("", "pending")


def test_what_the_next_poll_will_find_is_left_to_it(world: World) -> None:
    add(world)
    polled(world)
    world.wait(60)
    fresh = add(world, created_at=world.now, modified_at=world.now)
    world.wait(1)

    assert swept(world) == {"compared": 2, "missing": 0, "differing": 0}
    assert world.state(fresh) == ""
    polled(world)
    assert world.state(fresh) == "pending"


def test_after_a_clock_that_was_a_day_ahead_nothing_stays_missing(world: World) -> None:
    """Polled under it once, then not for hours: the watermark lies ahead and proves nothing."""
    add(world)
    world.clock_error = DAY
    polled(world)
    world.clock_error = timedelta()
    unseen = add(world, created_at=world.now, modified_at=world.now + timedelta(seconds=1))
    world.wait(5 * 3600)
    polled(world)
    before = world.state(unseen)

    assert swept(world) == {"compared": 2, "missing": 1, "differing": 0}
    assert (before, world.state(unseen)) == ("", "pending")


def test_an_order_skipped_as_too_old_by_such_a_clock_is_pending_again(world: World) -> None:
    order_id = add(world, created_at=world.now - 59.5 * DAY, modified_at=world.now - 59 * DAY)
    polled(world)
    world.clock_error = DAY
    world.refuses = lambda _order: True
    world.deliver()
    world.clock_error = timedelta()
    skipped = world.state(order_id)

    swept(world)
    world.refuses = lambda _order: False
    world.wait(3600)
    world.deliver()

    assert skipped == "skipped"
    assert world.accepted(order_id) == 1


def test_an_order_the_shop_cannot_render_is_quarantined_and_found_when_it_can(world: World) -> None:
    add(world)
    polled(world)
    late = add(world)
    world.shop.poison.add(int(late))

    found = swept(world)
    ill = world.state(late)
    world.shop.poison.clear()
    swept(world)

    assert found == {"compared": 2, "missing": 1, "differing": 0}
    assert ill == "quarantined"
    assert world.state(late) == "pending"


def test_only_what_differs_is_read_and_at_most_a_hundred_at_once(world: World) -> None:
    for _ in range(20):
        add(world)
    polled(world)
    world.deliver()
    late = {add(world) for _ in range(230)}
    world.shop_server.requests.clear()

    assert swept(world) == {"compared": 250, "missing": 230, "differing": 0}
    assert read_by_id(world) == late
    batches = [
        r.first("include").count(",") + 1 for r in world.shop_server.requests if r.first("include")
    ]
    assert max(batches) <= 100


def test_a_sweep_that_fails_half_way_keeps_what_it_found_and_moves_no_watermark(
    world: World,
) -> None:
    add(world)
    polled(world)
    watermark = world.ledger.watermark("bolt")
    late = [
        add(world, created_at=world.now - day * DAY, modified_at=world.now - 50 * DAY)
        for day in range(3, 50)
        for _ in range(5)
    ]
    asked: list[Request] = []

    def gone_after_a_while(request: Request, handler: Any) -> Response:
        asked.append(request)
        return handler(request) if len(asked) < 5 else Response(503, b"", {"Retry-After": "900"})

    with world.shop_server.failing(gone_after_a_while):
        failed = sweep("bolt", world.services)
    kept = sum(bool(world.state(order_id)) for order_id in late)

    assert failed.outcome is RunOutcome.TRANSIENT
    assert 0 < kept < len(late)
    assert swept(world)["missing"] == len(late) - kept
    assert world.ledger.watermark("bolt") == watermark


def test_no_sweep_runs_beside_a_poll_of_the_same_merchant(world: World) -> None:
    add(world)
    lease = world.ledger.acquire(
        "merchant:bolt", "process 1 on elsewhere (0-0)", now=world.clock(), ttl=timedelta(minutes=5)
    )

    report = sweep("bolt", world.services)

    assert report.outcome is RunOutcome.STOPPED
    assert "process 1 on elsewhere" in str(report.problem)
    world.ledger.release(lease)


def test_a_shop_whose_every_sweep_fails_is_a_trouble_though_its_polls_go_well(world: World) -> None:
    add(world)
    polled(world)
    world.deliver()
    troubles = []
    for _ in range(2):
        with world.shop_server.failing(reply(503)):
            assert sweep("bolt", world.services).outcome is RunOutcome.TRANSIENT
        polled(world)
        states = world.ledger.merchant_states(["bolt"])
        troubles.append(find_troubles(world.services.config, states, {}, world.clock()))
        world.wait(37 * 3600)

    new, (trouble,) = troubles
    assert new == []
    assert trouble.subjects == ("bolt",)
    assert trouble.words.startswith("No sweep was completed for long")


def test_status_knows_the_last_sweep_after_any_number_of_polls(world: World) -> None:
    add(world)
    polled(world)
    swept(world)
    for _ in range(520):
        run_id = world.ledger.start_run("bolt", "poll", now=world.clock())
        world.ledger.finish_run(run_id, RunOutcome.DONE, now=world.clock(), counts={})

    last = world.ledger.merchant_state("bolt").last_sweep

    assert last is not None
    assert (last.counts["compared"], last.counts["missing"]) == (1, 0)
