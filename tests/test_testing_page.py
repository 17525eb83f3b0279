"""docs/testing.md names what there is to run."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests import page

ROOT = Path(__file__).parents[1]


def test_every_make_target_that_runs_tests_is_on_the_page() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    recipes = re.findall(r"^(\w+):[^\n]*\n((?:\t[^\n]*\n)+)", makefile, re.MULTILINE)
    running = {name for name, recipe in recipes if re.search(r"-m pytest|-m tests\.", recipe)}

    told = set(re.findall(r"`make ([\w ]+)", page.PAGE.read_text(encoding="utf-8")))

    assert {"test", "fuzz", "mutants"} <= running
    assert running <= told


def test_every_folder_of_tests_is_on_the_page() -> None:
    text = page.PAGE.read_text(encoding="utf-8")
    folders = {path.parent.name for path in (ROOT / "tests").glob("*/test_*.py")}

    assert {folder for folder in folders if f"`tests/{folder}" not in text} == set()


def test_a_figure_is_written_between_its_marks(tmp_path: Path) -> None:
    copy = tmp_path / "testing.md"
    text = "a\n<!-- fuzz: written by make fuzz -->\nold\nold\n<!-- fuzz: end -->\nz\n"
    copy.write_text(text, encoding="utf-8")

    page.record("fuzz", "new", copy)

    assert copy.read_text(encoding="utf-8") == text.replace("old\nold", "new")
    with pytest.raises(ValueError, match="marks of 'mutants'"):
        page.record("mutants", "new", copy)
