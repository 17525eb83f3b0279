"""
Changes mapping in thousands of small ways, one at a time, and runs its tests on each.

python -m tests.mutants.run [PATTERN ...]; a pattern is "mapping.money*". Works
on copies in build/mutants and goes on where it was stopped: a mutant is tried
again if its function changed, or if it survived before. `make clean` forgets.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys

from tests.mutants.suites import SUITES, Suite, prepare

_MUTMUT = "from mutmut.__main__ import cli; cli()"
_SURVIVED = (0, 33)  # exit status of the tests; 33: no test came by


def results(suite: Suite) -> dict[str, int | None]:
    """Returns mutant -> exit status of the tests on it, None if they were not run."""
    found: dict[str, int | None] = {}
    for path in sorted((suite.folder / "mutants" / "mapping").rglob("*.meta")):
        found |= json.loads(path.read_text(encoding="utf-8"))["exit_code_by_key"]
    return found


def mutmut(suite: Suite, *mutants: str) -> None:
    """Tries *mutants*, or all that were not tried yet."""
    children = os.environ.get("CHILDREN", "1")
    command = [sys.executable, "-c", _MUTMUT, "run", "--max-children", children, *mutants]
    subprocess.run(command, cwd=suite.folder, check=True)


def attempt(suite: Suite, patterns: list[str]) -> None:
    """Tries the mutants that *patterns* name, or all that are new and those that survived."""
    before = [name for name, status in results(suite).items() if status in _SURVIVED]
    prepare(suite)
    if patterns:
        mutmut(suite, *patterns)
        return
    mutmut(suite)
    now = results(suite)
    if again := [name for name in before if now.get(name) in _SURVIVED]:
        mutmut(suite, *again)


def main() -> None:
    """Tries what the arguments name, or all."""
    for suite in SUITES:
        patterns = [pattern for pattern in sys.argv[1:] if suite.has(pattern)]
        if patterns or not sys.argv[1:]:
            attempt(suite, patterns)


if __name__ == "__main__":
    main()
