"""The fifth step: claim the outbox, push it in bulk, settle every order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

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
from orderferry.leases import Held, hold
from orderferry.runs import Failed, Report, Tally, record
from orderferry.services import Services
from orderferry.splitting import Positions, Split, follow, split
from state import Claimed, RunOutcome, Settlement, Verdict

_COUNTED = {
    Verdict.ACCEPTED: "delivered",
    Verdict.REFUSED: "refused",
    Verdict.RETURNED: "returned",
    Verdict.IN_DOUBT: "in_doubt",
}


def deliver(account: str, services: Services) -> Report:
    """
    Returns how one delivery to the account ended.

    Orders of all merchants that share the account travel together. Every order
    that was settled before a fault stays settled.
    """

    def work(tally: Tally) -> None:
        with hold(services.store, f"account:{account}", services.owner, services.clock.now) as held:
            _empty_outbox(account, services, held, tally)

    return record(services, account, "deliver", work)


def _empty_outbox(account: str, services: Services, held: Held, tally: Tally) -> None:
    merchants = services.sharing(account)
    if not merchants:
        return
    now = services.clock.now
    merchant = services.merchant(merchants[0])
    client = services.client(merchant)
    expired = services.store.expire(
        merchants, created_before=now() - (OLDEST_ORDER - PUSH_MARGIN), now=now()
    )
    tally.add(too_old=expired)
    while batch := services.store.claim(
        held.lease, merchants, limit=merchant.atlast.batch_size, now=now()
    ):
        delivery = _Delivery(services, held, client, batch, tally)
        result = follow(split(len(batch)), delivery.push)
        delivery.settle_rest(result)
        _stop_if_pointless(result, account)
        services.clock.check()
        held.keep()


class _Delivery:
    """One claimed batch on its way; settles what is certain as soon as it is."""

    def __init__(
        self,
        services: Services,
        held: Held,
        client: AtLastClient,
        batch: Sequence[Claimed],
        tally: Tally,
    ) -> None:
        self._services = services
        self._held = held
        self._client = client
        self._batch = batch
        self._tally = tally
        self._settled: set[int] = set()

    def push(self, positions: Positions) -> Answer:
        """Pushes these orders; accepted ones are settled before anything else is sent."""
        self._held.keep()
        answer = self._client.push([self._batch[position].payload for position in positions])
        self._tally.add(requests=1)
        again = sum(self._batch[position].again for position in positions)
        if again:
            self._tally.add(pushed_again=again)
        if isinstance(answer, Accepted | Partly):
            refused = answer.refused if isinstance(answer, Partly) else {}
            self._settle(
                {p: Verdict.ACCEPTED for i, p in enumerate(positions) if i not in refused}, {}
            )
        return answer

    def settle_rest(self, result: Split) -> None:
        """Settles what the plan's end decided for the orders that are still open."""
        self._settle(
            {
                position: verdict
                for position, verdict in enumerate(result.verdicts)
                if position not in self._settled
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
            " tried again; check merchant_id and the order policy, or ask At Last.",
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
