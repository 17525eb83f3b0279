"""The pure decisions of the jobs: windows, back-off, verdicts, exit statuses."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orderferry.cli.sync import exit_status
from orderferry.leases import Owner
from orderferry.preview import verdict
from orderferry.runs import Report, backoff
from orderferry.sync import plan
from orderferry.waits import LONGEST_WAIT
from state import Decision, OrderState, Run, RunOutcome

NOW = datetime(2026, 11, 23, 9, 5, 0, 700_000, tzinfo=UTC)
OVERLAP = timedelta(minutes=90)
SETTLE = timedelta(seconds=15)


def planned(watermark: datetime | None, now: datetime = NOW) -> tuple[datetime, datetime] | None:
    window = plan(
        watermark,
        now=now,
        begins=now - timedelta(days=60),
        overlap=OVERLAP,
        settle_delay=SETTLE,
    )
    return (window.since, window.until) if window else None


def test_the_first_poll_reaches_back_first_sync() -> None:
    assert planned(None) == (
        datetime(2026, 9, 24, 9, 5, 0, tzinfo=UTC),
        datetime(2026, 11, 23, 9, 4, 45, tzinfo=UTC),
    )


def test_a_poll_reads_the_overlap_again_and_ends_a_settle_delay_ago() -> None:
    assert planned(datetime(2026, 11, 23, 9, 0, tzinfo=UTC)) == (
        datetime(2026, 11, 23, 7, 30, tzinfo=UTC),
        datetime(2026, 11, 23, 9, 4, 45, tzinfo=UTC),
    )


def test_after_a_clock_that_was_a_day_ahead_each_poll_reads_the_overlap() -> None:
    assert planned(NOW + timedelta(days=1)) == (
        datetime(2026, 11, 23, 7, 34, 45, tzinfo=UTC),
        datetime(2026, 11, 23, 9, 4, 45, tzinfo=UTC),
    )


@given(
    lag=st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=90)),
    step=st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=2)),
)
def test_windows_of_following_polls_leave_no_gap(lag: timedelta, step: timedelta) -> None:
    first = planned(NOW - lag)
    assert first is not None

    second = planned(first[1], NOW + step)

    assert second is not None
    assert second[0] <= first[1]
    assert second[1] <= NOW + step - SETTLE  # never past the run's own start (R2)


def run(outcome: RunOutcome) -> Run:
    return Run(1, "bolt", "poll", NOW, NOW, outcome)


@pytest.mark.parametrize(
    ("failures", "seconds"),
    [
        pytest.param(1, 30, id="first failure"),
        pytest.param(2, 60, id="second"),
        pytest.param(5, 480, id="fifth"),
        pytest.param(10, LONGEST_WAIT.total_seconds(), id="ceiling"),
    ],
)
def test_back_off_doubles_up_to_a_ceiling(failures: int, seconds: float) -> None:
    runs = [run(RunOutcome.TRANSIENT)] * failures + [run(RunOutcome.DONE)] * 3

    assert backoff(runs, 0.5).total_seconds() == seconds


def test_back_off_spreads_by_a_quarter_either_way() -> None:
    runs = [run(RunOutcome.CREDENTIALS)]

    assert backoff(runs, 0.0).total_seconds() == 22.5
    assert backoff(runs, 0.999999).total_seconds() == pytest.approx(37.5)


def test_a_success_starts_the_back_off_anew() -> None:
    runs = [run(RunOutcome.TRANSIENT), run(RunOutcome.DONE), *[run(RunOutcome.TRANSIENT)] * 8]

    assert backoff(runs, 0.5).total_seconds() == 30


@pytest.mark.parametrize(
    ("decision", "expected"),
    [
        pytest.param(Decision("1", OrderState.PENDING, fingerprint="a"), "new", id="new"),
        pytest.param(Decision("2", OrderState.PENDING, fingerprint="a"), "unchanged", id="same"),
        pytest.param(Decision("2", OrderState.PENDING, fingerprint="b"), "changed", id="differs"),
        pytest.param(Decision("2", OrderState.SKIPPED, reason="x"), "skipped", id="skipped"),
    ],
)
def test_a_preview_says_what_would_happen(decision: Decision, expected: str) -> None:
    assert verdict(decision, {"2": "a"}) == expected


def report(kind: str, outcome: RunOutcome, **counts: int) -> Report:
    return Report("x", kind, outcome, counts)


POLLED, SENT = report("poll", RunOutcome.DONE), report("deliver", RunOutcome.DONE)


@pytest.mark.parametrize(
    ("reports", "status"),
    [
        pytest.param([POLLED, SENT], 0, id="all is well"),
        pytest.param([report("poll", RunOutcome.DONE, quarantined=1), SENT], 1, id="quarantined"),
        pytest.param([POLLED, report("deliver", RunOutcome.DONE, refused=1)], 1, id="refused"),
        pytest.param([report("poll", RunOutcome.CREDENTIALS), SENT], 77, id="the only key refused"),
        pytest.param(
            [POLLED, report("poll", RunOutcome.CREDENTIALS), SENT], 1, id="one key of two refused"
        ),
        pytest.param([POLLED, report("deliver", RunOutcome.CREDENTIALS)], 77, id="no delivery"),
        pytest.param([report("poll", RunOutcome.TRANSIENT), SENT], 75, id="shop away"),
        pytest.param([report("poll", RunOutcome.CONTRACT), SENT], 78, id="shop set up wrongly"),
        pytest.param(
            [report("poll", RunOutcome.TRANSIENT), report("poll", RunOutcome.CREDENTIALS), SENT],
            1,
            id="different failures",
        ),
        pytest.param([report("poll", RunOutcome.FAILED), SENT], 1, id="a bug"),
    ],
)
def test_the_exit_status_says_how_it_ended(reports: list[Report], status: int) -> None:
    assert exit_status(reports) == status


HERE, NONE = "0123abcd", 2**22 + 7
ME = Owner("host-a", 100, HERE, "aaaaaa")


@pytest.mark.parametrize(
    ("other", "dead"),
    [
        pytest.param(str(Owner("host-a", NONE, HERE, "bbbbbb")), True, id="no such process"),
        pytest.param(str(Owner("host-a", 1, HERE, "bbbbbb")), False, id="a living process"),
        pytest.param(str(Owner("host-b", NONE, "ffff0000", "bbbbbb")), False, id="another host"),
        pytest.param(str(Owner("host-a", NONE, "ffff0000", "bbbbbb")), False, id="a container"),
        pytest.param(str(Owner("host-a", NONE, "", "bbbbbb")), False, id="nobody knows where"),
        pytest.param(str(Owner("host-a", 100, HERE, "bbbbbb")), True, id="an earlier life"),
        pytest.param(str(Owner("host-a", 100, "ffff0000", "bbbbbb")), False, id="its twin"),
        pytest.param(str(ME), False, id="this very process"),
        pytest.param("somebody else", False, id="an owner in other words"),
    ],
)
def test_only_a_certainly_dead_process_loses_its_lease_early(other: str, *, dead: bool) -> None:
    assert ME.outlives(other) is dead
