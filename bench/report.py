"""The results as a table in Markdown and as JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict

from bench.rows import Result

_HEAD = ("row", "does", "orders/s", "orders per CPU-s", "wall s", "CPU s", "peak MB")


def table(results: Mapping[str, Result]) -> str:
    """Returns one line per row: medians, and the smallest and largest wall time."""
    lines = [_HEAD, ("---", "---", *["---:"] * (len(_HEAD) - 2))]
    lines += [_line(result) for result in results.values()]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _line(result: Result) -> tuple[str, ...]:
    row = result.row
    if not result.samples:
        why = result.failure.splitlines()[0] if result.failure else "not run"
        return (row.title, row.does, why, *[""] * (len(_HEAD) - 3))
    walls = sorted(one.wall_seconds for one in result.samples)
    rates = (f"{result.rate:,.0f}", f"{result.cpu_rate:,.0f}") if row.orders else ("", "")
    return (
        row.title,
        row.does,
        *rates,
        f"{result.wall:.2f} [{walls[0]:.2f}, {walls[-1]:.2f}]",
        f"{result.cpu:.2f}",
        f"{result.peak:.0f}",
    )


def document(results: Mapping[str, Result]) -> str:
    """Returns every sample as JSON."""
    return json.dumps(
        {
            key: {
                "title": result.row.title,
                "does": result.row.does,
                "orders": result.row.orders,
                "failure": result.failure,
                "samples": [asdict(one) for one in result.samples],
            }
            for key, result in results.items()
        },
        indent=1,
    )
