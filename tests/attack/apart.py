"""The daemon's code in a process of its own, so that its memory can be told apart."""

from __future__ import annotations

import gc
import logging
import multiprocessing
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from multiprocessing.connection import Connection
from pathlib import Path

import structlog

from orderferry.clock import Clock
from orderferry.config import load
from orderferry.deliver import deliver
from orderferry.runs import Report
from orderferry.services import Services
from orderferry.sync import poll
from state import SqliteStore

_CONTEXT = multiprocessing.get_context("spawn")


@dataclass(slots=True)
class _Time:
    """The time that the test says it is, moved on by every look and every wait."""

    now: datetime

    def look(self) -> datetime:
        self.now += timedelta(milliseconds=1)
        return self.now

    def wait(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


class Apart:
    """A process that polls and delivers when it is told to, at the time it is told."""

    def __init__(self, config: Path, environ: Mapping[str, str], now: datetime) -> None:
        self._pipe, theirs = _CONTEXT.Pipe()
        self._process = _CONTEXT.Process(target=_serve, args=(theirs, config, dict(environ), now))
        self._process.start()

    def poll(self, merchant: str, now: datetime) -> tuple[Report, datetime]:
        """Returns the poll's report and the time when it is done."""
        return self._ask(now, merchant)

    def deliver(self, now: datetime) -> tuple[Report, datetime]:
        """The same for a delivery to the only account."""
        return self._ask(now, "")

    def memory(self) -> int:
        """Returns the process's resident bytes."""
        self._pipe.send(None)
        resident: int = self._pipe.recv()
        return resident

    def close(self) -> None:
        self._pipe.close()
        self._process.join()

    def _ask(self, now: datetime, merchant: str) -> tuple[Report, datetime]:
        self._pipe.send((now, merchant))
        answer: tuple[Report, datetime] = self._pipe.recv()
        return answer


def _serve(pipe: Connection, config: Path, environ: dict[str, str], now: datetime) -> None:
    # what is logged is looked at elsewhere
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    time = _Time(now)
    loaded = load(config, environ)
    store = SqliteStore.open(loaded.state_path, now=now)
    services = Services(loaded, store, Clock(now=time.look, pause=time.wait))
    (account,) = services.accounts()
    try:
        while True:
            wish = pipe.recv()
            if wish is None:
                pipe.send(_resident())
                continue
            time.now, merchant = wish
            report = poll(merchant, services) if merchant else deliver(account, services)
            pipe.send((report, time.now))
    except EOFError:
        services.close()


def _resident() -> int:
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")
