"""What is wrong, in words that say what to do; for `status` and whatever watches it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from orderferry.config import Config
from orderferry.runs import failed
from state import MerchantState, OrderState, Run

OUTBOX_PATIENCE = timedelta(hours=1)
"""How long an order may stay in the outbox before that is a trouble of its own."""

_POLLS_MISSED = 5
_SWEEPS_MISSED = 3
_LEAST_LATENESS = timedelta(minutes=15)

_NEVER = "Never polled; start the daemon: orderferry run"
_LATE = "No successful poll for a while; is the daemon running? Start it: orderferry run"
_UNSWEPT = "No sweep was completed for long; run one to see why: orderferry sweep"
_STUCK = (
    "Orders have been waiting for delivery for more than an hour; is the daemon running? See its"
    " log, or deliver now: orderferry sync"
)


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something an operator should do something about."""

    subjects: tuple[str, ...]
    """Merchants, or an At Last account, that have it in common."""
    words: str
    """What was found and what to do."""


def find_troubles(
    config: Config,
    states: Sequence[MerchantState],
    accounts: Mapping[str, Run | None],
    now: datetime,
) -> list[Trouble]:
    """
    Returns what is wrong, the most urgent first; pure.

    Merchants with the same trouble are told together: when the daemon stands
    still, that is one thing to do and not one for each of 500.

    Args:
        config: Says which merchants are enabled.
        states: What the ledger knows of the merchants that are looked at.
        accounts: The last run of each At Last account they deliver to.
        now: Aware UTC.

    """
    failing = {name: str(run.problem) for name, run in accounts.items() if run and failed(run)}
    enabled = [state for state in states if config.merchants[state.merchant].enabled]
    found = [(f"At Last ({account})", problem) for account, problem in failing.items()]
    found += _polls(enabled, config.daemon.poll_every, now)
    found += [
        (state.merchant, _STUCK)
        for state in enabled
        if config.merchants[state.merchant].account not in failing and _stuck(state, now)
    ]
    found += _sweeps(enabled, config.daemon.sweep_every, now)
    found += [(state.merchant, _quarantine(state)) for state in states if state.quarantined]
    grouped: dict[str, list[str]] = {}
    for subject, words in found:
        grouped.setdefault(words, []).append(subject)
    return [Trouble(tuple(subjects), words) for words, subjects in grouped.items()]


def _polls(
    states: Sequence[MerchantState], poll_every: timedelta, now: datetime
) -> Iterator[tuple[str, str]]:
    """Yields the shops that cannot be read, then those that nobody reads."""
    for state in states:
        if state.last_run is not None and failed(state.last_run):
            yield state.merchant, str(state.last_run.problem)
    patience = max(_POLLS_MISSED * poll_every, _LEAST_LATENESS)
    for state in states:
        if state.last_run is None:
            yield state.merchant, _NEVER
        elif not failed(state.last_run) and (
            state.last_success_at is None or now - state.last_success_at > patience
        ):
            yield state.merchant, _LATE


def _sweeps(
    states: Sequence[MerchantState], sweep_every: timedelta, now: datetime
) -> Iterator[tuple[str, str]]:
    """Yields the shops that are polled, but have not been swept for long."""
    for state in states:
        polled = state.last_success_at is not None and now - state.last_success_at < sweep_every
        swept = state.last_sweep
        if polled and swept is not None and now - swept.started_at > _SWEEPS_MISSED * sweep_every:
            yield state.merchant, _UNSWEPT


def _stuck(state: MerchantState, now: datetime) -> bool:
    return state.oldest_pending_at is not None and now - state.oldest_pending_at > OUTBOX_PATIENCE


def _quarantine(state: MerchantState) -> str:
    number = state.orders.get(OrderState.QUARANTINED, 0)
    reason = next(iter(state.quarantined))
    return (
        f"{number} {'order is' if number == 1 else 'orders are'} quarantined; the most frequent"
        f" reason: {reason.rstrip('.')}. See: orderferry quarantine list {state.merchant}"
    )
