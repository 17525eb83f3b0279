"""How many orders to push at a time when At Last gives no proper answer; pure."""

from __future__ import annotations

from collections.abc import Sequence

from state import Run, RunOutcome

LONE_FAILURES = 5
"""So often an order fails alone, each time while others pass, before it is the order's fault."""

_IN_A_ROW = 3
"""Failures in a row that end a run in which At Last accepted orders before."""

_PROBES = 2
"""
Single orders that a run begins with at most, when At Last has answered nothing yet.

The second is there because the first may be the one order that At Last fails on.
"""


class Pace:
    """
    The size of the next push within one run.

    Halves with every failure and doubles with every answer. A run that met no
    answer at all ends at once, so that an outage puts few orders in doubt; one
    that did goes on with smaller pushes, since then the orders are suspect.

    >>> pace = Pace(100, 100)
    >>> pace.answered()
    >>> pace.failed(100), pace.size
    (True, 50)
    >>> pace.failed(50), pace.size
    (True, 25)
    >>> pace.failed(25), pace.size
    (False, 12)
    """

    def __init__(self, size: int, most: int) -> None:
        self.size = size
        self._most = most
        self._met_answer = False
        self._failures = 0

    def answered(self) -> None:
        """Allows twice as many."""
        self.size = min(2 * self.size, self._most)
        self._met_answer = True
        self._failures = 0

    def alone(self) -> None:
        """Allows one order at a time from now on: what At Last says of one is always clear."""
        self.size = self._most = 1

    def failed(self, pushed: int) -> bool:
        """Allows half of what was pushed; returns whether the run should try that now."""
        self.size = max(1, pushed // 2)
        self._failures += 1
        if self._met_answer:
            return self._failures < _IN_A_ROW
        return pushed == 1 and self._failures < _PROBES


def most_at_once(runs: Sequence[Run], most: int) -> int:
    """
    Returns how many orders a run may push at once: one, if an answer to more was unclear lately.

    Args:
        runs: The account's last runs; as long as they remember it, it lasts.
        most: The configured batch size.

    """
    return 1 if any(run.counts.get("unclear") for run in runs) else most


def first_size(runs: Sequence[Run], most: int) -> int:
    """
    Returns the size of a run's first push: halved for every failed run in a row before it.

    Also at most half of what the last of them left in doubt, as few orders may
    have been due. So the first push after a long outage is one order, a probe.

    Args:
        runs: The account's last runs, newest first; those that were cut short say nothing.
        most: The configured batch size.

    """
    failed = []
    for run in runs:
        if run.outcome is RunOutcome.TRANSIENT:
            failed.append(run)
        elif run.outcome not in {None, RunOutcome.STOPPED}:
            break
    size = most >> len(failed)
    if failed and failed[0].counts.get("in_doubt"):
        size = min(size, failed[0].counts["in_doubt"] // 2)
    return max(1, size)
