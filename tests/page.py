"""Parts of docs/testing.md that the long runs write themselves: `make fuzz`, `make mutants`."""

from __future__ import annotations

from pathlib import Path

PAGE = Path(__file__).parents[1] / "docs" / "testing.md"


def record(name: str, found: str, page: Path = PAGE) -> None:
    """Writes what was *found* between the marks of that name; raises ValueError without them."""
    begin, end = f"<!-- {name}: written by make {name} -->\n", f"\n<!-- {name}: end -->"
    before, begun, rest = page.read_text(encoding="utf-8").partition(begin)
    _, ended, after = rest.partition(end)
    if not begun or not ended:
        raise ValueError(f"{page.name} has no marks of {name!r}")
    page.write_text(before + begin + found + end + after, encoding="utf-8")
