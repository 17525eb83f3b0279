"""
Counts how many mutants of mapping were noticed, and prints those that were not.

python -m tests.mutants.report, after tests.mutants.run. equivalent.yaml lists by
hand the mutants that no test can notice, and why; they are counted apart. With
MUTANTS_WRITE=1 the counts are written to docs/testing.md.
"""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

from tests.attack.documented import table
from tests.mutants.run import results
from tests.mutants.suites import SUITES, Suite
from tests.page import record

EQUIVALENT = Path(__file__).parent / "equivalent.yaml"
_NOTICED = (1, 3, 36, 24, -24, 152, 255)  # failed, broke off, or did not come to an end
_NAME = re.compile(r"mapping\.(?P<module>.+)\.x(?:ǁ(?P<of>\w+?)ǁ|_)(?P<function>.+)__mutmut_\d+")


@dataclass(frozen=True, slots=True)
class Mutant:
    """One change of one function."""

    module: str
    """For example "woocommerce.line"."""
    function: str
    """For example "Line.priced"."""
    was: str
    now: str


@dataclass(frozen=True, slots=True)
class Count:
    """Mutants of one module."""

    module: str
    killed: int
    equivalent: int
    left: int

    @property
    def all(self) -> int:
        """How many there are."""
        return self.killed + self.equivalent + self.left


def place(name: str) -> tuple[str, str]:
    """Returns module and function of the mutant that mutmut calls *name*."""
    match = _NAME.fullmatch(name)
    if match is None:
        raise ValueError(f"{name} is no mutant of mapping")
    owner = f"{match['of']}." if match["of"] else ""
    return match["module"], f"{owner}{match['function']}"


def change(diff: str) -> tuple[str, str]:
    """Returns the lines that *diff* takes away and those it adds, with single blanks."""
    lines = diff.splitlines()[2:]  # the names of the files
    sides = ([line[1:] for line in lines if line.startswith(sign)] for sign in "-+")
    was, now = (" ".join(" ".join(side).split()) for side in sides)
    return was, now


def known(text: str) -> frozenset[Mutant]:
    """Returns the mutants of equivalent.yaml."""
    return frozenset(
        Mutant(module, function, _plain(mutant["was"]), _plain(mutant["now"]))
        for reason in yaml.safe_load(text)
        for mutant in reason["mutants"]
        for module, _, function in [mutant["in"].partition(":")]
    )


def counts(
    noticed: Iterable[str], left: Iterable[Mutant], equivalent: frozenset[Mutant]
) -> list[Count]:
    """Returns the counts by module, the one with most mutants that were not noticed first."""
    unnoticed = list(left)
    killed = [place(name)[0] for name in noticed]
    modules = {*killed, *(mutant.module for mutant in unnoticed)}
    found = []
    for module in modules:
        own = [mutant for mutant in unnoticed if mutant.module == module]
        same = sum(mutant in equivalent for mutant in own)
        found.append(Count(module, killed.count(module), same, len(own) - same))
    return sorted(found, key=lambda count: (-count.left, count.module))


def documented(found: list[Count]) -> str:
    """Returns the table of *found*, its sum first."""
    whole = Count(
        "**all**",
        sum(count.killed for count in found),
        sum(count.equivalent for count in found),
        sum(count.left for count in found),
    )
    head = ("module", "mutants", "killed", "equivalent", "left", "killed of all", "of the others")
    return table(head, [_row(count) for count in (whole, *found)])


def main() -> None:
    """Prints the mutants that are left and the table; says what equivalent.yaml has in vain."""
    tried = {suite: results(suite) for suite in SUITES}
    noticed = [name for found in tried.values() for name in found if found[name] in _NOTICED]
    left = {name: mutant for suite in SUITES for name, mutant in _left(suite, tried[suite])}
    equivalent = known(EQUIVALENT.read_text(encoding="utf-8"))
    for name, mutant in left.items():
        if mutant not in equivalent:
            print(f"{name}\n  - {mutant.was}\n  + {mutant.now}")
    for mutant in equivalent - set(left.values()):
        print(f"equivalent.yaml names one that was noticed, or is none: {mutant}")
    text = documented(counts(noticed, left.values(), equivalent))
    print(text)
    if os.environ.get("MUTANTS_WRITE"):
        record("mutants", text)


def _left(suite: Suite, tried: Mapping[str, int | None]) -> Iterator[tuple[str, Mutant]]:
    # mutmut is no part of what the tests of this module need
    from mutmut.mutation.diff_apply import get_diff_for_mutant  # noqa: PLC0415

    if not tried:
        return
    with contextlib.chdir(suite.folder):
        for name, status in tried.items():
            if status not in _NOTICED:
                module, function = place(name)
                path = Path("mapping", *module.split(".")).with_suffix(".py")
                yield name, Mutant(module, function, *change(get_diff_for_mutant(name, path=path)))


def _row(count: Count) -> tuple[str, ...]:
    others = count.all - count.equivalent
    numbers = (count.all, count.killed, count.equivalent, count.left)
    shares = (_share(count.killed, count.all), _share(count.killed, others))
    return count.module, *(f"{number:,}" for number in numbers), *shares


def _share(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f} %" if whole else "-"


def _plain(code: str) -> str:
    return " ".join(code.split())


if __name__ == "__main__":
    main()
