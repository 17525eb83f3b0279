"""One claimed batch on its way to At Last; what is certain is settled as soon as it is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from orderferry.answer import Accepted, Answer, NotSent, Partly
from orderferry.atlast import AtLastClient
from orderferry.leases import Held
from orderferry.runs import Tally
from orderferry.services import Services
from orderferry.splitting import Positions, Split
from state import Claimed, Settlement, Verdict

_CONFLICT = (
    "conflict: At Last had this order already, perhaps as it was before it changed, when it was"
    " pushed again after a push without an answer"
)

_COUNTED = {
    Verdict.ACCEPTED: "delivered",
    Verdict.REFUSED: "refused",
    Verdict.RETURNED: "returned",
    Verdict.IN_DOUBT: "in_doubt",
}


@dataclass(frozen=True, slots=True)
class Settling:
    """Makes durable how pushes ended, and counts it."""

    services: Services
    held: Held
    tally: Tally

    def settle(self, settlements: Sequence[Settlement]) -> None:
        """Settles these orders in one transaction."""
        if not settlements:
            return
        self.services.store.settle(self.held.lease, settlements, now=self.services.clock.now())
        for verdict, number in Counter(it.verdict for it in settlements).items():
            self.tally.add(**{_COUNTED[verdict]: number})


class Pushing:
    """A batch, and which of its orders are settled."""

    def __init__(
        self,
        settling: Settling,
        client: AtLastClient,
        batch: Sequence[Claimed],
        must_end: Callable[[], bool],
    ) -> None:
        self._settling = settling
        self._client = client
        self._batch = batch
        self._must_end = must_end
        self._settled: set[int] = set()
        self._left_open: set[int] = set()
        self.last: Positions = ()
        """Which orders the last request held."""

    def push(self, positions: Positions) -> Answer:
        """Pushes these orders; accepted ones are settled before anything else is sent."""
        if self.last and self._must_end():
            # between two pushes of a split: what was not sent is pending again
            return NotSent("The delivery was told to end.")
        self._settling.held.keep()
        self.last = positions
        answer = self._client.push([self._batch[position].payload for position in positions])
        self._settling.tally.add(requests=1)
        again = sum(self._batch[p].again or p in self._left_open for p in positions)
        if again:
            self._settling.tally.add(pushed_again=again)
        if isinstance(answer, Accepted | Partly):
            others: set[int] = set()
            if isinstance(answer, Partly):
                self._left_open |= {positions[i] for i in answer.unknown}
                others = {*answer.refused, *answer.unknown}
            taken = [position for i, position in enumerate(positions) if i not in others]
            self._settle([(position, Verdict.ACCEPTED) for position in taken])
        return answer

    def settle_rest(self, result: Split, *, but: int | None = None) -> None:
        """Settles the orders still open but the refused ones, which are judged, and *but* one."""
        self._settle(
            [
                (position, verdict)
                for position, verdict in enumerate(result.verdicts)
                if position not in self._settled
                and position != but
                and verdict is not Verdict.REFUSED
            ],
            result.conflicts,
        )
        if result.conflicts:
            self._settling.tally.add(conflict=len(result.conflicts))

    def _settle(self, verdicts: Sequence[tuple[int, Verdict]], known: Collection[int] = ()) -> None:
        self._settling.settle(
            [
                Settlement(self._batch[at], verdict, caution=_CONFLICT if at in known else None)
                for at, verdict in verdicts
            ]
        )
        self._settled |= {at for at, _ in verdicts}
