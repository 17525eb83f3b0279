"""
Runs the benchmark: `make bench`, `make bench-peers`, `make bench-small`.

BENCH_ONLY names rows (commas between them), BENCH_ORDERS and BENCH_REPEAT how
many and how often, BENCH_LARGE=1 adds 100,000 and 200,000 orders, BENCH_PEERS
is the folder in which the peers are installed. RENEW_DOCS=1 writes the tables
of docs/performance.md. Nothing asserts a time: targets are printed as reached
or not. The run fails if a row lost or doubled an order, or if a bound on counts
is broken.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from bench import merchants, orders, page, report, starting
from bench.peers import rows as peers
from bench.processes import ROOT, server
from bench.rows import Lab, Result, Row, Sizes, measure
from bench.targets import COUNTS

RESULTS = Path(os.environ.get("BENCH_RESULTS", ROOT / "build" / "bench"))


def chosen(sizes: Sizes) -> Sequence[Row]:
    """Returns the rows that this run is about."""
    rows = [*orders.rows(sizes), *merchants.rows(sizes), *starting.rows(sizes)]
    if folder := os.environ.get("BENCH_PEERS"):
        rows += peers.rows(sizes, Path(folder))
    only = os.environ.get("BENCH_ONLY", "")
    return [row for row in rows if not only or row.key in only.split(",")]


def write(results: Mapping[str, Result], sizes: Sizes) -> str:
    """Writes the results to build/bench, and to the docs if asked; returns them as Markdown."""
    parts = {
        "circumstances": report.circumstances(sizes),
        "rows": report.table(results),
        "further": report.further(results),
        # of a run this small they say nothing
        "targets": "" if sizes.small else report.targets(results),
        "counts": report.targets(results, COUNTS),
        "plot": f"```\n{report.plot(results)}\n```",
    }
    text = "\n\n".join(parts.values())
    RESULTS.mkdir(parents=True, exist_ok=True)
    (RESULTS / "results.md").write_text(text + "\n", encoding="utf-8")
    (RESULTS / "results.json").write_text(report.document(results, sizes) + "\n", encoding="utf-8")
    if os.environ.get("RENEW_DOCS"):
        for name, part in parts.items():
            page.renew(name, part)
    return text


def main() -> int:
    """Runs the rows and writes the results; returns the exit status."""
    sizes = Sizes.from_environment()
    with TemporaryDirectory(prefix="bench") as root, server() as shops, server() as atlast:
        lab = Lab(shops, atlast, sizes, Path(root))
        results = measure(chosen(sizes), lab, lambda words: print(words, file=sys.stderr))
    print(write(results, sizes))
    wrong = report.broken(results)
    wrong += [f"{key}: {one.failure}" for key, one in results.items() if one.failed]
    for words in wrong:
        print(words, file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
