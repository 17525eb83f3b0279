"""docs/operations.md quotes what the state says, word for word."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from state import refusals

PAGE = (Path(__file__).parents[2] / "docs" / "operations.md").read_text(encoding="utf-8")
SENTENCES = sorted({*refusals._BY_CODE.values(), *refusals._BY_ERRNO.values()})


@pytest.mark.parametrize("sentence", SENTENCES)
def test_every_refusal_is_explained(sentence: str) -> None:
    assert f"`FILE: {sentence}`" in PAGE


def test_every_file_that_is_referred_to_exists() -> None:
    docs = Path(__file__).parents[2] / "docs"
    pages = ("operations.md", "deployment.md", "reliability-file.md", "logs.md")
    missing = [
        f"{page}: {target}"
        for page in pages
        for target in re.findall(r"\]\(([^)#]+)", (docs / page).read_text(encoding="utf-8"))
        if not (docs / target).exists()
    ]

    assert missing == []
