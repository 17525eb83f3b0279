"""Reading and delivering at the same time, for the commands that do both."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from orderferry.deliver import deliver
from orderferry.filling import Filling
from orderferry.runs import Report
from orderferry.services import Services
from state import RunOutcome

_T = TypeVar("_T")


def unbroken(work: Callable[[], _T]) -> _T:
    """
    Returns what *work* returns, done in a thread of its own.

    Ctrl-C is raised in the main thread, wherever that is: it must not be in a push,
    whose orders would then be sent again.
    """
    pool = ThreadPoolExecutor(1)
    try:
        return pool.submit(work).result()
    finally:
        pool.shutdown(wait=False)


def ferry(
    read: Callable[[], list[Report]],
    accounts: Iterable[str],
    services: Services,
    *,
    patience: float = 5.0,
) -> list[Report]:
    """
    Returns the reports of *read*, then that of one delivery per account.

    What is read is delivered as soon as it is durable, so that the waits for the
    shops and for At Last overlap; the outbox is what lies between, and bounds the
    memory. Delivering ends when the outbox is empty after reading has ended; until
    then a part of a batch waits for the rest, but not for longer than *patience*
    seconds, so that no slow shop delays the others' orders.
    """
    services.clock.check()
    filling = Filling(threading.Event(), patience)
    accounts = tuple(accounts)
    pool = ThreadPoolExecutor(max(1, len(accounts)))
    try:
        beside = {
            account: pool.submit(deliver, account, services, filling=filling)
            for account in accounts
        }
        reports = read()
        filling.over.set()
        for account, delivery in beside.items():
            report = delivery.result()
            if report.outcome is RunOutcome.STOPPED:  # the daemon was delivering
                report = pool.submit(deliver, account, services).result()
            reports.append(report)
    except BaseException:
        # Ctrl-C, say: deliveries end after their batch, for which the command waits a little
        services.clock.stop.set()
        raise
    finally:
        filling.over.set()
        pool.shutdown(wait=False, cancel_futures=True)
    return reports
