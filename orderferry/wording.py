"""The words in which `status` and the status page tell the same things."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from orderferry.runs import failed
from orderferry.troubles import Trouble
from state import MerchantState, OrderState, Run


def span(since: datetime | None, now: datetime) -> str:
    """Returns the time since in at most five characters, "-" for None."""
    if since is None:
        return "-"
    seconds = max(0, int((now - since).total_seconds()))
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "m")):
        if seconds >= 2 * size:
            return f"{seconds // size}{unit}"
    return f"{seconds}s"


def last(run: Run | None, now: datetime) -> str:
    """Returns when the run was, and whether it failed."""
    if run is None:
        return "never"
    if run.outcome is None:
        return f"running for {span(run.started_at, now)}"
    word = ", FAILED" if failed(run) else ""
    return f"{span(run.finished_at or run.started_at, now)} ago{word}"


def line(trouble: Trouble) -> str:
    """Returns a trouble in one line: whose it is, what was found and what to do."""
    return f"{names(trouble.subjects)}: {trouble.words}"


def names(subjects: Iterable[str]) -> str:
    """Returns at most two of the names, and how many more there are."""
    first, *others = subjects
    if not others:
        return first
    if len(others) == 1:
        return f"{first} and {others[0]}"
    return f"{first}, {others[0]} and {len(others) - 1} more"


def outbox(states: Sequence[MerchantState], now: datetime) -> str:
    """Returns what is to be sent and for how long it has been, "" if there is nothing."""
    owing = [(state, at) for state in states if (at := state.oldest_pending_at) is not None]
    if not owing:
        return ""
    pending = sum(state.orders.get(OrderState.PENDING, 0) for state, _ in owing)
    doubt = sum(state.orders.get(OrderState.IN_DOUBT, 0) for state, _ in owing)
    oldest = span(min(at for _, at in owing), now)
    return f"To send: {pending:,}, in doubt: {doubt:,}; the oldest for {oldest}."
