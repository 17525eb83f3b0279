"""
The plan that isolates the orders At Last refuses (R4).

A refused group is halved until each bad order was refused alone: at most
2·k·⌈log2 n⌉ + 1 requests for k bad orders of n. If the answer names the bad
orders, the others are pushed once without them. When that is accepted the names
were right; when not, they prove nothing, and the group is halved without
regard to them: one request more than without names.

If an answer of success leaves open which orders were taken, those are pushed once
more, each alone, where every answer is clear: at most n requests more, and no order
is taken more than twice, whatever At Last's answers are like. Halving would have
At Last take a good order at every level.

Sans-io: the plan yields what to push and is sent the answers.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field

from orderferry.answer import (
    Accepted,
    Answer,
    Doubtful,
    Misconfigured,
    Partly,
    Refused,
    Stopping,
    TooLarge,
)
from state.records import Verdict

Positions = tuple[int, ...]
"""Places in the batch, ascending."""

SYSTEMATIC_FROM = 10
"""So many orders refused, and none accepted: that is not the orders' fault."""

TOO_LARGE = "The order alone is larger than At Last accepts in one request (413)"


@dataclass(frozen=True, slots=True)
class Split:
    """What is known of a batch once the plan is through."""

    verdicts: tuple[Verdict, ...]
    """One per order, in the batch's order."""
    reasons: Mapping[int, str]
    """Position -> At Last's words; exactly the refused orders."""
    stopped_by: Stopping | None = None
    """The answer that ended the plan early; nothing was pushed after it."""
    systematic: str = ""
    """
    The most frequent reason as a sentence, if at least SYSTEMATIC_FROM were refused, none accepted.

    Then the cause is a setting or At Last itself, and the refused orders are RETURNED.
    """
    unclear: int = 0
    """How many answers of success left open which orders were taken."""


@dataclass(frozen=True, slots=True)
class _Group:
    """Orders to push together."""

    orders: Positions
    blamed: Mapping[int, str] = field(default_factory=dict)
    """Orders left out because an answer named them; refused if the rest is accepted."""
    names_count: bool = True
    """False once names turned out to be wrong."""

    def halves(self, *, names_count: bool) -> tuple[_Group, _Group]:
        everything = tuple(sorted((*self.orders, *self.blamed)))
        middle = (len(everything) + 1) // 2
        first, second = everything[:middle], everything[middle:]
        return _Group(first, {}, names_count), _Group(second, {}, names_count)


class _State:
    """What is known so far."""

    def __init__(self, count: int) -> None:
        self.verdicts = [Verdict.RETURNED] * count
        self.reasons: dict[int, str] = {}
        self._unclear: set[int] = set()
        """Orders that may have been taken by a request whose answer left that open."""
        self._answers = 0

    def take(self, group: _Group, answer: Accepted | Partly) -> tuple[_Group, ...]:
        """Notes what a success says; returns the groups to push for what it leaves open."""
        refused: dict[int, str] = {}
        unknown: Positions = ()
        if isinstance(answer, Partly):
            refused = {group.orders[i]: why for i, why in answer.refused.items()}
            unknown = tuple(group.orders[i] for i in answer.unknown)
        self.reasons |= {**group.blamed, **refused}
        for position in group.orders:
            if position not in unknown:
                self.verdicts[position] = Verdict.ACCEPTED
        if not unknown:
            return ()
        self._answers += 1
        self._unclear |= set(unknown)
        return tuple(_Group((position,)) for position in unknown)

    def result(self, stopped_by: Stopping | None) -> Split:
        """Returns what became of the batch, now that the plan ends."""
        verdicts, reasons = self.verdicts, self.reasons
        for position in reasons:
            verdicts[position] = Verdict.REFUSED
        systematic = ""
        if len(reasons) >= SYSTEMATIC_FROM and Verdict.ACCEPTED not in verdicts:
            for position in reasons:
                verdicts[position] = Verdict.RETURNED
            ((reason, _),) = Counter(reasons.values()).most_common(1)
            systematic, reasons = f"{reason.rstrip('.')}.", {}
        for position in self._unclear:
            if verdicts[position] is Verdict.RETURNED:
                verdicts[position] = Verdict.IN_DOUBT
        return Split(tuple(verdicts), reasons, stopped_by, systematic, self._answers)


def split(count: int) -> Generator[Positions, Answer, Split]:
    """
    Yields the positions to push next, is sent the answer, and returns what became of the batch.

    The positions in an answer are those within its own request. No order is
    pushed again after it was accepted or got no answer.
    """
    state = _State(count)
    waiting = [_Group(tuple(range(count)))] if count else []
    while waiting:
        group = waiting.pop()
        answer = yield group.orders
        if isinstance(answer, Accepted | Partly):
            waiting += reversed(state.take(group, answer))
        elif isinstance(answer, Refused | TooLarge):
            refused, further = _narrow(group, answer)
            state.reasons |= refused
            waiting += reversed(further)
        else:
            for position in group.orders:
                state.verdicts[position] = _verdict(answer)
            return state.result(answer)
    return state.result(None)


def follow(plan: Generator[Positions, Answer, Split], push: Callable[[Positions], Answer]) -> Split:
    """Returns the plan's result after pushing whatever it asks for."""
    try:
        positions = next(plan)
        while True:
            positions = plan.send(push(positions))
    except StopIteration as end:
        result: Split = end.value
        return result


def _narrow(group: _Group, answer: Refused | TooLarge) -> tuple[dict[int, str], tuple[_Group, ...]]:
    """Returns the orders that are now known to be bad, and the groups to push in their stead."""
    alone = len(group.orders) == 1 and not group.blamed
    if isinstance(answer, TooLarge):
        if alone:
            return {group.orders[0]: TOO_LARGE}, ()
        return {}, group.halves(names_count=group.names_count and not group.blamed)
    if alone:
        return {group.orders[0]: answer.reasons.get(0, answer.problem)}, ()
    if group.blamed or not group.names_count or not answer.named:
        return {}, group.halves(names_count=False)
    blamed = {group.orders[i]: answer.reasons.get(i, answer.problem) for i in answer.named}
    rest = tuple(position for position in group.orders if position not in blamed)
    return ({}, (_Group(rest, blamed),)) if rest else (blamed, ())


def _verdict(answer: Stopping) -> Verdict:
    doubtful = isinstance(answer, Doubtful) or (
        isinstance(answer, Misconfigured) and answer.may_have_acted
    )
    return Verdict.IN_DOUBT if doubtful else Verdict.RETURNED
