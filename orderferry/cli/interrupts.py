"""Ctrl-C, SIGTERM and SIGHUP: the first ends a command in order, the next ones wait for that."""

from __future__ import annotations

import signal
import time
from types import FrameType

from orderferry.jobs import DRAIN_SECONDS

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Interrupts:
    """
    What has interrupted this process so far.

    A push that is cut off is sent again, because nobody knows whether At Last took
    its orders. So whatever ends a command, the end of a shell too, ends it as the first
    Ctrl-C does, and whoever is impatient cuts nothing off.
    """

    def __init__(self) -> None:
        self._number = signal.SIGINT
        self._deaf_until: float | None = None

    def catch(self) -> None:
        """Has KeyboardInterrupt raised for each of the signals that are not ignored already."""
        for number in _SIGNALS:
            # a shell's background ignores Ctrl-C, nohup the end of the shell: both are meant
            if signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, self._interrupt)

    @property
    def begun(self) -> bool:
        """Whether the command was interrupted."""
        return self._deaf_until is not None

    @property
    def status(self) -> int:
        """The exit status that shells give a process that was ended by the signal."""
        return 128 + self._number

    def _interrupt(self, number: int, _frame: FrameType | None) -> None:
        now = time.monotonic()
        if self._deaf_until is not None and now < self._deaf_until:
            return
        self._number = signal.Signals(number)
        self._deaf_until = now + DRAIN_SECONDS + 1
        raise KeyboardInterrupt
