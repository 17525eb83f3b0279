"""
Fills a state file: so many orders of so many merchants, none of them to be sent.

    python -m bench.subjects.ledger CONFIG ORDERS
"""

from __future__ import annotations

import json
import sys
from datetime import timedelta
from pathlib import Path

from bench.subjects.inside import opened
from state import Decision, OrderState, RunOutcome

_PAGE = 1000


def main() -> None:
    """Fills the file and prints how many rows it has."""
    config, orders, rows = Path(sys.argv[1]), int(sys.argv[2]), 0
    with opened(config) as services:
        store, now = services.store, services.clock.now()
        # only to be filled quickly
        store._connection.execute("PRAGMA synchronous = OFF")  # type: ignore[attr-defined]  # noqa: SLF001 - see above
        names = list(services.config.merchants)
        each = orders // len(names)
        for name in names:
            lease = store.acquire(name, "bench", now=now, ttl=timedelta(hours=1))
            for start in range(0, each, _PAGE):
                page = [
                    Decision(f"{number}", OrderState.SKIPPED, reason="not shipped")
                    for number in range(start, min(start + _PAGE, each))
                ]
                store.record_page(lease, name, page, now=now, watermark=now)
            run = store.start_run(name, "poll", now=now)
            store.finish_run(run, RunOutcome.DONE, now=now, counts={})
            rows += each
    print(json.dumps({"orders": rows}))


if __name__ == "__main__":
    main()
