"""Shops in which nothing happens: how long they are left alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from orderferry.idle import rests
from state import Run, RunOutcome

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
EVERY = timedelta(minutes=5)
IDLE_EVERY = timedelta(minutes=30)
NOTHING = {"seen": 3, "unchanged": 3}
SOMETHING = {"seen": 3, "unchanged": 2, "ready": 1}


def runs(
    *polls: tuple[int, dict[str, int]], outcome: RunOutcome | None = RunOutcome.DONE
) -> list[Run]:
    """Polls, newest first: how many minutes ago each began and what it counted."""
    return [
        Run(
            id=100 - number,
            subject="bolt",
            kind="poll",
            started_at=NOW - timedelta(minutes=ago),
            finished_at=NOW - timedelta(minutes=ago),
            outcome=outcome,
            counts=counts,
            problem=None,
            retry_at=None,
        )
        for number, (ago, counts) in enumerate(polls)
    ]


def resting(found: list[Run], *, idle_every: timedelta = IDLE_EVERY) -> bool:
    return rests(found, every=EVERY, idle_every=idle_every, now=NOW)


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        pytest.param([], False, id="never polled"),
        pytest.param(runs((5, NOTHING)), False, id="the first idle poll changes nothing"),
        pytest.param(runs((5, NOTHING), (10, NOTHING)), True, id="after the second it is 10 min"),
        pytest.param(runs((10, NOTHING), (15, NOTHING)), False, id="which are over"),
        pytest.param(
            runs((8, NOTHING), (15, NOTHING)), False, id="or nearly: the schedule jitters"
        ),
        pytest.param(
            runs((15, NOTHING), (25, NOTHING), (30, NOTHING)), True, id="after the third, 20 min"
        ),
        pytest.param(runs((27, NOTHING), *[(60, NOTHING)] * 18), True, id="never below"),
        pytest.param(runs((28, NOTHING), *[(60, NOTHING)] * 18), False, id="the longest time"),
        pytest.param(
            runs((5, SOMETHING), (10, NOTHING), (15, NOTHING)), False, id="a find ends it"
        ),
        pytest.param(
            runs((5, NOTHING), (10, SOMETHING), (15, NOTHING)), False, id="and it begins anew"
        ),
        pytest.param(runs((5, {}), (10, {})), True, id="nothing to read at all"),
        pytest.param(
            runs((5, {"seen": 1, "waiting": 1}), (10, {"seen": 1, "waiting": 1})),
            False,
            id="not while orders wait for tracking",
        ),
        pytest.param(runs((-60, NOTHING), (-55, NOTHING)), False, id="a clock that was ahead"),
    ],
)
def test_each_idle_poll_doubles_the_time_to_the_next(found: list[Run], *, expected: bool) -> None:
    assert resting(found) is expected


@pytest.mark.parametrize("outcome", [None, RunOutcome.TRANSIENT, RunOutcome.CREDENTIALS])
def test_a_poll_that_failed_or_never_ended_is_not_idle(outcome: RunOutcome | None) -> None:
    assert not resting(runs((1, NOTHING), (2, NOTHING), (3, NOTHING), outcome=outcome))


def test_an_interval_below_that_of_all_shops_is_none() -> None:
    assert not resting(runs((3, NOTHING), *[(9, NOTHING)] * 5), idle_every=timedelta(minutes=1))


def test_other_jobs_of_the_merchant_are_no_polls() -> None:
    idle = runs((5, NOTHING), (10, NOTHING))
    sweep = runs((1, SOMETHING))[0]

    assert resting([replace(sweep, kind="sweep"), *idle])
