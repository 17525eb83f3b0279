"""What `check` says of this machine: state file, disk, secrets, and what merchants share."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import closing
from datetime import datetime
from itertools import groupby
from pathlib import Path

from connectors.base import Cause, CheckResult, Verdict
from orderferry.config import Config, Merchant
from orderferry.errors import ConfigError
from orderferry.identity import nobodys
from state import SqliteStore, StateError, inspect

_LITTLE = 1024**3
_TOO_LITTLE = 64 * 1024**2
"""Bytes free: a busy day's orders and the write-ahead log of a large page need some of them."""

_OTHERS = 0o077
"""The rights of everybody but the owner."""


def config_faults(error: ConfigError) -> list[CheckResult]:
    """Returns the faults of a configuration that cannot be used, one by one."""
    return [
        CheckResult("configuration", Verdict.FAULT, str(fault), cause=Cause.SET_UP)
        for fault in error.faults
    ]


def check_configuration(config: Config) -> Iterator[CheckResult]:
    """Yields facts about what was read from the configuration, which has no fault."""
    number = len(config.merchants)
    merchants = "1 merchant" if number == 1 else f"{number} merchants"
    yield CheckResult("configuration", Verdict.OK, f"{config.path}: {merchants}, no fault.")
    yield CheckResult(
        "order ids", Verdict.OK, "No two merchants can send the same id to one account."
    )
    yield from _shared_shops(config.merchants.values())
    yield from _secrets(config.secret_files)


def _shared_shops(merchants: Iterable[Merchant]) -> Iterator[CheckResult]:
    enabled = sorted((m for m in merchants if m.enabled), key=lambda merchant: str(merchant.shop))
    for _, group in groupby(enabled, key=lambda merchant: merchant.shop):
        those = list(group)
        names, where = [merchant.name for merchant in those], those[0].where
        if len(names) > 1:
            yield CheckResult(
                "shops",
                Verdict.WARNING,
                f"{' and '.join(names)} read the same shop ({where}): At Last gets each of its"
                " orders once for each of them.",
                "Leave one in, or set enabled = false for the others, unless that is meant.",
            )


def _secrets(files: Iterable[Path]) -> Iterator[CheckResult]:
    paths = sorted(set(files))
    exposed = [path for path in paths if _mode(path) & _OTHERS]
    for path in exposed:
        yield CheckResult(
            "secrets",
            Verdict.WARNING,
            f"{path}: others may read it (mode {_mode(path):04o}).",
            f"Give it to the user that runs orderferry, then: chmod 600 {path}",
        )
    if paths and not exposed:
        yield CheckResult(
            "secrets", Verdict.OK, f"Only their owner may read the files ({len(paths)})."
        )


def check_state(config: Config, now: datetime) -> Iterator[CheckResult]:
    """Yields facts about the state file and its disk; reads only, and creates nothing."""
    path = config.state_path
    shown = config.path.parent / config.daemon.state
    if path.exists():
        yield _health(path, shown)
        yield from _nobodys(config, now)
        yield from _privacy(path, shown)
    else:
        yield _place(path, shown)
    if path.parent.is_dir():
        yield _room(path.parent)


def _health(path: Path, shown: Path) -> CheckResult:
    try:
        facts = inspect(path)
    except StateError as error:
        cause = Cause.TEMPORARY if error.passes else Cause.SET_UP
        return CheckResult("state", Verdict.FAULT, str(error), cause=cause)
    last = f"{facts.last_run_at:%Y-%m-%d %H:%M} UTC" if facts.last_run_at else "never"
    return CheckResult(
        "state",
        Verdict.OK,
        f"{shown}: whole, {facts.orders:,} orders, {facts.size:,} bytes; last run {last}.",
    )


def _nobodys(config: Config, now: datetime) -> Iterator[CheckResult]:
    try:
        with closing(SqliteStore.open(config.state_path, now=now, read_only=True)) as store:
            why = nobodys(store.unsent_beyond(tuple(config.merchants)))
    except StateError:
        return  # the file's health says why
    if why is not None:
        yield CheckResult("unsent orders", Verdict.FAULT, why.found, why.remedy, cause=Cause.SET_UP)


def _place(path: Path, shown: Path) -> CheckResult:
    """Returns whether the file that is not there yet can be created."""
    folder = path.parent
    if not folder.is_dir():
        found, remedy = "its folder does not exist", "Create it, or correct daemon.state."
    elif not os.access(
        folder, os.W_OK | os.X_OK, effective_ids=os.access in os.supports_effective_ids
    ):
        found = "it is not there yet, and this user cannot create it"
        remedy = "Give its folder to the user that runs orderferry, and check as that user."
    else:
        words = f"{shown}: not there yet; the first sync creates it."
        return CheckResult("state", Verdict.OK, words)
    return CheckResult("state", Verdict.FAULT, f"{shown}: {found}.", remedy, Cause.SET_UP)


def _privacy(path: Path, shown: Path) -> Iterator[CheckResult]:
    if _mode(path) & _OTHERS:
        yield CheckResult(
            "state privacy",
            Verdict.WARNING,
            f"{shown}: others may read it (mode {_mode(path):04o}), and it holds customers' data.",
            f"Only its owner needs it: chmod 600 {shown}",
        )


def _room(folder: Path) -> CheckResult:
    free = shutil.disk_usage(folder).free
    found = f"{free / 1024**3:,.1f} GiB free beside the state."
    remedy = "Make room there, or move the state; what cannot be written is tried again."
    if free < _TOO_LITTLE:
        return CheckResult("disk", Verdict.FAULT, found, remedy, Cause.TEMPORARY)
    if free < _LITTLE:
        return CheckResult("disk", Verdict.WARNING, found, remedy)
    return CheckResult("disk", Verdict.OK, found)


def _mode(path: Path) -> int:
    try:
        return path.stat().st_mode & 0o7777
    except OSError:  # it was there a moment ago
        return 0
