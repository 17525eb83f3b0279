"""One attempt for one subject: recorded, bounded, and the only place that catches everything."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import structlog

from connectors.errors import ConnectorError, Contract, Credentials, Transient
from orderferry import credentials
from orderferry.clock import Stopping
from orderferry.leases import Held, hold
from orderferry.services import Services
from orderferry.waits import wait_after
from state import LeaseHeld, LeaseLost, Run, RunOutcome, StateError

log = structlog.get_logger()


class Failed(Exception):
    """
    A run ended early in a way that is not the shop's: for deliveries and deadlines.

    With *backs_off* False the subject may run again at once: who is at fault backs
    off without it.
    """

    def __init__(
        self,
        outcome: RunOutcome,
        problem: str,
        *,
        retry_after: float | None = None,
        backs_off: bool = True,
    ) -> None:
        super().__init__(problem)
        self.outcome = outcome
        self.problem = problem
        self.retry_after = retry_after
        self.backs_off = backs_off


@dataclass(slots=True)
class Tally:
    """Counts of a run, filled while it goes on, so that a failed run's work is counted too."""

    counts: dict[str, int] = field(default_factory=dict)
    cautions: tuple[str, ...] = ()
    """What should be seen to although the run went well; becomes its problem in words."""

    def add(self, **numbers: int) -> None:
        """Adds to the named counts."""
        for name, number in numbers.items():
            self.counts[name] = self.counts.get(name, 0) + number


@dataclass(frozen=True, slots=True)
class Report:
    """How a run ended."""

    subject: str
    kind: str
    outcome: RunOutcome
    counts: Mapping[str, int]
    problem: str | None = None
    retry_at: datetime | None = None


def record(
    services: Services,
    subject: str,
    kind: str,
    work: Callable[[Held, Tally], None],
    *,
    lease: str,
) -> Report:
    """
    Runs *work* under the lease and returns how it ended; raises only StateError.

    The run is durable with its counts, its problem in words and the time of the
    next attempt. Whatever goes wrong with one subject ends here and touches no
    other (R5). Work that another process does is left to it: then there is no
    run, and the log says so once.
    """
    last = services.store.last_run(subject, kind)
    unread = credentials.renew(services, subject, last)
    try:
        with (
            services.at_work(subject),
            hold(services.store, lease, services.owner, services.clock.now) as held,
        ):
            services.told(lease, None)
            return _attempt(services, subject, kind, lambda tally: work(held, tally), unread=unread)
    except LeaseHeld as busy:
        if services.told(lease, busy.owner):
            log.info("work left to its holder", action="lease_held", lease=lease, holder=busy.owner)
        return Report(subject, kind, RunOutcome.STOPPED, {}, str(busy))


def _attempt(
    services: Services, subject: str, kind: str, work: Callable[[Tally], None], *, unread: str
) -> Report:
    store, now = services.store, services.clock.now
    run_id = store.start_run(subject, kind, now=now())
    tally = Tally()
    problem: str | None = None
    retry_after: float | None = None
    backs_off = True
    try:
        # connectors log without knowing for whom they read
        with structlog.contextvars.bound_contextvars(subject=subject, kind=kind):
            work(tally)
        outcome, problem = RunOutcome.DONE, " ".join(tally.cautions) or None
        _caution(services, subject, problem)
    except (ConnectorError, Failed) as error:
        outcome, problem = _outcome(error), str(error)
        retry_after = getattr(error, "retry_after", None)
        backs_off = getattr(error, "backs_off", True)
        if outcome is RunOutcome.CREDENTIALS:
            more = (unread, credentials.remedy(services, subject))
            problem = " ".join(filter(None, (problem, *more)))
    except (Stopping, LeaseLost) as error:
        outcome, problem = RunOutcome.STOPPED, str(error) or "The process was asked to stop."
    except StateError:
        raise
    except Exception as error:  # noqa: BLE001 - the per-subject boundary: a bug in one run must not end the others
        outcome, problem = RunOutcome.FAILED, _crashed(subject, kind, error)
    retry_at = None
    if backs_off and outcome not in {RunOutcome.DONE, RunOutcome.STOPPED}:
        wait = _wait(services, subject, kind, tally)
        retry_at = now() + max(wait, timedelta(seconds=retry_after or 0))
    store.finish_run(
        run_id, outcome, now=now(), counts=tally.counts, problem=problem, retry_at=retry_at
    )
    report = Report(subject, kind, outcome, tally.counts, problem, retry_at)
    _log(report)
    return report


