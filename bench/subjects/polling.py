"""
Polls many shops in one process, in rounds, with the daemon's own job and pool.

    python -m bench.subjects.polling CONFIG ROUNDS STATS [SLOW]

The first round does not count: it opens the connections and reads each shop's
profile, which a daemon does once a day. SLOW is a merchant who is polled in
further rounds only, at their beginning: they tell how much longer the rest
takes for it. The schedule is not measured, it spreads polls on purpose.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from pathlib import Path
from statistics import median

from bench.subjects.inside import Transactions, asked, cpu_seconds, opened
from orderferry.services import Services
from orderferry.sync import poll
from state import RunOutcome


def lift_file_limit() -> None:
    """Lets the process have as many connections as it may; each shop keeps one open."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def polled(name: str, services: Services) -> float:
    """Polls one merchant; returns when it was done. A poll that fails ends the program."""
    report = poll(name, services)
    if report.outcome is not RunOutcome.DONE:
        raise SystemExit(f"{name}: {report.problem}")
    return time.perf_counter()


def round_of(
    names: Sequence[str], services: Services, pool: ThreadPoolExecutor, slow: str
) -> float:
    """Polls every merchant once, the slow one first; returns the seconds until the rest was."""
    began = time.perf_counter()
    late: list[Future[float]] = [pool.submit(polled, slow, services)] if slow else []
    rest = [pool.submit(polled, name, services) for name in names]
    done = max(future.result() for future in rest)
    wait(late)
    return done - began


def main() -> None:
    """Prints seconds per round, CPU, requests and transactions per poll."""
    lift_file_limit()
    config, rounds, stats = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    slow = sys.argv[4] if len(sys.argv) > 4 else ""  # noqa: PLR2004 - the optional argument
    with opened(config) as services, ThreadPoolExecutor(services.config.daemon.workers) as pool:
        names = [name for name in services.config.merchants if name != slow]
        first = round_of(names, services, pool, slow)
        before, cpu = asked(stats), cpu_seconds()
        alone = [round_of(names, services, pool, "") for _ in range(rounds)]
        after, spent = asked(stats), cpu_seconds() - cpu
        beside = [round_of(names, services, pool, slow) for _ in range(rounds if slow else 0)]
        transactions = Transactions(services)  # last, since looking on costs time
        round_of(names, services, pool, "")
    polls = len(names) * rounds
    told = {
        "first": first,
        "round": median(alone),
        "cpu": spent / polls,
        "transactions": transactions.count / len(names),
        "beside": median(beside) if beside else 0.0,
    }
    for key in ("requests", "bytes_sent", "points"):
        told[key] = (after[key] - before[key]) / polls
    print(json.dumps(told))


if __name__ == "__main__":
    main()
