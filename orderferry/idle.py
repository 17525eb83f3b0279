"""How long a shop in which nothing happens may be left alone; pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import takewhile

from state import Run, RunOutcome


def rests(runs: Sequence[Run], *, every: timedelta, idle_every: timedelta, now: datetime) -> bool:
    """
    Returns whether the next poll of an idle shop is still to come.

    Each poll in a row that found nothing doubles the time to the next, from
    *every* up to *idle_every*; one that found something, or failed, ends that.

    Args:
        runs: The shop's last ones, newest first.
        every: How often shops are polled; the schedule asks as often, give or take a tenth.
        idle_every: The longest time; shorter than *every* = always polled.
        now: Aware UTC.

    """
    polls = [run for run in runs if run.kind == "poll"]
    idle = sum(1 for _ in takewhile(_found_nothing, polls))
    if not idle:
        return False
    until = polls[0].started_at + min(every * (1 << (idle - 1)), idle_every)
    # a poll in the future was that of a clock that was ahead
    return polls[0].started_at <= now < until - every / 2


def _found_nothing(run: Run) -> bool:
    """Returns whether a poll brought nothing but orders that were decided before."""
    return run.outcome is RunOutcome.DONE and run.counts.get("seen", 0) == run.counts.get(
        "unchanged", 0
    )
