"""Orders on which At Last failed when they were pushed alone."""

from __future__ import annotations

from collections.abc import Sequence

from orderferry.answer import Doubtful
from orderferry.pace import LONE_FAILURES
from orderferry.splitting import Positions, Split
from state import Claimed, Settlement, Verdict


class Suspects:
    """
    They stay claimed until the run ends, so that none is pushed twice in it.

    An order counts as suspect only if others were accepted *after* it: an outage
    in the middle of a run makes nobody suspect (ADR 9).
    """

    def __init__(self) -> None:
        self._failed: list[tuple[Claimed, str]] = []
        self._confirmed = 0

    def note(self, result: Split, batch: Sequence[Claimed], last: Positions) -> int | None:
        """Takes notice of a push; returns the position of the order that failed alone, if any."""
        if Verdict.ACCEPTED in result.verdicts:
            self._confirmed = len(self._failed)
        if not isinstance(result.stopped_by, Doubtful) or len(last) != 1:
            return None
        self._failed.append((batch[last[0]], result.stopped_by.problem))
        return last[0]

    def rest(self) -> tuple[list[Settlement], str]:
        """Returns what becomes of them, and why the last that stays in doubt does, "" if none."""
        settlements = [
            _settled(claimed, problem, confirmed=place < self._confirmed)
            for place, (claimed, problem) in enumerate(self._failed)
        ]
        left = [
            problem
            for (_, problem), settlement in zip(self._failed, settlements, strict=True)
            if settlement.verdict is Verdict.IN_DOUBT
        ]
        self._failed.clear()
        return settlements, left[-1] if left else ""


def _settled(claimed: Claimed, problem: str, *, confirmed: bool) -> Settlement:
    if not confirmed or claimed.lone_failures + 1 < LONE_FAILURES:
        return Settlement(claimed, Verdict.IN_DOUBT, suspect=confirmed)
    return Settlement(
        claimed,
        Verdict.REFUSED,
        f"failed alone {LONE_FAILURES} times while other orders passed: {problem}",
    )
