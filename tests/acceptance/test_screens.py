"""
What every command shows, word for word, in an 80-column terminal without colour.

The files in screens/ are what people read; renew them with RENEW_GOLDEN=1 and
read the difference. What differs from run to run (times, addresses, sizes) has
a stand-in of the same length. `run` and `sandbox` do not end by themselves, and
`schema` prints what docs/config.schema.json holds; tests/cli/test_help.py has
their help.
"""

from __future__ import annotations

import os
import re
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from conftest import Ferry

SCREENS = Path(__file__).with_name("screens")
COLUMNS = 80
AGE = timedelta(hours=3, minutes=30)
"""The ledger is made so old, so that "3h ago" is true for half an hour."""

_STAND_INS = (
    (r"\d{4}-\d\d-\d\d", "2026-11-23"),
    (r"(?<=\d[T \n])\d\d:\d\d", "12:34"),
    (r"(?<=\d\d:\d\d:)\d\d", "56"),
    (r"127\.0\.0\.1:\d{5}", "127.0.0.1:54321"),
    (r"#[0-9a-f]{8}\b", "#0a1b2c3d"),
    (r"clock is \d+ s \w+", "clock is 0 s behind"),
    (r"[\d,]+\.\d GiB", "50.0 GiB"),
    (r"[\d,]+ bytes", "98,304 bytes"),
)
_INSTANTS = {
    "runs": ("started_at", "finished_at"),
    "watermarks": ("at", "moved_at"),
    "orders": ("since_at",),
}


class Screens:
    """Shows one command after the other, and compares what it showed."""

    def __init__(self, ferry: Ferry) -> None:
        self._ferry = ferry
        self._differing: list[str] = []
        self.names: set[str] = set()

    def show(self, name: str, *arguments: str) -> None:
        """Runs the command in its folder, as people do."""
        result = self._ferry("--config", "config.toml", *arguments)
        shown = "\n".join(line.rstrip() for line in (result.out + result.err).splitlines())
        # a sentence on standard error is one line, for logs and for searching
        if max(map(len, result.out.splitlines()), default=0) > COLUMNS:
            self._differing.append(f"wider than the terminal: {shown}")
        assert "\x1b" not in shown
        text = f"$ orderferry {' '.join(arguments)}\n{shown}\n[{result.status}]\n"
        text = text.replace(str(self._ferry.folder), "/srv/ferry")
        for pattern, stand_in in _STAND_INS:
            text = re.sub(pattern, stand_in, text)
        path = SCREENS / f"{name}.txt"
        if os.environ.get("RENEW_GOLDEN"):
            path.parent.mkdir(exist_ok=True)
            path.write_text(text)
        before = path.read_text() if path.exists() else "(nothing)"
        if before != text:
            self._differing.append(f"{path.name} was:\n{before}\nand is:\n{text}")
        self.names.add(name)

    def require_unchanged(self) -> None:
        assert not self._differing, "\n\n".join(self._differing)


def grow_old(ferry: Ferry) -> None:
    """Moves what the state remembers into the past."""
    with closing(sqlite3.connect(ferry.state)) as state, state:
        for table, columns in _INSTANTS.items():
            for column in columns:
                rows = state.execute(
                    f"SELECT DISTINCT {column} FROM {table} WHERE {column} IS NOT NULL"
                ).fetchall()
                for (text,) in rows:
                    at = datetime.fromisoformat(text) - AGE
                    state.execute(
                        f"UPDATE {table} SET {column} = ? WHERE {column} = ?",
                        (f"{at.replace(tzinfo=None).isoformat(timespec='microseconds')}Z", text),
                    )


@pytest.mark.timeout(300)  # two dozen commands
def test_every_command_shows_what_people_were_shown_before(ferry: Ferry) -> None:
    ferry.environ["COLUMNS"] = str(COLUMNS)
    screens = Screens(ferry)
    configuration = ferry.config.read_text().replace("[daemon]", '[daemon]\npoll_every = "1h"')
    ferry.config.unlink()
    screens.show(
        "init",
        *("init", "--merchant", "bolt", "--platform", "woocommerce"),
        *("--shop", f"url={ferry.shop_server.url}", "--shop", "consumer_key=env:SHOP_KEY"),
        *("--shop", "consumer_secret=env:SHOP_SECRET", "--atlast", "client_id=env:ATLAST_ID"),
        *("--atlast", "client_secret=env:ATLAST_SECRET", "--no-check"),
    )
    ferry.config.write_text(configuration)
    screens.show("status-before", "status")
    good, refused = ferry.add_order(), ferry.add_order()
    ferry.add_order(tracking=[], completed_at=datetime.now(UTC))
    ferry.add_order(billing={"city": ""}, shipping={"city": ""})
    ferry.atlast.poison = lambda order: order["id"] == str(refused)
    since = (datetime.now(UTC) - timedelta(days=9)).strftime("%Y-%m-%d")

    screens.show("check", "check")
    screens.show("backfill-dry-run", "backfill", "bolt", "--from", since, "--dry-run")
    screens.show("sync", "sync")
    screens.show("sweep", "sweep")
    grow_old(ferry)
    screens.show("status-ill", "status")
    screens.show("quarantine-list", "quarantine", "list")
    screens.show("quarantine-reasons", "quarantine", "list", "--reasons")
    screens.show("quarantine-show", "quarantine", "show", "bolt", str(refused))
    screens.show("quarantine-retry", "quarantine", "retry", "bolt")
    screens.show("quarantine-drop", "quarantine", "drop", "bolt", "--yes")
    grow_old(ferry)
    screens.show("status-well", "status")
    screens.show("preview", "preview", "bolt", str(good))
    screens.show("readiness", "readiness", "bolt")
    screens.show("watermark-show", "watermark", "show")
    three_days_ago = (datetime.now(UTC) - timedelta(days=3)).isoformat(timespec="seconds")
    screens.show("watermark-set", "watermark", "set", "bolt", three_days_ago)
    screens.show("backup", "backup", "copy.db")
    screens.show("backfill", "backfill", "bolt", "--order", str(good))
    ferry.shop_server.close()
    screens.show("check-fault", "check")
    ferry.config.write_text(configuration.replace("[daemon]", "[daemon]\nwrkers = 4"))
    screens.show("check-configuration", "check")
    screens.show("sync-configuration", "sync")

    screens.require_unchanged()
    assert {path.stem for path in SCREENS.glob("*.txt")} == screens.names
