"""sweep, backup and the daemon's own sweeps, as an operator meets them."""

from __future__ import annotations

import shutil
import stat
from datetime import UTC, datetime, timedelta

from conftest import Ferry, eventually


def long_ago(ferry: Ferry) -> str:
    """An order that a plugin wrote into the database: its times lie before the watermark."""
    at = datetime.now(UTC) - timedelta(days=9)
    return str(ferry.add_order(created_at=at, modified_at=at))


def test_a_sweep_finds_delivers_and_tells_what_polls_missed(ferry: Ferry) -> None:
    first = long_ago(ferry)
    ferry("sync")
    late = long_ago(ferry)
    ferry("sync")
    unseen = ferry.accepted()

    swept = ferry("sweep")
    status = ferry("status")
    document = ferry("--json", "status").document["merchants"][0]

    assert unseen == {first}
    assert swept.status == 0, swept.out + swept.err
    assert swept.out.splitlines()[1].split() == ["bolt", "2", "1", "0", "1", "done"]
    assert "1 delivered" in swept.out
    assert ferry.accepted() == {first, late}
    assert ferry.atlast.duplicates == 0
    assert status.status == 0
    assert "compared" in status.out
    counts = document["last_sweep"]["counts"]
    assert (counts["compared"], counts["missing"], counts["differing"]) == (2, 1, 0)


def test_a_sweep_of_a_shop_that_refuses_the_key_ends_with_77(ferry: Ferry) -> None:
    ferry.environ["SHOP_KEY"] = "ck_wrong"

    result = ferry("sweep", "bolt")

    assert result.status == 77
    assert "REST API" in result.out


def test_the_daemon_sweeps_by_itself(ferry: Ferry) -> None:
    ferry.configure(daemon='poll_every = "1s"\nsettle_delay = "0s"\nsweep_every = "2s"')
    first = long_ago(ferry)
    daemon = ferry.start("run")
    try:
        eventually(lambda: ferry.accepted() == {first})
        late = long_ago(ferry)
        eventually(lambda: ferry.accepted() == {first, late})
    finally:
        result = ferry.finish(daemon)

    assert result.status == 0, result.err
    assert ferry.atlast.duplicates == 0
    assert '"action": "state_tidied"' in result.err
    assert '"kind": "sweep"' in result.err


def test_a_backup_is_made_beside_the_daemon_and_restored(ferry: Ferry) -> None:
    ferry.configure(daemon='poll_every = "1s"\nsettle_delay = "0s"')
    ids = {long_ago(ferry) for _ in range(3)}
    daemon = ferry.start("run")
    try:
        eventually(lambda: ferry.accepted() == ids)
        eventually(
            lambda: ferry("--json", "status").document["merchants"][0]["orders"]["delivered"] == 3
        )
        made = ferry("backup", "monday.db")
    finally:
        ferry.finish(daemon)
    copy = ferry.folder / "monday.db"

    for path in ferry.folder.glob("orderferry.db*"):
        path.unlink()
    shutil.copyfile(copy, ferry.state)
    checked = ferry("--json", "check")
    synced = ferry("sync")

    assert made.status == 0, made.err
    assert "3 orders" in made.out
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert checked.status == 0, checked.out
    assert "whole, 3 orders" in checked.out
    assert synced.status == 0
    assert ferry.atlast.duplicates == 0


def test_a_backup_never_replaces_a_file(ferry: Ferry) -> None:
    ferry("sync")
    ferry("backup", "copy.db")

    again = ferry("backup", "copy.db")

    assert again.status == 78
    assert "exists already" in again.err


def test_a_restored_file_that_is_damaged_is_found_by_check(ferry: Ferry) -> None:
    for _ in range(40):
        long_ago(ferry)
    ferry("sync")
    content = bytearray(ferry.state.read_bytes())
    content[3 * 4096 : 3 * 4096 + 2000] = b"\xff" * 2000
    ferry.state.write_bytes(bytes(content))

    result = ferry("--json", "check")

    assert result.status == 78
    assert "is damaged" in result.out
    assert "restore the last backup" in result.out
