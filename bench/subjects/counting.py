"""
One backfill and one delivery in this process: how many pages and transactions.

    python -m bench.subjects.counting CONFIG NAME SINCE UNTIL
"""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from pathlib import Path

from bench.subjects.inside import Transactions, opened
from connectors.base import Window
from orderferry.backfill import Progress, Request, backfill
from orderferry.deliver import deliver


def main() -> None:
    """Prints what the reports counted, and the transactions of each half."""
    name, *dates = sys.argv[2:]
    since, until = (datetime.fromisoformat(date).replace(tzinfo=UTC) for date in dates)
    with opened(Path(sys.argv[1])) as services:
        transactions = Transactions(services)
        read = backfill(name, Request(Window(since, until)), services, Progress())
        reading = transactions.count
        sent = deliver(services.merchant(name).account, services)
        delivering = transactions.count - reading
    told = {"ready": read.counts["ready"], "delivered": sent.counts["delivered"]}
    print(json.dumps(told | {"reading": reading, "delivering": delivering}))


if __name__ == "__main__":
    main()
