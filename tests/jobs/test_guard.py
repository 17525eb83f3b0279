"""A job of the daemon that fails hurts no other, and its message is not logged (R5, R6)."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from orderferry.daemon import Daemon
from state import StateError
from tests.attack.world import World


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[Daemon]:
    world = World(tmp_path)
    world.start()
    yield Daemon(world.services, reload=lambda: world.services.config)
    world.close()


def test_a_defect_is_logged_by_its_place_and_not_by_a_message_that_can_quote_an_order(
    daemon: Daemon,
) -> None:
    def defect() -> None:
        raise ValueError("wilhelmina@shopper.example")

    with capture_logs() as logged:
        daemon._guard(defect, "poll:bolt")()

    (line,) = logged
    assert (line["action"], line["log_level"], line["job"]) == ("job_crashed", "error", "poll:bolt")
    assert line["error"] == "ValueError"
    assert line["at"][-1].endswith(" defect")
    assert "wilhelmina" not in str(line)


def test_a_state_that_cannot_be_written_is_a_warning(daemon: Daemon) -> None:
    def full() -> None:
        raise StateError("FILE: the disk is full.", passes=True)

    with capture_logs() as logged:
        daemon._guard(full, "poll:bolt")()

    assert [(line["action"], line["log_level"]) for line in logged] == [
        ("state_unusable", "warning")
    ]


def test_a_configuration_that_cannot_be_scheduled_changes_nothing(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.start()
    before = world.services.config
    never = before.daemon.model_copy(update={"poll_every": timedelta.max})
    wanted = [
        dataclasses.replace(before, daemon=never),
        dataclasses.replace(before, merchants={}),
    ]
    daemon = Daemon(world.services, reload=lambda: wanted.pop(0))
    daemon._schedule(before)
    daemon._scheduler.start(paused=True)
    usual = {job.name: job.trigger.interval for job in daemon._scheduler.get_jobs()}

    with capture_logs() as logged:
        daemon._reload_config()
    kept = {job.name: job.trigger.interval for job in daemon._scheduler.get_jobs()}
    config = world.services.config
    daemon._reload_config()
    without = {job.name for job in daemon._scheduler.get_jobs()}

    daemon._scheduler.shutdown(wait=False)
    world.close()
    assert [line["action"] for line in logged] == ["config_refused"]
    assert "OverflowError" in logged[0]["fault"]
    assert config is before
    assert kept == usual
    assert without == {"tidy:state"}
