"""run: the daemon as a process: schedule, signals, a second one."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from conftest import Ferry, eventually

from orderferry.sandbox.server import Response, Server

QUICK = 'poll_every = "1s"\nsettle_delay = "0s"'


def add_now(ferry: Ferry) -> int:
    return int(ferry.add_order(modified_at=datetime.now(UTC)))


def test_orders_arrive_without_a_command(ferry: Ferry) -> None:
    ferry.configure(daemon=QUICK)
    first = add_now(ferry)
    daemon = ferry.start("run")
    try:
        eventually(lambda: ferry.accepted() == {str(first)})
        second = add_now(ferry)
        eventually(lambda: ferry.accepted() == {str(first), str(second)})
    finally:
        result = ferry.finish(daemon)

    assert result.status == 0, result.err
    assert ferry.atlast.duplicates == 0
    assert '"action": "daemon_stopped"' in result.err


def test_sigterm_drains_within_ten_seconds_though_a_shop_never_answers(ferry: Ferry) -> None:
    ferry.configure(daemon=QUICK)
    asked: list[float] = []

    def hang(_request: object, _handler: object) -> object:
        asked.append(time.monotonic())
        time.sleep(25)
        raise ConnectionError

    ferry.shop_server.fail(hang, times=-1)
    daemon = ferry.start("run")
    eventually(lambda: bool(asked))
    begun = time.monotonic()

    result = ferry.finish(daemon)

    assert result.status == 0
    assert time.monotonic() - begun < 10


def test_sighup_takes_a_new_configuration_and_refuses_a_broken_one(ferry: Ferry) -> None:
    ferry.configure(daemon='poll_every = "1h"\nsettle_delay = "0s"')
    daemon = ferry.start("run")
    try:
        eventually(ferry.state.exists)
        good = ferry.config.read_text()
        ferry.config.write_text("[merchants.bolt]\nplatform = 3\n")
        eventually(lambda: _polls(ferry) >= 1)
        daemon.send_signal(signal.SIGHUP)
        eventually(lambda: ferry.logged('"action": "config_refused"'))
        assert daemon.poll() is None  # it goes on with the old one
        add_now(ferry)
        ferry.config.write_text(good.replace('"1h"', '"1s"'))
        daemon.send_signal(signal.SIGHUP)
        eventually(lambda: len(ferry.accepted()) == 1)
    finally:
        result = ferry.finish(daemon)

    assert result.status == 0
    assert '"action": "config_reloaded"' in result.err


def test_sighup_gives_work_to_as_many_workers_as_the_configuration_says(ferry: Ferry) -> None:
    """One worker hangs on a shop that never answers: a second one reads the other shop."""
    ferry.configure(daemon=f"{QUICK}\nworkers = 1")
    good = ferry.config.read_text()
    asked, enough = threading.Event(), threading.Event()

    def hang(_request: object) -> Response:
        asked.set()
        enough.wait(60)
        return Response(503)

    order_id = str(add_now(ferry))
    with Server(hang) as slow:
        ferry.config.write_text(
            good.replace(
                "[merchants.bolt]",
                f"""
