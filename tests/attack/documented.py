"""Tables of docs/reliability.md that the tests measure themselves; RENEW_DOCS=1 writes them."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "reliability.md"


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Returns a Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def require_documented(name: str, found: str) -> None:
    """Asserts that the page says what was found, between the marks of that name."""
    begin, end = f"<!-- {name}: written by its test -->\n", f"\n<!-- {name}: end -->"
    page = PAGE.read_text(encoding="utf-8")
    before, _, rest = page.partition(begin)
    written, _, after = rest.partition(end)
    if os.environ.get("RENEW_DOCS"):
        PAGE.write_text(before + begin + found + end + after, encoding="utf-8")
        return
    assert written == found, f"docs/reliability.md differs; renew it: make matrix ({name})"
