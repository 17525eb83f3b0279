"""The pages say nothing that is not so: links lead somewhere, commands and keys exist."""

from __future__ import annotations

import re
import shlex
import tomllib
from collections.abc import Iterator
from pathlib import Path

import click
import jsonschema
import pytest

from orderferry.cli import cli
from orderferry.config_schema import config_schema

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("deploy/**/*.md")])
NAMES = [str(page.relative_to(ROOT)) for page in PAGES]

FENCED = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^()\s]+(?:\([^()]*\)[^()\s]*)?)\)")
CODE = re.compile(r"`([^`\n]+)`")


def prose(page: Path) -> str:
    """The page without its fenced blocks."""
    return FENCED.sub("", page.read_text(encoding="utf-8"))


def anchors(page: Path) -> set[str]:
    """The fragments that lead to a heading, as GitHub makes them."""
    found = set()
    for title in re.findall(r"^#+ (.+)$", prose(page), re.MULTILINE):
        words = re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", title).lower()
        found.add(re.sub(r"[^\w\- ]", "", words).strip().replace(" ", "-"))
    return found


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_every_link_leads_somewhere(page: Path) -> None:
    broken = []
    for link in LINK.findall(prose(page)):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, fragment = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        if not target.exists() or (
            fragment and target.suffix == ".md" and fragment not in anchors(target)
        ):
            broken.append(link)

    assert not broken


def test_the_index_names_every_page() -> None:
    index = ROOT / "docs" / "README.md"

    linked = {link.partition("#")[0] for link in LINK.findall(index.read_text(encoding="utf-8"))}

    pages = {page.name for page in ROOT.glob("docs/*.md")} - {index.name}
    assert pages <= linked, "name the new page in docs/README.md"


def command_lines(page: Path) -> Iterator[list[str]]:
    """The words of every command line of orderferry that the page shows."""
    text = page.read_text(encoding="utf-8")
    shown = CODE.findall(prose(page))
    for kind, block in FENCED.findall(text):
        if kind in {"sh", "console", ""}:
            shown += block.replace("\\\n", " ").splitlines()
    for line in shown:
        if re.match(r"\s*(\$ )?orderferry( |$)", line) and "->" not in line:
            whole = re.split(r"[|&;>]", re.sub(r"\[|\]|…", " ", line))[0]
            yield shlex.split(whole, comments=True)[1:]


def unknown(words: list[str]) -> str | None:
    """What of the words the command line does not know; None if it knows all."""
    command: click.Command = cli
    context = click.Context(cli)
    rest = iter(words)
    for word in rest:
        if word.startswith("-"):
            names = {name: option for option in command.params for name in option.opts}
            option = names.get(word.partition("=")[0])
            if option is None and word not in {"--help", "-h"}:
                return word
            takes_value = isinstance(option, click.Option) and not option.is_flag
            if takes_value and "=" not in word and command is cli:
                next(rest, None)
        elif isinstance(command, click.Group) and not word.isupper():
            found = command.get_command(context, word)
            if found is None:
                return word
            command = found
        elif isinstance(command, click.Group):
            return None  # a placeholder for any command
    return None


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_every_command_that_is_shown_exists(page: Path) -> None:
    found = {word for line in command_lines(page) if (word := unknown(line))}

    assert not found


@pytest.mark.parametrize(
    ("line", "word"),
    [
        pytest.param("orderferry sinc", "sinc", id="command"),
        pytest.param("orderferry backfill bolt --since 2026-10-01", "--since", id="option"),
        pytest.param("orderferry quarantine mend", "mend", id="command of a group"),
        pytest.param("orderferry --config config.toml status", None, id="all known"),
        pytest.param("orderferry COMMAND --help", None, id="placeholder"),
    ],
)
def test_a_command_that_does_not_exist_is_noticed(line: str, word: str | None) -> None:
    assert unknown(shlex.split(line)[1:]) == word


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_every_configuration_that_is_shown_is_one(page: Path) -> None:
    # a part of a configuration need not hold what the whole must
    schema = {**config_schema(), "additionalProperties": True}
    validator = jsonschema.Draft7Validator(schema)
    for kind, block in FENCED.findall(page.read_text(encoding="utf-8")):
        if kind == "toml" and "entry-points" not in block and "papershop" not in block:
            faults = [
                error.message
                for error in validator.iter_errors(tomllib.loads(block))
                if "is a required property" not in error.message
            ]
            assert not faults, block


def test_the_example_of_a_connector_is_the_one_that_is_tested() -> None:
    folder = ROOT / "tests" / "connectors"
    sources = [
        *folder.glob("third_party/papershop/*.py"),
        folder / "third_party" / "pyproject.toml",
        folder / "test_third_party.py",
    ]
    tested = [source.read_text(encoding="utf-8") for source in sources]
    page = (ROOT / "docs" / "connectors.md").read_text(encoding="utf-8")

    blocks = [block for kind, block in FENCED.findall(page) if "[merchants" not in block]

    assert len(blocks) >= 7
    missing = [block for block in blocks if not any(block in source for source in tested)]
    assert not missing
