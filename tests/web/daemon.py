"""The installed command as a daemon with a status page."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.web.world import LISTEN_WITH_TOKEN, SECRET, TOKEN, World

COMMAND = str(Path(sys.executable).with_name("orderferry"))
QUICK = f'poll_every = "1s"\n{LISTEN_WITH_TOKEN}'


@dataclass(slots=True)
class Daemon:
    """A process of `orderferry run`."""

    world: World
    process: subprocess.Popen[bytes]
    log_path: Path

    def events(self, action: str) -> list[dict[str, Any]]:
        """What it has logged under that action."""
        lines = map(json.loads, self.log_path.read_text(encoding="utf-8").splitlines())
        return [line for line in lines if line.get("action") == action]

    @property
    def url(self) -> str:
        eventually(lambda: bool(self.events("page_served")))
        return str(self.events("page_served")[0]["url"])

    def stop(self) -> int:
        """Ends it as an operator would, if it runs; returns its exit status."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.process.wait(60)


@contextmanager
def running(world: World, daemon: str = QUICK) -> Iterator[Daemon]:
    """Runs the daemon inside the block; what it logged must tell no secret and nobody's data."""
    world.configure(daemon)
    environ = world.environ | {
        "PATH": os.environ.get("PATH", ""),
        "HOME": str(world.folder),
        "PYTHONWARNINGS": "error",
    }
    log_path = world.folder / "daemon.log"
    with log_path.open("wb") as log:
        process = subprocess.Popen(
            [COMMAND, "--config", str(world.config_path), "run"],
            stderr=log,
            env=environ,
            cwd=world.folder,
        )
    it = Daemon(world, process, log_path)
    try:
        yield it
    finally:
        it.stop()
        text = log_path.read_text(encoding="utf-8")
        assert "Traceback" not in text
        for secret in (TOKEN, SECRET, "Gooseberry", "Quackenbush", "wilhelmina@"):
            assert secret not in text


def eventually(condition: Callable[[], bool], seconds: float = 60) -> None:
    """Waits for something another process does; the bound only ends a test that has failed."""
    ends = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < ends, "it did not happen in time"
        time.sleep(0.02)
