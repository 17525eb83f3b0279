"""
The metrics: what the state file says, in families with documented names.

docs/metrics.md is their documentation, and a test holds one against the other.
Nothing is counted in this process, so that a restart loses no figure.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import version

from prometheus_client import generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from orderferry.web.facts import Facts
from orderferry.web.ready import reasons
from state import OrderState, RunOutcome, RunTotal

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

_RESULTS = ("ready", "unchanged", "waiting", "skipped", "quarantined", "changed")
"""Counts of a run that say what became of the orders it read."""

_ANSWERS = ("delivered", "refused", "returned", "in_doubt", "too_old")
"""Counts of a delivery that say what became of the orders in the outbox."""


def exposition(facts: Facts, totals: Sequence[RunTotal]) -> bytes:
    """Returns the metrics in Prometheus' text format."""
    return generate_latest(_Collected(facts, totals))


@dataclass(frozen=True, slots=True)
class _Collected(Collector):
    facts: Facts
    totals: Sequence[RunTotal]

    def collect(self) -> Iterator[Metric]:
        """Yields every family, also those without a figure."""
        yield from _whole(self.facts)
        yield from _merchants(self.facts)
        yield from _outboxes(self.facts)
        yield from _reading(self.facts, self.totals)
        yield from _delivering(self.facts, self.totals)


def _whole(facts: Facts) -> Iterator[Metric]:
    build = GaugeMetricFamily(
        "orderferry_build_info", "The version at work; always 1.", labels=["version"]
    )
    build.add_metric([version("orderferry")], 1)
    yield build
    yield GaugeMetricFamily(
        "orderferry_ready", "1 while /readyz says ready.", value=not any(reasons(facts))
    )
    yield GaugeMetricFamily(
        "orderferry_troubles",
        "Things that `status` calls wrong.",
        value=len(facts.troubles),
    )


def _merchants(facts: Facts) -> Iterator[Metric]:
    def family(name: str, text: str, *labels: str) -> GaugeMetricFamily:
        return GaugeMetricFamily(f"orderferry_{name}", text, labels=["merchant", *labels])

    enabled = family("merchant_enabled", "1 if the merchant is enabled.")
    troubled = family("merchant_troubled", "1 while `status` calls something of it wrong.")
    success = family("merchant_last_success_timestamp_seconds", "End of its last complete run.")
    lag = family("merchant_lag_seconds", "How far its watermark is behind now.")
    outcome = family("merchant_last_run", "1 for how its last run ended.", "kind", "outcome")
    retry = family(
        "merchant_next_attempt_timestamp_seconds", "When it is tried again after a failed run."
    )
    orders = family("orders", "Orders in the ledger, by state.", "state")
    changed = family("orders_changed", "Delivered orders that changed in the shop since.")
    for state in facts.states:
        name, run = state.merchant, state.last_run
        enabled.add_metric([name], facts.merchant(state).enabled)
        troubled.add_metric([name], name in facts.troubled)
        if state.last_success_at:
            success.add_metric([name], state.last_success_at.timestamp())
        if state.watermark:
            lag.add_metric([name], (facts.now - state.watermark).total_seconds())
        if run and run.outcome:
            outcome.add_metric([name, run.kind, _label(run.outcome)], 1)
        if run and run.retry_at:
            retry.add_metric([name], run.retry_at.timestamp())
        for one in OrderState:
            orders.add_metric([name, one.value], state.orders.get(one, 0))
        changed.add_metric([name], state.changed)
    yield from (enabled, troubled, success, lag, outcome, retry, orders, changed)


def _outboxes(facts: Facts) -> Iterator[Metric]:
    def family(name: str, text: str) -> GaugeMetricFamily:
        return GaugeMetricFamily(f"orderferry_{name}", text, labels=["account"])

    orders = family("outbox_orders", "Orders that are due for the At Last account.")
    oldest = family("outbox_oldest_seconds", "How long the oldest of them has been there; 0 = none")
    retry = family(
        "account_next_attempt_timestamp_seconds", "When it is tried again after a failed delivery."
    )
    for account, outbox in facts.outboxes().items():
        orders.add_metric([account], outbox.orders)
        age = (facts.now - outbox.oldest_at).total_seconds() if outbox.oldest_at else 0
        oldest.add_metric([account], age)
    for account, run in facts.accounts.items():
        if run.retry_at:
            retry.add_metric([account], run.retry_at.timestamp())
    yield from (orders, oldest, retry)


def _reading(facts: Facts, totals: Sequence[RunTotal]) -> Iterator[Metric]:
    runs = CounterMetricFamily(
        "orderferry_runs",
        "Runs that read the merchant's shop, by how they ended.",
        labels=["merchant", "kind", "outcome"],
    )
    read = CounterMetricFamily(
        "orderferry_read_orders",
        "Orders that were read, by what became of them.",
        labels=["merchant", "kind", "result"],
    )
    for total in totals:
        if total.subject not in facts.config.merchants:
            continue
        for outcome, number in total.outcomes.items():
            runs.add_metric([total.subject, total.kind, _label(outcome)], number)
        for result in _RESULTS:
            if result in total.counts:
                read.add_metric([total.subject, total.kind, result], total.counts[result])
    yield from (runs, read)


def _delivering(facts: Facts, totals: Sequence[RunTotal]) -> Iterator[Metric]:
    def family(name: str, text: str, *labels: str) -> CounterMetricFamily:
        return CounterMetricFamily(f"orderferry_{name}", text, labels=["account", *labels])

    runs = family("deliveries", "Deliveries to the At Last account, by how they ended.", "outcome")
    answers = family("delivery_orders", "Orders of the outbox, by what became of them.", "result")
    again = family("pushed_again", "Orders pushed again because an earlier push was in doubt.")
    requests = family("push_requests", "Requests to the ingest endpoint.")
    accounts = facts.outboxes().keys()
    for total in totals:
        account = total.subject
        if account not in accounts or total.kind != "deliver":
            continue
        for outcome, number in total.outcomes.items():
            runs.add_metric([account, _label(outcome)], number)
        for result in _ANSWERS:
            answers.add_metric([account, result], total.counts.get(result, 0))
        again.add_metric([account], total.counts.get("pushed_again", 0))
        requests.add_metric([account], total.counts.get("requests", 0))
    yield from (runs, answers, again, requests)


def _label(outcome: RunOutcome) -> str:
    return outcome.name.lower()
