"""The benchmark at its smallest: it runs, loses and doubles nothing, and its counts hold."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from bench import page
from bench.processes import ROOT
from bench.rows import Result, Row, Sample, Sizes
from bench.serving.series import Series
from bench.targets import Target

ROWS = "new-woo,new-shopify,unchanged-woo,delivery,counting,stages,idle-woo,idle-shopify"


@pytest.mark.timeout(600)  # ten processes, on a machine that may be busy
def test_it_runs_loses_nothing_and_keeps_its_counts(tmp_path: Path) -> None:
    environ = {**os.environ, "BENCH_SMALL": "1", "BENCH_ONLY": ROWS, "BENCH_RESULTS": str(tmp_path)}
    environ.pop("RENEW_DOCS", None)

    done = subprocess.run(
        [sys.executable, "-m", "bench"],
        cwd=ROOT,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    rows = json.loads((tmp_path / "results.json").read_text(encoding="utf-8"))["rows"]
    assert set(rows) == set(ROWS.split(","))
    assert all(len(row["samples"]) == 1 for row in rows.values())


def result(*walls: float, orders: int = 100) -> Result:
    row = Row("key", "title", "does", lambda _lab: Sample(1, 1, 1), orders)
    return Result(row, [Sample(wall, wall / 2, 10 * wall) for wall in walls])


def test_figures_are_medians_and_memory_is_the_largest() -> None:
    found = result(1, 4, 2)

    assert (found.wall, found.cpu, found.peak) == (2, 1, 40)
    assert (found.rate, found.cpu_rate) == (50, 100)


@pytest.mark.parametrize(
    ("walls", "verdict"),
    [
        pytest.param((1, 2), ("faster", "2.00", ">= 2", "reached"), id="on the bound"),
        pytest.param((2, 2), ("faster", "1.00", ">= 2", "not reached"), id="below it"),
    ],
)
def test_a_target_says_whether_it_is_reached(
    walls: tuple[float, float], verdict: tuple[str, ...]
) -> None:
    target = Target("faster", ("a", "b"), lambda a, b: a.rate / b.rate, 2.0)

    assert target.line({"a": result(walls[0]), "b": result(walls[1])}) == verdict


def test_a_target_without_its_rows_is_not_judged() -> None:
    target = Target("faster", ("a", "b"), lambda a, b: a.rate / b.rate, 2.0)

    assert target.line({"a": result(1), "b": Result(result(1).row, [], "not run")}) is None


def test_orders_change_in_the_order_of_their_numbers() -> None:
    series = Series.of(500)

    times = [series.changed_at(number) for number in range(500)]

    assert times == sorted(times)
    assert [series.first_from(times[number]) for number in (0, 123, 499)] == [0, 123, 499]


def test_sizes_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BENCH_SMALL", raising=False)
    monkeypatch.setenv("BENCH_ORDERS", "1200")

    assert Sizes.from_environment() == Sizes(orders=1200, repeat=5)


def test_the_page_has_a_place_for_every_table() -> None:
    text = page.PAGE.read_text(encoding="utf-8")

    for name in ("circumstances", "rows", "further", "targets", "counts", "plot"):
        assert text.count(f"<!-- {name}: written by the benchmark -->\n") == 1, name
        assert text.count(f"\n<!-- {name}: end -->") == 1, name