def _crashed(subject: str, kind: str, error: Exception) -> str:
    """Logs a bug; returns what an operator is told of it."""
    name = type(error).__name__
    log.error(  # an exception's message can quote an order; its place cannot
        "run failed",
        action="run_crashed",
        subject=subject,
        kind=kind,
        error=name,
        at=where(error),
    )
    return f"{subject}: {kind} met an unexpected {name}; report it with the log entry run_crashed."


def _wait(services: Services, subject: str, kind: str, tally: Tally) -> timedelta:
    """Returns how long the subject is left alone after a run that failed."""
    runs = tuple(run for run in services.store.runs(subject, limit=20) if run.kind == kind)
    # a delivery that got something through is no outage, however it ended
    delivered = tally.counts.get("delivered")
    return backoff(() if delivered else runs, services.surroundings.random())


def failed(run: Run | None) -> bool:
    """Returns whether the run ended with something to do; one that was stopped did not."""
    well = {RunOutcome.DONE, RunOutcome.STOPPED}
    return run is not None and bool(run.problem) and run.outcome not in well


def where(error: BaseException) -> list[str]:
    """Returns the frames an exception passed, without its message: that may quote an order."""
    return [
        f"{Path(frame.filename).name}:{frame.lineno} {frame.name}"
        for frame in traceback.extract_tb(error.__traceback__)
    ]


def _outcome(error: ConnectorError | Failed) -> RunOutcome:
    match error:
        case Failed():
            return error.outcome
        case Transient():
            return RunOutcome.TRANSIENT
        case Credentials():
            return RunOutcome.CREDENTIALS
        case Contract():
            return RunOutcome.CONTRACT
        case _:
            return RunOutcome.FAILED


def backoff(runs: Sequence[Run], jitter: float) -> timedelta:
    """
    Returns how long to leave a failing subject alone.

    Doubles with every failure in a row, from 30 s up to 30 min, and spreads by
    a quarter either way. Nothing is ever switched off for good (R5).

    Args:
        runs: The subject's last runs, newest first; the one that failed just now may be unfinished.
            Others that are unfinished were killed, which says nothing about the subject.
        jitter: Uniform in [0, 1).

    """
    failures = 0
    for place, run in enumerate(runs):
        if run.outcome is RunOutcome.DONE or run.counts.get("delivered"):
            break
        if run.outcome is RunOutcome.STOPPED:  # says nothing about the subject either
            continue
        failures += place == 0 or run.outcome is not None
    return wait_after(failures, jitter)


def _caution(services: Services, subject: str, problem: str | None) -> None:
    """Logs once what should be seen to, not with every run."""
    if services.told(f"caution {subject}", problem) and problem:
        log.warning("see to this", action="run_caution", subject=subject, problem=problem)


def _log(report: Report) -> None:
    """Logs a fault as a warning, work that was done at info, and that nothing was new at debug."""
    well = report.outcome in {RunOutcome.DONE, RunOutcome.STOPPED}
    news = {name: n for name, n in report.counts.items() if name not in {"seen", "unchanged"}}
    emit = log.warning if not well else log.info if any(news.values()) else log.debug
    emit(
        "run finished",
        action="run_finished",
        subject=report.subject,
        kind=report.kind,
        outcome=report.outcome.value,
        problem=report.problem,
        retry_at=report.retry_at.isoformat() if report.retry_at else None,
        **report.counts,
    )
