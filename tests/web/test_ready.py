"""When the daemon as a whole is ready: one merchant's trouble is no reason."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from orderferry.config import Config, load
from orderferry.web.facts import Facts
from orderferry.web.ready import reasons
from state import MerchantState, OrderState

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
SHOP = """
[merchants.{name}]
platform = "woocommerce"
merchant_id = "{name}"
enabled = {enabled}
poll_idle_every = "{idle}"
[merchants.{name}.woocommerce]
url = "https://{name}.example.com"
consumer_key = "env:KEY"
consumer_secret = "env:KEY"
[merchants.{name}.atlast]
batch_size = {batch}
"""


def config(folder: Path, *, enabled: str = "true", bolt_idle: str = "0s") -> Config:
    """Two merchants with an account each, polled every five minutes."""
    (folder / "config.toml").write_text(
        '[atlast]\nclient_id = "env:KEY"\nclient_secret = "env:KEY"\n'
        + SHOP.format(name="bolt", batch=10, enabled=enabled, idle=bolt_idle)
        + SHOP.format(name="cove", batch=20, enabled=enabled, idle="0s")
    )
    return load(folder / "config.toml", {"KEY": "made-up"})


def state(name: str, *, success: int | None, pending: int | None = None) -> MerchantState:
    """Polled and with an order in the outbox for so many minutes."""
    return MerchantState(
        merchant=name,
        orders={OrderState.PENDING: int(pending is not None)},
        watermark=None,
        oldest_pending_at=None if pending is None else NOW - pending * MINUTE,
        last_run=None,
        last_success_at=None if success is None else NOW - success * MINUTE,
        quarantined={},
    )


STUCK = "No At Last account takes what is due: the oldest order has been in the outbox for {}."


@pytest.mark.parametrize(
    ("bolt", "cove", "found"),
    [
        pytest.param(state("bolt", success=1), state("cove", success=1), [], id="all is well"),
        pytest.param(
            state("bolt", success=None), state("cove", success=24), [], id="one shop is read"
        ),
        pytest.param(
            state("bolt", success=None),
            state("cove", success=None),
            ["No shop was polled successfully yet."],
            id="just installed",
        ),
        pytest.param(
            state("bolt", success=90),
            state("cove", success=26),
            ["No shop was polled successfully for 26m."],
            id="five polls were missed",
        ),
        pytest.param(
            state("bolt", success=1, pending=300),
            state("cove", success=1, pending=2),
            [],
            id="one account takes its orders",
        ),
        pytest.param(
            state("bolt", success=1, pending=300),
            state("cove", success=1),
            [STUCK.format("5h")],
            id="the only account that owes is stuck",
        ),
        pytest.param(
            state("bolt", success=1, pending=61),
            state("cove", success=1, pending=190),
            [STUCK.format("3h")],
            id="all accounts are stuck",
        ),
    ],
)
def test_the_daemon_is_ready_while_some_work_gets_done(
    tmp_path: Path, bolt: MerchantState, cove: MerchantState, found: list[str]
) -> None:
    facts = Facts(config(tmp_path), NOW, [bolt, cove], {}, [])

    assert list(reasons(facts)) == found


def test_a_daemon_without_enabled_merchants_has_nothing_to_do_and_is_ready(tmp_path: Path) -> None:
    states = [state("bolt", success=None, pending=999), state("cove", success=None)]

    assert list(reasons(Facts(config(tmp_path, enabled="false"), NOW, states, {}, []))) == []


def test_a_shop_that_is_polled_less_often_while_idle_has_more_time(tmp_path: Path) -> None:
    quiet, dead = state("bolt", success=149), state("cove", success=90)

    def said(quiet: MerchantState) -> list[str]:
        found = config(tmp_path, bolt_idle="30m")
        return list(reasons(Facts(found, NOW, [quiet, dead], {}, [])))

    assert said(quiet) == []
    assert said(state("bolt", success=151)) == ["No shop was polled successfully for 90m."]
