"""Signals reach the daemon's main thread at once, whatever it does when they arrive."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator

import pytest

from orderferry.calls import LEASE_LOST, Calls


@pytest.fixture
def calls() -> Iterator[Calls]:
    before = signal.getsignal(signal.SIGHUP)
    with Calls() as calls:
        calls.catch([signal.SIGHUP])
        yield calls
    signal.signal(signal.SIGHUP, before)


def test_a_signal_that_arrived_before_the_wait_ends_it(calls: Calls) -> None:
    os.kill(os.getpid(), signal.SIGHUP)

    assert calls.wait(20) == signal.SIGHUP
    assert calls.wait(0) is None


def test_signals_are_heard_one_by_one_and_none_is_lost_on_the_way_to_sleep(calls: Calls) -> None:
    """A queue in place of the socket wakes for some of these only when the wait is over."""

    def send() -> None:
        for _ in range(2000):
            os.kill(os.getpid(), signal.SIGHUP)
            heard.acquire()

    heard = threading.Semaphore(0)
    sender = threading.Thread(target=send)
    begun = time.monotonic()
    sender.start()

    for _ in range(2000):
        assert calls.wait(20) == signal.SIGHUP
        heard.release()

    sender.join()
    assert time.monotonic() - begun < 15


def test_another_thread_can_call(calls: Calls) -> None:
    caller = threading.Thread(target=calls.call, args=(LEASE_LOST,))
    caller.start()

    assert calls.wait(20) == LEASE_LOST
    caller.join()
