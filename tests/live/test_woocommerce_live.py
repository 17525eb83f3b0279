"""
The connector against a real shop at rest: WOO_URL, WOO_KEY, WOO_SECRET, and WOO_CA if needed.

Reads only. The shop needs some completed orders changed in the last 60 days.
"""

from __future__ import annotations

import os
import random
import ssl
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import SecretStr

from connectors import Connector, Surroundings, Verdict, Window, conformance
from connectors.conformance import Check
from connectors.woocommerce import PLATFORM, WooCommerceSettings

NAMES = ("WOO_URL", "WOO_KEY", "WOO_SECRET")
pytestmark = [
    pytest.mark.live,
    pytest.mark.timeout(600),
    pytest.mark.skipif(
        not all(os.environ.get(name) for name in NAMES), reason=f"set {', '.join(NAMES)}"
    ),
]


@pytest.fixture(scope="module")
def connector() -> Iterator[Connector]:
    bundle = os.environ.get("WOO_CA")
    trusting = ssl.create_default_context(cafile=bundle)
    surroundings = Surroundings(
        now=lambda: datetime.now(UTC),
        sleep=time.sleep,
        random=random.random,
        ssl=lambda _bundle: trusting,
        user_agent="orderferry-live-tests",
    )
    settings = WooCommerceSettings.model_validate(
        {
            "url": os.environ["WOO_URL"],
            "consumer_key": SecretStr(os.environ["WOO_KEY"]),
            "consumer_secret": SecretStr(os.environ["WOO_SECRET"]),
        }
    )
    opened = PLATFORM.open(settings, surroundings)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def window() -> Window:
    until = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=1)
    return Window(until - timedelta(days=60), until)


@pytest.mark.parametrize("check", conformance.CHECKS, ids=lambda check: check.__name__)
def test_the_connector_conforms_with_a_real_shop(
    check: Check, connector: Connector, window: Window
) -> None:
    check(connector, window)


def test_a_real_shop_is_free_of_faults(connector: Connector) -> None:
    faults = [result for result in connector.check() if result.verdict is Verdict.FAULT]

    assert not faults
