"""Rows of the benchmark: what is run, what it does, and what came of it."""

from __future__ import annotations

import itertools
import json
import os
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from tempfile import mkdtemp

from bench.ferry import Ferry, stats
from bench.processes import Ran, Unexpected, run

READ = "read"
DECODE = "read, decode"
DELIVER = "deliver"
ALL = "read, decode, map, remember, deliver"
POLL = "poll"
START = "start"


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much is measured; `make bench` and `make bench-small` differ in this alone."""

    orders: int = 20_000
    repeat: int = 5
    large: bool = False
    small: bool = False

    @classmethod
    def from_environment(cls) -> Sizes:
        """Returns the sizes that BENCH_ORDERS, BENCH_REPEAT, BENCH_LARGE and BENCH_SMALL say."""
        small = bool(os.environ.get("BENCH_SMALL"))
        return cls(
            orders=int(os.environ.get("BENCH_ORDERS", "300" if small else "20000")),
            repeat=int(os.environ.get("BENCH_REPEAT", "1" if small else "5")),
            large=bool(os.environ.get("BENCH_LARGE")),
            small=small,
        )


@dataclass(frozen=True, slots=True)
class Sample:
    """One run of a row."""

    wall_seconds: float
    cpu_seconds: float
    peak_mb: float
    counts: Mapping[str, float] = field(default_factory=dict)
    """What the row counts besides: requests, bytes, points, orders, transactions."""


def sample(ran: Ran, **counts: float) -> Sample:
    """Returns the sample that a process is."""
    return Sample(ran.wall_seconds, ran.cpu_seconds, ran.peak_mb, counts)


class NotRun(Exception):
    """A row cannot be run here; why."""


class Lab:
    """The servers, and fresh names and folders, so that no run sees what another left."""

    def __init__(self, shops: str, atlast: str, sizes: Sizes, root: Path) -> None:
        self.shops = shops
        self.atlast = atlast
        self.sizes = sizes
        self._root = root
        self._numbers = itertools.count(1)

    def name(self) -> str:
        """Returns a name that nobody used yet."""
        return f"bench{next(self._numbers)}"

    def shop(self, name: str, orders: int, *, late: int = 0) -> str:
        """Returns the address of a shop with so many orders that answers so many ms late."""
        return f"{self.shops}/{late}/{orders}/{name}"

    def account(self, name: str, *, late: int = 0) -> str:
        """Returns the address of an At Last account."""
        return f"{self.atlast}/{late}/0/{name}"

    @contextmanager
    def folder(self) -> Iterator[Path]:
        """Makes an empty folder for the block."""
        path = Path(mkdtemp(dir=self._root))
        try:
            yield path
        finally:
            shutil.rmtree(path)

    def kept(self, key: str, make: Callable[[Ferry], None]) -> Path:
        """Returns a folder that *make* filled when it was asked for first; for copies of it."""
        folder = self._root / key
        if not folder.exists():
            folder.mkdir()
            make(Ferry(folder))
        return folder

    @contextmanager
    def copy(self, kept: Path) -> Iterator[Ferry]:
        """Copies such a folder for the block."""
        with self.folder() as folder:
            shutil.copytree(kept, folder, dirs_exist_ok=True)
            yield Ferry(folder)

    @contextmanager
    def ferry(
        self, orders: int, *, platform: str = "woocommerce", late: tuple[int, int] = (0, 0)
    ) -> Iterator[tuple[Ferry, str]]:
        """Configures the command for one shop; *late* is the shop's and At Last's latency, ms."""
        name = self.name()
        with self.folder() as folder:
            ferry = Ferry(folder)
            ferry.configure(
                {name: self.shop(name, orders, late=late[0])},
                atlast=self.account(name, late=late[1]),
                platform=platform,
            )
            yield ferry, name

    def delivered(self, name: str, orders: int, *, account: str = "") -> dict[str, float]:
        """Returns what the servers were asked; raises Unexpected unless every order came once."""
        shop, told = stats(self.shops, name), stats(self.atlast, account or name)
        if (told["orders"], told["doubled"]) != (orders, 0):
            raise Unexpected(
                f"At Last has {told['orders']} of {orders} orders, {told['doubled']} twice."
            )
        return {
            "requests": shop["requests"],
            "bytes": shop["bytes_sent"],
            "points": shop["points"],
            "pushes": told["requests"],
        }

    def subject(
        self, *arguments: str, python: str = sys.executable
    ) -> tuple[Ran, dict[str, float]]:
        """Runs one of our own measuring programs; returns it and what it printed as JSON."""
        with self.folder() as folder:
            ran = run([python, *arguments], folder=folder)
        told: dict[str, float] = json.loads(ran.out.splitlines()[-1])
        return ran, told


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table."""

    key: str
    title: str
    does: str
    """What of the whole way it goes, so that nothing is compared with less than it is."""
    measure: Callable[[Lab], Sample]
    orders: int = 0
    """How many orders a run handles; 0 where that is no measure of it."""
    times: int = 0
    """How often at most; 0 = as often as the others."""
    warm: bool = True
    """Run once before it counts, so that the server has rendered its pages."""


@dataclass(frozen=True, slots=True)
class Result:
    """A row with its samples."""

    row: Row
    samples: Sequence[Sample]
    failure: str = ""
    """Why there are none."""
    failed: bool = False
    """That is a fault, and not only in the nature of the thing."""

    @property
    def wall(self) -> float:
        """Median seconds."""
        return median(one.wall_seconds for one in self.samples)

    @property
    def cpu(self) -> float:
        """Median seconds."""
        return median(one.cpu_seconds for one in self.samples)

    @property
    def peak(self) -> float:
        """Largest MB."""
        return max(one.peak_mb for one in self.samples)

    @property
    def rate(self) -> float:
        """Orders per second."""
        return self.row.orders / self.wall

    @property
    def cpu_rate(self) -> float:
        """Orders per second of CPU time; says more than the clock on a machine that is busy."""
        return self.row.orders / self.cpu

    def count(self, name: str) -> float:
        """Returns the median of what was counted under a name."""
        return median(one.counts[name] for one in self.samples)


def measure(rows: Sequence[Row], lab: Lab, say: Callable[[str], None]) -> dict[str, Result]:
    """Runs the rows in rounds, so that whatever else the machine does falls on all of them."""
    samples: dict[str, list[Sample]] = {row.key: [] for row in rows}
    failures: dict[str, str] = {}
    faults: set[str] = set()
    for number in range(lab.sizes.repeat + 1):
        for row in rows:
            most = row.times or lab.sizes.repeat
            if row.key in failures or number > most or (number == 0 and not row.warm):
                continue
            if number == 0 and lab.sizes.small:
                continue
            try:
                found = row.measure(lab)
            except (Unexpected, NotRun) as problem:
                failures[row.key] = str(problem)
                if isinstance(problem, Unexpected):
                    faults.add(row.key)
                continue
            if number:
                samples[row.key].append(found)
            say(
                f"{'warm-up' if not number else f'round {number}'}: {row.key}"
                f" {found.wall_seconds:.2f} s, CPU {found.cpu_seconds:.2f} s"
            )
    return {
        row.key: Result(row, samples[row.key], failures.get(row.key, ""), row.key in faults)
        for row in rows
    }
