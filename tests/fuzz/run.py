"""
Fuzzes both mappings for FUZZ_SECONDS in all (1800), and tells how far it got.

python -m tests.fuzz.run [PLATFORM ...]; exit status 1 if a rule was broken. The corpus stays
in build/fuzz, so a second run goes on where the first ended. With
FUZZ_WRITE=1 the figures are written to docs/testing.md.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.attack.documented import table
from tests.fuzz.seeds import PLATFORMS, Platform, seeds
from tests.page import record

ROOT = Path(__file__).parents[2]
WORK = ROOT / "build" / "fuzz"
_LONGEST = 50_000  # bytes of a document
_SLOWEST = 20  # seconds for one document, many times what a busy machine takes
_EXECUTIONS = re.compile(r"stat::number_of_executed_units:\s*(\d+)")


@dataclass(frozen=True, slots=True)
class Figures:
    """How far fuzzing one platform got."""

    platform: Platform
    seconds: int
    executions: int
    corpus: int
    """Documents that each reach something of their own."""
    finds: tuple[Path, ...]


def fuzz(platform: Platform, seconds: int) -> Figures:
    """Returns the figures of *seconds* of fuzzing; libFuzzer's words go to standard error."""
    corpus, finds = WORK / platform / "corpus", WORK / platform / "finds"
    for folder in (corpus, finds):
        folder.mkdir(parents=True, exist_ok=True)
    for number, document in enumerate(seeds(platform)):
        (corpus / f"seed-{number:03}").write_text(json.dumps(document), encoding="utf-8")
    known = set(finds.iterdir())
    options = [
        f"-max_total_time={seconds}",
        f"-max_len={_LONGEST}",
        f"-timeout={_SLOWEST}",
        f"-artifact_prefix={finds}/",
        "-print_final_stats=1",
        "-verbosity=0",
    ]
    command = [sys.executable, "-m", "tests.fuzz.target", platform, *options, str(corpus)]
    done = subprocess.run(command, cwd=ROOT, check=False, stderr=subprocess.PIPE, text=True)
    sys.stderr.write(done.stderr)
    executed = _EXECUTIONS.search(done.stderr)
    new = tuple(sorted(set(finds.iterdir()) - known))
    if done.returncode and not new:
        raise SystemExit(f"fuzzing {platform} broke off with status {done.returncode}; see above.")
    return Figures(
        platform, seconds, int(executed[1]) if executed else 0, len(list(corpus.iterdir())), new
    )


def reached(platform: Platform) -> str:
    """Returns the share of mapping's lines and branches that the corpus reaches, in per cent."""
    corpus = WORK / platform / "corpus"
    command = [sys.executable, "-m", "tests.fuzz.replay", platform, str(corpus)]
    return subprocess.run(
        command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True
    ).stdout.strip()


def main() -> None:
    """Fuzzes the platforms, each for its share; ends with status 1 if a rule was broken."""
    platforms = [known for known in PLATFORMS if known in sys.argv[1:]] or list(PLATFORMS)
    seconds = int(os.environ.get("FUZZ_SECONDS", "1800")) // len(platforms)
    figures = [fuzz(platform, seconds) for platform in platforms]
    for one in figures:
        told = f"{one.executions:,} executions in {one.seconds} s, {one.corpus:,} documents kept"
        print(f"{one.platform}: {told}, {len(one.finds)} find(s)")
        for find in one.finds:
            print(f"  python -m tests.fuzz.target {one.platform} {find}")
    if os.environ.get("FUZZ_WRITE"):
        record("fuzz", _documented(figures))
    if any(one.finds for one in figures):
        raise SystemExit(1)


def _documented(figures: list[Figures]) -> str:
    head = ("mapping", "seconds", "executions", "documents", "lines and branches", "finds")
    rows = [
        (
            one.platform,
            str(one.seconds),
            f"{one.executions:,}",
            f"{one.corpus:,}",
            f"{reached(one.platform)} %",
            str(len(one.finds)),
        )
        for one in figures
    ]
    return table(head, rows)


if __name__ == "__main__":
    main()
