"""
Runs the benchmark: `make bench`, `make bench-peers`, `make bench-small`.

BENCH_ONLY names rows (commas between them), BENCH_ORDERS and BENCH_REPEAT how
many and how often, BENCH_PEERS the Python in which the peers are installed.
Nothing here asserts a time; what is compared was measured in one run.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from bench import merchants, orders, starting
from bench.peers import rows as peers
from bench.processes import ROOT, server
from bench.report import document, table
from bench.rows import Lab, Row, Sizes, measure

RESULTS = ROOT / "build" / "bench"


def chosen(sizes: Sizes) -> Sequence[Row]:
    """Returns the rows that this run is about."""
    rows = [*orders.rows(sizes), *merchants.rows(sizes), *starting.rows(sizes)]
    if python := os.environ.get("BENCH_PEERS"):
        rows += peers.rows(sizes, python)
    only = os.environ.get("BENCH_ONLY", "")
    return [row for row in rows if not only or row.key in only.split(",")]


def main() -> int:
    """Runs the rows and writes the results; returns the exit status."""
    sizes = Sizes.from_environment()
    with TemporaryDirectory(prefix="bench") as root, server() as shops, server() as atlast:
        lab = Lab(shops, atlast, sizes, Path(root))
        results = measure(chosen(sizes), lab, lambda words: print(words, file=sys.stderr))
    RESULTS.mkdir(parents=True, exist_ok=True)
    text = table(results)
    (RESULTS / "results.md").write_text(text + "\n", encoding="utf-8")
    (RESULTS / "results.json").write_text(document(results) + "\n", encoding="utf-8")
    print(text)
    return 1 if any(result.failure for result in results.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
