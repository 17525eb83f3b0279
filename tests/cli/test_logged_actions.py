"""docs/logs.md names every action that the code logs, with its levels, and no other."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("connectors", "mapping", "state", "orderferry")
LEVELS = {"debug", "info", "warning", "error"}


def calls() -> Iterator[tuple[str, ast.Call]]:
    """Yields the level and the call of everything that is logged, but by the simulators."""
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            if "sandbox" in path.parts:
                continue
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                match node:
                    case ast.Call(func=ast.Attribute(ast.Name("log" | "_LOG"), level)):
                        if level in LEVELS:
                            yield level, node
                    case ast.Call(func=ast.Name("emit")) if _action(node):
                        # chosen from these just before
                        yield from ((one, node) for one in ("info", "warning", "debug"))


def _action(call: ast.Call) -> str:
    for keyword in call.keywords:
        match keyword:
            case ast.keyword("action", ast.Constant(str(name))):
                return name
            case ast.keyword(
                "extra", ast.Dict([ast.Constant("action")], [ast.Constant(str(name))])
            ):
                return name
    return ""


def logged() -> Mapping[str, set[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for level, call in calls():
        found[_action(call)].add(level)
    return found


def documented() -> Mapping[str, set[str]]:
    page = (ROOT / "docs" / "logs.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\w+)` \| ([a-z, ]+) \|", page, re.MULTILINE)
    return {
        action: set(levels.split(", "))
        for action, levels in rows
        if set(levels.split(", ")) <= LEVELS
    }


def test_everything_that_is_logged_has_an_action() -> None:
    without = [ast.unparse(call)[:80] for _, call in calls() if not _action(call)]

    assert without == []


def test_the_page_and_the_code_agree() -> None:
    assert documented() == logged()
    assert len(logged()) > 20


@pytest.mark.parametrize("action", sorted(logged()))
def test_an_action_is_in_snake_case(action: str) -> None:
    assert re.fullmatch(r"[a-z]+(_[a-z]+)+", action)
