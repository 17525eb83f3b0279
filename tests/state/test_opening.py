"""Every file that cannot be the state is refused, with a remedy, and left as it was."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from state import SqliteStore, StateError
from tests.state import children
from tests.state.make import NOW, filled, ready, skipped, take

OWNER = "Give the file and its folder to the user that runs orderferry."


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state.db"


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that other users can reach, which pytest's own is not."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    yield folder
    folder.chmod(0o755)
    shutil.rmtree(folder)


def made(path: Path, orders: int = 300) -> Path:
    """A closed state file that has orders."""
    store = SqliteStore.open(path, now=NOW)
    lease = take(store)
    page = [ready(str(number)) for number in range(orders)]
    store.record_page(lease, "acme", page, now=NOW)
    store.release(lease)
    store.close()
    return path


def _another_program(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE contacts (name TEXT)")
    connection.close()


def _another_mark(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA application_id = 252006673")
        connection.execute("CREATE TABLE tiles (x)")
    connection.close()


def _newer(path: Path) -> None:
    made(path)
    with sqlite3.connect(path) as connection:
        connection.execute(
            "INSERT INTO _sqlite_migrations (migration_set, name, applied_at)"
            " VALUES ('orderferry', 'm9999_later', '2030-01-01')"
        )
    connection.close()


@pytest.mark.parametrize("read_only", [False, True], ids=["to work", "to look"])
@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        pytest.param(Path.mkdir, "is a directory. Name a file in it.", id="directory"),
        pytest.param(os.mkfifo, "is not a regular file. Correct the path.", id="pipe"),
        pytest.param(
            lambda path: path.write_text("[daemon]\n" * 200),
            "is not a state file of orderferry. Correct the path; nothing was written to it.",
            id="text",
        ),
        pytest.param(
            _another_program,
            "is not a state file of orderferry. Correct the path; nothing was written to it.",
            id="another program's database",
        ),
        pytest.param(
            _another_mark,
            "is not a state file of orderferry. Correct the path; nothing was written to it.",
            id="another program's mark",
        ),
        pytest.param(
            _newer,
            "was written by a newer version of orderferry (m9999_later is unknown here). "
            "Install that version again; there is no way back.",
            id="newer version",
        ),
    ],
)
def test_a_file_that_cannot_be_the_state_is_refused_and_left_alone(
    path: Path, spoil: Callable[[Path], object], sentence: str, *, read_only: bool
) -> None:
    spoil(path)
    before = path.read_bytes() if path.is_file() else None
    mode = path.stat().st_mode

    with pytest.raises(StateError) as refused:
        SqliteStore.open(path, now=NOW, read_only=read_only)

    assert str(refused.value) == f"{path}: {sentence}"
    assert not refused.value.passes
    assert path.stat().st_mode == mode
    assert before is None or path.read_bytes() == before


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    path = tmp_path / "missing" / "state.db"

    with pytest.raises(StateError) as refused:
        SqliteStore.open(path, now=NOW)

    assert str(refused.value) == (
        f"{path}: its folder does not exist. Create it, or correct the path."
    )
    assert not path.parent.exists()


def test_an_empty_file_becomes_the_state(path: Path) -> None:
    path.touch()

    store = SqliteStore.open(path, now=NOW)

    assert filled(store) == {}
    store.close()


# permissions -----------------------------------------------------------


@pytest.mark.parametrize(
    ("verb", "file_mode", "folder_mode", "sentence"),
    [
        pytest.param("open-as-nobody", 0o000, 0o777, "cannot be read.", id="not readable"),
        pytest.param("look-as-nobody", 0o000, 0o777, "cannot be read.", id="not readable, looking"),
        pytest.param("open-as-nobody", 0o444, 0o777, "cannot be written.", id="not writable"),
        pytest.param(
            "open-as-nobody", 0o666, 0o555, "cannot be written.", id="folder not writable"
        ),
        pytest.param("open-as-nobody", None, 0o555, "cannot be written.", id="no new file"),
        pytest.param("open-as-nobody", 0o666, 0o000, "cannot be read.", id="folder not passable"),
    ],
)
def test_missing_permissions_are_told(
    open_folder: Path, verb: str, file_mode: int | None, folder_mode: int, sentence: str
) -> None:
    path = open_folder / "state.db"
    if file_mode is not None:
        made(path).chmod(file_mode)
    open_folder.chmod(folder_mode)

    assert children.run(verb, path) == f"{path}: {sentence} {OWNER}"


# disks -----------------------------------------------------------------


def _on_small_disk(folder: Path, *shell: str, verb: str, arguments: tuple[str, ...] = ()) -> str:
    """Runs a child's verb in a mount namespace of its own, on a disk of 2 MB."""
    script = " && ".join([f"mount -t tmpfs -o size=2m none '{folder}'", *shell, 'exec "$@"'])
    child = children.command(verb, folder / "state.db", *arguments)
    try:
        done = subprocess.run(
            ["unshare", "--map-root-user", "--mount", "sh", "-ec", script, "sh", *child],
            cwd=children.ROOT,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    except FileNotFoundError:
        pytest.skip("needs unshare")
    if "unshare" in done.stderr or "mount" in done.stderr:
        pytest.skip("this system lets nobody mount here")
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_read_only_file_system_is_told(tmp_path: Path) -> None:
    remount = f"mount -o remount,ro '{tmp_path}'"

    said = _on_small_disk(tmp_path, remount, verb="open")

    assert "state.db: is on a read-only file system. Mount it writable, or move the state." in said


def test_a_full_disk_changes_nothing_and_work_goes_on_when_there_is_room(tmp_path: Path) -> None:
    said = _on_small_disk(tmp_path, verb="fill-disk", arguments=("disk",))

    full = "state.db: the disk is full; nothing was changed. Make room; no restart is needed."
    assert full in said
    assert said.strip().endswith(', true, {"pending": 100}, true, {"pending": 200}, true]')


def test_a_file_that_may_not_grow_changes_nothing_and_work_goes_on_when_it_may(path: Path) -> None:
    refusal, passes, *rest = children.run("fill-disk", path, "limit")

    assert refusal == (
        f"{path}: the disk did not do its work (SQLITE_IOERR_WRITE). "
        "See to its free space, quota and health."
    )
    assert passes
    assert rest == [{"pending": 100}, True, {"pending": 200}, True]


# damage ----------------------------------------------------------------


def test_a_damaged_page_is_refused_wherever_it_is(path: Path) -> None:
    whole = made(path).read_bytes()
    pages = [whole[at : at + 4096] for at in range(0, len(whole), 4096)]

    for number in range(1, len(pages)):
        spoilt = [*pages]
        spoilt[number] = bytes(range(256)) * 16
        path.write_bytes(b"".join(spoilt))
        with pytest.raises(StateError, match=r": is damaged\. Stop orderferry, keep a copy"):
            SqliteStore.open(path, now=NOW)
    assert len(pages) > 20


def test_in_a_big_file_damage_is_refused_when_it_is_met(path: Path) -> None:
    whole = made(path, orders=2000).read_bytes()
    place = whole.index(b"acme1500")  # how a row of the index of ids begins
    page = place // 4096 * 4096
    path.write_bytes(whole[:page] + b"\xff" * 4096 + whole[page + 4096 :])
    os.truncate(path, 300 * 1024 * 1024)  # sparse: costs no disk
    store = SqliteStore.open(path, now=NOW)
    lease = take(store)

    with pytest.raises(StateError, match=r": is damaged\. "):
        store.record_page(lease, "acme", [skipped("1500")], now=NOW, watermark=NOW)

    assert store.watermark("acme") is None
    store.close()


# other processes -------------------------------------------------------


def test_a_file_that_stays_locked_is_told_and_passes(path: Path) -> None:
    made(path)
    holder = children.start("hold", path)
    children.said(holder)

    with pytest.raises(StateError, match="kept it locked for too long") as refused:
        SqliteStore.open(path, now=NOW, busy_seconds=0.05)
    children.kill(holder)

    assert refused.value.passes
    SqliteStore.open(path, now=NOW, busy_seconds=0.05).close()


# looking ---------------------------------------------------------------


def test_looking_at_no_state_creates_nothing(path: Path) -> None:
    with pytest.raises(StateError, match=r"there is no state yet\. Start the daemon"):
        SqliteStore.open(path, now=NOW, read_only=True)

    assert list(path.parent.iterdir()) == []


def test_looking_at_a_closed_state_leaves_the_folder_as_it_was(path: Path) -> None:
    before = made(path).read_bytes()

    store = SqliteStore.open(path, now=NOW, read_only=True)
    seen = filled(store)
    store.close()

    assert seen == {"pending": 300}
    assert list(path.parent.iterdir()) == [path]
    assert path.read_bytes() == before


def test_looking_sees_what_a_running_daemon_has_stored_and_does_not_hold_it_up(path: Path) -> None:
    daemon = SqliteStore.open(path, now=NOW, busy_seconds=0)
    lease = take(daemon)
    looking = SqliteStore.open(path, now=NOW, read_only=True)

    daemon.record_page(lease, "acme", [ready("1")], now=NOW)

    assert filled(looking) == {"pending": 1}
    with pytest.raises(StateError, match="cannot be written"):
        looking.start_run("acme", "poll", now=NOW)
    looking.close()
    daemon.close()


def test_looking_sees_what_a_killed_process_had_stored(path: Path) -> None:
    made(path)
    child = children.start("claim", path)
    claimed = children.said(child)
    children.kill(child)

    store = SqliteStore.open(path, now=NOW, read_only=True)

    assert filled(store) == {"pending": 200, "in_doubt": 100}
    assert len(claimed) == 100
    store.close()


def test_looking_does_not_convert_a_file_of_an_older_version(path: Path) -> None:
    made(path)
    with sqlite3.connect(path) as connection:
        connection.execute("DELETE FROM _sqlite_migrations")
    connection.close()
    before = path.read_bytes()

    with pytest.raises(StateError, match="not yet in the form of this version"):
        SqliteStore.open(path, now=NOW, read_only=True)

    assert path.read_bytes() == before
