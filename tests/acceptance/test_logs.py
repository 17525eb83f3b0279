"""The daemon's log: one event per line, whose it is, and counts that add up (R1)."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from conftest import Ferry, Result, eventually

QUICK = 'poll_every = "1s"\nsettle_delay = "0s"\nsweep_every = "2s"'
BECAME = ("ready", "unchanged", "waiting", "skipped", "quarantined")


def lines(result: Result) -> list[dict[str, Any]]:
    return [json.loads(line) for line in result.err.splitlines()]


def runs(result: Result, kind: str) -> list[dict[str, Any]]:
    return [
        line for line in lines(result) if line["action"] == "run_finished" and line["kind"] == kind
    ]


@pytest.fixture
def told(ferry: Ferry) -> Result:
    """The log of a daemon that met every kind of order, and At Last's refusal of one."""
    ferry.configure(daemon=QUICK)
    now = datetime.now(UTC)
    good, refused, unreadable = (ferry.add_order(modified_at=now) for _ in range(3))
    ferry.add_order(modified_at=now, tracking=[], completed_at=now)
    ferry.add_order(modified_at=now, billing={"city": ""}, shipping={"city": ""})
    ferry.shop.poison = {unreadable}
    ferry.atlast.poison = lambda order: order["id"] == str(refused)
    daemon = ferry.start("--debug", "run")
    try:
        eventually(lambda: ferry.accepted() == {str(good)})
        eventually(lambda: ferry.logged('"kind": "sweep", "outcome": "done"'))
    finally:
        result = ferry.finish(daemon)
    return result


def test_every_line_is_one_event_with_its_action(told: Result) -> None:
    for line in lines(told):
        assert line.keys() >= {"timestamp", "level", "action", "event"}
        assert "\n" not in line["event"]
    assert [line["action"] for line in lines(told)][-1] == "daemon_stopped"


def test_the_counts_of_every_run_that_reads_add_up(told: Result) -> None:
    reading = [*runs(told, "poll"), *runs(told, "sweep")]
    met = {name: sum(run.get(name, 0) for run in reading) for name in BECAME}

    assert len(reading) >= 2
    for run in reading:
        assert run.get("seen", 0) == sum(run.get(name, 0) for name in BECAME), run
    assert met["ready"] == 2
    assert met["waiting"] == 1
    assert met["quarantined"] == 2
    assert met["unchanged"] > 0


def test_the_counts_of_deliveries_are_what_became_of_the_outbox(told: Result) -> None:
    deliveries = runs(told, "deliver")
    sums = {
        name: sum(run.get(name, 0) for run in deliveries)
        for name in ("delivered", "refused", "in_doubt", "pushed_again")
    }

    assert sums == {"delivered": 1, "refused": 1, "in_doubt": 0, "pushed_again": 0}


def test_a_quiet_shop_is_silent(ferry: Ferry) -> None:
    ferry.configure(daemon=QUICK.replace('"2s"', '"12h"'))
    daemon = ferry.start("run")
    try:
        eventually(lambda: _polls(ferry) >= 3)
    finally:
        result = ferry.finish(daemon)

    said = [line["action"] for line in lines(result)]
    assert said == ["daemon_started", "state_tidied", "daemon_stopping", "daemon_stopped"]


def _polls(ferry: Ferry) -> int:
    return sum(request.path.endswith("/orders") for request in list(ferry.shop_server.requests))


def test_a_failing_shop_is_one_warning_a_run_and_says_what_to_do(ferry: Ferry) -> None:
    ferry.configure(daemon=QUICK)
    ferry.shop.revoke(ferry.shop.keys[0])
    daemon = ferry.start("run")
    try:
        eventually(lambda: ferry.logged("credentials refused"))
    finally:
        result = ferry.finish(daemon)

    (failed,) = [line for line in lines(result) if line["level"] == "warning"]
    assert (failed["action"], failed["subject"], failed["kind"]) == (
        "run_finished",
        "bolt",
        "poll",
    )
    assert failed["problem"]
    assert datetime.fromisoformat(failed["retry_at"]) > datetime.fromisoformat(failed["timestamp"])


def test_what_a_connector_says_names_the_merchant_and_has_its_own_action(ferry: Ferry) -> None:
    ferry.configure(daemon=QUICK)
    ferry.add_order()

    def chatty(request: Any, handler: Any) -> Any:
        told = handler(request)
        return type(told)(told.status, b"Notice: deprecated\n" + told.body, told.headers)

    ferry.shop_server.fail(chatty, times=-1)
    daemon = ferry.start("run")
    try:
        eventually(lambda: ferry.logged("text_around_json"))
    finally:
        result = ferry.finish(daemon)

    line = next(line for line in lines(result) if line["action"] == "text_around_json")
    assert (line["subject"], line["kind"], line["level"]) == ("bolt", "poll", "warning")
