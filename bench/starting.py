"""Rows about commands that look and do not work: their start, and a large ledger."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from bench.ferry import Ferry
from bench.rows import START, Lab, Row, Sample, Sizes, sample

_MERCHANTS = 500


def rows(sizes: Sizes) -> Sequence[Row]:
    """Returns the rows."""
    ledger = 5000 if sizes.small else 1_000_000
    return [
        Row("help", "orderferry --help", START, helping()),
        Row("status", f"orderferry status, {ledger:,} orders", START, status(ledger)),
    ]


def helping() -> Callable[[Lab], Sample]:
    """Returns how the start of the command is measured."""

    def measure(lab: Lab) -> Sample:
        with lab.folder() as folder:
            return sample(Ferry(folder)("--help"))

    return measure


def status(orders: int) -> Callable[[Lab], Sample]:
    """Returns how `status` over a large ledger is measured."""

    def measure(lab: Lab) -> Sample:
        def make(ferry: Ferry) -> None:
            shops = {f"m{n}": f"http://127.0.0.1:9/m{n}" for n in range(_MERCHANTS)}
            ferry.configure(shops, atlast="http://127.0.0.1:9")
            ferry.subject("ledger", str(orders))

        ferry = Ferry(lab.kept("ledger", make))
        return sample(ferry("--json", "status", statuses=(0, 1)))

    return measure
