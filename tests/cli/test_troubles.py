"""What `status` calls wrong, and in which order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from orderferry.config import Config, load
from orderferry.troubles import find_notices, find_troubles
from state import MerchantState, OrderState, Run, RunOutcome

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
TABLE = """
[merchants.{name}]
platform = "woocommerce"
enabled = {enabled}
poll_idle_every = "{idle}"
[merchants.{name}.woocommerce]
url = "{name}.example.com"
consumer_key = "env:KEY"
consumer_secret = "env:KEY"
"""


@pytest.fixture
def config(tmp_path: Path) -> Config:
    path = tmp_path / "config.toml"
    shops = {"acorn": "true", "bolt": "true", "cove": "true", "dale": "true", "shut": "false"}
    path.write_text(
        '[atlast]\nclient_id = "env:ID"\nclient_secret = "env:KEY"\n'
        + "".join(
            TABLE.format(name=name, enabled=on, idle="1h" if name == "dale" else "0s")
            for name, on in shops.items()
        )
    )
    return load(path, {}, secrets=False)


def run(
    subject: str, problem: str | None = None, outcome: RunOutcome | None = None, ago: float = 0.01
) -> Run:
    at = NOW - ago * HOUR
    outcome = outcome or (RunOutcome.CREDENTIALS if problem else RunOutcome.DONE)
    return Run(1, subject, "poll", at, at, outcome, {}, problem)


def state(
    name: str,
    last: Run | None,
    *,
    success: float | None = 0.01,
    pending: float | None = None,
    quarantined: Mapping[str, int] | None = None,
) -> MerchantState:
    quarantined = quarantined or {}
    return MerchantState(
        merchant=name,
        orders={OrderState.QUARANTINED: sum(quarantined.values())},
        watermark=NOW,
        oldest_pending_at=None if pending is None else NOW - pending * HOUR,
        last_run=last,
        last_end=last if last and last.outcome else None,
        last_success_at=None if success is None else NOW - success * HOUR,
        quarantined=quarantined,
    )


def test_a_shop_that_is_polled_less_often_while_idle_is_late_later(config: Config) -> None:
    within = state("dale", run("dale", ago=4.9), success=4.9)
    beyond = state("dale", run("dale", ago=5.1), success=5.1)

    assert found(config, within) == []
    assert [subjects for subjects, _ in found(config, beyond)] == [("dale",)]


def under_way(ago: float) -> Run:
    return Run(1, "bolt", "poll", NOW - ago * HOUR)


def found(
    config: Config, *states: MerchantState, deliveries: Run | None = None
) -> list[tuple[tuple[str, ...], str]]:
    account = config.merchants["bolt"].account
    troubles = find_troubles(config, states, {account: deliveries}, NOW)
    return [(trouble.subjects, trouble.words) for trouble in troubles]


def test_nothing_is_wrong_when_every_poll_is_fresh(config: Config) -> None:
    states = (state(name, run(name)) for name in ("acorn", "bolt", "cove"))

    assert found(config, *states, deliveries=run("account")) == []


@pytest.mark.parametrize(
    ("of", "words"),
    [
        pytest.param(state("bolt", None), "Never polled", id="never polled"),
        pytest.param(
            state("bolt", run("bolt", "The key was refused. Make a new one.")),
            "The key was refused. Make a new one.",
            id="the last run failed",
        ),
        pytest.param(
            replace(
                state("bolt", under_way(ago=0.01)), last_end=run("bolt", "The key was refused.")
            ),
            "The key was refused.",
            id="the last run failed and the next is under way",
        ),
        pytest.param(
            state("bolt", run("bolt", ago=2), success=2),
            "No successful poll for a while",
            id="nobody polls",
        ),
        pytest.param(
            state("bolt", run("bolt", "asked to stop", RunOutcome.STOPPED, ago=1), success=None),
            "No successful poll for a while",
            id="stopped before the first success",
        ),
        pytest.param(
            state("bolt", under_way(ago=0.95), success=None),  # 30 min of run_deadline + 25 min
            "No successful poll for a while",
            id="a first poll that should have ended long ago",
        ),
        pytest.param(
            replace(state("bolt", run("bolt")), last_sweep=run("bolt", ago=36.1)),
            "No sweep was completed for long",
            id="sweeps fail since",
        ),
        pytest.param(
            replace(state("bolt", run("bolt")), first_seen_at=NOW - 36.1 * HOUR),
            "No sweep was completed for long; run one to see why: orderferry sweep",
            id="sweeps failed from the first one on",
        ),
        pytest.param(
            state("bolt", run("bolt"), pending=1.5), "waiting for delivery", id="outbox stuck"
        ),
        pytest.param(
            state("bolt", run("bolt"), quarantined={"city: is missing.": 2, "other": 1}),
            "3 orders are quarantined; the most frequent reason: city: is missing. See:"
            " orderferry quarantine list bolt",
            id="quarantine",
        ),
    ],
)
def test_a_trouble_says_what_to_do(config: Config, of: MerchantState, words: str) -> None:
    ((subjects, said),) = found(config, of)

    assert subjects == ("bolt",)
    assert words in said


@pytest.mark.parametrize(
    "of",
    [
        pytest.param(state("shut", None), id="switched off"),
        pytest.param(state("bolt", run("bolt"), pending=0.9), id="pending for less than an hour"),
        pytest.param(
            state("bolt", run("bolt", "asked to stop", RunOutcome.STOPPED)), id="just stopped"
        ),
        pytest.param(
            state("bolt", run("bolt", "asked to stop", RunOutcome.STOPPED), success=None),
            id="just stopped before the first success",
        ),
        pytest.param(state("bolt", under_way(ago=0.9), success=None), id="a long first poll"),
        pytest.param(
            state("bolt", under_way(ago=0.9), success=9), id="a long poll after an outage"
        ),
        pytest.param(
            replace(state("bolt", run("bolt")), first_seen_at=NOW - 35.9 * HOUR),
            id="a new merchant that was not swept yet",
        ),
        pytest.param(
            replace(
                state("bolt", run("bolt")),
                first_seen_at=NOW - 999 * HOUR,
                last_sweep=run("bolt", ago=35.9),
            ),
            id="swept not long ago",
        ),
        pytest.param(
            replace(state("bolt", under_way(ago=0.1), success=13), first_seen_at=NOW - 999 * HOUR),
            id="sweeps wait for polls that succeed",
        ),
        pytest.param(
            state("bolt", run("bolt", "api_version ends.", RunOutcome.DONE)), id="only a notice"
        ),
    ],
)
def test_what_is_as_it_should_be_is_no_trouble(config: Config, of: MerchantState) -> None:
    assert found(config, of) == []


def test_an_outbox_that_at_last_does_not_take_is_one_trouble_not_one_per_merchant(
    config: Config,
) -> None:
    states = [state(name, run(name), pending=3) for name in ("acorn", "bolt", "cove")]

    ((subjects, words),) = found(config, *states, deliveries=run("account", "Wrong secret."))

    assert subjects == (f"At Last ({config.merchants['bolt'].account})",)
    assert words == "Wrong secret."


def test_merchants_with_the_same_trouble_are_told_together(config: Config) -> None:
    states = [state(name, run(name, ago=3), success=3) for name in ("acorn", "bolt", "cove")]

    ((subjects, _),) = found(config, *states)

    assert subjects == ("acorn", "bolt", "cove")


def test_the_most_urgent_comes_first(config: Config) -> None:
    told = found(
        config,
        state("acorn", run("acorn"), quarantined={"city: is missing": 1}),
        state("bolt", run("bolt", ago=9), success=9),
        state("cove", run("cove", "The key was refused.")),
        deliveries=run("account", "Wrong secret."),
    )

    assert [subjects[0].partition(" ")[0] for subjects, _ in told] == [
        "At",
        "cove",
        "bolt",
        "acorn",
    ]


@pytest.mark.parametrize(
    ("problem", "words"),
    [
        pytest.param(
            "https://{}.example.com/wp-json/ answered 503 (service unavailable). Wait.",
            "The shop answered 503 (service unavailable). Wait.",
            id="at the beginning",
        ),
        pytest.param(
            "The host name of https://{}.example.com cannot be resolved. Check https://{}.test.",
            "The host name of the shop cannot be resolved. Check the shop.",
            id="in the middle and at the end",
        ),
    ],
)
def test_troubles_that_differ_in_the_address_only_are_one(
    config: Config, problem: str, words: str
) -> None:
    failing = [state(name, run(name, problem.format(name, name))) for name in ("acorn", "bolt")]

    together = found(config, *failing, state("cove", run("cove", "Another problem.")))
    (alone,) = found(config, failing[0])

    assert together == [(("acorn", "bolt"), words), (("cove",), "Another problem.")]
    assert alone == (("acorn",), problem.format("acorn", "acorn"))


def test_quarantines_with_the_same_reason_are_one(config: Config) -> None:
    same = {"city: is missing": 2}
    told = found(
        config,
        state("acorn", run("acorn"), quarantined=same),
        state("bolt", run("bolt"), quarantined=same),
        state("cove", run("cove"), quarantined={"postCode: is missing": 1}),
    )

    assert told == [
        (
            ("acorn", "bolt"),
            "4 orders are quarantined; the most frequent reason: city: is missing. See:"
            " orderferry quarantine list",
        ),
        (
            ("cove",),
            "1 order is quarantined; the most frequent reason: postCode: is missing. See:"
            " orderferry quarantine list cove",
        ),
    ]


def test_what_is_to_be_done_in_time_is_a_notice(config: Config) -> None:
    ending = "Shopify may end the support of api_version 2026-10 in 30 days. Update orderferry."
    states = [state(name, run(name, ending, RunOutcome.DONE)) for name in ("acorn", "bolt")]
    states += [state("cove", run("cove", "It is down.")), state("shut", run("shut", ending))]

    ((subjects, words),) = (
        (notice.subjects, notice.words) for notice in find_notices(config, states)
    )

    assert (subjects, words) == (("acorn", "bolt"), ending)


def test_orders_of_merchants_without_a_table_are_told_together(config: Config) -> None:
    well = [state("bolt", run("bolt"))]

    (one,) = find_troubles(config, well, {}, NOW, unsent={"gone": 1})
    (two,) = find_troubles(config, well, {}, NOW, unsent={"gone": 1200, "lost": 34})

    assert one.subjects == ("gone",)
    assert one.words == (
        "The state holds 1 unsent order of gone, which no table names. Restore its table (with"
        " enabled = false, if nothing is to be sent), or give them to the name that it has now:"
        " orderferry rename gone NEW"
    )
    assert two.subjects == ("gone", "lost")
    assert two.words.startswith(
        "The state holds 1,234 unsent orders of 2 merchants that no table names. Restore their"
    )
