"""/metrics tells what the state file says, under the documented names."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from orderferry.sandbox.server import reply
from state import Decision, OrderState
from tests.web.world import TOKEN, Page

DOCS = Path(__file__).parents[2] / "docs" / "metrics.md"
BEARER = {"authorization": f"Bearer {TOKEN}"}


def figures(text: str) -> Mapping[tuple[str, frozenset[tuple[str, str]]], float]:
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def figure(text: str, name: str, **labels: str) -> float | None:
    return figures(text).get((f"orderferry_{name}", frozenset(labels.items())))


@pytest.fixture
def busy(page: Page) -> Page:
    """Two orders delivered in three requests, one refused, one unmappable, one waiting."""
    refused = page.world.add_order()
    page.world.add_order()
    page.world.add_order()
    page.world.add_unmappable()
    page.world.add_waiting()
    page.world.atlast.poison = lambda order: order["id"] == refused
    page.poll()
    page.deliver()
    return page


def test_the_page_documents_exactly_the_metrics_and_their_types_and_labels(busy: Page) -> None:
    text = busy.browser().get("/metrics").text
    documented = {
        name: (kind, {label.strip() for label in labels.split(",") if label.strip()})
        for name, kind, labels in re.findall(
            r"^\| `(orderferry_\w+)` \| (\w+) \|([^|]*)\|", DOCS.read_text(), re.MULTILINE
        )
    }

    types = dict(re.findall(r"^# TYPE (\w+) (\w+)$", text, re.MULTILINE))
    assert {name: kind for name, (kind, _) in documented.items()} == types
    for name, labels in figures(text):
        assert {label for label, _ in labels} == documented[name][1], name


def test_the_figures_are_those_of_the_ledger_and_of_the_runs(busy: Page) -> None:
    (account,) = busy.services.accounts()

    text = busy.browser().get("/metrics").text

    assert figure(text, "ready") == 1
    assert figure(text, "merchant_enabled", merchant="bolt") == 1
    assert figure(text, "merchant_troubled", merchant="bolt") == 1
    assert figure(text, "orders", merchant="bolt", state="delivered") == 2
    assert figure(text, "orders", merchant="bolt", state="quarantined") == 2
    assert figure(text, "orders", merchant="bolt", state="waiting") == 1
    assert figure(text, "orders", merchant="bolt", state="pending") == 0
    assert figure(text, "runs_total", merchant="bolt", kind="poll", outcome="done") == 1
    assert figure(text, "read_orders_total", merchant="bolt", kind="poll", result="ready") == 3
    assert figure(text, "deliveries_total", account=account, outcome="done") == 1
    assert figure(text, "delivery_orders_total", account=account, result="delivered") == 2
    assert figure(text, "delivery_orders_total", account=account, result="refused") == 1
    assert figure(text, "outbox_orders", account=account) == 0
    assert figure(text, "outbox_oldest_seconds", account=account) == 0
    assert figure(text, "pushed_again_total", account=account) == 0
    last = {"merchant": "bolt", "kind": "poll", "outcome": "done"}
    assert figure(text, "merchant_last_run", **last) == 1
    lag = figure(text, "merchant_lag_seconds", merchant="bolt")
    success = figure(text, "merchant_last_success_timestamp_seconds", merchant="bolt")
    assert lag is not None
    assert success is not None
    assert abs(busy.services.clock.now().timestamp() - success - lag) < 60


def test_what_is_due_and_when_it_is_tried_again_is_told(page: Page) -> None:
    page.world.add_order()
    page.poll()
    page.world.atlast_server.fail(reply(503), times=-1)
    page.deliver()
    page.world.shop.revoke(page.world.shop.keys[0])
    page.poll()
    (account,) = page.services.accounts()

    text = page.browser().get("/metrics").text

    assert figure(text, "outbox_orders", account=account) == 1
    age = figure(text, "outbox_oldest_seconds", account=account)
    assert age is not None
    assert age > 0
    now = page.services.clock.now().timestamp()
    for name, label in (("merchant", "bolt"), ("account", account)):
        again = figure(text, f"{name}_next_attempt_timestamp_seconds", **{name: label})
        assert again is not None
        assert now < again < now + 3600
    outcome = {"merchant": "bolt", "kind": "poll", "outcome": "credentials"}
    assert figure(text, "merchant_last_run", **outcome) == 1


def test_orders_of_a_merchant_without_a_table_are_a_trouble_of_page_and_metrics(
    page: Page,
) -> None:
    page.poll()
    before = figure(page.browser().get("/metrics").text, "troubles")
    store, now = page.services.store, page.services.clock.now()
    waiting = Decision("1", OrderState.WAITING, wait_until=now + timedelta(hours=1))
    lease = store.acquire("merchant:cove", "test", now=now, ttl=timedelta(minutes=5))
    store.record_page(lease, "cove", [waiting], now=now)

    after = figure(page.browser().get("/metrics").text, "troubles")

    assert (before, after) == (0, 1)
    assert "The state holds 1 unsent order of cove, which no table names." in (
        page.browser().get("/").text
    )


def test_counters_survive_a_restart_because_they_are_in_the_file(busy: Page) -> None:
    before = figures(busy.browser().get("/metrics").text)
    busy.poll()

    after = figures(busy.browser().get("/metrics").text)

    counters = [key for key in before if key[0].endswith("_total")]
    assert counters
    assert all(after[key] >= before[key] for key in counters)


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({}, id="nothing"),
        pytest.param({"authorization": "Bearer wrong"}, id="a wrong token"),
        pytest.param({"authorization": f"Basic {TOKEN}"}, id="another scheme"),
        pytest.param({"authorization": TOKEN}, id="no scheme"),
        pytest.param({"cookie": "orderferry=made.1.9999999999.up"}, id="a made-up cookie"),
    ],
)
def test_metrics_want_the_token_where_there_is_one(closed: Page, headers: dict[str, str]) -> None:
    answer = closed.browser().get("/metrics", headers=headers)

    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert "orderferry_" not in answer.text


def test_metrics_are_shown_to_the_token_whatever_name_the_page_goes_by(closed: Page) -> None:
    """A scraper in another container knows the page by the container's name."""
    answer = closed.browser().get("/metrics", headers={**BEARER, "host": "orderferry:8321"})

    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")


def test_metrics_are_shown_to_a_browser_that_signed_in(member: httpx.Client) -> None:
    assert member.get("/metrics").status_code == 200


def test_without_a_token_metrics_are_for_names_of_this_page_only(page: Page) -> None:
    answer = page.browser().get("/metrics", headers={"host": "attacker.example"})

    assert answer.status_code == 421