[merchants.acorn]
platform = "woocommerce"
merchant_id = "acorn"
[merchants.acorn.woocommerce]
url = "{slow.url}"
consumer_key = "env:SHOP_KEY"
consumer_secret = "env:SHOP_SECRET"
[merchants.bolt]""",
                1,
            )
        )
        daemon = ferry.start("run")
        try:
            assert asked.wait(20)
            time.sleep(1.5)
            meanwhile = _polls(ferry)
            ferry.config.write_text(ferry.config.read_text().replace("workers = 1", "workers = 2"))
            daemon.send_signal(signal.SIGHUP)
            eventually(lambda: ferry.accepted() == {order_id})
        finally:
            enough.set()
            result = ferry.finish(daemon)

    assert meanwhile == 0
    assert result.status == 0


def _polls(ferry: Ferry) -> int:
    return sum(request.path.endswith("/orders") for request in list(ferry.shop_server.requests))


def test_an_idle_shop_is_polled_less_and_less_often_if_its_merchant_says_so(ferry: Ferry) -> None:
    ferry.configure(daemon=QUICK, merchant='poll_idle_every = "1h"')
    daemon = ferry.start("run")
    try:
        eventually(lambda: _polls(ferry) >= 3)  # a second after the first, two after the second
        time.sleep(2)  # four after the third; without the key there would be two more by now
        assert _polls(ferry) == 3
        ids = {str(add_now(ferry))}
        eventually(lambda: ferry.accepted() == ids)
    finally:
        ferry.finish(daemon)


def test_a_second_daemon_is_refused_with_the_holders_name(ferry: Ferry) -> None:
    ferry.configure(daemon=QUICK)
    first = ferry.start("run")
    try:
        eventually(lambda: _polls(ferry) >= 1)
        second = ferry("run", timeout=20)
    finally:
        ferry.finish(first)

    assert second.status == 75
    assert f"process {first.pid} on " in second.err


def test_after_kill_9_the_next_daemon_starts_at_once_and_loses_nothing(ferry: Ferry) -> None:
    ferry.configure(daemon=QUICK)
    ids = {str(add_now(ferry)) for _ in range(30)}
    killed = ferry.start("run")
    eventually(lambda: _polls(ferry) >= 1)
    os.kill(killed.pid, signal.SIGKILL)
    killed.communicate()

    daemon = ferry.start("run")
    try:
        eventually(lambda: ferry.accepted() == ids)
    finally:
        result = ferry.finish(daemon)

    assert result.status == 0


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="other systems do not tell")
def test_a_killed_daemon_whose_parent_does_not_look_after_it_is_replaced_at_once(
    ferry: Ferry,
) -> None:
    ferry.configure(daemon=QUICK)
    killed = ferry.start("run")
    eventually(lambda: _polls(ferry) >= 1)
    os.kill(killed.pid, signal.SIGKILL)
    state = Path(f"/proc/{killed.pid}/stat")
    eventually(lambda: ") Z " in state.read_text())

    synced = ferry("--json", "sync")
    daemon = ferry.start("run")
    eventually(lambda: ferry.logged("daemon_started"))
    ended = ferry.finish(daemon)

    assert ") Z " in state.read_text(), "nobody has looked after it"
    killed.communicate()
    assert [report["outcome"] for report in synced.document["reports"]] == ["done", "done"]
    assert ended.status == 0, ended.err


def test_a_manual_sync_beside_the_daemon_is_safe(ferry: Ferry) -> None:
    ferry.configure(daemon=QUICK)
    daemon = ferry.start("run")
    try:
        eventually(lambda: _polls(ferry) >= 1)
        ids = {str(add_now(ferry)) for _ in range(30)}
        for _ in range(3):
            assert ferry("sync").status in {0, 75}
        eventually(lambda: ferry.accepted() == ids)
    finally:
        ferry.finish(daemon)

    assert ferry.atlast.duplicates == 0


def test_a_revoked_key_is_shown_and_recovers_by_itself(ferry: Ferry) -> None:
    ferry.configure(daemon=QUICK)
    key = ferry.shop.keys[0]
    ferry.shop.revoke(key)
    order_id = str(add_now(ferry))
    daemon = ferry.start("run")
    try:
        eventually(lambda: bool(ferry.shop_server.requests))
        eventually(lambda: ferry("status").status == 1)
        status = ferry("status")
        ferry.shop.grant(key)
        # the back-off of a first failure is about 30 s; a manual sync need not wait for it
        eventually(lambda: ferry("sync").status == 0)
    finally:
        ferry.finish(daemon)

    assert "bolt" in status.out
    assert ferry.accepted() == {order_id}


def test_run_with_a_broken_configuration_does_not_start(ferry: Ferry) -> None:
    ferry.config.write_text("[merchants.bolt]\n")

    process = ferry.start("run")
    process.communicate(timeout=20)

    assert process.returncode == 78
    assert ferry.logged("config.toml")
