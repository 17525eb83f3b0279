"""What a service manager is told of `run`: ready, alive, reloading, stopping."""

from __future__ import annotations

import os
import secrets
import signal
import socket
import sqlite3
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from conftest import Ferry, eventually

QUICK = 'poll_every = "1s"\nsettle_delay = "0s"\nhung_after = "1s"'
PING_SECONDS = 0.1


class Manager:
    """The service manager's end of the socket."""

    def __init__(self, address: str) -> None:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(address.replace("@", "\0", 1))
        self._socket.settimeout(0)  # a look, not a wait
        self._heard: list[str] = []

    def heard(self) -> list[str]:
        """Everything that was told so far."""
        while True:
            try:
                self._heard.append(self._socket.recv(4096).decode())
            except BlockingIOError:
                return self._heard

    def lines(self, name: str) -> list[str]:
        return [
            line
            for message in self.heard()
            for line in message.splitlines()
            if line.startswith(f"{name}=")
        ]

    def close(self) -> None:
        self._socket.close()


@pytest.fixture
def manager(ferry: Ferry) -> Iterator[Manager]:
    with managed(ferry, f"@orderferry-test-{secrets.token_hex(8)}") as it:
        yield it


@contextmanager
def managed(ferry: Ferry, address: str) -> Iterator[Manager]:
    """The command is started by a service manager that listens there and wants to be pinged."""
    with closing(Manager(address)) as it:
        ferry.environ["NOTIFY_SOCKET"] = address
        ferry.environ["WATCHDOG_USEC"] = str(int(2 * PING_SECONDS * 1_000_000))
        yield it


def test_a_daemon_tells_its_whole_life(ferry: Ferry, manager: Manager) -> None:
    ferry.configure(daemon=QUICK)
    daemon = ferry.start("run")
    try:
        eventually(lambda: len(manager.lines("WATCHDOG")) >= 3)
        daemon.send_signal(signal.SIGHUP)
        eventually(lambda: len(manager.lines("READY")) == 2)
    finally:
        result = ferry.finish(daemon)

    assert result.status == 0
    first, *_, last = manager.heard()
    assert first == "READY=1\nSTATUS=Working for 1 merchant."
    assert last == "STOPPING=1\nSTATUS=Stopping; work in hand is finished."
    told = [line.split("=")[0] for message in manager.heard() for line in message.splitlines()]
    whole = [name for name in told if name not in {"WATCHDOG", "STATUS"}]
    assert whole == ["READY", "RELOADING", "MONOTONIC_USEC", "READY", "STOPPING"]


def test_a_reload_carries_the_time_that_systemd_compares(ferry: Ferry, manager: Manager) -> None:
    ferry.configure(daemon=QUICK)
    daemon = ferry.start("run")
    try:
        eventually(lambda: bool(manager.lines("READY")))
        before = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
        daemon.send_signal(signal.SIGHUP)
        eventually(lambda: len(manager.lines("READY")) == 2)
        after = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
    finally:
        ferry.finish(daemon)

    (line,) = manager.lines("MONOTONIC_USEC")
    assert before <= int(line.removeprefix("MONOTONIC_USEC=")) <= after


def test_the_socket_may_be_a_file(ferry: Ferry) -> None:
    ferry.configure(daemon=QUICK)
    # not below tmp_path: a socket's path has 107 bytes at most
    with TemporaryDirectory(prefix="of") as folder, managed(ferry, f"{folder}/notify") as manager:
        daemon = ferry.start("run")
        try:
            eventually(lambda: bool(manager.lines("READY")))
        finally:
            ferry.finish(daemon)

        assert manager.lines("STOPPING") == ["STOPPING=1"]


