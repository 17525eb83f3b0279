"""
The sentences in which the state refuses to work.

The one place where an error of SQLite or of the file system becomes a
StateError. No sqlite3 exception leaves the package; the cause stays attached.
"""

from __future__ import annotations

import errno
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from state.records import StateError

_FULL = "the disk is full; nothing was changed. Make room; no restart is needed."
_NOT_WRITABLE = "cannot be written. Give the file and its folder to the user that runs orderferry."
_NOT_READABLE = "cannot be read. Give the file and its folder to the user that runs orderferry."
_READ_ONLY_DISK = "is on a read-only file system. Mount it writable, or move the state."
_DAMAGED = (
    "is damaged. Stop orderferry, keep a copy of the file, and restore the last backup; "
    "`sqlite3 FILE .recover` may save what is newer."
)
_FOREIGN = "is not a state file of orderferry. Correct the path; nothing was written to it."

# https://sqlite.org/rescode.html; keys are primary codes, the low byte of an extended one
_BY_CODE = {
    sqlite3.SQLITE_FULL: _FULL,
    sqlite3.SQLITE_BUSY: (
        "another process has kept it locked for too long; nothing was changed. "
        "Find it (`fuser -v FILE`) and let it finish or end it."
    ),
    sqlite3.SQLITE_CORRUPT: _DAMAGED,
    sqlite3.SQLITE_NOTADB: _FOREIGN,
    sqlite3.SQLITE_READONLY: _NOT_WRITABLE,
    sqlite3.SQLITE_CANTOPEN: (
        "cannot be opened. See that the file and its folder exist "
        "and belong to the user that runs orderferry."
    ),
    sqlite3.SQLITE_PERM: _NOT_READABLE,
}
_BY_ERRNO = {
    errno.ENOSPC: _FULL,
    errno.EDQUOT: _FULL,
    errno.EROFS: _READ_ONLY_DISK,
    errno.EACCES: _NOT_READABLE,
    errno.EPERM: _NOT_WRITABLE,
}


# what passes by itself once somebody made room, or another process is through
_PASSING_CODES = {sqlite3.SQLITE_FULL, sqlite3.SQLITE_BUSY, sqlite3.SQLITE_IOERR}
_PASSING_ERRNOS = {errno.ENOSPC, errno.EDQUOT, errno.EIO}


@contextmanager
def refusing(path: Path) -> Iterator[None]:
    """Turns what SQLite and the file system raise inside the block into a StateError."""
    try:
        yield
    except sqlite3.Error as error:
        passes = (getattr(error, "sqlite_errorcode", None) or 0) & 0xFF in _PASSING_CODES
        raise StateError(f"{path}: {_sqlite_sentence(error)}", passes=passes) from error
    except OSError as error:
        found = f"{error.strerror or 'the system refused it'}. Correct it, then try again."
        sentence = _BY_ERRNO.get(error.errno or 0, found)
        raise StateError(f"{path}: {sentence}", passes=error.errno in _PASSING_ERRNOS) from error


def _sqlite_sentence(error: sqlite3.Error) -> str:
    # errors of the Python module itself carry no code; the words are its own, never a value's
    code: int | None = getattr(error, "sqlite_errorcode", None)
    if code is None and "closed database" in str(error):
        return "the state was used after it was closed. Open it again."
    if code is None:
        return _defect(type(error).__name__)
    name: str = error.sqlite_errorname
    if code & 0xFF == sqlite3.SQLITE_IOERR:
        return f"the disk did not do its work ({name}). See to its free space, quota and health."
    return _BY_CODE.get(code & 0xFF, _defect(name))


def _defect(name: str) -> str:
    return f"SQLite refused the work ({name}); nothing was changed. Report this as a defect."


def foreign(path: Path) -> StateError:
    """Returns the refusal of a file that another program wrote."""
    return StateError(f"{path}: {_FOREIGN}")


def damaged(path: Path) -> StateError:
    """Returns the refusal of a file whose pages do not hang together."""
    return StateError(f"{path}: {_DAMAGED}")


def not_readable(path: Path) -> StateError:
    """Returns the refusal of a file that this user may not read."""
    return StateError(f"{path}: {_NOT_READABLE}")


def not_writable(path: Path) -> StateError:
    """Returns the refusal of a file or folder that this user may not write."""
    return StateError(f"{path}: {_NOT_WRITABLE}")


def read_only_disk(path: Path) -> StateError:
    """Returns the refusal of a file system that is mounted read-only."""
    return StateError(f"{path}: {_READ_ONLY_DISK}")
