"""ADR 4: orders refused one like the other are not at fault, judged merchant by merchant."""

from __future__ import annotations

from collections import Counter

import pytest

from orderferry.guard import Guard
from orderferry.splitting import Split
from state import Claimed, Settlement, Verdict

GOOD, BAD, KEPT = Verdict.ACCEPTED, Verdict.REFUSED, Verdict.RETURNED


def note(
    guard: Guard, orders: list[tuple[str, Verdict]], *, left_open: frozenset[int] = frozenset()
) -> tuple[Counter[tuple[str, Verdict]], dict[str, str]]:
    """Returns how many orders of each merchant were judged how, and who is refused as a whole."""
    batch = [
        Claimed(name, f"{at}", "v1", b"{}", again=False) for at, (name, _) in enumerate(orders)
    ]
    verdicts = tuple(verdict for _, verdict in orders)
    reasons = {at: "no city" for at, verdict in enumerate(verdicts) if verdict is BAD}
    settlements, systematic = guard.note(Split(verdicts, reasons, left_open=left_open), batch)
    return judged(settlements), systematic


def judged(settlements: list[Settlement]) -> Counter[tuple[str, Verdict]]:
    return Counter((it.claimed.merchant, it.verdict) for it in settlements)


def test_ten_orders_refused_and_none_accepted_are_kept() -> None:
    guard = Guard()

    assert note(guard, [("acme", BAD)] * 10) == ({("acme", KEPT): 10}, {"acme": "no city."})
    assert guard.rest() == []


def test_nine_are_at_fault_themselves_once_the_run_ends() -> None:
    guard = Guard()

    assert note(guard, [("acme", BAD)] * 9) == ({}, {})
    rest = guard.rest()
    assert judged(rest) == {("acme", BAD): 9}
    assert {it.reason for it in rest} == {"no city"}
    assert guard.rest() == []


def test_ninety_are_at_fault_if_one_beside_them_was_accepted() -> None:
    guard = Guard()

    found = note(guard, [("acme", BAD)] * 90 + [("acme", GOOD)])

    assert found == ({("acme", BAD): 90}, {})


def test_each_merchant_is_judged_by_its_own_orders() -> None:
    guard = Guard()

    found = note(guard, [("acme", BAD)] * 10 + [("bolt", BAD), ("bolt", GOOD), ("coil", BAD)])

    assert found == ({("acme", KEPT): 10, ("bolt", BAD): 1}, {"acme": "no city."})
    assert judged(guard.rest()) == {("coil", BAD): 1}


def test_small_batches_count_together() -> None:
    guard = Guard()

    found = [note(guard, [("acme", BAD), ("acme", BAD), ("bolt", GOOD)]) for _ in range(5)]

    assert found[:4] == [({}, {})] * 4
    assert found[4] == ({("acme", KEPT): 10}, {"acme": "no city."})


def test_only_refusals_since_the_last_acceptance_count() -> None:
    guard = Guard()
    note(guard, [("acme", GOOD)] * 100)

    found = note(guard, [("acme", BAD)] * 10)

    assert found == ({("acme", KEPT): 10}, {"acme": "no city."})


def test_an_acceptance_settles_what_was_refused_before_it() -> None:
    guard = Guard()
    note(guard, [("acme", BAD)] * 6)

    found = note(guard, [("acme", BAD)] * 6 + [("acme", GOOD)])

    assert found == ({("acme", BAD): 12}, {})


@pytest.mark.parametrize("open_", [0, 3])
def test_an_order_that_may_have_been_taken_before_is_kept_in_doubt(open_: int) -> None:
    guard = Guard()

    found, _ = note(guard, [("acme", BAD)] * 10, left_open=frozenset(range(open_)))

    assert found[("acme", Verdict.IN_DOUBT)] == open_
    assert found[("acme", KEPT)] == 10 - open_


def test_orders_that_at_last_has_already_are_no_sign_for_or_against_the_others() -> None:
    guard = Guard()
    names = [("acme", BAD)] * 12 + [("acme", GOOD)] * 3
    batch = [Claimed(name, f"{at}", "v1", b"{}", again=False) for at, (name, _) in enumerate(names)]
    reasons = {at: "conflict: x" if at < 3 else "no city" for at in range(12)}
    result = Split(
        tuple(verdict for _, verdict in names), reasons, conflicts=frozenset({0, 1, 2, 12, 13, 14})
    )

    settlements, systematic = guard.note(result, batch)

    # nine were refused and none accepted now: that is still open
    assert [(it.verdict, it.reason) for it in settlements] == [(BAD, "conflict: x")] * 3
    assert systematic == {}
    assert judged(guard.rest()) == {("acme", BAD): 9}
