"""A watermark set by hand: moves both ways, under the lease, with a record (OperatorStore)."""

from __future__ import annotations

import pytest

from state import Lease, LeaseLost, OperatorStore, WatermarkChange
from tests.state.make import HOUR, NOW, retake

LATER = NOW + HOUR


def test_the_watermark_moves_both_ways_and_every_change_is_recorded(
    store: OperatorStore, lease: Lease
) -> None:
    store.set_watermark(lease, "acme", NOW, now=NOW, by="ana on ferry")
    store.set_watermark(lease, "acme", NOW - HOUR, now=LATER, by="bo on ferry", note="restored")

    assert store.watermark("acme") == NOW - HOUR
    assert store.watermark_changes("acme", limit=9) == (
        WatermarkChange("acme", LATER, NOW, NOW - HOUR, "bo on ferry", "restored"),
        WatermarkChange("acme", NOW, None, NOW, "ana on ferry", ""),
    )
    assert store.watermark_changes("acme", limit=1)[0].by == "bo on ferry"
    assert store.watermark_changes("bolt", limit=9) == ()


def test_a_poll_goes_on_from_where_the_watermark_was_put(
    store: OperatorStore, lease: Lease
) -> None:
    store.record_page(lease, "acme", [], now=NOW, watermark=NOW)
    store.set_watermark(lease, "acme", NOW - 5 * HOUR, now=NOW, by="ana")

    store.record_page(lease, "acme", [], now=NOW, watermark=NOW - 2 * HOUR)

    assert store.watermark("acme") == NOW - 2 * HOUR


def test_a_lost_lease_moves_nothing(store: OperatorStore, lease: Lease) -> None:
    store.record_page(lease, "acme", [], now=NOW, watermark=NOW)
    retake(store, lease)

    with pytest.raises(LeaseLost):
        store.set_watermark(lease, "acme", NOW - HOUR, now=NOW, by="ana")

    assert store.watermark("acme") == NOW
    assert store.watermark_changes("acme", limit=9) == ()
