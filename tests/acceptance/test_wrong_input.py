"""Wrong input: one clear sentence each, the right exit status, and nothing lost."""

from __future__ import annotations

import resource
import shutil
import subprocess
from pathlib import Path

import pytest
from conftest import Ferry


def test_five_faults_are_named_at_once(ferry: Ferry) -> None:
    ferry.config.write_text(
        """
[daemon]
wrkers = 4
poll_every = "soon"
[atlast]
client_id = "client-in-plain-sight"
client_secret = "env:NOT_SET"
[merchants.bolt]
platform = "woocommerse"
"""
    )

    result = ferry("sync")

    assert result.status == 78
    lines = result.err.splitlines()
    assert len(lines) == 5, result.err
    for key in (
        "daemon.wrkers",
        "daemon.poll_every",
        "atlast.client_id",
        "atlast.client_secret",
        "merchants.bolt.platform",
    ):
        assert sum(key in line for line in lines) == 1, key
    assert "client-in-plain-sight" not in result.err


@pytest.mark.parametrize("table", ["atlast", "merchants.bolt.woocommerce"])
def test_a_ca_bundle_without_a_certificate_is_a_configuration_fault(
    ferry: Ferry, table: str
) -> None:
    (ferry.folder / "ca.pem").write_text("Dear diary, today I was no certificate.\n")
    text = ferry.config.read_text()
    ferry.config.write_text(text.replace(f"[{table}]", f'[{table}]\nca_bundle = "ca.pem"'))

    result = ferry("sync")

    assert result.status == 78
    (line,) = result.err.splitlines()
    assert line.startswith(
        f"{ferry.config}: {table}.ca_bundle = 'ca.pem' holds no PEM certificate;"
    )


def test_a_state_file_that_is_a_text_file_is_refused_and_left_alone(ferry: Ferry) -> None:
    ferry.state.write_text("Dear diary, today I was no database. " * 40)
    before = ferry.state.read_bytes()

    result = ferry("sync")

    assert result.status == 78
    assert len(result.err.splitlines()) == 1
    assert "orderferry.db" in result.err
    assert ferry.state.read_bytes() == before


def test_a_missing_state_folder_is_named(ferry: Ferry) -> None:
    ferry.configure(daemon='state = "nowhere/orderferry.db"')

    result = ferry("sync")

    assert result.status == 78
    assert "nowhere" in result.err


def test_a_file_that_cannot_grow_ends_with_75_and_nothing_is_lost(ferry: Ferry) -> None:
    ids = {str(ferry.add_order()) for _ in range(400)}
    ferry("status")  # creates nothing

    full = ferry(
        "sync", preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
    )
    mended = ferry("sync")

    assert full.status == 75, full.err
    assert len(full.err.splitlines()) == 1
    assert mended.status == 0, mended.out + mended.err
    assert ferry.accepted() == ids
    assert ferry.atlast.duplicates == 0


@pytest.mark.skipif(shutil.which("mount") is None, reason="needs mount, to make a small disk")
def test_a_full_disk_ends_with_75_and_nothing_is_lost(ferry: Ferry) -> None:
    disk = ferry.folder / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(disk)],
        capture_output=True,
        check=False,
    )
    if mounted.returncode:
        pytest.skip("mounting a small disk needs more rights than this user has")
    try:
        ids = {str(ferry.add_order()) for _ in range(400)}
        ferry.configure(daemon='state = "disk/orderferry.db"')
        full = ferry("sync")
        subprocess.run(["mount", "-o", "remount,size=16m", str(disk)], check=True)
        mended = ferry("sync")
    finally:
        subprocess.run(["umount", str(disk)], check=True)

    assert full.status == 75, full.err
    assert "full" in full.err
    assert mended.status == 0, mended.out + mended.err
    assert ferry.accepted() == ids
    assert ferry.atlast.duplicates == 0


def test_an_unknown_merchant_is_a_usage_error(ferry: Ferry) -> None:
    result = ferry("sync", "bot")

    assert result.status == 2
    assert "'bot'" in result.err
    assert "bolt" in result.err


def test_an_unknown_command_suggests_the_nearest(ferry: Ferry) -> None:
    result = ferry("synk")

    assert result.status == 2
    assert "sync" in result.err


def test_a_configuration_that_does_not_exist_is_named(ferry: Ferry) -> None:
    ferry.config.unlink()

    result = ferry("sync")

    assert result.status == 78
    assert str(ferry.config) in result.err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        pytest.param(["backfill", "bolt"], "--from", id="nothing to read"),
        pytest.param(["backfill", "bolt", "--from", "yesterday"], "is not a date", id="not a date"),
        pytest.param(
            ["backfill", "bolt", "--from", "2026-11-02", "--to", "2026-11-01"],
            "not before",
            id="reversed",
        ),
        pytest.param(
            ["backfill", "bolt", "--from", "0001-01-01T00:00+05:00"],
            "--from '0001-01-01T00:00+05:00' is out of range; write a date from 1970",
            id="before the calendar",
        ),
        pytest.param(
            ["backfill", "bolt", "--from", "0001-01-01", "--dry-run"], "range", id="before shops"
        ),
        pytest.param(
            ["backfill", "bolt", "--from", "2026-11-01", "--to", "9999-12-31T23:59-05:00"],
            "--to '9999-12-31T23:59-05:00' is out of range",
            id="behind the calendar",
        ),
    ],
)
def test_a_backfill_without_a_sensible_window_is_a_usage_error(
    ferry: Ferry, arguments: list[str], words: str
) -> None:
    result = ferry(*arguments)

    assert result.status == 2
    assert words in result.err


def test_status_before_the_first_run_says_what_to_do(ferry: Ferry, tmp_path: Path) -> None:
    result = ferry("status")

    assert result.status == 78
    assert "orderferry run" in result.err or "sync" in result.err
    assert not (tmp_path / "orderferry.db").exists()


NOT_TEXT = b"\xff\xfe1001".decode(errors="surrogateescape")
"""As a shell hands over bytes that are no UTF-8."""


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        pytest.param(["quarantine", "list", "--limit", "9" * 20], "--limit", id="a huge number"),
        pytest.param(["quarantine", "show", "bolt", NOT_TEXT], "is not UTF-8 text", id="an id"),
        pytest.param(
            ["watermark", "set", "bolt", "2026-11-20T08:30Z", "--note", NOT_TEXT],
            "is not UTF-8 text",
            id="a note",
        ),
    ],
)
def test_arguments_that_make_no_sense_are_a_usage_error(
    ferry: Ferry, arguments: list[str], words: str
) -> None:
    ferry("sync")

    result = ferry(*arguments)

    assert result.status == 2
    assert words in result.err
    assert "bug" not in result.err


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a device of Linux")
@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        pytest.param(
            ["status"], 75, "The result cannot be written: No space left on device.", id="text"
        ),
        pytest.param(
            ["--json", "status"],
            75,
            "The result cannot be written: No space left on device.",
            id="json",
        ),
        pytest.param(["--json", "sync", "bot"], 2, "There is no merchant 'bot'", id="a fault"),
        pytest.param(["--help"], 75, "The result cannot be written", id="help"),
    ],
)
def test_a_full_disk_behind_standard_output_is_said_in_a_sentence(
    ferry: Ferry, arguments: list[str], status: int, words: str
) -> None:
    ferry("sync")

    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            ferry.line(*arguments),
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            timeout=60,
            env=ferry.environ,
            check=False,
        )

    assert (done.returncode, len(done.stderr.splitlines())) == (status, 1), done.stderr
    assert words in done.stderr
