"""
Where the time of a backfill goes: `make profile`, by py-spy, which samples from outside.

BENCH_ORDERS new orders of a WooCommerce shop (20,000) are read, mapped, remembered
and delivered once. RENEW_DOCS=1 writes the table to docs/performance.md.
"""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from bench import page
from bench.ferry import COMMAND, SECRETS, window
from bench.processes import run, server
from bench.rows import Lab, Sizes

_RATE = 500  # samples per second
_LISTED = 12
"""Functions whose own share is told."""

_STAGES: Sequence[tuple[str, tuple[str, ...]]] = (
    ("start: loading modules", ("<frozen importlib",)),
    ("map", ("mapping/",)),
    ("recognise orders that were read before", ("orderferry/recognising.py", "recognised (state")),
    ("remember a page", ("record_page (state",)),
    ("claim a batch", ("claim (state",)),
    ("settle a batch", ("settle (state",)),
    ("push", ("orderferry/atlast",)),
    ("read and decode", ("connectors/",)),
    ("the rest of the state file", ("(state/",)),
)
"""Name, and what is in a frame of it; the first that is in any frame of a stack has it."""


def stages(samples: Iterable[tuple[str, int]]) -> Counter[str]:
    """Returns the samples of each stage; *samples* are stacks ("a;b;c", root first) and counts."""
    found: Counter[str] = Counter()
    for stack, count in samples:
        owner = (name for name, marks in _STAGES if any(mark in stack for mark in marks))
        found[next(owner, "everything else")] += count
    return found


def functions(samples: Iterable[tuple[str, int]]) -> Counter[str]:
    """Returns the samples in which each function itself was at work."""
    found: Counter[str] = Counter()
    for stack, count in samples:
        found[f"{stack.rpartition(';')[2].rpartition(':')[0]})"] += count
    return found


def read(path: Path) -> list[tuple[str, int]]:
    """Returns the stacks, which py-spy wrote as "a;b;c 12", and how often each was seen."""
    lines = (line.rpartition(" ") for line in path.read_text(encoding="utf-8").splitlines())
    return [(stack, int(count)) for stack, _, count in lines]


def tables(samples: Sequence[tuple[str, int]], orders: int) -> str:
    """Returns what was found as Markdown."""
    whole = sum(count for _, count in samples)
    rows = [f"{orders:,} new orders, {whole:,} samples.", "", "| stage | share |", "| --- | ---: |"]
    rows += [f"| {name} | {n / whole:.1%} |" for name, n in stages(samples).most_common()]
    rows += ["", "| function itself | share |", "| --- | ---: |"]
    own = functions(samples).most_common(_LISTED)
    return "\n".join([*rows, *(f"| `{name}` | {n / whole:.1%} |" for name, n in own)])


def main() -> None:
    """Runs a backfill under py-spy and prints where its time went."""
    sizes = Sizes.from_environment()
    with TemporaryDirectory(prefix="bench") as root, server() as shops, server() as atlast:
        lab = Lab(shops, atlast, sizes, Path(root))
        # the first makes the servers render their pages
        for _ in range(2):
            with lab.ferry(sizes.orders) as (ferry, name):
                since, until = window()
                found = ferry.folder / "stacks"
                spy = ("py-spy", "record", "--gil", "-r", str(_RATE), "-f", "raw", "-o", str(found))
                command = (COMMAND, "--config", str(ferry.config), "--json", "backfill", name)
                run(
                    [*_beside(spy), "--", *command, "--from", since, "--to", until],
                    folder=ferry.folder,
                    environ=SECRETS,
                )
                lab.delivered(name, sizes.orders)
                text = tables(read(found), sizes.orders)
    print(text)
    if os.environ.get("RENEW_DOCS"):
        page.renew("profile", text)


def _beside(command: tuple[str, ...]) -> tuple[str, ...]:
    """Returns the command with its program out of this Python's own folder."""
    return (str(Path(sys.executable).with_name(command[0])), *command[1:])


if __name__ == "__main__":
    main()
