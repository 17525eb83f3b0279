"""`status` says what waits to be sent, for all merchants together, and for how long."""

from __future__ import annotations

from dataclasses import fields
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from orderferry.wording import outbox
from state import MerchantState, OrderState

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def merchant(pending: int, in_doubt: int, minutes: int | None) -> MerchantState:
    known: dict[str, Any] = {field.name: None for field in fields(MerchantState)}
    since = None if minutes is None else NOW - timedelta(minutes=minutes)
    orders = {OrderState.PENDING: pending, OrderState.IN_DOUBT: in_doubt}
    return MerchantState(**known | {"orders": orders, "oldest_pending_at": since})


@pytest.mark.parametrize(
    ("states", "line"),
    [
        pytest.param([merchant(0, 0, None)], "", id="nothing to send"),
        pytest.param(
            [merchant(1200, 3, 200), merchant(0, 0, None), merchant(34, 1, 20)],
            "To send: 1,234, in doubt: 4; the oldest for 3h.",
            id="several merchants",
        ),
    ],
)
def test_the_outbox_is_told_in_one_line(states: list[MerchantState], line: str) -> None:
    assert outbox(states, NOW) == line
