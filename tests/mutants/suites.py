"""
The two halves of mapping, each with the tests that know it.

The rules are what an order becomes; their steps have names for a trace and some
remember what they found. Both are decorators, which hide a function from mutmut,
and a memory hides what a mutant would do. So they are taken off. The trace of where a
value comes from is tried apart, because its own tests map an order hundreds of
times, with the names on.
"""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
WORK = ROOT / "build" / "mutants"
_PARTS = ("mapping", "connectors", "orderferry", "state", "tests", "docs")
_FILES = ("pyproject.toml", "config.example.toml")
_HIDING = re.compile(r"^ *@(?:rule|lru_cache)\b[^\n]*\n", re.MULTILINE)
_TRACE = ("apart", "provenance", "rule", "tracing", "trial", "variants", "watched")
_TRACED = tuple(
    f"tests/mapping/test_{name}.py" for name in ("provenance", "trace_long", "trace_sources")
)
# a mutant is killed by a case written by hand, or not at all: generated orders would kill more, but
# not the same ones each time
_GENERATED = ("tests/mapping/test_properties.py", "tests/mapping/shopify/test_properties.py")
_PAGE = "tests/mapping/test_docs.py"


@dataclass(frozen=True, slots=True)
class Suite:
    """Some modules of mapping, and how they are tried."""

    name: str
    modules: str
    """The line of mutmut's settings that chooses them."""
    tests: tuple[str, ...]
    """Arguments of pytest."""
    decorated: bool
    """Whether functions keep their names and memories."""

    @property
    def folder(self) -> Path:
        """Where it is tried."""
        return WORK / self.name

    def has(self, pattern: str) -> bool:
        """Whether the mutants of *pattern* ("mapping.money*") are in its modules."""
        module = pattern.removeprefix("mapping.").partition(".")[0].rstrip("*")
        return (module in _TRACE) == self.decorated


_MODULES = ", ".join(f'"mapping/{name}.py"' for name in _TRACE)
SUITES = (
    Suite(
        "rules",
        f"do_not_mutate = [{_MODULES}]",
        ("tests/mapping", *(f"--ignore={path}" for path in (*_GENERATED, *_TRACED, _PAGE))),
        decorated=False,
    ),
    Suite(
        "trace",
        f"only_mutate = [{_MODULES}]",
        (*_TRACED, "tests/mapping/test_trace_parts.py", "-k not (of_any or no_json)"),
        decorated=True,
    ),
)


def prepare(suite: Suite) -> None:
    """Copies what the tests of *suite* need to its folder, with mutmut's settings."""
    for part in _PARTS:
        shutil.rmtree(suite.folder / part, ignore_errors=True)
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / part, suite.folder / part, ignore=ignored)
    for name in _FILES:
        shutil.copy(ROOT / name, suite.folder / name)
    with (suite.folder / "pyproject.toml").open("a", encoding="utf-8") as settings:
        settings.write(mutmut_settings(suite))
    if not suite.decorated:
        for path in (suite.folder / "mapping").rglob("*.py"):
            path.write_text(bare(path.read_text(encoding="utf-8")), encoding="utf-8")
    # which test comes by where; tests may have changed
    (suite.folder / "mutants" / "mutmut-stats.json").unlink(missing_ok=True)


def bare(code: str) -> str:
    """Returns *code* with functions that have no names for a trace and no memory."""
    return _HIDING.sub("", code)


def mutmut_settings(suite: Suite) -> str:
    """Returns the settings of mutmut as TOML."""
    plugins = ("cacheprovider", "logging", "xdist", "unraisableexception", "threadexception")
    options = ("--hypothesis-profile=mutants", "--assert=plain", *(f"-pno:{it}" for it in plugins))
    return f"""
[tool.mutmut]
source_paths = ["mapping/"]
{suite.modules}
on_dependency_change = "ignore"
also_copy = ["connectors", "orderferry", "state", "docs", "config.example.toml"]
pytest_add_cli_args_test_selection = {_listed(suite.tests)}
pytest_add_cli_args = {_listed(options)}
"""


def _listed(texts: tuple[str, ...]) -> str:
    return f"[{', '.join(f'{text!r}' for text in texts)}]"
