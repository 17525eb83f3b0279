"""[alerts]: a real webhook is told by the daemon, once each, also across restarts."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from conftest import Ferry, eventually

from orderferry.sandbox.server import Request, Response, Server

HUSH = "T0-hush-webhook"
QUICK = 'poll_every = "1s"\nsettle_delay = "0s"'
SHAPES = Path(__file__).resolve().parents[2] / "docs" / "json"


@dataclass(slots=True)
class Webhook:
    """What a webhook was sent, and how it answers."""

    got: list[Any] = field(default_factory=list)
    status: int = 200
    refused: int = 0

    def handle(self, request: Request) -> Response:
        assert request.method == "POST"
        assert request.path == f"/{HUSH}"
        if self.status != 200:
            self.refused += 1
            return Response(self.status, b"no")
        self.got.append(json.loads(request.body))
        return Response(200, b"ok")

    def told(self) -> list[tuple[str, str, list[str]]]:
        return [
            (alert["alert"], alert["status"], alert["subjects"])
            for message in self.got
            for alert in message["alerts"]
        ]


@pytest.fixture
def webhook(ferry: Ferry) -> Iterator[Webhook]:
    it = Webhook()
    with Server(it.handle) as server:
        ferry.environ["ALERT_URL"] = f"{server.url}/{HUSH}?sig={HUSH}"
        yield it
        for text in ferry.printed:
            assert HUSH not in text


def configure(ferry: Ferry, more: str = "") -> None:
    ferry.configure(daemon=QUICK)
    with ferry.config.open("a") as config:
        config.write(f'[alerts]\nurl = "env:ALERT_URL"\n{more}\n')


def quarantine(ferry: Ferry) -> str:
    """An order without a city cannot be mapped."""
    now = datetime.now(UTC)
    return str(ferry.add_order(modified_at=now, billing={"city": ""}, shipping={"city": ""}))


def test_each_thing_is_told_once_when_it_begins_and_once_when_it_is_over(
    ferry: Ferry, webhook: Webhook
) -> None:
    configure(ferry, "quarantine_grows_by = 2")
    key = ferry.shop.keys[0]
    ferry.shop.revoke(key)
    daemon = ferry.start("run")
    try:
        eventually(lambda: webhook.told() == [("credentials", "begun", ["bolt"])])
        ferry.finish(daemon)
        daemon = ferry.start("run")  # it knows what was told
        ferry.shop.grant(key)
        # the back-off of a first failure is about 30 s; a manual sync need not wait for it
        eventually(lambda: ferry("sync").status == 0)
        eventually(lambda: webhook.told()[1:] == [("credentials", "over", ["bolt"])])
        bad = [quarantine(ferry), quarantine(ferry)]
        eventually(lambda: webhook.told()[2:] == [("quarantine", "begun", ["bolt"])])
        open_now = ferry("--json", "alerts")
        assert ferry("quarantine", "drop", "bolt", "--order", bad[0], "--yes").status == 0
        assert ferry("quarantine", "drop", "bolt", "--order", bad[1], "--yes").status == 0
        eventually(lambda: webhook.told()[3:] == [("quarantine", "over", ["bolt"])])
    finally:
        result = ferry.finish(daemon)

    assert open_now.status == 1
    assert open_now.document["open"] == [{"alert": "quarantine", "subject": "bolt"}]
    assert ferry("alerts").out == "No alert is open.\n"
    assert len(webhook.told()) == 4
    assert result.err.count('"action": "alerts_sent"') == 3
    assert not [secret for secret in ferry.secrets() if secret in json.dumps(webhook.got)]


def test_a_webhook_that_fails_hurts_nothing_and_is_told_later(
    ferry: Ferry, webhook: Webhook
) -> None:
    configure(ferry)
    webhook.status = 500
    quarantine(ferry)
    good = str(ferry.add_order(modified_at=datetime.now(UTC)))
    daemon = ferry.start("run")
    try:
        eventually(lambda: ferry.accepted() == {good})
        eventually(lambda: webhook.refused >= 2)
        webhook.status = 200
        eventually(lambda: webhook.told() == [("quarantine", "begun", ["bolt"])])
    finally:
        result = ferry.finish(daemon)

    assert result.status == 0
    assert '"action": "alert_failed"' in result.err
    assert "127.0.0.1 answered 500" in result.err


def test_a_webhook_that_never_answers_keeps_nobody_from_working(ferry: Ferry) -> None:
    configure(ferry, 'timeout = "1s"')
    asked: list[float] = []

    def hang(_request: Request) -> Response:
        asked.append(time.monotonic())
        time.sleep(3)
        return Response(200, b"ok")

    quarantine(ferry)
    with Server(hang) as server:
        ferry.environ["ALERT_URL"] = server.url
        daemon = ferry.start("run")
        try:
            eventually(lambda: bool(asked))
            order_id = str(ferry.add_order(modified_at=datetime.now(UTC)))
            eventually(lambda: ferry.accepted() == {order_id})
            eventually(lambda: ferry.logged("127.0.0.1 could not be told (ReadTimeout)"))
        finally:
            result = ferry.finish(daemon)

    assert result.status == 0


def test_the_message_is_what_its_shape_promises(ferry: Ferry, webhook: Webhook) -> None:
    jsonschema = pytest.importorskip("jsonschema", reason="comes with the developers' packages")
    if not SHAPES.exists():
        pytest.skip("the wheel comes without documents")
    configure(ferry)
    quarantine(ferry)
    tried = ferry("alerts", "--test")
    daemon = ferry.start("run")
    try:
        eventually(lambda: len(webhook.got) == 2)
    finally:
        ferry.finish(daemon)

    assert (tried.status, tried.out) == (0, "The webhook took the test message.\n")
    schema = json.loads((SHAPES / "alert.json").read_text())
    validator = jsonschema.Draft7Validator(
        schema, format_checker=jsonschema.Draft7Validator.FORMAT_CHECKER
    )
    for document in webhook.got:
        validator.validate(document)
    assert [document["test"] for document in webhook.got] == [True, False]


def test_slack_gets_text(ferry: Ferry, webhook: Webhook) -> None:
    configure(ferry, 'format = "slack"')

    assert ferry("alerts", "--test").status == 0

    (message,) = webhook.got
    assert message.keys() == {"text"}
    assert message["text"].endswith("\nThis is a test; nothing is wrong.")


def test_a_test_that_fails_says_what_to_do(ferry: Ferry, webhook: Webhook) -> None:
    configure(ferry)
    webhook.status = 404

    result = ferry("alerts", "--test")

    assert result.status == 75
    assert result.err == (
        "alerts.url: 127.0.0.1 answered 404; it is tried again by itself. Make a new webhook"
        " there, or correct alerts.format, if it lasts.\n"
    )


def test_without_a_webhook_the_command_says_how_to_get_one(ferry: Ferry) -> None:
    result = ferry("alerts")

    assert result.status == 78
    assert "has no table [alerts]; add one with the url of your webhook" in result.err
