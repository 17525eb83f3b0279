"""
The JSON of every command is what docs/json/ promises: programs read it.

A key that is missing, new or of another type is a change for those programs.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from conftest import Ferry, eventually

from orderferry.sandbox.server import Response, Server

jsonschema = pytest.importorskip("jsonschema", reason="comes with the developers' packages")

SHAPES = Path(__file__).resolve().parents[2] / "docs" / "json"

pytestmark = pytest.mark.skipif(not SHAPES.exists(), reason="the wheel comes without documents")


def require(shape: str, document: Any) -> None:
    schema = json.loads((SHAPES / f"{shape}.json").read_text())
    jsonschema.Draft7Validator.check_schema(schema)
    jsonschema.Draft7Validator(
        schema, format_checker=jsonschema.Draft7Validator.FORMAT_CHECKER
    ).validate(document)


@pytest.fixture
def busy(ferry: Ferry) -> Ferry:
    """A ledger with a delivered, a waiting, a refused and an unmappable order."""
    refused = str(ferry.add_order())
    ferry.add_order()
    ferry.add_order(tracking=[], completed_at=datetime.now(UTC))
    ferry.add_order(billing={"city": ""}, shipping={"city": ""})
    ferry.atlast.poison = lambda order: order["id"] == refused
    return ferry


def refused(ferry: Ferry) -> str:
    orders = ferry("--json", "quarantine", "list").document["orders"]
    return next(str(order["id"]) for order in orders if order["refused"])


def test_reading_and_delivering(busy: Ferry) -> None:
    since = (datetime.now(UTC) - timedelta(days=9)).strftime("%Y-%m-%d")

    require("check", busy("--json", "check").document)
    planned = busy("--json", "backfill", "bolt", "--from", since, "--dry-run")
    require("backfill-dry-run", planned.document)
    require("sync", busy("--json", "sync").document)
    require("backfill", busy("--json", "backfill", "bolt", "--from", since).document)
    require("sweep", busy("--json", "sweep").document)
    require("backup", busy("--json", "backup", "copy.db").document)
    require("status", busy("--json", "status").document)
    require("readiness", busy("--json", "readiness", "bolt").document)


def test_failing(busy: Ferry) -> None:
    busy.environ["SHOP_KEY"] = "ck_wrong"

    require("sync", busy("--json", "sync").document)
    require("status", busy("--json", "status").document)
    require("check", busy("--json", "check").document)


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        pytest.param(["synk"], 2, id="an unknown command"),
        pytest.param(["sync", "--nosuch"], 2, id="an unknown option"),
        pytest.param(["backfill", "bolt"], 2, id="nothing to read"),
        pytest.param(["quarantine", "list", "--limit", "0"], 2, id="a number out of range"),
        pytest.param(["sync", "bot"], 2, id="an unknown merchant"),
        pytest.param(["status"], 78, id="no state yet"),
    ],
)
def test_what_cannot_be_done(ferry: Ferry, arguments: list[str], status: int) -> None:
    result = ferry("--json", *arguments)

    assert result.status == status
    require("faults", result.document)
    assert result.document["faults"][0].split(".")[0] in result.err


def test_operating(busy: Ferry) -> None:
    busy("sync")
    order_id = refused(busy)

    require("quarantine-list", busy("--json", "quarantine", "list").document)
    require("quarantine-list-reasons", busy("--json", "quarantine", "list", "--reasons").document)
    require("quarantine-show", busy("--json", "quarantine", "show", "bolt", order_id).document)
    require("quarantine-retry", busy("--json", "quarantine", "retry", "bolt").document)
    dropped = busy("--json", "quarantine", "drop", "bolt", "--order", order_id, "--yes")
    require("quarantine-drop", dropped.document)
    require("preview", busy("--json", "preview", "bolt", order_id).document)


def test_the_alerts(busy: Ferry) -> None:
    with busy.config.open("a") as config:
        config.write('[alerts]\nurl = "env:ALERT_URL"\n')
    with Server(lambda _request: Response(200)) as webhook:
        busy.environ["ALERT_URL"] = webhook.url
        require("alerts", busy("--json", "alerts", "--test").document)

    require("alerts", busy("--json", "alerts").document)


def test_the_watermark(busy: Ferry) -> None:
    at = (datetime.now(UTC) - timedelta(days=3)).isoformat()
    busy("sync")

    require("watermark-set", busy("--json", "watermark", "set", "bolt", at).document)
    require("watermark-show", busy("--json", "watermark", "show").document)


def test_names_and_shops(busy: Ferry) -> None:
    busy("sync")
    text = busy.config.read_text()
    busy.config.write_text(text.replace("[merchants.bolt", "[merchants.volt"))

    require("rename", busy("--json", "rename", "bolt", "volt").document)
    require("adopt", busy("--json", "adopt", "volt").document)
    with Server(busy.shop.handle) as moved:
        busy.config.write_text(busy.config.read_text().replace(busy.shop_server.url, moved.url))
        require("adopt", busy("--json", "adopt", "volt").document)


def test_starting(ferry: Ferry) -> None:
    url = ferry.shop_server.url
    ferry.config.unlink()
    made = ferry(
        *("--json", "init", "--merchant", "bolt", "--platform", "woocommerce"),
        *("--shop", f"url={url}", "--shop", "consumer_key=env:SHOP_KEY"),
        *("--shop", "consumer_secret=env:SHOP_SECRET", "--no-check"),
        *("--atlast", "client_id=env:ATLAST_ID", "--atlast", "client_secret=env:ATLAST_SECRET"),
    )

    require("init", made.document)
    require("demo", ferry("--json", "demo", "--orders", "20", "--fast").document)


def test_the_sandbox(ferry: Ferry) -> None:
    ports = [word for name in ("shop", "shopify", "atlast") for word in (f"--{name}-port", "0")]
    process = ferry.start("--json", "sandbox", *ports, "--write", "trial")
    try:
        eventually((ferry.folder / "trial" / "config.toml").exists)
    finally:
        ended = ferry.finish(process)

    require("sandbox", json.loads(ended.out))


def test_every_command_that_prints_json_has_its_shape_written_down(ferry: Ferry) -> None:
    """`run` has no result, and `schema` prints a schema."""
    words = ferry("--help").out.split("Commands:")[1].split("Exit status")[0]
    commands = [line.split()[0] for line in words.splitlines() if line[2:3].isalpha()]
    shapes = {path.stem for path in SHAPES.glob("*.json")}

    assert len(commands) >= 12
    for command in set(commands) - {"run", "schema"}:
        assert any(shape.split("-")[0] == command for shape in shapes), command
