"""What a sweep reads again, and when a merchant is due for one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.base import OrderStamp
from mapping.verdict import NEVER_TRACKED
from orderferry.reading import UNTRACKED
from orderferry.sweep import Found, Limits, compare, is_due
from state import OrderState, Run, RunOutcome, Standing

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
BEFORE = NOW - 3 * DAY
LIMITS = Limits(since=NOW - 60 * DAY, polled=NOW - HOUR, now=NOW, resend=False)

DELIVERED, SKIPPED = OrderState.DELIVERED, OrderState.SKIPPED
SAME = Found((), (), (), ())
MISSING = Found(("1",), (), (), ())
DIFFERING = Found((), ("1",), (), ())
UNTRACKED_ONE = Found((), (), ("1",), ())
REFUSED = Found((), (), (), ("1",))


def skipped(reason: str) -> Standing:
    return Standing(SKIPPED, BEFORE, reason)


@pytest.mark.parametrize(
    ("modified_at", "standing", "found"),
    [
        pytest.param(BEFORE, Standing(DELIVERED, BEFORE), SAME, id="as the ledger has it"),
        pytest.param(BEFORE, None, MISSING, id="unknown"),
        pytest.param(None, None, MISSING, id="unknown and without a time"),
        pytest.param(None, Standing(DELIVERED, BEFORE), SAME, id="known, and no time to compare"),
        pytest.param(BEFORE, Standing(DELIVERED, BEFORE - HOUR), DIFFERING, id="later version"),
        pytest.param(
            BEFORE - HOUR, Standing(DELIVERED, BEFORE), DIFFERING, id="time went back, as in autumn"
        ),
        pytest.param(
            BEFORE, Standing(OrderState.QUARANTINED, None), DIFFERING, id="could not be read then"
        ),
        pytest.param(NOW - 61 * DAY, None, SAME, id="before the first sync reached"),
        pytest.param(NOW - HOUR, None, SAME, id="at the watermark: for the next poll"),
        pytest.param(NOW, Standing(DELIVERED, BEFORE), SAME, id="newer than the watermark"),
        pytest.param(NOW + 2 * DAY, None, MISSING, id="a time that no poll will reach soon"),
        pytest.param(BEFORE, skipped("not shipped"), DIFFERING, id="skipped, though listed"),
        pytest.param(BEFORE, skipped("not shipped: processing"), DIFFERING, id="with a detail"),
        pytest.param(BEFORE, skipped("trashed"), DIFFERING, id="back from the trash"),
        pytest.param(BEFORE, skipped("no longer in the shop"), DIFFERING, id="back from deletion"),
        pytest.param(
            BEFORE, skipped("too old: created 61 days ago"), DIFFERING, id="not that old after all"
        ),
        pytest.param(BEFORE, skipped("nothing to ship"), SAME, id="skipped for what it holds"),
        pytest.param(BEFORE, skipped("fully refunded"), SAME, id="refunded"),
        pytest.param(
            BEFORE, skipped("dropped by operator: not shipped"), SAME, id="dropped by a person"
        ),
        pytest.param(
            BEFORE,
            Standing(OrderState.QUARANTINED, BEFORE, f"tracking: {NEVER_TRACKED}"),
            UNTRACKED_ONE,
            id="quarantined for want of a number",
        ),
        pytest.param(
            BEFORE,
            Standing(OrderState.QUARANTINED, BEFORE, "city: is missing"),
            REFUSED,
            id="quarantined for another reason: the settings may have changed",
        ),
        pytest.param(
            BEFORE,
            Standing(OrderState.PENDING, BEFORE),
            SAME,
            id="in the outbox, which is read as a whole",
        ),
        pytest.param(BEFORE, Standing(OrderState.WAITING, BEFORE), SAME, id="waiting"),
        pytest.param(
            BEFORE,
            Standing(DELIVERED, BEFORE, None, (UNTRACKED,)),
            SAME,
            id="delivered without a number, never sent again",
        ),
    ],
)
def test_what_differs_is_read_again(
    modified_at: datetime | None, standing: Standing | None, found: Found
) -> None:
    stamps = [OrderStamp("1", modified_at, shipped=True)]

    assert compare(stamps, {} if standing is None else {"1": standing}, LIMITS) == found


def test_an_order_sent_without_a_number_is_read_again_where_changes_are_sent() -> None:
    limits = Limits(LIMITS.since, LIMITS.polled, NOW, resend=True)
    standing = Standing(DELIVERED, BEFORE, None, ("total_drift: x", UNTRACKED))

    assert compare([OrderStamp("1", BEFORE)], {"1": standing}, limits) == UNTRACKED_ONE


def test_a_list_that_also_holds_unshipped_orders_disproves_nothing() -> None:
    stamps = [OrderStamp("1", BEFORE, shipped=None)]

    assert compare(stamps, {"1": skipped("not shipped")}, LIMITS) == SAME


@pytest.mark.parametrize(
    "polled",
    [
        pytest.param(None, id="none yet"),
        pytest.param(NOW + DAY, id="set by a clock that was ahead"),
    ],
)
def test_without_a_watermark_to_trust_everything_is_compared(polled: datetime | None) -> None:
    limits = Limits(LIMITS.since, polled, NOW, resend=False)

    assert compare([OrderStamp("1", NOW - timedelta(seconds=1))], {}, limits) == MISSING


def run(started_at: datetime, outcome: RunOutcome | None = RunOutcome.DONE) -> Run:
    return Run(1, "bolt", "sweep", started_at, None, outcome)


EVERY = timedelta(hours=12)


@pytest.mark.parametrize(
    ("last", "done", "due"),
    [
        pytest.param(None, None, True, id="never swept"),
        pytest.param(run(NOW - 10 * HOUR), run(NOW - 10 * HOUR), False, id="swept lately"),
        pytest.param(run(NOW - 14 * HOUR), run(NOW - 14 * HOUR), True, id="swept long ago"),
        pytest.param(
            run(NOW - timedelta(minutes=30), RunOutcome.TRANSIENT),
            run(NOW - 14 * HOUR),
            False,
            id="failed just now",
        ),
        pytest.param(run(NOW - 2 * HOUR, RunOutcome.CONTRACT), None, True, id="failed a while ago"),
        pytest.param(run(NOW - 2 * HOUR, None), None, True, id="killed a while ago"),
        pytest.param(run(NOW - timedelta(minutes=1), None), None, False, id="killed just now"),
        pytest.param(
            run(NOW - timedelta(minutes=1), RunOutcome.STOPPED),
            run(NOW - 14 * HOUR),
            True,
            id="the merchant was taken",
        ),
        pytest.param(run(NOW + DAY), run(NOW + DAY), True, id="swept under a clock that was ahead"),
        pytest.param(
            run(NOW + DAY, RunOutcome.TRANSIENT), None, True, id="failed under such a clock"
        ),
    ],
)
def test_a_merchant_is_swept_when_it_is_due(
    last: Run | None, done: Run | None, *, due: bool
) -> None:
    assert is_due("bolt", EVERY, last=last, done=done, now=NOW) is due


@given(name=st.text("abcdefgh", min_size=1, max_size=8))
def test_merchants_are_spread_by_a_tenth_of_the_interval(name: str) -> None:
    def due(after: float) -> bool:
        done = run(NOW - EVERY * after)
        return is_due(name, EVERY, last=done, done=done, now=NOW)

    assert not due(0.89)
    assert due(1.11)
