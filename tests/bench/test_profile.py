"""What `make profile` makes of the stacks that py-spy saw."""

from __future__ import annotations

from pathlib import Path

from bench.profile import read, tables

STACKS = """\
main (orderferry/cli/__init__.py:1);push (orderferry/atlast.py:9) 1
main (orderferry/cli/__init__.py:1);decide (orderferry/reading.py:3);clean (mapping/text.py:20) 5
main (orderferry/cli/__init__.py:1);decide (orderferry/reading.py:3);clean (mapping/text.py:21) 2
f (connectors/http.py:1);_find_and_load (<frozen importlib._bootstrap>:2);a (mapping/money.py:1) 2
"""


def test_a_sample_belongs_to_one_stage_and_to_the_function_at_work(tmp_path: Path) -> None:
    (tmp_path / "stacks").write_text(STACKS)

    told = tables(read(tmp_path / "stacks"), 20_000)

    assert told.splitlines()[0] == "20,000 new orders, 10 samples."
    for row in (
        "| map | 70.0% |",
        "| start: loading modules | 20.0% |",
        "| push | 10.0% |",
        "| `clean (mapping/text.py)` | 70.0% |",
    ):
        assert row in told
