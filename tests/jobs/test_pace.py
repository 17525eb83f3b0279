"""How big the next push is, after pushes that had no proper answer."""

from __future__ import annotations

import doctest
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orderferry import pace
from orderferry.pace import Pace, first_size
from orderferry.runs import backoff
from state import Run, RunOutcome

NOW = datetime(2026, 11, 23, 9, 5, tzinfo=UTC)


def run(outcome: RunOutcome | None, **counts: int) -> Run:
    return Run(1, "account", "deliver", NOW, NOW, outcome, counts)


FAILED, DONE = run(RunOutcome.TRANSIENT), run(RunOutcome.DONE)
KILLED, STOPPED = run(None), run(RunOutcome.STOPPED)


@pytest.mark.parametrize(
    ("runs", "size"),
    [
        pytest.param([], 100, id="the first run of all"),
        pytest.param([DONE, FAILED], 100, id="the last run went well"),
        pytest.param([FAILED, DONE, FAILED], 50, id="one failure"),
        pytest.param([FAILED] * 3, 12, id="three in a row"),
        pytest.param([FAILED] * 10, 1, id="a long outage"),
        pytest.param([KILLED, FAILED, STOPPED, FAILED, DONE], 25, id="runs cut short say nothing"),
        pytest.param([run(RunOutcome.TRANSIENT, in_doubt=4)], 2, id="few orders were due"),
        pytest.param([run(RunOutcome.CREDENTIALS)], 100, id="another kind of failure"),
    ],
)
def test_a_run_begins_with_a_smaller_push_after_every_failure(runs: list[Run], size: int) -> None:
    assert first_size(runs, 100) == size


@given(st.integers(1, 100), st.lists(st.booleans(), max_size=60))
def test_a_push_never_exceeds_the_batch_size_and_a_run_ends(most: int, answers: list[bool]) -> None:
    it = Pace(most, most)
    failures = 0
    for answered in answers:
        assert 1 <= it.size <= most
        if answered:
            it.answered()
            failures = 0
        elif it.failed(it.size):
            failures += 1
        else:
            break
        assert failures < 3


def test_the_examples_in_the_documentation_hold() -> None:
    assert doctest.testmod(pace).failed == 0


def test_killed_runs_do_not_lengthen_the_back_off() -> None:
    assert backoff([KILLED, *[KILLED] * 8], 0.5).total_seconds() == 30


def test_a_delivery_that_got_something_through_starts_the_back_off_anew() -> None:
    runs = [KILLED, run(RunOutcome.TRANSIENT, delivered=3), *[FAILED] * 8]

    assert backoff(runs, 0.5).total_seconds() == 30
