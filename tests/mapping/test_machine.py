"""The time zone of the machine that maps is nobody's business: here it is far east of everybody."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from mapping.dates import instant, moment
from tests.mapping.shop import Shop, meta, order, payload

TOKYO = ZoneInfo("Asia/Tokyo")


@pytest.fixture(autouse=True)
def _far_east(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with monkeypatch.context() as patched:
        patched.setenv("TZ", "Pacific/Kiritimati")  # fourteen hours before Greenwich
        time.tzset()
        yield
    time.tzset()


@pytest.mark.parametrize("written", ["2026-06-18T20:00:00", "2026-06-18T22:00:00+02:00"])
def test_an_instant_is_utc(written: str) -> None:
    found = instant(written)

    assert found == datetime(2026, 6, 18, 20, tzinfo=UTC)
    assert found.tzinfo is UTC


def test_a_day_begins_at_midnight_in_the_shop_and_is_told_in_utc() -> None:
    found = moment("2026-06-18", TOKYO)

    assert found is not None
    assert found.at == datetime(2026, 6, 17, 15, tzinfo=UTC)
    assert found.at.tzinfo is UTC


def test_what_is_sent_is_told_in_utc_and_by_the_shops_day() -> None:
    raw = order(
        date_created_gmt="2026-06-17T20:00:00",
        date_completed_gmt="2026-06-18T12:00:00",
        # 1781640000 is 16 June, 20:00 on PostNL's clock, which is the shop's
        meta_data=meta(
            _postnl_order_metadata={"barcodes": [{"value": "3S", "created_at": 1781640000}]}
        ),
    )

    sent = payload(raw, shop=Shop(time_zone="America/New_York"))

    assert sent["createdAt"] == "2026-06-17T20:00:00Z"
    assert sent["outboundFulfilment"]["shippingDate"] == "2026-06-16"