def test_ready_is_told_when_the_first_poll_may_start_and_no_earlier(
    ferry: Ferry, manager: Manager
) -> None:
    ferry.configure(daemon=QUICK)
    assert ferry("sync").status == 0
    asked = len(ferry.shop_server.requests)
    with closing(sqlite3.connect(ferry.state, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        daemon = ferry.start("run")
        try:
            opened = f"/proc/{daemon.pid}/fd"
            eventually(lambda: any(is_link_to(fd, ferry.state) for fd in Path(opened).iterdir()))
            time.sleep(0.3)
            early = (manager.heard()[:], len(ferry.shop_server.requests))
            other.execute("ROLLBACK")
            eventually(lambda: bool(manager.lines("READY")))
            eventually(lambda: len(ferry.shop_server.requests) > asked)
        finally:
            ferry.finish(daemon)

    assert early == ([], asked)


def is_link_to(descriptor: Path, file: Path) -> bool:
    try:
        return descriptor.readlink() == file.resolve()
    except OSError:  # closed meanwhile
        return False


def test_a_daemon_that_does_not_start_is_never_ready(ferry: Ferry, manager: Manager) -> None:
    ferry.config.write_text("[merchants.bolt]\n")

    assert ferry("run").status == 78
    assert manager.heard() == []


def test_a_second_daemon_is_never_ready(ferry: Ferry, manager: Manager) -> None:
    ferry.configure(daemon=QUICK)
    first = ferry.start("run")
    try:
        eventually(lambda: bool(manager.lines("READY")))
        with managed(ferry, f"@orderferry-test-{secrets.token_hex(8)}") as other:
            second = ferry("run")
            heard = other.heard()
    finally:
        ferry.finish(first)

    assert second.status == 75
    assert heard == []


def test_pings_stop_when_a_worker_hangs_and_go_on_when_it_is_through(
    ferry: Ferry, manager: Manager
) -> None:
    ferry.configure(daemon=QUICK)
    released = threading.Event()

    def hang(_request: object, _handler: object) -> object:
        released.wait(30)
        raise ConnectionError

    ferry.shop_server.fail(hang)
    daemon = ferry.start("run")
    try:
        eventually(lambda: any("Hanging: poll:bolt" in line for line in manager.lines("STATUS")))
        stopped_at = len(manager.heard())
        time.sleep(5 * PING_SECONDS)
        while_hanging = manager.heard()[stopped_at:]
        released.set()
        eventually(lambda: manager.heard()[stopped_at:] != [])
    finally:
        released.set()
        result = ferry.finish(daemon)

    assert while_hanging == []
    assert manager.heard()[stopped_at].startswith("WATCHDOG=1")
    assert result.err.count('"action": "workers_hung"') == 1
    assert '"jobs": ["poll:bolt"]' in result.err


def test_a_shop_that_waits_long_but_gives_signs_of_life_does_not_hang(
    ferry: Ferry, manager: Manager
) -> None:
    """Each request is answered within a second; all of them together take longer."""
    ferry.configure(daemon=QUICK, shop="page_size = 1")
    for _ in range(3):
        ferry.add_order()

    def slow(request: object, handler: Any) -> object:
        time.sleep(0.3)
        return handler(request)

    ferry.shop_server.fail(slow, times=-1)
    daemon = ferry.start("run")
    try:
        eventually(lambda: bool(manager.heard()) and len(ferry.accepted()) == 3)
    finally:
        result = ferry.finish(daemon)

    assert "workers_hung" not in result.err


def test_a_daemon_that_is_killed_for_hanging_says_where_its_threads_were(ferry: Ferry) -> None:
    """systemd sends SIGABRT; the unit sets PYTHONFAULTHANDLER. No value of any variable is told."""
    ferry.configure(daemon=QUICK)
    ferry.environ["PYTHONFAULTHANDLER"] = "1"
    released = threading.Event()

    def hang(_request: object, _handler: object) -> object:
        released.wait(30)
        raise ConnectionError

    ferry.shop_server.fail(hang)
    daemon = ferry.start("run")
    try:
        eventually(lambda: bool(ferry.shop_server.requests))
    finally:
        result = ferry.finish(daemon, signal.SIGABRT)
        released.set()

    assert result.status == -signal.SIGABRT
    assert "most recent call first" in result.err
    assert "sync.py" in result.err
    assert not [secret for secret in ferry.secrets() if secret in result.err]


def test_a_container_is_healthy_while_every_worker_is_well(ferry: Ferry, tmp_path: Path) -> None:
    """With the health check of deploy/Dockerfile, whose patience is two minutes."""
    ferry.configure(daemon=QUICK)
    alive = tmp_path / "alive"
    ferry.environ |= {"ORDERFERRY_ALIVE_FILE": str(alive), "WATCHDOG_USEC": "200000"}
    released = threading.Event()

    def hang(_request: object, _handler: object) -> object:
        released.wait(30)
        raise ConnectionError

    def healthy() -> bool:
        script = 'test -n "$(find "$ORDERFERRY_ALIVE_FILE" -mmin -2)"'
        return subprocess.run(["sh", "-c", script], env=ferry.environ, check=False).returncode == 0

    def age() -> None:
        os.utime(alive, (time.time() - 180,) * 2)

    before = healthy()
    daemon = ferry.start("run")
    try:
        eventually(alive.exists)
        age()
        eventually(healthy)
        ferry.shop_server.fail(hang)
        eventually(lambda: ferry.logged("workers_hung"))
        age()
        time.sleep(3 * PING_SECONDS)
        while_hanging = healthy()
        released.set()
        eventually(healthy)
    finally:
        released.set()
        ferry.finish(daemon)

    assert (before, while_hanging) == (False, False)


def test_a_manager_that_went_away_hurts_nobody(ferry: Ferry) -> None:
    ferry.configure(daemon=QUICK)
    ferry.environ["NOTIFY_SOCKET"] = "/nowhere/notify"
    order_id = str(ferry.add_order())
    daemon = ferry.start("run")
    try:
        eventually(lambda: ferry.accepted() == {order_id})
    finally:
        result = ferry.finish(daemon)

    assert result.status == 0
    assert '"action": "notify_failed"' in result.err


@pytest.mark.parametrize(
    "asked",
    [
        pytest.param({}, id="nobody asks"),
        pytest.param({"WATCHDOG_USEC": "soon"}, id="no number"),
        pytest.param({"WATCHDOG_USEC": "200000", "WATCHDOG_PID": "1"}, id="of another process"),
    ],
)
def test_without_a_request_there_are_no_pings(
    ferry: Ferry, manager: Manager, asked: dict[str, str]
) -> None:
    ferry.configure(daemon=QUICK)
    del ferry.environ["WATCHDOG_USEC"]
    ferry.environ.update(asked)
    daemon = ferry.start("run")
    try:
        eventually(lambda: bool(manager.lines("READY")))
        eventually(lambda: bool(ferry.shop_server.requests))
    finally:
        ferry.finish(daemon)

    assert manager.lines("WATCHDOG") == []
