"""
Copies of the state file, and whether a file is whole.

A copy made with `cp` while the daemon runs is torn: the newest changes are in the
write-ahead log beside the file. SQLite's online backup copies one state of the
data while writers go on (https://sqlite.org/backup.html).
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from state import opening, refusals
from state.instants import from_text
from state.records import StateError


@dataclass(frozen=True, slots=True)
class FileFacts:
    """What is to be known of a file that is whole."""

    size: int
    """Bytes, without the write-ahead log."""
    free: int
    """Bytes of it that the next orders will fill."""
    orders: int
    last_run_at: datetime | None
    """When the latest run began: a restored file knows of nothing after its copy."""


def back_up(source: Path, target: Path) -> FileFacts:
    """
    Copies the state to a new file, mode 0600, and returns what was found in the copy.

    Also while a daemon works on it. The copy is checked page by page and appears
    under its name only when it is whole and on the disk. Raises StateError, and
    leaves nothing behind; an existing file is never replaced.
    """
    with refusals.refusing(target):
        if target.exists() or target.is_symlink():
            raise StateError(f"{target}: exists already. Name a new file, or move that one away.")
        if not target.parent.is_dir():
            raise StateError(
                f"{target}: its folder does not exist. Create it, or correct the path."
            )
        part = target.with_name(f".{target.name}.{os.getpid()}.part")
        try:
            _create(part)
            _copy(source, part)
            facts = inspect(part)
            _settle(part, target)
        finally:
            for leftover in (part, Path(f"{part}-journal")):
                with suppress(FileNotFoundError):
                    leftover.unlink()
    return facts


def inspect(path: Path) -> FileFacts:
    """Returns facts about a state file; raises StateError unless every page and index is whole."""
    with refusals.refusing(path), closing(opening.connect_to_look(path)) as connection:
        for check in ("PRAGMA integrity_check(1)", "PRAGMA foreign_key_check"):
            found = connection.execute(check).fetchone()
            if found is not None and found[0] != "ok":
                raise refusals.damaged(path)

        def number(query: str) -> int:
            return int(connection.execute(query).fetchone()[0])

        page = number("PRAGMA page_size")
        (last,) = connection.execute("SELECT max(started_at) FROM runs").fetchone()
        return FileFacts(
            size=number("PRAGMA page_count") * page,
            free=number("PRAGMA freelist_count") * page,
            orders=number("SELECT count(*) FROM orders"),
            last_run_at=from_text(last),
        )


def _create(path: Path) -> None:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    os.fchmod(descriptor, 0o600)
    os.close(descriptor)


def _copy(source: Path, target: Path) -> None:
    with (
        refusals.refusing(source),
        closing(opening.connect_to_look(source, live=True)) as origin,
        closing(sqlite3.connect(target, isolation_level=None)) as copy,
    ):
        origin.backup(copy)  # all pages in one step: one state, whatever is written meanwhile
        # a copy is one file: whoever opens it first turns the log on again
        copy.execute("PRAGMA journal_mode = DELETE")


def _settle(part: Path, target: Path) -> None:
    """Puts the copy under its name, durably."""
    descriptor = os.open(part, os.O_RDONLY | os.O_CLOEXEC)
    os.fsync(descriptor)
    os.close(descriptor)
    part.rename(target)
    folder = os.open(target.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    os.fsync(folder)
    os.close(folder)
