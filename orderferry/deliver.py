"""The fifth step: claim the outbox, push it in bulk, settle every order."""

from __future__ import annotations

from collections.abc import Sequence

from mapping.policy import OLDEST_ORDER, PUSH_MARGIN
from orderferry.answer import Busy, Denied, Doubtful, Misconfigured, NotSent
from orderferry.barred import Bar, denies, refuses_all
from orderferry.filling import Filling, batches
from orderferry.guard import Guard
from orderferry.leases import Held
from orderferry.pace import Pace, first_size, most_at_once
from orderferry.pushing import Pushing, Settling
from orderferry.runs import Failed, Report, Tally, failed, record
from orderferry.services import Services
from orderferry.splitting import Split, follow, split
from orderferry.suspects import Suspects
from state import Claimed, RunOutcome

KIND = "deliver"

_REMEMBERED = 20
"""Deliveries before this one that are looked at to decide how many orders a push may hold."""

_LATE = (
    "The delivery took longer than daemon.run_deadline; the orders that are left are sent by the"
    " next one."
)


def deliver(account: str, services: Services, *, filling: Filling | None = None) -> Report:
    """
    Returns how one delivery to the account ended.

    Orders of all merchants that share the account travel together. Every order
    that was settled before a fault stays settled. With nothing to send there is
    neither a run nor a lease, unless the last run left a fault to be cleared; the fault
    of a merchant that is left out for now is not.

    Args:
        account: Label of the At Last account.
        services: The outside world.
        filling: What is read at the same time; such a delivery goes on past the deadline.

    """
    last = services.store.last_run(account, KIND)
    due, resting = _who_is_due(account, services)
    if filling is None and not services.store.owes(due) and (resting or not failed(last)):
        return Report(account, KIND, RunOutcome.DONE, {})

    def work(held: Held, tally: Tally) -> None:
        _Run(account, services, Settling(services, held, tally)).empty_outbox(filling)

    with services.clock.jobs.one(f"deliver:{account}"):
        return record(services, account, KIND, work, lease=f"account:{account}")


def _who_is_due(account: str, services: Services) -> tuple[list[str], dict[str, Bar]]:
    """Returns the merchants whose orders may be pushed, and those that are left out for now."""
    merchants = services.sharing(account)
    known = map(services.merchant, merchants)
    resting = services.barred.resting(known, services.clock.now())
    over = [name for name in resting if not services.store.owes([name])]
    services.barred.free(over)
    resting = {name: bar for name, bar in resting.items() if name not in over}
    return [name for name in merchants if name not in resting], resting


