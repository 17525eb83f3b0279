"""The text of `status`: 80 columns, no colour, readable with 500 merchants, quick."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from orderferry.cli import cli
from state import Decision, OrderState, RunOutcome, SqliteStore

MERCHANTS = 500
ORDERS = int(os.environ.get("ORDERFERRY_LEDGER_ROWS", "20000")) // MERCHANTS
BUDGET_SECONDS = 1.0
TABLE = """
[merchants.{name}]
platform = "woocommerce"
merchant_id = "{name}"
[merchants.{name}.woocommerce]
url = "{name}.example.com"
consumer_key = "env:KEY"
consumer_secret = "env:KEY"
"""
LONG = "a-shop-with-a-name-that-is-longer-than-the-column-that-it-goes-into"[:63]


def names() -> list[str]:
    return [LONG, *(f"shop-{number:03}" for number in range(1, MERCHANTS))]


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A configuration of 500 shops and their ledger; two shops fail, one has a quarantine."""
    folder = tmp_path_factory.mktemp("many")
    config = folder / "config.toml"
    config.write_text(
        '[atlast]\nclient_id = "env:ID"\nclient_secret = "env:KEY"\n'
        + "".join(TABLE.format(name=name) for name in names())
    )
    now = datetime.now(UTC)
    store = SqliteStore.open(folder / "orderferry.db", now=now)
    store._connection.execute("PRAGMA synchronous = OFF")  # only to be filled quickly
    for name in names():
        fill(store, name, now)
    fail(store, "shop-321", "The key was refused; make a new one under REST API.", now)
    fail(store, LONG, "The shop is in maintenance; wait for its end.", now)
    store.close()
    return config


def fill(store: SqliteStore, name: str, now: datetime) -> None:
    lease = store.acquire(name, "test", now=now, ttl=timedelta(hours=1))
    decisions = [
        Decision(str(number), OrderState.SKIPPED, reason="not shipped") for number in range(ORDERS)
    ]
    if name == "shop-400":
        decisions[0] = Decision("0", OrderState.QUARANTINED, reason="city: is missing")
    for start in range(0, len(decisions), 1000):
        store.record_page(lease, name, decisions[start : start + 1000], now=now, watermark=now)
    run_id = store.start_run(name, "poll", now=now)
    store.finish_run(run_id, RunOutcome.DONE, now=now, counts={})


def fail(store: SqliteStore, name: str, problem: str, now: datetime) -> None:
    run_id = store.start_run(name, "poll", now=now)
    store.finish_run(run_id, RunOutcome.CREDENTIALS, now=now, counts={}, problem=problem)


def status(config: Path, *arguments: str) -> Result:
    command: Sequence[str] = ["--config", str(config), *arguments]
    environ = {"COLUMNS": "80", "NO_COLOR": "1"}
    return CliRunner().invoke(cli, command, env=environ, standalone_mode=False)


def test_the_first_lines_say_what_to_do_and_the_troubled_come_first(ledger: Path) -> None:
    result = status(ledger, "status")

    assert result.return_value == 1
    assert result.stdout.startswith("Not well. a-shop-with-a-name")
    assert "in maintenance" in result.stdout
    rows = result.stdout.split("last run", 1)[1]
    order = [rows.index(name) for name in ("shop-321", "shop-400", "shop-001")]
    assert order == sorted(order)


def test_it_fits_eighty_columns_and_one_screen_of_text_without_colour(ledger: Path) -> None:
    result = status(ledger, "status")

    lines = result.stdout.splitlines()
    assert max(map(len, lines)) <= 80
    assert len(lines) < 45
    assert lines[-1] == f"and {MERCHANTS - 20} more, without trouble; --all lists them."
    assert "\x1b" not in result.stdout


def test_everybody_is_listed_when_asked_for(ledger: Path) -> None:
    result = status(ledger, "status", "--all")

    assert all(name in result.stdout for name in names()[1:])


def test_one_merchant_can_be_looked_at_alone(ledger: Path) -> None:
    result = status(ledger, "status", "shop-007")

    assert result.return_value == 0
    assert result.stdout.splitlines()[0] == "All is well."
    assert "shop-008" not in result.stdout


def test_json_holds_every_merchant(ledger: Path) -> None:
    document = json.loads(status(ledger, "--json", "status").stdout)

    assert [merchant["name"] for merchant in document["merchants"]] == names()
    assert document["ok"] is False


def test_it_is_quick_however_large_the_ledger(ledger: Path) -> None:
    """The full size, a million rows: make scale."""
    status(ledger, "status")  # imports
    before = time.process_time()
    status(ledger, "status")

    assert time.process_time() - before < BUDGET_SECONDS
