"""
The help of every command, word for word, as an 80-column terminal shows it.

The files in help/ are what people read; renew them with RENEW_GOLDEN=1 and read the difference.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from orderferry.cli import cli

HELP = Path(__file__).with_name("help")


def commands(group: click.Group, *path: str) -> Iterator[tuple[str, ...]]:
    yield path
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if isinstance(command, click.Group):
            yield from commands(command, *path, name)
        else:
            yield (*path, name)


EVERY = list(commands(cli))


def help_of(path: tuple[str, ...]) -> str:
    result = CliRunner().invoke(
        cli, [*path, "--help"], prog_name="orderferry", terminal_width=80, color=False
    )
    assert result.exit_code == 0
    return result.output


@pytest.mark.parametrize("path", EVERY, ids=" ".join)
def test_the_help_is_what_people_were_shown_before(path: tuple[str, ...]) -> None:
    golden = HELP / f"{'-'.join(('orderferry', *path))}.txt"
    if os.environ.get("RENEW_GOLDEN"):
        HELP.mkdir(exist_ok=True)
        golden.write_text(help_of(path))

    assert golden.exists(), "a new command: run this once with RENEW_GOLDEN=1"
    assert help_of(path) == golden.read_text()


@pytest.mark.parametrize("path", EVERY, ids=" ".join)
def test_the_help_fits_and_shows_an_example(path: tuple[str, ...]) -> None:
    text = help_of(path)

    assert max(map(len, text.splitlines())) <= 80
    assert "Example" in text or "First steps" in text


def test_no_help_is_left_over_from_a_command_that_is_gone() -> None:
    known = {f"{'-'.join(('orderferry', *path))}.txt" for path in EVERY}

    assert {path.name for path in HELP.iterdir()} == known


@pytest.mark.parametrize("argument", ["--help", "--version", "no-such-command"])
def test_what_needs_no_shop_loads_no_package_for_shops(argument: str) -> None:
    """They cost half a second together, and completion in a shell runs with every key."""
    program = (
        "import sys; from orderferry.cli import main\n"
        "try: main([sys.argv[1]])\n"
        "except SystemExit: pass\n"
        "print(sorted({'httpx', 'pydantic', 'rich', 'sqlite_utils'} & set(sys.modules)))"
    )

    done = subprocess.run(
        [sys.executable, "-c", program, argument], capture_output=True, text=True, check=True
    )

    assert done.stdout.splitlines()[-1] == "[]"
