"""Reading and delivering at the same time, for the commands that do both."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from orderferry.deliver import deliver
from orderferry.runs import Report
from orderferry.services import Services
from state import RunOutcome

_LOOK_EVERY: Final = 0.2  # seconds; of a page's time, while the outbox is empty


def ferry(
    read: Callable[[], list[Report]], accounts: Iterable[str], services: Services
) -> list[Report]:
    """
    Returns the reports of *read*, then that of one delivery per account.

    What is read is delivered as soon as it is durable, so that the waits for the
    shops and for At Last overlap; the outbox is what lies between, and bounds the
    memory. Delivering ends when the outbox is empty after reading has ended.
    """
    services.clock.check()
    finished = threading.Event()
    accounts = tuple(accounts)
    pool = ThreadPoolExecutor(max(1, len(accounts)))
    try:
        beside = {
            account: pool.submit(deliver, account, services, more=_while_reading(finished))
            for account in accounts
        }
        reports = read()
        finished.set()
        for account, delivery in beside.items():
            report = delivery.result()
            if report.outcome is RunOutcome.STOPPED:  # the daemon was delivering
                report = deliver(account, services)
            reports.append(report)
    except BaseException:
        # Ctrl-C, say: deliveries end after their batch, and nobody waits for a slow answer
        services.clock.stop.set()
        raise
    finally:
        finished.set()
        pool.shutdown(wait=False, cancel_futures=True)
    return reports


def _while_reading(finished: threading.Event) -> Callable[[], bool]:
    """Returns what says to look again while reading goes on, and once after its end."""
    looked_last = False

    def more() -> bool:
        nonlocal looked_last
        if finished.is_set():
            again, looked_last = not looked_last, True
            return again
        finished.wait(_LOOK_EVERY)
        return True

    return more
