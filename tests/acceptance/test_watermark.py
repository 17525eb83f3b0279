"""watermark: shown, and set by hand with a record of who did it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from conftest import Ferry, eventually


def ago(**span: float) -> str:
    return (datetime.now(UTC) - timedelta(**span)).isoformat(timespec="seconds")


def shown(ferry: Ferry) -> Any:
    (merchant,) = ferry("--json", "watermark", "show", "bolt").document["merchants"]
    return merchant


def test_going_back_reads_again_and_sends_nothing_twice(ferry: Ferry) -> None:
    order_id = str(ferry.add_order())
    ferry("sync")
    back = ago(days=3)

    moved = ferry("watermark", "set", "bolt", back, "--note", "restored a backup")
    after = shown(ferry)
    again = ferry("--json", "sync")

    assert moved.status == 0, moved.err
    assert "reads again what changed from" in moved.out
    assert datetime.fromisoformat(after["watermark"]) == datetime.fromisoformat(back)
    assert again.document["reports"][0]["counts"]["unchanged"] == 1
    assert ferry.accepted() == {order_id}
    assert ferry.atlast.duplicates == 0


def test_who_changed_what_is_recorded(ferry: Ferry) -> None:
    ferry("sync")
    before = shown(ferry)["watermark"]
    ferry.environ["SUDO_USER"] = "ana"

    ferry("watermark", "set", "bolt", ago(hours=9), "--note", "restored a backup")

    (change,) = shown(ferry)["changes"]
    text = ferry("watermark", "show").out.replace("\n", " ")
    assert change["before"] == before
    assert change["by"].startswith("ana on ")
    assert change["note"] == "restored a backup"
    assert "ana on " in text
    assert "restored a backup" in text


def test_going_forward_takes_yes_because_changes_are_skipped(ferry: Ferry) -> None:
    order_id = str(ferry.add_order())  # changed 23 hours ago
    key = ferry.environ["SHOP_KEY"]
    ferry.environ["SHOP_KEY"] = "ck_wrong"
    ferry("sync")  # there is a state file now, and the shop was never read
    ferry.environ["SHOP_KEY"] = key

    refused = ferry("watermark", "set", "bolt", ago(hours=3))
    nothing = ferry("watermark", "show")
    moved = ferry("watermark", "set", "bolt", ago(hours=3), "--yes")
    ferry("sync")
    skipped = ferry.accepted()
    ferry("backfill", "bolt", "--from", ago(days=2)[:10])

    assert refused.status == 2
    assert "--yes" in refused.err
    assert "none (never polled)" in nothing.out
    assert moved.status == 0
    assert "skip what changed" in moved.out.replace("\n", " ")
    assert skipped == set()
    assert ferry.accepted() == {order_id}


def test_a_refused_instant_moves_nothing(ferry: Ferry) -> None:
    ferry("sync")
    before = shown(ferry)

    for instant in (ago(days=-1), ago(days=90), "2026-11-20T08:30", "soon"):
        result = ferry("watermark", "set", "bolt", instant, "--yes")
        assert result.status == 2, instant
        assert len(result.err.splitlines()) == 1

    assert shown(ferry)["watermark"] == before["watermark"]
    assert shown(ferry)["changes"] == []


def test_a_merchant_that_is_being_polled_is_left_alone(ferry: Ferry) -> None:
    ferry("sync")
    ferry.add_order()
    before = shown(ferry)["watermark"]
    answer = ferry.shop_server.handler
    polled: list[str] = []

    def slowly(request: Any) -> Any:
        if request.path.endswith("/orders") and not polled:
            polled.append(request.path)
            result = ferry("watermark", "set", "bolt", ago(hours=9))
            polled.append(f"{result.status} {result.err}")
        return answer(request)

    ferry.shop_server.handler = slowly
    ferry("sync")
    eventually(lambda: len(polled) == 2)

    assert polled[1].startswith("75 merchant:bolt is held by process ")
    assert shown(ferry)["changes"] == []
    assert shown(ferry)["watermark"] > before
