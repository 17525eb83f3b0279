"""
What a service manager is told of the daemon: ready, reloading, alive, stopping.

The protocol of systemd's sd_notify: datagrams of NAME=value lines to the Unix
socket that $NOTIFY_SOCKET names (https://www.freedesktop.org/software/systemd/
man/latest/sd_notify.html). A container has no such manager: there the file that
$ORDERFERRY_ALIVE_FILE names is touched, and a health check looks at its age.
Without these variables nothing is told.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import structlog

log = structlog.get_logger()

_PATIENCE = 1.0
"""Seconds that a manager with too much to read may hold the daemon up."""


@dataclass(frozen=True, slots=True)
class Notify:
    """Sends to one socket; a manager that does not listen never hurts."""

    address: str = ""
    """Path of the socket, with @ in front if it is abstract; "" = nobody wants to know."""
    ping_seconds: float | None = None
    """How often `alive` is to be told: half of what the manager waits; None = never."""
    alive_file: Path | None = None
    """What `alive` touches."""

    @classmethod
    def from_environ(cls, environ: Mapping[str, str], pid: int) -> Self:
        """Returns what the service manager asked of the process *pid*."""
        asked = environ.get("WATCHDOG_USEC", "")
        ours = environ.get("WATCHDOG_PID", str(pid)) == str(pid)
        waits = int(asked) if asked.isdecimal() and ours else 0
        file = environ.get("ORDERFERRY_ALIVE_FILE")
        return cls(
            environ.get("NOTIFY_SOCKET", ""),
            waits / 2_000_000 or None,
            Path(file) if file else None,
        )

    def ready(self, status: str) -> None:
        """Tells that work begins now, or goes on after `reloading`."""
        self._send("READY=1", f"STATUS={status}")

    def reloading(self) -> None:
        """Tells that the configuration is being read again; `ready` follows."""
        now = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
        self._send("RELOADING=1", f"MONOTONIC_USEC={now}")

    def alive(self, status: str) -> None:
        """Tells that every worker is well, to those who want to be told again and again."""
        if self.ping_seconds is not None:
            self._send("WATCHDOG=1", f"STATUS={status}")
        if self.alive_file is not None:
            with _unhurt():
                self.alive_file.touch()

    def status(self, status: str) -> None:
        """Tells a person who asks the manager how things are."""
        self._send(f"STATUS={status}")

    def stopping(self) -> None:
        """Tells that no new work begins."""
        self._send("STOPPING=1", "STATUS=Stopping; work in hand is finished.")

    def _send(self, *lines: str) -> None:
        if not self.address:
            return
        # an abstract name begins with a zero byte, which no environment can hold
        address = f"\0{self.address[1:]}" if self.address.startswith("@") else self.address
        with (
            _unhurt(),
            socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sender,
        ):
            sender.settimeout(_PATIENCE)
            sender.sendto("\n".join(lines).encode(), address)


@contextmanager
def _unhurt() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        log.warning("notify failed", action="notify_failed", problem=error.strerror or str(error))