class _Run:
    """One delivery to an account."""

    def __init__(self, account: str, services: Services, settling: Settling) -> None:
        self._account = account
        self._services = services
        self._settling = settling
        self._due, self._resting = _who_is_due(account, services)
        # as they are now: the configuration may be read anew while the run goes on
        self._merchants = {name: services.merchant(name) for name in self._due}
        self._bars: dict[str, Bar] = {}
        self._accepted = False
        self._suspects = Suspects()
        self._guard = Guard()

    def empty_outbox(self, filling: Filling | None) -> None:
        """Pushes what is due until nothing is left, or pushing more is pointless for now."""
        if not self._due:
            self._tell_of_barred()
            return
        now = self._services.clock.now
        deadline = now() + self._services.config.daemon.run_deadline

        def must_end() -> bool:
            return self._services.clock.stop.is_set() or (filling is None and now() > deadline)

        merchant = self._merchants[self._due[0]]
        client = self._services.client(merchant)
        self._expire()
        runs = self._services.store.runs(self._account, limit=_REMEMBERED + 1)
        most = most_at_once(runs, merchant.atlast.batch_size)
        pace = Pace(first_size(runs, most), most)
        for batch in batches(lambda part: self._claim(pace, part=part), filling):
            pushing = Pushing(self._settling, client, batch, must_end)
            doubted = [position for position, claimed in enumerate(batch) if claimed.again]
            plan = split([claimed.merchant for claimed in batch], doubted)
            result = follow(plan, pushing.push)
            pushing.settle_rest(result, but=self._suspects.note(result, batch, pushing.last))
            self._judge(result, batch)
            if result.left_open:
                self._settling.tally.add(unclear=len(result.left_open))
                pace.alone()
            if must_end():
                self._end_in_time()
            if not _goes_on(result, pace, len(pushing.last)):
                self._settle_kept()
                _stop_if_pointless(result, self._account)
            if not self._open:
                break
        if problem := self._settle_kept():
            raise Failed(
                RunOutcome.TRANSIENT,
                f"{problem} The orders are kept and sent again by themselves.",
            )
        self._tell_of_barred()

    @property
    def _open(self) -> list[str]:
        """The merchants whose orders may still be pushed in this run."""
        return [name for name in self._due if name not in self._bars]

    def _expire(self) -> None:
        now = self._services.clock.now()
        expired = self._services.store.expire(
            self._services.sharing(self._account),
            created_before=now - (OLDEST_ORDER - PUSH_MARGIN),
            now=now,
        )
        self._settling.tally.add(too_old=expired)

    def _claim(self, pace: Pace, *, part: bool) -> Sequence[Claimed]:
        if self._services.clock.stop.is_set():
            self._settle_kept()
        self._services.clock.check()
        self._settling.held.keep()
        return self._services.store.claim(
            self._settling.held.lease,
            self._open,
            limit=pace.size,
            least=1 if part else pace.size,
            now=self._services.clock.now(),
        )

    def _judge(self, result: Split, batch: Sequence[Claimed]) -> None:
        """Settles refused orders as far as it is clear what is at fault, and bars merchants."""
        settlements, systematic = self._guard.note(result, batch)
        self._settling.settle(settlements)
        passed = {batch[position].merchant for position in result.accepted}
        self._accepted |= bool(passed)
        self._services.barred.free(passed)
        account = self._account
        bars = {name: refuses_all(account, name, why) for name, why in systematic.items()}
        bars |= {name: denies(account, name, answer) for name, answer in result.denied.items()}
        for name, bar in bars.items():
            self._services.barred.bar(
                self._merchants[name],
                bar,
                self._services.clock.now(),
                self._services.surroundings.random(),
            )
        self._bars |= bars

    def _settle_kept(self) -> str:
        """Settles what was kept for the run's end; returns why the last in doubt is so, or ""."""
        settlements, problem = self._suspects.rest()
        self._settling.settle([*self._guard.rest(), *settlements])
        return problem

    def _end_in_time(self) -> None:
        self._settle_kept()
        if self._services.store.owes(self._open):
            self._services.clock.check()
            raise Failed(RunOutcome.STOPPED, _LATE)

    def _tell_of_barred(self) -> None:
        """Ends the run with what is wrong with single merchants, or with all of them."""
        bars = {**self._resting, **self._bars}
        if not bars:
            return
        sharing = set(self._services.sharing(self._account))
        whole = not self._accepted and bars.keys() >= sharing
        if whole:
            # then it is the account that backs off
            self._services.barred.free(bars)
        problems = [bar.general if whole else bar.problem for bar in bars.values()]
        # credentials that are good for one merchant are not what is wrong
        outcomes = {bar.outcome for bar in bars.values()} if not self._accepted else set()
        raise Failed(
            outcomes.pop() if len(outcomes) == 1 else RunOutcome.CONTRACT,
            " ".join(dict.fromkeys(problems)),
            backs_off=whole,
        )


def _goes_on(result: Split, pace: Pace, pushed: int) -> bool:
    """Returns whether the run pushes on, after an answer or with a smaller batch."""
    match result.stopped_by:
        case None:
            pace.answered()
            return True
        case Doubtful(retry_after=None):
            return pace.failed(pushed)
        case _:
            return False


def _stop_if_pointless(result: Split, account: str) -> None:
    """Ends the run with the right outcome when pushing more would not help now."""
    match result.stopped_by:
        case Denied() as answer:
            raise Failed(RunOutcome.CREDENTIALS, f"{answer.problem} {answer.remedy}")
        case Misconfigured() as answer:
            raise Failed(RunOutcome.CONTRACT, f"{answer.problem} {answer.remedy}")
        case Busy() as answer:
            raise Failed(
                RunOutcome.TRANSIENT,
                f"At Last ({account}) asks to wait. The orders are kept and sent by themselves.",
                retry_after=answer.retry_after,
            )
        case Doubtful() | NotSent() as answer:
            raise Failed(
                RunOutcome.TRANSIENT,
                f"{answer.problem} The orders are kept and sent again by themselves.",
                retry_after=answer.retry_after,
            )
        case None:
            return
