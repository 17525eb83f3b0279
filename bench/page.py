"""docs/performance.md, whose tables a run writes between marks."""

from __future__ import annotations

from pathlib import Path

from bench.processes import ROOT

PAGE: Path = ROOT / "docs" / "performance.md"


def renew(name: str, text: str) -> None:
    """Replaces what is between the marks of that name; the marks must be there."""
    begin, end = f"<!-- {name}: written by the benchmark -->\n", f"\n<!-- {name}: end -->"
    before, mark, rest = PAGE.read_text(encoding="utf-8").partition(begin)
    _, closing, after = rest.partition(end)
    if not (mark and closing):
        raise LookupError(f"{PAGE.name} has no marks called {name!r}; put them where it belongs.")
    PAGE.write_text(before + begin + text + end + after, encoding="utf-8")
