"""
What tests let other processes do to a state file: `python -m tests.state.children VERB PATH`.

Each verb prints lines of JSON; the test reads them, and kills the process where
its story says so.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any, NoReturn

from state import LeaseHeld, SqliteStore, StateError
from tests.state.make import NOW, TTL, claim, filled, ready, take

ROOT = Path(__file__).parents[2]
NOBODY = 65534


def command(verb: str, path: Path, *arguments: object) -> list[str]:
    return [
        *(sys.executable, "-m", "tests.state.children", verb, str(path)),
        *map(str, arguments),
    ]


def start(verb: str, path: Path, *arguments: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        command(verb, path, *arguments),
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def run(verb: str, path: Path, *arguments: object) -> Any:
    """What the verb printed last."""
    done = subprocess.run(
        command(verb, path, *arguments),
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        timeout=60,
    )
    return json.loads(done.stdout.splitlines()[-1])


def said(child: subprocess.Popen[str]) -> Any:
    assert child.stdout is not None
    return json.loads(child.stdout.readline())


def kill(child: subprocess.Popen[str]) -> None:
    child.send_signal(signal.SIGKILL)
    child.communicate()


def page(number: int, size: int = 100) -> list[Any]:
    return [ready(f"{number}.{place}") for place in range(size)]


def _say(value: object) -> None:
    print(json.dumps(value), flush=True)  # noqa: T201 - how the test hears it


def _open_as_nobody(path: Path, *, read_only: bool) -> None:
    if os.geteuid() == 0:  # root may do everything: permissions are tested as somebody else
        os.setgroups([])
        os.setgid(NOBODY)
        os.setuid(NOBODY)
    _try_to_open(path, read_only=read_only)


def _try_to_open(path: Path, *, read_only: bool) -> None:
    try:
        SqliteStore.open(path, now=NOW, read_only=read_only).close()
    except StateError as error:
        _say(str(error))
    else:
        _say(None)


def _claim(path: Path) -> NoReturn:
    store = SqliteStore.open(path, now=NOW)
    _say([one.order_id for one in claim(store, take(store))])
    _wait_to_be_killed()


def _record_on_and_on(path: Path) -> NoReturn:
    store = SqliteStore.open(path, now=NOW)
    lease = take(store)
    number = 0
    while True:
        watermark = NOW + timedelta(seconds=number)
        store.record_page(lease, "acme", page(number), now=NOW, watermark=watermark)
        _say(number)
        number += 1


def _hold(path: Path) -> NoReturn:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")
    _say("held")
    _wait_to_be_killed()


def _wait_to_be_killed() -> NoReturn:
    while True:
        time.sleep(60)


def _acquire(path: Path, owner: str) -> None:
    store = SqliteStore.open(path, now=NOW)
    try:
        lease = store.acquire("acme", owner, now=NOW, ttl=TTL)
    except LeaseHeld as held:
        _say(["held", held.owner])
    else:
        _say(["acquired", lease.owner])


def _record_many(path: Path, merchant: str, pages: int) -> None:
    store = SqliteStore.open(path, now=NOW)
    lease = take(store, merchant)
    for number in range(pages):
        store.record_page(lease, merchant, page(number, 20), now=NOW)
    _say(filled(store, merchant))


def _die_after_each(folder: Path, *steps: str) -> None:
    _say([_die_after(folder / f"{number}.db", int(number)) for number in steps])


def _die_after(path: Path, steps: int) -> list[object]:
    """Records a page in a process of its own, killed after that many instructions of SQLite."""
    pid = os.fork()
    if pid == 0:
        store = SqliteStore.open(path, now=NOW)
        lease = take(store)
        store._connection.set_progress_handler(lambda: os.kill(os.getpid(), signal.SIGKILL), steps)
        store.record_page(lease, "acme", page(0), now=NOW, watermark=NOW)
        os._exit(0)
    _pid, status = os.waitpid(pid, 0)
    store = SqliteStore.open(path, now=NOW)
    found = [os.WIFSIGNALED(status), filled(store), store.watermark("acme") is not None]
    store.close()
    return found


def _fill_disk(path: Path, how: str) -> None:
    """Runs out of room in the middle of a page, makes room, goes on."""
    store = SqliteStore.open(path, now=NOW)
    lease = take(store)
    store.record_page(lease, "acme", page(0), now=NOW, watermark=NOW)
    later = NOW + TTL
    ballast = path.with_name("ballast")
    if how == "limit":
        limit = Path(f"{path}-wal").stat().st_size + 20_000
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
    else:
        free = os.statvfs(path.parent)
        ballast.write_bytes(b"x" * (free.f_bavail * free.f_frsize - 40_000))
    try:
        store.record_page(lease, "acme", page(1), now=NOW, watermark=later)
        refusal, passes = None, False
    except StateError as error:
        refusal, passes = str(error), error.passes
    during = [filled(store), store.watermark("acme") == NOW]
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    ballast.unlink(missing_ok=True)
    store.record_page(lease, "acme", page(1), now=NOW, watermark=later)
    _say([refusal, passes, *during, filled(store), store.watermark("acme") == later])


_VERBS: dict[str, Callable[..., None]] = {
    "open-as-nobody": lambda path: _open_as_nobody(path, read_only=False),
    "look-as-nobody": lambda path: _open_as_nobody(path, read_only=True),
    "open": lambda path: _try_to_open(path, read_only=False),
    "claim": _claim,
    "record-on-and-on": _record_on_and_on,
    "hold": _hold,
    "acquire": _acquire,
    "record-many": lambda path, merchant, pages: _record_many(path, merchant, int(pages)),
    "die-after": _die_after_each,
    "fill-disk": _fill_disk,
}

if __name__ == "__main__":
    _VERBS[sys.argv[1]](Path(sys.argv[2]), *sys.argv[3:])
