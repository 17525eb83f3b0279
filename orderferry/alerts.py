"""Which alerts begin and which are over, from what was told before and what is so now; pure."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from pydantic import TypeAdapter, ValidationError

from connectors.settings import duration_text
from orderferry.alert_settings import AlertKind, AlertSettings
from orderferry.config import Config
from orderferry.troubles import sweeps_patience, unswept
from state import MerchantState, OrderState, Run, RunOutcome

QUIET = timedelta(days=1)
"""A quarantine that did not grow for that long has stopped; the next order is news again."""

_OVER: Mapping[AlertKind, str] = {
    "credentials": "The credentials are accepted again.",
    "no_success": "Polls succeed again.",
    "no_sweep": "A sweep was completed.",
    "quarantine": "The quarantine has stopped growing, or is as it was before.",
    "outbox": "Orders are delivered again.",
}
_UNWATCHED = "It is no longer watched: the configuration changed."


@dataclass(frozen=True, slots=True)
class Mark:
    """What is remembered of one alert about one subject."""

    open: bool = False
    level: int = 0
    """Quarantined orders before the quarantine grew."""
    peak: int = 0
    """Quarantined orders at the last look, while it is open."""
    grown_at: datetime | None = None


Memory = Mapping[AlertKind, Mapping[str, Mark]]
"""By kind and subject; what is not there has never been open."""

_MEMORY: TypeAdapter[dict[AlertKind, dict[str, Mark]]] = TypeAdapter(
    dict[AlertKind, dict[str, Mark]]
)


@dataclass(frozen=True, slots=True)
class Facts:
    """What is so at one look."""

    config: Config
    states: Sequence[MerchantState]
    """Of the enabled merchants."""
    accounts: Mapping[str, Run | None]
    """The last run of each At Last account that they deliver to."""
    now: datetime
    since: datetime
    """When the daemon started: before that nobody polled."""


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing to be told; subjects that have it in common travel together."""

    kind: AlertKind
    over: bool
    words: str
    subjects: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Finding:
    kind: AlertKind
    subject: str
    mark: Mark
    words: str


def look(
    settings: AlertSettings, facts: Facts, before: Memory
) -> tuple[Memory, tuple[Notice, ...]]:
    """
    Returns what is to be remembered and what is to be told, the most urgent first.

    An alert is told once when it begins and once when it is over. What neither
    proves the one nor the other, such as a run that was stopped, changes nothing.
    """
    after: dict[AlertKind, dict[str, Mark]] = {}
    told: dict[tuple[AlertKind, bool, str], list[str]] = {}
    left = {(kind, subject) for kind, of in before.items() for subject in of if of[subject].open}
    for finding in _findings(settings, facts, before):
        left.discard((finding.kind, finding.subject))
        if finding.mark.open != _mark(before, finding.kind, finding.subject).open:
            words = finding.words if finding.mark.open else _OVER[finding.kind]
            key = (finding.kind, not finding.mark.open, words)
            told.setdefault(key, []).append(finding.subject)
        if finding.mark != Mark():
            after.setdefault(finding.kind, {})[finding.subject] = finding.mark
    for kind, subject in sorted(left):
        told.setdefault((kind, True, _UNWATCHED), []).append(subject)
    return after, tuple(Notice(*key, tuple(subjects)) for key, subjects in told.items())


def recall(text: str | None) -> Memory:
    """Returns what was remembered; nothing if it was written by another version."""
    try:
        return _MEMORY.validate_json(text or "{}")
    except ValidationError:
        return {}


def memorise(memory: Memory) -> str:
    """Returns the text that `recall` understands."""
    return _MEMORY.dump_json(
        {kind: dict(of) for kind, of in memory.items()}, exclude_defaults=True
    ).decode()


def open_alerts(memory: Memory) -> Iterator[tuple[AlertKind, str]]:
    """Yields kind and subject of what has begun and is not over."""
    for kind, of in memory.items():
        for subject, mark in of.items():
            if mark.open:
                yield kind, subject


def _mark(memory: Memory, kind: AlertKind, subject: str) -> Mark:
    return memory.get(kind, {}).get(subject, Mark())


