"""What reaches the daemon's main thread while it waits: signals, and a lease that was lost."""

from __future__ import annotations

import select
import signal
import socket
from collections.abc import Sequence
from types import TracebackType
from typing import Self

LEASE_LOST = 0
"""No signal has this number."""


class Calls:
    """
    Calls for the main thread, none of which is heard only at the end of a wait.

    A signal that arrives just before a thread falls asleep on a queue is noted by
    Python and does not wake it. So each call is a byte in a socket, which the
    system's own signal handler writes.
    """

    def __init__(self) -> None:
        self._ours, self._theirs = socket.socketpair()
        self._theirs.settimeout(0)  # a signal handler must not wait
        self._before: int | None = None

    def __enter__(self) -> Self:
        """Begins to listen."""
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        """Leaves signals to whatever hears them next."""
        if self._before is not None:
            signal.set_wakeup_fd(self._before)
        self._ours.close()
        self._theirs.close()

    def catch(self, numbers: Sequence[signal.Signals]) -> None:
        """Has these signals be calls; only from the main thread."""
        for number in numbers:
            signal.signal(number, lambda _number, _frame: None)
        self._before = signal.set_wakeup_fd(self._theirs.fileno(), warn_on_full_buffer=False)

    def call(self, number: int) -> None:
        """Calls from another thread."""
        self._theirs.send(bytes([number]))

    def wait(self, seconds: float) -> int | None:
        """Returns the number of the next call, None if none comes in that time."""
        if not select.select([self._ours], [], [], seconds)[0]:
            return None
        return self._ours.recv(1)[0]
