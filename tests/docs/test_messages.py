"""docs/troubleshooting.md quotes the program: every message in it stands in the code."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "troubleshooting.md"
PACKAGES = ("connectors", "mapping", "state", "orderferry")

SHORTEST = 6
"""Letters of a fragment between two gaps that are worth looking for."""


def quoted() -> list[str]:
    """The code spans in the first column of the tables and in paragraphs that begin with one."""
    found: list[str] = []
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        first = line.split("|")[1] if line.startswith("| ") else ""
        found += re.findall(r"`([^`]+)`", first)
    return [text for text in found if " " in text and not text.startswith(("orderferry ", "--"))]


@cache
def said() -> str:
    """Every text of the program, with "…" for what is filled in, one a line."""
    texts: list[str] = []
    for package in PACKAGES:
        for file in (ROOT / package).rglob("*.py"):
            if "sandbox" not in file.parts:
                texts += _texts(ast.parse(file.read_text(encoding="utf-8")))
    return "\n".join(texts)


def _texts(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            yield "".join(
                str(part.value) if isinstance(part, ast.Constant) else "…" for part in node.values
            )
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


@pytest.mark.parametrize("message", quoted())
def test_a_quoted_message_is_one_of_the_program(message: str) -> None:
    fragments = [part.strip() for part in message.split("…")]

    missing = [part for part in fragments if len(part) >= SHORTEST and part not in said()]

    assert not missing


def test_many_messages_are_explained() -> None:
    assert len(quoted()) > 90