def _findings(settings: AlertSettings, facts: Facts, before: Memory) -> Iterator[_Finding]:
    for kind in dict.fromkeys(settings.on):
        match kind:
            case "credentials":
                found = _credentials(facts)
            case "no_success":
                found = _silence(facts, settings.polls_missed)
            case "no_sweep":
                found = _sweeps(facts)
            case "outbox":
                found = _outbox(facts, settings.outbox_older_than)
            case "quarantine":
                yield from _quarantines(facts, settings.quarantine_grows_by, before)
                continue
        for subject, so, words in found:
            was = _mark(before, kind, subject)
            yield _Finding(kind, subject, was if so is None else Mark(open=so), words)


_Proofs = Iterator[tuple[str, bool | None, str]]
"""Subject, whether it has the trouble (None: nothing is proved), words."""


def _credentials(facts: Facts) -> _Proofs:
    runs = [(f"At Last ({account})", run) for account, run in facts.accounts.items()]
    runs += [(state.merchant, state.last_run) for state in facts.states]
    for subject, run in runs:
        outcome = None if run is None else run.outcome
        proof = {RunOutcome.CREDENTIALS: True, RunOutcome.DONE: False}
        yield subject, proof.get(outcome) if outcome else None, str(run.problem if run else "")


def _silence(facts: Facts, polls_missed: int) -> _Proofs:
    for state in facts.states:
        patience = polls_missed * facts.config.polled_every(state.merchant)
        words = (
            f"No poll has succeeded for {polls_missed} times the interval"
            f" ({duration_text(patience)}). See: orderferry status"
        )
        at = state.last_success_at
        if facts.now - max(at or facts.since, facts.since) > patience:
            yield state.merchant, True, words
        else:
            fresh = at is not None and facts.now - at <= patience
            yield state.merchant, False if fresh else None, words


def _sweeps(facts: Facts) -> _Proofs:
    every = facts.config.daemon.sweep_every
    patience = sweeps_patience(every)
    words = (
        f"No sweep was completed for {duration_text(patience)}, though polls succeed."
        " Run one to see why: orderferry sweep"
    )
    # sweeps that became due while no daemon ran stand in a queue
    settled = facts.now - facts.since > every / 2
    for state in facts.states:
        if unswept(state, every, facts.now):
            yield state.merchant, True if settled else None, words
        else:
            swept = state.last_sweep
            fresh = swept is not None and facts.now - swept.started_at <= patience
            yield state.merchant, False if fresh else None, words


def _outbox(facts: Facts, older_than: timedelta) -> _Proofs:
    words = (
        f"Orders have been waiting for delivery for more than {duration_text(older_than)}."
        " See: orderferry status"
    )
    for state in facts.states:
        at = state.oldest_pending_at
        yield state.merchant, at is not None and facts.now - at > older_than, words


def _quarantines(facts: Facts, grows_by: int, before: Memory) -> Iterator[_Finding]:
    for state in facts.states:
        number = state.orders.get(OrderState.QUARANTINED, 0)
        was = _mark(before, "quarantine", state.merchant)
        mark = _grown(was, number, grows_by, facts.now)
        # no reason: it can quote an order, and this leaves the house
        words = (
            f"Quarantined orders: {number}, before: {mark.level}."
            f" See: orderferry quarantine list {state.merchant}"
        )
        yield _Finding("quarantine", state.merchant, mark, words)


def _grown(was: Mark, number: int, grows_by: int, now: datetime) -> Mark:
    """
    Returns what is to be remembered of a quarantine that holds that many orders now.

    Its level follows it down, so that what is retried and comes back is news.
    """
    if not was.open:
        level = min(was.level, number)
        if number - level < grows_by:
            return Mark(level=level)
        return Mark(open=True, level=level, peak=number, grown_at=now)
    if number <= was.level:
        return Mark(level=number)
    if number != was.peak:
        grown_at = now if number > was.peak else was.grown_at
        return dataclasses.replace(was, peak=number, grown_at=grown_at)
    # an instant in the future is that of a clock that was ahead
    growing = was.grown_at is not None and timedelta() <= now - was.grown_at < QUIET
    return was if growing else Mark(level=number)
