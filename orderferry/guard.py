"""Whether refused orders are at fault, or what all orders of their merchant have in common."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from orderferry.splitting import Split
from state import Claimed, Settlement, Verdict

SYSTEMATIC_FROM = 10
"""So many orders of a merchant refused in a row: that is not the orders' fault."""


@dataclass(frozen=True, slots=True)
class _Refused:
    claimed: Claimed
    reason: str
    verdict: Verdict
    """What becomes of the order if it is not at fault."""


class Guard:
    """
    Judges one run's refusals, merchant by merchant (ADR 4).

    Refused orders stay claimed until it is clear what is at fault: the orders, once
    At Last accepts another one of that merchant, or the merchant's settings,
    once ten were refused and none accepted. Fewer than ten, at the end of the
    run, are at fault themselves. So small batches are judged like large ones.
    """

    def __init__(self) -> None:
        self._refused: dict[str, list[_Refused]] = {}

    def note(
        self, result: Split, batch: Sequence[Claimed]
    ) -> tuple[list[Settlement], dict[str, str]]:
        """Returns the orders that are judged now, and merchant -> why all are refused."""
        accepted = {batch[position].merchant for position in result.accepted}
        settlements: list[Settlement] = []
        for position, (claimed, verdict) in enumerate(zip(batch, result.verdicts, strict=True)):
            if verdict is not Verdict.REFUSED:
                continue
            reason = result.reasons[position]
            if position in result.conflicts:  # that At Last has an order tells nothing of others
                settlements.append(Settlement(claimed, verdict, reason))
                continue
            kept = Verdict.IN_DOUBT if position in result.left_open else Verdict.RETURNED
            refused = self._refused.setdefault(claimed.merchant, [])
            refused.append(_Refused(claimed, reason, kept))
        systematic = {}
        for merchant in [*self._refused]:
            refused = self._refused[merchant]
            if merchant in accepted:
                settlements += self._at_fault(merchant)
            elif len(refused) >= SYSTEMATIC_FROM:
                ((reason, _),) = Counter(it.reason for it in refused).most_common(1)
                systematic[merchant] = f"{reason.rstrip('.')}."
                settlements += [Settlement(it.claimed, it.verdict) for it in refused]
                del self._refused[merchant]
        return settlements, systematic

    def rest(self) -> list[Settlement]:
        """Returns the orders that no more can be learned of."""
        return [settlement for name in [*self._refused] for settlement in self._at_fault(name)]

    def _at_fault(self, merchant: str) -> list[Settlement]:
        return [
            Settlement(it.claimed, Verdict.REFUSED, it.reason) for it in self._refused.pop(merchant)
        ]
