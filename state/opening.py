"""
The state file, opened: found fit, private, of this version.

New files are created with mode 0600 before SQLite sees them; SQLite gives its
-wal and -shm files the mode of the file they belong to.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path

from sqlite_utils import Database

from state import forgetting, refusals
from state.migrations import KNOWN, MIGRATIONS
from state.records import StateError

APPLICATION_ID = 0x6F664679
"""In the file's header ("ofFy"); tells our files from other programs' databases."""

_WHOLE_CHECK_BYTES = 256 * 1024 * 1024
"""Up to this size the whole file is checked at opening, about a second; see _check_pages."""

_BUSY_SECONDS = 10.0

_WAITS_FOR_THE_DISK = "PRAGMA synchronous = FULL"
"""A commit survives a power cut; `forgettable` ones may not."""

_SETTINGS = (
    # before there is a table: pages that are no longer needed can be given back, see tidy
    "PRAGMA auto_vacuum = INCREMENTAL",
    "PRAGMA foreign_keys = ON",
    _WAITS_FOR_THE_DISK,
    "PRAGMA secure_delete = ON",  # an erased payload is overwritten, not only forgotten
    "PRAGMA journal_size_limit = 0",  # the same for the log, as soon as it starts anew
    "PRAGMA temp_store = MEMORY",  # no personal data in temporary files
    "PRAGMA cell_size_check = ON",
    "PRAGMA trusted_schema = OFF",
)


@contextmanager
def immediate(connection: sqlite3.Connection) -> Iterator[None]:
    """
    Runs the block as one transaction that owns the write lock from its start.

    sqlite-utils' `atomic()` begins deferred: its first write upgrades a read
    transaction, and if another process wrote in between SQLite refuses at once,
    whatever the busy timeout is (https://sqlite.org/rescode.html#busy_snapshot).
    """
    with _transaction(connection, "BEGIN IMMEDIATE"):
        yield


@contextmanager
def forgettable(connection: sqlite3.Connection) -> Iterator[None]:
    """
    Runs the block as such a transaction that a power cut may undo, but no dying process.

    It is not waited for the disk. The log is written in order, so a power cut undoes
    the last transactions of all processes, never one from between: the next
    transaction that waits for the disk makes this one durable too
    (https://sqlite.org/pragma.html#pragma_synchronous, NORMAL with a write-ahead log).
    """
    connection.execute("PRAGMA synchronous = NORMAL")
    try:
        with immediate(connection):
            yield
    finally:
        connection.execute(_WAITS_FOR_THE_DISK)


@contextmanager
def snapshot(connection: sqlite3.Connection) -> Iterator[None]:
    """Runs the block's reads on one state of the data; writers go on meanwhile."""
    with _transaction(connection, "BEGIN"):
        yield


@contextmanager
def _transaction(connection: sqlite3.Connection, begin: str) -> Iterator[None]:
    connection.execute(begin)
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        # some errors (a full disk) have already rolled back; a second failure must not
        # hide the first
        if connection.in_transaction:
            with suppress(sqlite3.Error):
                connection.execute("ROLLBACK")
        raise


def open_database(path: Path, *, now: datetime, read_only: bool, busy_seconds: float) -> Database:
    """
    Returns the state file ready for use, created or migrated if need be.

    With *read_only* nothing is created, migrated or checked. Raises StateError
    for every file that cannot be used, and leaves such a file as it was.
    """
    with refusals.refusing(path):
        _inspect(path, read_only=read_only)
        if not read_only and not path.exists():
            _create(path)
        # None: no implicit transactions; this module alone begins and ends them
        connection = _connect(_address(path, read_only=read_only), busy_seconds)
        try:
            db = Database(connection, execute_plugins=False)
            _recognise(db, path)
            if read_only:
                _require_current(db, path)
            else:
                _make_private(path)
                _prepare(db, path, now)
        except BaseException:
            connection.close()
            raise
        return db


def connect_to_look(path: Path, *, live: bool = False) -> sqlite3.Connection:
    """
    Returns a plain connection to an existing state file of any version, for reading.

    With *live* another process may begin to write meanwhile: then not even a
    closed file may be read as if it could not change.
    """
    with refusals.refusing(path):
        _inspect(path, read_only=True)
        writable = _may(path, os.W_OK) and _may(path.parent, os.W_OK | os.X_OK)
        connection = _connect(_address(path, read_only=not (live and writable)), _BUSY_SECONDS)
        try:
            _recognise(Database(connection, execute_plugins=False), path)
        except BaseException:
            connection.close()
            raise
        return connection


def _connect(address: str, busy_seconds: float) -> sqlite3.Connection:
    return sqlite3.connect(
        address, uri=True, timeout=busy_seconds, isolation_level=None, check_same_thread=False
    )


def _inspect(path: Path, *, read_only: bool) -> None:
    if path.is_dir():
        raise StateError(f"{path}: is a directory. Name a file in it.")
    if not path.parent.is_dir():
        raise StateError(f"{path}: its folder does not exist. Create it, or correct the path.")
    exists = path.exists()
    if exists and not path.is_file():
        raise StateError(f"{path}: is not a regular file. Correct the path.")
    if exists and not _may(path, os.R_OK):
        raise refusals.not_readable(path)
    if read_only:
        if not exists:
            raise StateError(f"{path}: there is no state yet. Start the daemon, or run a sync.")
        return
    if os.statvfs(path.parent).f_flag & os.ST_RDONLY:
        raise refusals.read_only_disk(path)
    # SQLite would open such a file read-only without a word and fail at the first write
    if exists and not _may(path, os.W_OK):
        raise refusals.not_writable(path)
    if not _may(path.parent, os.W_OK | os.X_OK):
        raise refusals.not_writable(path)


def _may(path: Path, mode: int) -> bool:
    return os.access(path, mode, effective_ids=os.access in os.supports_effective_ids)


def _create(path: Path) -> None:
    # only when absent: closing any descriptor of a file drops all POSIX locks that this
    # process has on it (https://sqlite.org/howtocorrupt.html, section 2.2)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    os.fchmod(descriptor, 0o600)  # an odd umask may have taken the owner's bits
    os.close(descriptor)


def _make_private(path: Path) -> None:
    """Takes from a file of ours, and what SQLite put beside it, the bits it should not have."""
    for name in (path, Path(f"{path}-wal"), Path(f"{path}-shm")):
        with suppress(FileNotFoundError):
            if name.stat().st_mode & 0o777 != 0o600:  # noqa: PLR2004 - rw for the owner alone
                name.chmod(0o600)


def _address(path: Path, *, read_only: bool) -> str:
    # mode=rw: SQLite itself must not create the file, it would follow the umask
    if not read_only:
        return f"{path.absolute().as_uri()}?mode=rw"
    if Path(f"{path}-wal").exists():
        return f"{path.absolute().as_uri()}?mode=ro"
    # Without a log nobody has the file open, and everything is in the file itself. A plain
    # read-only connection would create -wal and -shm and leave them behind.
    return f"{path.absolute().as_uri()}?mode=ro&immutable=1"


def _recognise(db: Database, path: Path) -> None:
    with snapshot(db.conn):  # another process may be creating the file at this moment
        (mark,) = db.conn.execute("PRAGMA application_id").fetchone()
        (tables,) = db.conn.execute("SELECT count(*) FROM sqlite_master").fetchone()
        # 0 and no tables: just created, perhaps by a process that died before going on
        if mark != APPLICATION_ID and (mark != 0 or tables):
            raise refusals.foreign(path)
        newer = {step.name for step in MIGRATIONS.applied(db)} - KNOWN
    if newer:
        raise StateError(
            f"{path}: was written by a newer version of orderferry ({min(newer)} is unknown "
            "here). Install that version again; there is no way back."
        )


def _require_current(db: Database, path: Path) -> None:
    if MIGRATIONS.pending(db):
        raise StateError(
            f"{path}: is not yet in the form of this version. "
            "Start the daemon, or run a sync; it converts the file."
        )


def _prepare(db: Database, path: Path, now: datetime) -> None:
    for setting in _SETTINGS:
        db.conn.execute(setting)
    _check_pages(db, path)
    _use_write_ahead_log(db, path)
    with immediate(db.conn):  # two processes may be creating the file at this moment
        if MIGRATIONS.pending(db):
            db.conn.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            MIGRATIONS.apply(db)
        forgetting.delete_runs(db.conn, now=now)


def _check_pages(db: Database, path: Path) -> None:
    """
    Raises StateError if pages do not hang together.

    quick_check reads the whole file. Beyond a size that would hold up every
    start, so then only the small tables are read whole; a damaged page of the
    ledger is refused when it is met, and nothing is written on top of it.
    """
    checks = ["PRAGMA quick_check(1)"]
    if path.stat().st_size > _WHOLE_CHECK_BYTES:
        small = ("leases", "watermarks", "backfills", "runs")
        checks = [f"PRAGMA quick_check({table})" for table in small]
    for check in checks:
        (found,) = db.conn.execute(check).fetchone()
        if found != "ok":
            raise refusals.damaged(path)


def _use_write_ahead_log(db: Database, path: Path) -> None:
    def current() -> str:
        return str(db.conn.execute("PRAGMA journal_mode").fetchone()[0])

    if current() == "wal":
        return
    try:
        db.conn.execute("PRAGMA journal_mode = WAL")
    except sqlite3.OperationalError as error:
        # two processes that switch a new file at the same moment: one is refused, without
        # waiting, but by then the other has taken the lock; waiting for it is enough
        if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
            raise
        with immediate(db.conn):
            pass
        db.conn.execute("PRAGMA journal_mode = WAL")
    if current() != "wal":
        raise StateError(
            f"{path}: its file system cannot share memory between processes, which the "
            "write-ahead log needs. Put the state on a local disk."
        )
