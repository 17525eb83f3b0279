"""The results as Markdown and as JSON."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict

from bench.rows import POLL, Result, Sizes
from bench.targets import COUNTS, TARGETS, Target, grown_per_thousand

_HEAD = ("row", "does", "orders/s", "orders per CPU-s", "wall s", "CPU s", "peak MB")
_BAR = 48  # characters
_PLOTTED = (
    "plain-bytes",
    "plain-json",
    "plain-pydantic",
    "plain-orjson",
    "stages",
    "new-woo",
    "unchanged-woo",
    "delivery",
    "dlt-woo",
    "airbyte-woo",
    "new-shopify",
    "dlt-shopify",
)

Results = Mapping[str, Result]


def circumstances(sizes: Sizes) -> str:
    """Returns what a reader must know of the run."""
    load = " ".join(f"{one:.1f}" for one in os.getloadavg())
    return (
        f"{os.cpu_count()} cores, Python {platform.python_version()}, load average {load} at the"
        f" end; {sizes.orders:,} orders, {sizes.repeat} rounds."
    )


def table(results: Results) -> str:
    """Returns one line per row: medians, and the smallest and largest wall time."""
    lines = [_HEAD, ("---", "---", *["---:"] * (len(_HEAD) - 2))]
    return _joined([*lines, *map(_line, results.values())])


def targets(results: Results, wanted: Sequence[Target] = TARGETS) -> str:
    """Returns one line per target that was measured."""
    head = [("target", "found", "bound", ""), ("---", "---:", "---:", "---")]
    lines = [line for target in wanted if (line := target.line(results)) is not None]
    return _joined([*head, *lines])


def broken(results: Results) -> list[str]:
    """Returns the bounds on counts that are not kept."""
    lines = [target.line(results) for target in COUNTS]
    return [": ".join(line[:3]) for line in lines if line and line[3] != "reached"]


def further(results: Results) -> str:
    """Returns what has no bound but should be known."""
    lines = []
    grown = grown_per_thousand(results)
    if grown is not None:
        lines.append(f"The state file grows by {grown / 1024:,.0f} KiB with 1,000 orders.")
    for key, result in results.items():
        if key.startswith("merchants-") and result.samples:
            cpu, first = result.count("cpu") * 1000, result.count("first")
            lines.append(
                f"{result.row.title}: {cpu:.1f} ms of CPU per poll; the first round, which reads"
                f" the shops' profiles, took {first:.1f} s."
            )
    stages = results.get("stages")
    if stages and stages.samples:
        each = (
            f"{name} {stages.count(name) / stages.row.orders * 1e6:,.0f}"
            for name in stages.samples[0].counts
        )
        lines.append(f"Microseconds per order of each stage alone: {', '.join(each)}.")
    return "\n".join(f"- {line}" for line in lines)


def plot(results: Results) -> str:
    """Returns bars of orders per second of CPU time."""
    shown = [results[key] for key in _PLOTTED if key in results and results[key].samples]
    longest = max((one.cpu_rate for one in shown), default=1)
    width = max((len(one.row.title) for one in shown), default=0)
    return "\n".join(
        f"{one.row.title:<{width}}  {'#' * round(one.cpu_rate / longest * _BAR):<{_BAR}}"
        f" {one.cpu_rate:>8,.0f}"
        for one in shown
    )


def _joined(lines: Sequence[Sequence[str]]) -> str:
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _line(result: Result) -> tuple[str, ...]:
    row = result.row
    if not result.samples:
        why = result.failure.splitlines()[0] if result.failure else "not run"
        return (row.title, f"{row.does}; {why}", *[""] * (len(_HEAD) - 2))
    walls = sorted(one.wall_seconds for one in result.samples)
    rates = (f"{result.rate:,.0f}", f"{result.cpu_rate:,.0f}") if row.orders else ("", "")
    return (
        row.title,
        row.does,
        *rates,
        f"{result.wall:.2f} [{walls[0]:.2f}, {walls[-1]:.2f}]",
        "" if row.does == POLL else f"{result.cpu:.2f}",
        f"{result.peak:.0f}",
    )


def document(results: Results, sizes: Sizes) -> str:
    """Returns every sample as JSON."""
    rows = {
        key: {
            "title": result.row.title,
            "does": result.row.does,
            "orders": result.row.orders,
            "failure": result.failure,
            "samples": [asdict(one) for one in result.samples],
        }
        for key, result in results.items()
    }
    return json.dumps({"circumstances": circumstances(sizes), "rows": rows}, indent=1)
