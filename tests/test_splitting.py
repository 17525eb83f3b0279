"""R4: one bad order never blocks another, and isolating it stays cheap."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from math import ceil, log2

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orderferry.answer import (
    Accepted,
    Answer,
    Busy,
    Denied,
    Doubtful,
    Misconfigured,
    NotSent,
    Partly,
    Refused,
    Stopping,
    TooLarge,
)
from orderferry.splitting import TOO_LARGE, Positions, Split, follow, split
from state.records import Verdict


def one_shop(count: int) -> list[str]:
    """All orders are of one merchant."""
    return ["bolt"] * count


GOOD, BAD = Verdict.ACCEPTED, Verdict.REFUSED
Names = Callable[[Positions, set[int]], tuple[int, ...] | None]


def nobody(_pushed: Positions, _bad: set[int]) -> None:
    return None


def everybody_bad(pushed: Positions, bad: set[int]) -> tuple[int, ...]:
    return tuple(at for at, order in enumerate(pushed) if order in bad)


def first_bad(pushed: Positions, bad: set[int]) -> tuple[int, ...]:
    return everybody_bad(pushed, bad)[:1]


def neighbour(pushed: Positions, bad: set[int]) -> tuple[int, ...]:
    """Counts from one, so that it blames the order after the bad one."""
    return tuple((at + 1) % len(pushed) for at in everybody_bad(pushed, bad))


@dataclass
class Platform:
    """Refuses a request as long as a bad order is in it, and keeps count."""

    bad: set[int]
    names: Names = nobody
    limit: int = 1000
    stop_at: int = -1
    stop: Stopping = field(default_factory=Busy)
    pushed: list[Positions] = field(default_factory=list)
    accepted: list[int] = field(default_factory=list)
    too_large: int = 0

    def push(self, positions: Positions) -> Answer:
        self.pushed.append(positions)
        if len(self.pushed) - 1 == self.stop_at:
            return self.stop
        if len(positions) > self.limit:
            self.too_large += 1
            return TooLarge()
        if self.bad.isdisjoint(positions):
            self.accepted += positions
            return Accepted()
        named = self.names(positions, self.bad)
        reasons = {at: f"order {positions[at]} is bad" for at in named or ()}
        return Refused(named, reasons, f"one of {len(positions)} is bad")


def bound(count: int, bad: int) -> int:
    return 2 * bad * ceil(log2(count)) + 1


@st.composite
def batches(draw: st.DrawFn) -> tuple[int, set[int]]:
    count = draw(st.integers(1, 100))
    return count, draw(st.sets(st.integers(0, count - 1)))


def expected(count: int, bad: set[int]) -> tuple[Verdict, ...]:
    return tuple(BAD if order in bad else GOOD for order in range(count))


@given(batches(), st.sampled_from([nobody, everybody_bad, first_bad, neighbour]))
@settings(max_examples=400, deadline=None)
def test_exactly_the_bad_orders_are_refused_within_the_bound(
    batch: tuple[int, set[int]], names: Names
) -> None:
    count, bad = batch
    if names is neighbour and len(bad) == count:
        names = nobody  # all of them are named then, which is no lie
    platform = Platform(bad, names)

    result = follow(split(one_shop(count)), platform.push)

    assert result.verdicts == expected(count, bad)
    assert sorted(platform.accepted) == sorted(set(range(count)) - bad)
    extra = 0 if names is nobody else 1
    assert len(platform.pushed) <= bound(count, len(bad)) + extra
    assert result.stopped_by is None
    assert set(result.reasons) == bad


@pytest.mark.parametrize("names", [nobody, everybody_bad, first_bad])
@pytest.mark.parametrize("count", range(1, 9))
def test_every_combination_of_few_orders_is_told_apart(count: int, names: Names) -> None:
    for choice in range(2**count):
        bad = {order for order in range(count) if choice >> order & 1}
        platform = Platform(bad, names)

        result = follow(split(one_shop(count)), platform.push)

        assert result.verdicts == expected(count, bad)
        extra = 0 if names is nobody else 1
        assert len(platform.pushed) <= bound(count, len(bad)) + extra


@given(batches(), st.integers(1, 100))
@settings(max_examples=200, deadline=None)
def test_a_body_limit_changes_no_verdict(batch: tuple[int, set[int]], limit: int) -> None:
    count, bad = batch
    platform = Platform(bad, limit=limit)

    result = follow(split(one_shop(count)), platform.push)

    assert result.verdicts == expected(count, bad)
    assert platform.too_large <= 2 * ceil(count / max(1, limit // 2))


@given(
    batches(),
    st.integers(0, 60),
    st.sampled_from([nobody, everybody_bad, first_bad, neighbour]),
    st.sampled_from(
        [Busy(), NotSent("x"), Denied("x", "y"), Misconfigured("x", "y"), Doubtful("x")]
    ),
)
@settings(max_examples=300, deadline=None)
def test_a_stop_leaves_every_order_where_it_was(
    batch: tuple[int, set[int]], stop_at: int, names: Names, stop: Stopping
) -> None:
    count, bad = batch
    platform = Platform(bad, names, stop_at=stop_at, stop=stop)

    result = follow(split(one_shop(count)), platform.push)

    if stop_at >= len(platform.pushed):
        return
    assert result.stopped_by == stop
    assert len(platform.pushed) == stop_at + 1
    last = set(platform.pushed[-1])
    for order, verdict in enumerate(result.verdicts):
        if order in platform.accepted:
            assert verdict is GOOD
        elif order in last:
            doubtful = isinstance(stop, Doubtful)
            assert verdict is (Verdict.IN_DOUBT if doubtful else Verdict.RETURNED)
        elif verdict is not Verdict.RETURNED:
            assert verdict is BAD
            assert (order,) in platform.pushed  # nobody is refused unseen


@pytest.mark.parametrize(
    ("count", "bad", "names", "requests"),
    [
        pytest.param(1, set(), nobody, 1, id="one good order"),
        pytest.param(1, {0}, nobody, 1, id="one bad order"),
        pytest.param(100, set(), nobody, 1, id="nothing bad"),
        pytest.param(8, {0}, nobody, 7, id="one bad of eight: three levels of two"),
        pytest.param(64, {63}, nobody, 13, id="one bad of 64: six levels of two"),
        pytest.param(8, set(range(8)), nobody, 15, id="all bad: the whole tree"),
        pytest.param(100, {3, 50, 99}, everybody_bad, 2, id="named: once without them"),
        pytest.param(9, set(range(9)), everybody_bad, 1, id="all named: nothing left to push"),
        pytest.param(8, {0}, neighbour, 8, id="named wrongly: one more than without names"),
        pytest.param(4, {1, 2}, first_bad, 8, id="named in part: one more than without names"),
    ],
)
def test_the_number_of_requests_is_known(
    count: int, bad: set[int], names: Names, requests: int
) -> None:
    platform = Platform(bad, names)

    follow(split(one_shop(count)), platform.push)

    assert len(platform.pushed) == requests


def test_orders_are_accepted_in_the_order_of_the_batch() -> None:
    platform = Platform({2, 7})

    follow(split(one_shop(10)), platform.push)

    assert platform.accepted == [0, 1, 3, 4, 5, 6, 8, 9]


def test_an_empty_batch_pushes_nothing() -> None:
    platform = Platform(set())

    assert follow(split(one_shop(0)), platform.push) == Split((), {})
    assert platform.pushed == []


def test_a_refused_order_carries_the_words_about_itself() -> None:
    alone = follow(split(one_shop(4)), Platform({2}).push)
    named = follow(split(one_shop(4)), Platform({2}, everybody_bad).push)

    assert alone.reasons == {2: "one of 1 is bad"}
    assert named.reasons == {2: "order 2 is bad"}


def test_an_order_too_large_alone_is_refused_and_blocks_no_other() -> None:
    def push(positions: Positions) -> Answer:
        return TooLarge() if 5 in positions else Accepted()

    result = follow(split(one_shop(8)), push)

    assert result.verdicts == (GOOD, GOOD, GOOD, GOOD, GOOD, BAD, GOOD, GOOD)
    assert result.reasons == {5: TOO_LARGE}


@dataclass
class Partial:
    """Takes the good orders of every request; what it says of the others is as told."""

    bad: set[int]
    names: Names
    whole: bool
    """It calls the request as a whole no success, so that the others are not known."""
    requests: int = 0
    taken: Counter[int] = field(default_factory=Counter)

    def push(self, positions: Positions) -> Answer:
        self.requests += 1
        self.taken.update(set(positions) - self.bad)
        if self.bad.isdisjoint(positions):
            return Accepted()
        if len(positions) == 1:
            return Refused(None, {}, "bad")
        named = set(self.names(positions, self.bad) or ())
        if not self.whole and named == set(everybody_bad(positions, self.bad)):
            return Partly(dict.fromkeys(named, "bad"))
        unknown = tuple(at for at in range(len(positions)) if at not in named)
        return Partly(dict.fromkeys(named, "bad"), unknown)


@given(
    batch=batches(),
    names=st.sampled_from([nobody, everybody_bad, first_bad]),
    whole=st.booleans(),
)
@settings(max_examples=300, deadline=None)
def test_no_order_is_taken_more_than_twice_however_little_a_success_tells(
    *, batch: tuple[int, set[int]], names: Names, whole: bool
) -> None:
    count, bad = batch
    platform = Partial(bad, names, whole)

    result = follow(split(one_shop(count)), platform.push)

    assert result.verdicts == expected(count, bad)
    assert set(platform.taken) == set(range(count)) - bad
    assert max(platform.taken.values(), default=0) <= (2 if result.left_open else 1)
    assert platform.requests <= count + 1
    assert bool(result.left_open) == (platform.requests > 1)


@pytest.mark.parametrize("stop", [Busy(), NotSent("x"), Doubtful("x"), Denied("x", "y")])
def test_orders_left_open_by_an_unclear_answer_are_in_doubt_until_they_get_a_clear_one(
    stop: Stopping,
) -> None:
    answers = iter([Partly({1: "bad"}, (0, 2, 3)), Accepted(), stop])

    result = follow(split(one_shop(4)), lambda _positions: next(answers))

    assert result.verdicts == (GOOD, BAD, Verdict.IN_DOUBT, Verdict.IN_DOUBT)


def test_orders_named_in_a_success_are_refused_and_the_others_never_pushed_again() -> None:
    pushed = []

    def push(positions: Positions) -> Answer:
        pushed.append(positions)
        return Partly({1: "bad"})

    result = follow(split(one_shop(4)), push)

    assert result.verdicts == (GOOD, BAD, GOOD, GOOD)
    assert result.reasons == {1: "bad"}
    assert pushed == [(0, 1, 2, 3)]


def test_an_odd_success_leaves_the_orders_in_doubt() -> None:
    odd = Misconfigured("a web page", "correct it", may_have_acted=True)

    result = follow(split(one_shop(2)), lambda _positions: odd)

    assert result.verdicts == (Verdict.IN_DOUBT, Verdict.IN_DOUBT)


# several merchants on one account -----------------------------------------------------------------


@dataclass
class Shared:
    """Refuses all orders of some merchants, and some orders of the others."""

    merchants: list[str]
    strangers: set[str]
    bad: set[int]
    stranger: Answer
    """What a request with an order of a stranger comes to."""
    names: Names = nobody
    pushed: list[Positions] = field(default_factory=list)
    accepted: list[int] = field(default_factory=list)

    def push(self, positions: Positions) -> Answer:
        self.pushed.append(positions)
        if any(self.merchants[order] in self.strangers for order in positions):
            return self.stranger
        if self.bad.isdisjoint(positions):
            self.accepted += positions
            return Accepted()
        named = self.names(positions, self.bad)
        return Refused(named, dict.fromkeys(named or (), "bad"), "bad")


REFUSED = Refused(None, {}, "unknown merchant")
FORBIDDEN = Denied("403", "ask", of_merchant=True)
NOT_FOUND = Misconfigured("404", "correct", of_merchant=True)


@st.composite
def shared(draw: st.DrawFn) -> tuple[list[str], set[str], set[int]]:
    merchants = draw(st.lists(st.sampled_from(["acme", "bolt", "coil", "dyne"]), min_size=1))
    strangers = draw(st.sets(st.sampled_from(merchants)))
    own = [at for at, name in enumerate(merchants) if name not in strangers]
    bad = draw(st.sets(st.sampled_from(own))) if own else set()
    return merchants, strangers, bad


@given(
    shared(),
    st.sampled_from([REFUSED, FORBIDDEN, NOT_FOUND]),
    st.sampled_from([nobody, everybody_bad, first_bad]),
)
@settings(max_examples=400, deadline=None)
def test_a_merchant_that_is_refused_keeps_no_other_s_order_from_being_taken(
    batch: tuple[list[str], set[str], set[int]], stranger: Answer, names: Names
) -> None:
    merchants, strangers, bad = batch
    platform = Shared(merchants, strangers, bad, stranger, names)

    result = follow(split(merchants), platform.push)

    refused = BAD if stranger is REFUSED else Verdict.RETURNED
    assert result.stopped_by is None
    assert result.verdicts == tuple(
        refused if name in strangers else BAD if at in bad else GOOD
        for at, name in enumerate(merchants)
    )
    assert len(platform.accepted) == len(set(platform.accepted))
    assert set(result.denied) == (set() if stranger is REFUSED else strangers)
    assert len(platform.pushed) <= shared_bound(merchants, strangers, bad, stranger, names)


def shared_bound(
    merchants: list[str], strangers: set[str], bad: set[int], stranger: Answer, names: Names
) -> int:
    """
    Every merchant within R4's own bound, and the request that they were in together.

    One more for each group that names may be believed of.
    """
    several = len(set(merchants)) > 1
    extra = 0 if names is nobody else 1
    total = 1 + extra if several else 0
    for name in set(merchants):
        orders = [at for at, owner in enumerate(merchants) if owner == name]
        wrong = len(bad.intersection(orders))
        if name in strangers:
            wrong = len(orders) if stranger is REFUSED else 0
        total += 2 * wrong * ceil(log2(len(orders))) + 1 + extra
    return total


def test_the_number_of_requests_for_a_mixed_batch_is_known() -> None:
    merchants = ["acme", "bolt"] * 20

    for stranger, requests in ((FORBIDDEN, 3), (NOT_FOUND, 3), (REFUSED, 1 + 1 + 39)):
        platform = Shared(merchants, {"acme"}, set(), stranger)
        follow(split(merchants), platform.push)

        assert len(platform.pushed) == requests
        assert len(platform.accepted) == 20


def test_a_refusal_of_the_account_ends_the_plan_whoever_is_in_the_batch() -> None:
    unauthorised = Denied("401", "correct the secret")

    result = follow(split(["acme", "bolt"]), lambda _positions: unauthorised)

    assert result.stopped_by == unauthorised
    assert result.verdicts == (Verdict.RETURNED, Verdict.RETURNED)


def test_what_is_left_of_a_denied_merchant_is_not_pushed_any_more() -> None:
    merchants = ["acme", "acme", "bolt", "acme"]
    answers: Iterator[Answer] = iter([TooLarge(), FORBIDDEN, Accepted()])
    pushed = []

    def push(positions: Positions) -> Answer:
        pushed.append(positions)
        return next(answers)

    result = follow(split(merchants), push)

    assert pushed == [(0, 1, 2, 3), (0, 1), (2,)]
    assert result.verdicts == (Verdict.RETURNED, Verdict.RETURNED, GOOD, Verdict.RETURNED)


# 409 ----------------------------------------------------------------------------------------------


@dataclass
class Remembering:
    """Refuses a request with 409 as long as an order that it knows is in it."""

    known: set[int]
    names: Names = nobody
    requests: int = 0

    def push(self, positions: Positions) -> Answer:
        self.requests += 1
        if self.known.isdisjoint(positions):
            return Accepted()
        named = self.names(positions, self.known)
        every = frozenset(range(len(positions)))
        return Refused(named, dict.fromkeys(named or (), "exists"), "exists", every)


@given(batches(), st.data(), st.sampled_from([nobody, everybody_bad, first_bad, neighbour]))
@settings(max_examples=300, deadline=None)
def test_an_order_that_is_known_was_taken_if_an_earlier_push_is_in_doubt(
    batch: tuple[int, set[int]], data: st.DataObject, names: Names
) -> None:
    count, known = batch
    doubted = data.draw(st.sets(st.integers(0, count - 1)))
    if names is neighbour and len(known) == count:
        names = nobody
    platform = Remembering(known, names)

    result = follow(split(one_shop(count), doubted), platform.push)

    assert result.conflicts == known
    assert set(result.reasons) == known - doubted
    assert all(why.startswith("conflict: ") for why in result.reasons.values())
    assert result.verdicts == tuple(
        BAD if order in known - doubted else GOOD for order in range(count)
    )
    assert result.accepted == set(range(count)) - known
    extra = 0 if names is nobody else 1
    assert platform.requests <= min(bound(count, len(known)), 2 * count - 1) + extra


@pytest.mark.parametrize(("names", "requests"), [(nobody, 199), (everybody_bad, 1)])
def test_a_hundred_orders_that_are_all_known_cost_a_known_number_of_requests(
    names: Names, requests: int
) -> None:
    platform = Remembering(set(range(100)), names)

    result = follow(split(one_shop(100), range(100)), platform.push)

    assert platform.requests == requests
    assert result.verdicts == (GOOD,) * 100


def test_the_reason_of_a_conflict_says_what_to_do() -> None:
    result = follow(split(["bolt"]), Remembering({0}).push)

    assert result.reasons == {
        0: "conflict: At Last has an order with this id already (exists). Look for it in At Last's"
        " dashboard. If it is this order, drop it: `orderferry quarantine drop`. If it is another"
        " shop's, give this merchant a merchant_id or an order_id of its own, then `orderferry"
        " quarantine retry`."
    }


def test_an_order_left_open_that_is_known_when_it_goes_alone_was_taken() -> None:
    answers: Iterator[Answer] = iter(
        [
            Partly({}, (0, 1)),
            Refused(None, {}, "exists", frozenset({0})),
            Refused(None, {}, "bad"),
        ]
    )

    result = follow(split(one_shop(2)), lambda _positions: next(answers))

    assert result.verdicts == (GOOD, BAD)
    assert result.reasons == {1: "bad"}


def test_a_conflict_named_in_a_success_is_told_apart() -> None:
    answer = Partly({0: "exists", 1: "exists", 2: "bad"}, conflicts=frozenset({0, 1}))

    result = follow(split(one_shop(4), doubted=[0]), lambda _positions: answer)

    assert result.verdicts == (GOOD, BAD, BAD, GOOD)
    assert result.accepted == {3}
