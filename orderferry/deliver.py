"""The fifth step: claim the outbox, push it in bulk, settle every order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

from mapping.policy import OLDEST_ORDER, PUSH_MARGIN
from orderferry.answer import (
    Accepted,
    Answer,
    Busy,
    Denied,
    Doubtful,
    Misconfigured,
    NotSent,
    Partly,
)
from orderferry.atlast import AtLastClient
from orderferry.filling import Filling, batches
from orderferry.leases import Held
from orderferry.pace import LONE_FAILURES, Pace, first_size, most_at_once
from orderferry.runs import Failed, Report, Tally, failed, record
from orderferry.services import Services
from orderferry.splitting import Positions, Split, follow, split
from state import Claimed, RunOutcome, Settlement, Verdict

KIND = "deliver"

_REMEMBERED = 20
"""Deliveries before this one that are looked at to decide how many orders a push may hold."""

_LATE = (
    "The delivery took longer than daemon.run_deadline; the orders that are left are sent by the"
    " next one."
)

_COUNTED = {
    Verdict.ACCEPTED: "delivered",
    Verdict.REFUSED: "refused",
    Verdict.RETURNED: "returned",
    Verdict.IN_DOUBT: "in_doubt",
}


def deliver(account: str, services: Services, *, filling: Filling | None = None) -> Report:
    """
    Returns how one delivery to the account ended.

    Orders of all merchants that share the account travel together. Every order
    that was settled before a fault stays settled. With nothing to send there is
    neither a run nor a lease, unless the last run left a fault to be cleared.

    Args:
        account: Label of the At Last account.
        services: The outside world.
        filling: What is read at the same time; such a delivery goes on past the deadline.

    """
    last = services.store.last_run(account, KIND)
    if filling is None and not services.store.owes(services.sharing(account)) and not failed(last):
        return Report(account, KIND, RunOutcome.DONE, {})

    def work(held: Held, tally: Tally) -> None:
        _empty_outbox(account, services, held, tally, filling)

    with services.clock.jobs.one(f"deliver:{account}"):
        return record(services, account, KIND, work, lease=f"account:{account}")


def _empty_outbox(
    account: str,
    services: Services,
    held: Held,
    tally: Tally,
    filling: Filling | None,
) -> None:
    merchants = services.sharing(account)
    if not merchants:
        return
    now = services.clock.now
    deadline = now() + services.config.daemon.run_deadline

    def must_end() -> bool:
        return services.clock.stop.is_set() or (filling is None and now() > deadline)

    merchant = services.merchant(merchants[0])
    client = services.client(merchant)
    expired = services.store.expire(
        merchants, created_before=now() - (OLDEST_ORDER - PUSH_MARGIN), now=now()
    )
    tally.add(too_old=expired)
    runs = services.store.runs(account, limit=_REMEMBERED + 1)
    most = most_at_once(runs, merchant.atlast.batch_size)
    pace = Pace(first_size(runs, most), most)
    suspects = _Suspects()

    def claim(part: bool) -> Sequence[Claimed]:  # noqa: FBT001 - the one thing there is to say
        services.clock.check()
        held.keep()
        least = 1 if part else pace.size
        return services.store.claim(held.lease, merchants, limit=pace.size, least=least, now=now())

    for batch in batches(claim, filling):
        delivery = _Delivery(services, held, client, batch, tally, must_end=must_end)
        result = follow(split(len(batch)), delivery.push)
        lone = suspects.note(result, batch, delivery.last)
        delivery.settle_rest(result, but=lone)
        if result.unclear:
            tally.add(unclear=result.unclear)
            pace.alone()
        if must_end() and services.store.owes(merchants):
            suspects.settle(services, held, tally)
            services.clock.check()
            raise Failed(RunOutcome.STOPPED, _LATE)
        if not _goes_on(result, pace, len(delivery.last)):
            suspects.settle(services, held, tally)
            _stop_if_pointless(result, account)
    if problem := suspects.settle(services, held, tally):
        raise Failed(
            RunOutcome.TRANSIENT,
            f"{problem} The orders are kept and sent again by themselves.",
        )


def _goes_on(result: Split, pace: Pace, pushed: int) -> bool:
    """Returns whether the run pushes on, after an answer or with a smaller batch."""
    match result.stopped_by:
        case None:
            pace.answered()
            return not result.systematic
        case Doubtful(retry_after=None):
            return pace.failed(pushed)
        case _:
            return False


class _Suspects:
    """
    Orders on which At Last failed when they were pushed alone.

    They stay claimed until the run ends, so that none is pushed twice in it. An
    order counts as suspect only if others were accepted *after* it: an outage
    in the middle of a run makes nobody suspect.
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

    def settle(self, services: Services, held: Held, tally: Tally) -> str:
        """Settles them; returns why the last of those that stay in doubt did, "" if none does."""
        settlements = [
            _of_suspect(claimed, problem, confirmed=place < self._confirmed)
            for place, (claimed, problem) in enumerate(self._failed)
        ]
        services.store.settle(held.lease, settlements, now=services.clock.now())
        for settlement in settlements:
            tally.add(**{_COUNTED[settlement.verdict]: 1})
        left = [
            problem
            for (_, problem), settlement in zip(self._failed, settlements, strict=True)
            if settlement.verdict is Verdict.IN_DOUBT
        ]
        self._failed.clear()
        return left[-1] if left else ""


