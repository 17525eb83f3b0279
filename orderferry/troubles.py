"""What is wrong, in words that say what to do; for `status` and whatever watches it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from orderferry.config import Config
from orderferry.identity import nobodys
from orderferry.runs import failed
from state import MerchantState, OrderState, Run, RunOutcome

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
_ADDRESS = re.compile(r"https?://\S*[^\s.,:;]")


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
    *,
    unsent: Mapping[str, int] | None = None,
) -> list[Trouble]:
    """
    Returns what is wrong, the most urgent first; pure.

    Merchants with the same trouble are told together, whatever their shops'
    addresses and numbers: when the daemon or a host stands still, that is one
    thing to do and not one for each of 500.

    Args:
        config: Says which merchants are enabled.
        states: What the ledger knows of the merchants that are looked at.
        accounts: The last run of each At Last account they deliver to.
        now: Aware UTC.
        unsent: Orders that are to be sent, by merchants that no table names.

    """
    failing = {name: str(run.problem) for name, run in accounts.items() if run and failed(run)}
    enabled = _enabled(config, states)
    found = [(f"At Last ({account})", problem) for account, problem in failing.items()]
    found += _polls(enabled, config, now)
    found += [
        (state.merchant, _STUCK)
        for state in enabled
        if config.merchants[state.merchant].account not in failing and _stuck(state, now)
    ]
    found += _sweeps(enabled, config.daemon.sweep_every, now)
    return [*_together(found), *_nobodys(unsent or {}), *_quarantines(states)]


def find_notices(config: Config, states: Sequence[MerchantState]) -> list[Trouble]:
    """Returns what works today and should be seen to in time; pure."""
    last = ((state.merchant, state.last_end) for state in _enabled(config, states))
    return _together(
        (merchant, run.problem)
        for merchant, run in last
        if run is not None and run.outcome is RunOutcome.DONE and run.problem
    )


def _enabled(config: Config, states: Sequence[MerchantState]) -> list[MerchantState]:
    return [state for state in states if config.merchants[state.merchant].enabled]


def _together(found: Iterable[tuple[str, str]]) -> list[Trouble]:
    """Returns one trouble for all subjects whose words differ in the shop's address only."""
    alike: dict[str, list[tuple[str, str]]] = {}
    for subject, words in found:
        alike.setdefault(_ADDRESS.sub("the shop", words), []).append((subject, words))
    troubles = []
    for general, those in alike.items():
        one = {words for _, words in those}
        words = one.pop() if len(one) == 1 else general[:1].upper() + general[1:]
        troubles.append(Trouble(tuple(subject for subject, _ in those), words))
    return troubles


def polls_patience(poll_every: timedelta) -> timedelta:
    """Returns how long a shop may go without a successful poll before that is a trouble."""
    return max(_POLLS_MISSED * poll_every, _LEAST_LATENESS)


def _polls(
    states: Sequence[MerchantState], config: Config, now: datetime
) -> Iterator[tuple[str, str]]:
    """Yields the shops that cannot be read, then those that nobody reads."""
    for state in states:
        # not of the one under way: while a shop that fails is asked again, it is no better
        if state.last_end is not None and failed(state.last_end):
            yield state.merchant, str(state.last_end.problem)
    for state in states:
        last = state.last_run
        longest = polls_patience(config.polled_every(state.merchant))
        if last is None:
            yield state.merchant, _NEVER
        elif last.outcome is None and now - last.started_at <= config.daemon.run_deadline + longest:
            continue  # it is at work: the first poll of a large shop takes its time
        elif not failed(state.last_end) and now - _read_at(state, last) > longest:
            yield state.merchant, _LATE


def _read_at(state: MerchantState, last: Run) -> datetime:
    """Returns when the shop was last read, or at least seen to, if it never was."""
    return state.last_success_at or last.finished_at or last.started_at


def _sweeps(
    states: Sequence[MerchantState], sweep_every: timedelta, now: datetime
) -> Iterator[tuple[str, str]]:
    """Yields the shops that are polled, but have not been swept for long."""
    for state in states:
        if unswept(state, sweep_every, now):
            yield state.merchant, _UNSWEPT


def sweeps_patience(sweep_every: timedelta) -> timedelta:
    """Returns how long a shop may go without a completed sweep before that is a trouble."""
    return _SWEEPS_MISSED * sweep_every


def unswept(state: MerchantState, sweep_every: timedelta, now: datetime) -> bool:
    """
    Returns whether sweeps fail although polls do not; pure.

    One that was never swept counts from when it was first to be read. While nothing
    else succeeds either, that is the trouble, and sweeps wait for its end.
    """
    polled = state.last_success_at is not None and now - state.last_success_at < sweep_every
    at = state.first_seen_at if state.last_sweep is None else state.last_sweep.started_at
    return polled and at is not None and now - at > sweeps_patience(sweep_every)


def _stuck(state: MerchantState, now: datetime) -> bool:
    return state.oldest_pending_at is not None and now - state.oldest_pending_at > OUTBOX_PATIENCE


def _nobodys(unsent: Mapping[str, int]) -> Iterator[Trouble]:
    if (why := nobodys(unsent)) is not None:
        yield Trouble(tuple(unsent), f"{why.found} {why.remedy}")


def _quarantines(states: Sequence[MerchantState]) -> Iterator[Trouble]:
    """Yields the quarantines, those with the same most frequent reason together."""
    alike: dict[str, list[MerchantState]] = {}
    for state in states:
        if state.quarantined:
            alike.setdefault(next(iter(state.quarantined)), []).append(state)
    for reason, those in alike.items():
        number = sum(state.orders.get(OrderState.QUARANTINED, 0) for state in those)
        names = tuple(state.merchant for state in those)
        which = f" {names[0]}" if len(names) == 1 else ""
        yield Trouble(
            names,
            f"{number} {'order is' if number == 1 else 'orders are'} quarantined; the most"
            f" frequent reason: {reason.rstrip('.')}. See: orderferry quarantine list{which}",
        )
