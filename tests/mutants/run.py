"""
Changes mapping in thousands of small ways, one at a time, and runs its tests on each.

python -m tests.mutants.run [PATTERN ...]; a pattern is "mapping.money*". Works
on a copy in build/mutants and goes on where it was stopped: a mutant is tried
again if its function changed, or if it survived before. `make clean` forgets.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
WORK = ROOT / "build" / "mutants"
_PARTS = ("mapping", "connectors", "orderferry", "state", "tests", "docs")
_FILES = ("pyproject.toml", "config.example.toml")
_MUTMUT = "from mutmut.__main__ import cli; cli()"
_SURVIVED = (0, 33)  # exit status of the tests; 33: no test came by
# a mutant is killed by a case written by hand, or not at all: generated orders would kill more, but
# not the same ones each time
_SETTINGS = """
[tool.mutmut]
source_paths = ["mapping/"]
on_dependency_change = "ignore"  # what survived is tried again in any case
also_copy = ["connectors", "orderferry", "state", "docs", "config.example.toml"]
pytest_add_cli_args_test_selection = [
    "tests/mapping",
    "--ignore=tests/mapping/test_properties.py",
    "--ignore=tests/mapping/shopify/test_properties.py",
]
pytest_add_cli_args = [
    "--hypothesis-profile=mutants",
    "--assert=plain",
    "-pno:cacheprovider",
    "-pno:logging",
    "-pno:xdist",
    "-pno:unraisableexception",
    "-pno:threadexception",
]
"""


def prepare() -> None:
    """Copies what mapping's tests need to the work folder."""
    for part in _PARTS:
        shutil.rmtree(WORK / part, ignore_errors=True)
        shutil.copytree(ROOT / part, WORK / part, ignore=shutil.ignore_patterns("__pycache__"))
    for name in _FILES:
        shutil.copy(ROOT / name, WORK / name)
    with (WORK / "pyproject.toml").open("a", encoding="utf-8") as settings:
        settings.write(_SETTINGS)


def results() -> dict[str, int | None]:
    """Returns mutant -> exit status of the tests on it, None if they were not run."""
    found: dict[str, int | None] = {}
    for path in sorted((WORK / "mutants" / "mapping").rglob("*.meta")):
        found |= json.loads(path.read_text(encoding="utf-8"))["exit_code_by_key"]
    return found


def survivors() -> list[str]:
    """Returns the mutants that no test noticed."""
    return [name for name, status in results().items() if status in _SURVIVED]


def mutmut(*mutants: str) -> None:
    """Tries *mutants*, or all that were not tried yet."""
    children = os.environ.get("CHILDREN", "1")
    command = [sys.executable, "-c", _MUTMUT, "run", "--max-children", children, *mutants]
    subprocess.run(command, cwd=WORK, check=True)


def main() -> None:
    """Tries the patterns that are named, or all that is new and what survived before."""
    before = survivors()
    prepare()
    # which test comes by where; tests may have changed
    (WORK / "mutants" / "mutmut-stats.json").unlink(missing_ok=True)
    if patterns := sys.argv[1:]:
        mutmut(*patterns)
        return
    mutmut()
    if again := [name for name in before if name in results()]:
        mutmut(*again)


if __name__ == "__main__":
    main()