def _of_suspect(claimed: Claimed, problem: str, *, confirmed: bool) -> Settlement:
    if not confirmed or claimed.lone_failures + 1 < LONE_FAILURES:
        return Settlement(claimed, Verdict.IN_DOUBT, suspect=confirmed)
    return Settlement(
        claimed,
        Verdict.REFUSED,
        f"failed alone {LONE_FAILURES} times while other orders passed: {problem}",
    )


class _Delivery:
    """One claimed batch on its way; settles what is certain as soon as it is."""

    def __init__(  # noqa: PLR0913 - the run's parts, one each
        self,
        services: Services,
        held: Held,
        client: AtLastClient,
        batch: Sequence[Claimed],
        tally: Tally,
        *,
        must_end: Callable[[], bool],
    ) -> None:
        self._services = services
        self._held = held
        self._client = client
        self._batch = batch
        self._tally = tally
        self._must_end = must_end
        self._settled: set[int] = set()
        self._unclear: set[int] = set()
        self.last: Positions = ()
        """Which orders the last request held."""

    def push(self, positions: Positions) -> Answer:
        """Pushes these orders; accepted ones are settled before anything else is sent."""
        if self.last and self._must_end():
            # between two pushes of a split: what was not sent is pending again
            return NotSent("The delivery was told to end.")
        self._held.keep()
        self.last = positions
        answer = self._client.push([self._batch[position].payload for position in positions])
        self._tally.add(requests=1)
        again = sum(self._batch[p].again or p in self._unclear for p in positions)
        if again:
            self._tally.add(pushed_again=again)
        if isinstance(answer, Accepted | Partly):
            if isinstance(answer, Partly):
                self._unclear |= {positions[i] for i in answer.unknown}
            others = {*answer.refused, *answer.unknown} if isinstance(answer, Partly) else ()
            self._settle(
                {p: Verdict.ACCEPTED for i, p in enumerate(positions) if i not in others}, {}
            )
        return answer

    def settle_rest(self, result: Split, *, but: int | None = None) -> None:
        """Settles what the plan's end decided for the orders still open, *but* one of them."""
        self._settle(
            {
                position: verdict
                for position, verdict in enumerate(result.verdicts)
                if position not in self._settled and position != but
            },
            dict(result.reasons),
        )

    def _settle(self, verdicts: dict[int, Verdict], reasons: dict[int, str]) -> None:
        if not verdicts:
            return
        self._services.store.settle(
            self._held.lease,
            [
                Settlement(self._batch[position], verdict, reasons.get(position))
                for position, verdict in verdicts.items()
            ],
            now=self._services.clock.now(),
        )
        self._settled |= verdicts.keys()
        for verdict, number in Counter(verdicts.values()).items():
            self._tally.add(**{_COUNTED[verdict]: number})


def _stop_if_pointless(result: Split, account: str) -> None:
    """Ends the run with the right outcome when pushing more would not help now."""
    if result.systematic:
        raise Failed(
            RunOutcome.CONTRACT,
            f"At Last ({account}) refuses every order: {result.systematic} The orders are kept and"
            " tried again; correct merchant_id or the order policy, then run `orderferry sweep`,"
            " which maps them anew, or ask At Last.",
        )
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
