"""
Processes, measured by the operating system's own accounting.

The peak memory that Linux tells of a child begins with what its parent had when
it was started. So this module, and whatever runs children through it, imports
nothing but the standard library: about 15 MB, less than any child needs.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
_LONGEST = 1800.0  # seconds
_UNITS_PER_MB = 1024**2 if sys.platform == "darwin" else 1024  # of ru_maxrss


@dataclass(frozen=True, slots=True)
class Ran:
    """What one process took, from its start to its end."""

    status: int
    out: str
    err: str
    wall_seconds: float
    cpu_seconds: float
    """User and system time of the process and of the children it waited for."""
    peak_mb: float
    """Resident set at its largest."""


class Unexpected(Exception):
    """A process did something else than was to be measured."""


def run(
    command: Sequence[str],
    *,
    folder: Path,
    environ: Mapping[str, str] | None = None,
    statuses: Sequence[int] = (0,),
) -> Ran:
    """
    Runs a command to its end; raises Unexpected if it ends with another status.

    One that hangs is killed after half an hour.
    """
    out, err = folder / "out", folder / "err"
    with out.open("wb") as out_file, err.open("wb") as err_file:
        began = time.perf_counter()
        process = subprocess.Popen(
            command, cwd=ROOT, env=_environ(environ), stdout=out_file, stderr=err_file
        )
        guard = threading.Timer(_LONGEST, process.kill)
        guard.start()
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - began
        guard.cancel()
    process.returncode = os.waitstatus_to_exitcode(status)
    ran = Ran(
        process.returncode,
        out.read_text(encoding="utf-8"),
        err.read_text(encoding="utf-8"),
        wall,
        usage.ru_utime + usage.ru_stime,
        usage.ru_maxrss / _UNITS_PER_MB,
    )
    if ran.status not in statuses:
        raise Unexpected(f"{' '.join(command)} ended with {ran.status}:\n{ran.out}{ran.err}")
    return ran


@contextmanager
def server() -> Iterator[str]:
    """Serves the shops in a process of its own inside the block; yields its address."""
    process = subprocess.Popen(
        [sys.executable, "-m", "bench.serving"],
        cwd=ROOT,
        env=_environ(None),
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None  # noqa: S101 - for the type checker: it is a pipe
        yield process.stdout.readline().strip()
    finally:
        process.kill()
        process.communicate()


def _environ(given: Mapping[str, str] | None) -> dict[str, str]:
    kept = ("PATH", "HOME", "LANG", "TMPDIR")
    return {name: os.environ[name] for name in kept if name in os.environ} | dict(given or {})
