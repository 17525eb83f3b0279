"""
The plan that isolates the orders At Last refuses (R4).

A refused group is halved until each bad order was refused alone: at most
2·k·⌈log2 n⌉ + 1 requests for k bad orders of n. If the answer names the bad
orders, the others are pushed once without them. When that is accepted the names
were right; when not, they prove nothing, and the group is halved without
regard to them: one request more than without names.

A refused group of several merchants that names nobody is cut by merchant first,
since a wrong merchant_id refuses all orders of one: at most m requests more for
m merchants, and with names one more for each of them. A refusal of the
credentials, of a group of one merchant, ends the pushes for that merchant alone.

An order that At Last says it has already (409) was taken by an earlier push if one is
in doubt, and is refused as a conflict if none is. It is found like a bad order, so
that a batch of which At Last has all orders costs 2·n - 1 requests, or one if it
names them.

If an answer of success leaves open which orders were taken, those are pushed once
more, each alone, where every answer is clear: at most n requests more, and no order
is taken more than twice, whatever At Last's answers are like. Halving would have
At Last take a good order at every level.

Sans-io: the plan yields what to push and is sent the answers.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Generator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from orderferry.answer import (
    Accepted,
    Answer,
    Denied,
    Doubtful,
    Misconfigured,
    OfMerchant,
    Partly,
    Refused,
    Stopping,
    TooLarge,
)
from state.records import Verdict

Positions = tuple[int, ...]
"""Places in the batch, ascending."""

CONFLICT = (
    "conflict: At Last has an order with this id already ({}). Look for it in At Last's dashboard."
    " If it is this order, drop it: `orderferry quarantine drop`. If it is another shop's, give"
    " this merchant a merchant_id or an order_id of its own, then `orderferry quarantine retry`."
)

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
    denied: Mapping[str, OfMerchant] = field(default_factory=dict)
    """Merchant -> the answer that refused all its orders; nothing of it was pushed after."""
    left_open: frozenset[int] = frozenset()
    """Orders of which some success did not say whether they were taken."""
    conflicts: frozenset[int] = frozenset()
    """Orders that At Last had before they were pushed: accepted after a doubt, refused without."""

    @property
    def accepted(self) -> frozenset[int]:
        """Positions that At Last accepted now."""
        return frozenset(
            at
            for at, verdict in enumerate(self.verdicts)
            if verdict is Verdict.ACCEPTED and at not in self.conflicts
        )


class _Fault(NamedTuple):
    """Why an order is refused."""

    words: str
    conflict: bool = False


@dataclass(frozen=True, slots=True)
class _Group:
    """Orders to push together."""

    orders: Positions
    blamed: Mapping[int, _Fault] = field(default_factory=dict)
    """Orders left out because an answer named them; refused if the rest is accepted."""
    names_count: bool = True
    """False once names turned out to be wrong."""

    @property
    def everything(self) -> Positions:
        return tuple(sorted((*self.orders, *self.blamed)))

    def halves(self, *, names_count: bool) -> tuple[_Group, ...]:
        everything = self.everything
        middle = (len(everything) + 1) // 2
        return tuple(
            _Group(half, {}, names_count) for half in (everything[:middle], everything[middle:])
        )

    def by_merchant(self, merchants: Sequence[str]) -> tuple[_Group, ...]:
        """Returns a group for each merchant, in the order in which they come first."""
        parts: dict[str, list[int]] = {}
        for position in self.everything:
            parts.setdefault(merchants[position], []).append(position)
        names_count = self.names_count and not self.blamed
        return tuple(_Group(tuple(part), {}, names_count) for part in parts.values())


class _State:
    """What is known so far."""

    def __init__(self, count: int, doubted: Collection[int]) -> None:
        self.verdicts = [Verdict.RETURNED] * count
        self.reasons: dict[int, str] = {}
        self._doubted = frozenset(doubted)
        self._conflicts: set[int] = set()
        self.denied: dict[str, OfMerchant] = {}
        self._left_open: set[int] = set()

    def take(self, group: _Group, answer: Accepted | Partly) -> tuple[_Group, ...]:
        """Notes what a success says; returns the groups to push for what it leaves open."""
        refused: dict[int, _Fault] = {}
        unknown: Positions = ()
        if isinstance(answer, Partly):
            refused = {
                group.orders[i]: _Fault(why, i in answer.conflicts)
                for i, why in answer.refused.items()
            }
            unknown = tuple(group.orders[i] for i in answer.unknown)
        for position in group.orders:
            if position not in unknown:
                self.verdicts[position] = Verdict.ACCEPTED
        self.refuse({**group.blamed, **refused})
        self._left_open |= set(unknown)
        return tuple(_Group((position,)) for position in unknown)

    def refuse(self, faults: Mapping[int, _Fault]) -> None:
        """Notes orders that were refused for good; one that is known after a doubt was taken."""
        for position, fault in faults.items():
            self.verdicts[position] = Verdict.REFUSED
            if fault.conflict:
                self._conflicts.add(position)
            if fault.conflict and position in self._doubted | self._left_open:
                self.verdicts[position] = Verdict.ACCEPTED
            else:
                words = CONFLICT.format(fault.words) if fault.conflict else fault.words
                self.reasons[position] = words

    def result(self, stopped_by: Stopping | None) -> Split:
        """Returns what became of the batch, now that the plan ends."""
        for position in self._left_open:
            if self.verdicts[position] is Verdict.RETURNED:
                self.verdicts[position] = Verdict.IN_DOUBT
        return Split(
            tuple(self.verdicts),
            self.reasons,
            stopped_by,
            self.denied,
            frozenset(self._left_open),
            frozenset(self._conflicts),
        )


def split(
    merchants: Sequence[str], doubted: Collection[int] = ()
) -> Generator[Positions, Answer, Split]:
    """
    Yields the positions to push next, is sent the answer, and returns what became of the batch.

    The positions in an answer are those within its own request. No order is
    pushed again after it was accepted or got no answer.

    Args:
        merchants: Whose order stands at each position.
        doubted: Positions of which an earlier push is in doubt.

    """
    state = _State(len(merchants), doubted)
    waiting = [_Group(tuple(range(len(merchants))))] if merchants else []
    while waiting:
        group = waiting.pop()
        answer = yield group.orders
        if isinstance(answer, Accepted | Partly):
            waiting += reversed(state.take(group, answer))
        elif isinstance(answer, Refused | TooLarge):
            refused, further = _narrow(group, answer, merchants)
            state.refuse(refused)
            waiting += reversed(further)
        elif isinstance(answer, Denied | Misconfigured) and answer.of_merchant:
            parts = group.by_merchant(merchants)
            if len(parts) > 1:
                waiting += reversed(parts)
                continue
            merchant = merchants[group.orders[0]]
            state.denied[merchant] = answer
            waiting = _without(waiting, merchant, merchants)
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


def _narrow(
    group: _Group, answer: Refused | TooLarge, merchants: Sequence[str]
) -> tuple[dict[int, _Fault], tuple[_Group, ...]]:
    """Returns the orders that are now known to be bad, and the groups to push in their stead."""
    alone = len(group.orders) == 1 and not group.blamed
    if isinstance(answer, TooLarge):
        if alone:
            return {group.orders[0]: _Fault(TOO_LARGE)}, ()
        return {}, group.halves(names_count=group.names_count and not group.blamed)
    if alone:
        return {group.orders[0]: _fault(answer, 0)}, ()
    if group.blamed or not group.names_count or not answer.named:
        parts = group.by_merchant(merchants)
        return {}, parts if len(parts) > 1 else group.halves(names_count=False)
    blamed = {group.orders[i]: _fault(answer, i) for i in answer.named}
    rest = tuple(position for position in group.orders if position not in blamed)
    return ({}, (_Group(rest, blamed),)) if rest else (blamed, ())


def _fault(answer: Refused, index: int) -> _Fault:
    return _Fault(answer.reasons.get(index, answer.problem), index in answer.conflicts)


def _without(groups: list[_Group], merchant: str, merchants: Sequence[str]) -> list[_Group]:
    """Returns the groups without the merchant's orders; none of them has blamed any yet."""
    left = (
        _Group(tuple(at for at in group.orders if merchants[at] != merchant), {}, group.names_count)
        for group in groups
    )
    return [group for group in left if group.orders]


def _verdict(answer: Stopping) -> Verdict:
    doubtful = isinstance(answer, Doubtful) or (
        isinstance(answer, Misconfigured) and answer.may_have_acted
    )
    return Verdict.IN_DOUBT if doubtful else Verdict.RETURNED
