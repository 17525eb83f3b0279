"""sync: one poll and one delivery, and how it ends when something is wrong."""

from __future__ import annotations

import signal
import sqlite3
import stat
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from conftest import Ferry

from orderferry.sandbox.server import Handler, Request, Response, reply


def test_a_number_in_a_note_is_sent_where_notes_are_read(ferry: Ferry) -> None:
    """ShipStation writes it nowhere else, and a note changes no modification time."""
    ferry.configure(shop="tracking_from_notes = true")
    order_id = ferry.add_order(tracking=[], completed_at=datetime.now(UTC))
    ferry("sync")
    before = ferry.accepted()

    ferry.shop.add_note(
        order_id, "Items shipped via USPS on August 18, 2026 with tracking number 94001000000000."
    )
    ferry("sync")

    assert before == set()
    ((sent,),) = ferry.atlast.accepted.values()
    assert sent["outboundFulfilment"] == {
        "carrier": "USPS",
        "shippingDate": "2026-08-18",
        "trackingNumber": "94001000000000",
    }


def reading_page(number: int) -> Any:
    def matches(request: Request) -> bool:
        return request.path.endswith("/orders") and request.first("page", "1") == str(number)

    return matches


def rows(ferry: Ferry) -> dict[str, str]:
    with closing(sqlite3.connect(f"file:{ferry.state}?mode=ro", uri=True)) as state:
        return dict(state.execute("select order_id, state from orders"))


def watermark(ferry: Ferry) -> Any:
    document = ferry("--json", "status").document
    return document["merchants"][0]["watermark"]


def test_shipped_orders_are_delivered_once(ferry: Ferry) -> None:
    ids = {str(ferry.add_order()) for _ in range(12)}
    ferry.add_order(status="processing")

    first, second = ferry("sync"), ferry("sync")

    assert (first.status, second.status) == (0, 0), first.err + second.err
    assert "12 delivered" in first.out
    assert ferry.accepted() == ids
    assert ferry.atlast.duplicates == 0


def test_the_state_file_is_private(ferry: Ferry) -> None:
    ferry.add_order()
    ferry("sync")

    for path in ferry.folder.glob("orderferry.db*"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path


def test_a_delivered_order_leaves_no_payload_behind(ferry: Ferry) -> None:
    ferry.add_order()
    ferry("sync")

    with closing(sqlite3.connect(ferry.state)) as state:
        assert state.execute("select count(*) from payloads").fetchone() == (0,)
    everything = b"".join(path.read_bytes() for path in ferry.folder.glob("orderferry.db*"))
    assert b"Quackenbush" not in everything


def test_a_poisoned_order_is_quarantined_and_the_others_are_delivered(ferry: Ferry) -> None:
    ids = [str(ferry.add_order()) for _ in range(9)]
    ferry.atlast.poison = lambda order: order["id"] == ids[4]

    result = ferry("sync")

    assert result.status == 1
    assert ferry.accepted() == set(ids) - {ids[4]}
    assert rows(ferry)[ids[4]] == "quarantined"
    assert "1 refused" in result.out


def test_a_key_revoked_in_the_middle_ends_with_77_and_the_next_sync_completes(ferry: Ferry) -> None:
    ferry.configure(shop="page_size = 10")
    ids = {str(ferry.add_order()) for _ in range(45)}
    key = ferry.shop.keys[0]
    answer: Handler = ferry.shop_server.handler
    pages: list[str] = []

    def revoke_after_two_pages(request: Request) -> Response:
        if request.path.endswith("/orders"):
            pages.append(request.first("page"))
            if len(pages) == 4:
                ferry.shop.revoke(key)
        return answer(request)

    ferry.shop_server.handler = revoke_after_two_pages
    broken = ferry("sync")
    before, durable = watermark(ferry), rows(ferry)

    ferry.shop.grant(key)
    ferry.shop_server.handler = answer
    repaired = ferry("sync")

    assert broken.status == 77
    assert "REST API" in broken.out
    assert before is None  # as it was: there was none before the first sync
    assert durable  # everything read so far is kept
    assert set(durable) < ids
    assert repaired.status == 0, repaired.out + repaired.err
    assert ferry.accepted() == ids
    assert ferry.atlast.duplicates == 0


def test_a_wrong_key_ends_with_77_and_names_the_remedy(ferry: Ferry) -> None:
    ferry.environ["SHOP_KEY"] = "ck_wrong"

    result = ferry("sync")

    assert result.status == 77
    assert "bolt: " in result.out
    assert "REST API" in result.out


def test_wrong_credentials_at_at_last_end_with_77_and_keep_the_orders(ferry: Ferry) -> None:
    order_id = str(ferry.add_order())
    ferry.environ["ATLAST_SECRET"] = "wrong"

    broken = ferry("sync")
    kept = rows(ferry)
    ferry.environ["ATLAST_SECRET"] = "hush-51c9e0"
    repaired = ferry("sync")

    assert broken.status == 77
    assert "client_secret" in broken.out
    assert kept == {order_id: "pending"}
    assert repaired.status == 0
    assert ferry.accepted() == {order_id}


def test_an_unreachable_shop_ends_with_75(ferry: Ferry) -> None:
    ferry.configure(url="http://127.0.0.1:9")

    result = ferry("sync")

    assert result.status == 75
    assert "127.0.0.1:9" in result.out


def test_plain_permalinks_end_with_78_and_the_clicks_to_mend_it(ferry: Ferry) -> None:
    ferry.shop.plain_permalinks = True

    result = ferry("sync")

    assert result.status == 78
    assert "Permalinks" in result.out


def test_maintenance_ends_with_75_and_loses_nothing(ferry: Ferry) -> None:
    order_id = str(ferry.add_order())
    maintenance = reply(
        503, "<html>Maintenance</html>", {"Content-Type": "text/html", "Retry-After": "600"}
    )
    with ferry.shop_server.failing(maintenance):
        broken = ferry("sync")
    repaired = ferry("sync")

    assert broken.status == 75
    assert repaired.status == 0
    assert ferry.accepted() == {order_id}


def test_a_shop_that_fails_does_not_keep_another_from_being_delivered(ferry: Ferry) -> None:
    order_id = str(ferry.add_order())
    text = ferry.config.read_text()
    ferry.config.write_text(
        text.replace("platform =", 'merchant_id = "m-1"\nplatform =', 1)
        + """
[merchants.acorn]
platform = "woocommerce"
merchant_id = "m-2"
[merchants.acorn.woocommerce]
url = "http://127.0.0.1:9"
consumer_key = "env:SHOP_KEY"
consumer_secret = "env:SHOP_SECRET"
"""
    )

    result = ferry("sync")

    assert result.status == 1
    assert ferry.accepted() == {order_id}


def test_an_order_without_tracking_waits_and_goes_when_the_number_appears(ferry: Ferry) -> None:
    order_id = ferry.add_order(tracking=[], completed_at=datetime.now(UTC) - timedelta(hours=1))

    first = ferry("sync")
    waiting = rows(ferry)
    ferry.shop.edit_order(
        order_id,
        touch=False,  # legacy storage: the poll alone would never see it
        meta_data={
            "_wc_shipment_tracking_items": [
                {"tracking_number": "1Z1", "tracking_provider": "ups", "date_shipped": "1795392000"}
            ]
        },
    )
    second = ferry("sync")

    assert (first.status, second.status) == (0, 0)
    assert waiting == {str(order_id): "waiting"}
    assert ferry.accepted() == {str(order_id)}
    ((payload,),) = ferry.atlast.accepted.values()
    assert payload["outboundFulfilment"] == {
        "carrier": "UPS",
        "shippingDate": "2026-11-23",
        "trackingNumber": "1Z1",
    }


@pytest.fixture
def heard() -> Iterator[None]:
    """Lets a command be interrupted, also where these tests run in the background of a shell."""
    before = {
        number: signal.signal(number, usual)
        for number, usual in (
            (signal.SIGINT, signal.default_int_handler),
            (signal.SIGHUP, signal.SIG_DFL),
        )
    }
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def slow_pushes(ferry: Ferry) -> threading.Event:
    """Has At Last take its time with answers; set when it has taken the orders of one."""
    taken = threading.Event()

    def slow(request: Request, handler: Handler) -> Response:
        answer = handler(request)
        taken.set()
        time.sleep(1)
        return answer

    ferry.atlast_server.fail(slow, matches=lambda request: request.path.endswith("/orders/bulk"))
    return taken


@pytest.mark.usefixtures("heard")
@pytest.mark.parametrize(
    ("number", "status"),
    [
        pytest.param(signal.SIGINT, 130, id="Ctrl-C"),
        pytest.param(signal.SIGTERM, 143, id="SIGTERM"),
        pytest.param(signal.SIGHUP, 129, id="the end of the shell"),
    ],
)
@pytest.mark.parametrize("command", ["sync", "sweep", "backfill", "quarantine retry"])
def test_an_interrupt_during_a_push_waits_for_its_answer(
    ferry: Ferry, command: str, number: signal.Signals, status: int
) -> None:
    ids = {str(ferry.add_order()) for _ in range(3)}
    arguments = {
        "backfill": ["bolt", *(word for it in sorted(ids) for word in ("--order", it))],
        "quarantine retry": ["--all"],
    }
    if command == "quarantine retry":
        ferry.atlast.poison = lambda _order: True
        ferry("sync")
        ferry.atlast.poison = lambda _order: False
    taken = slow_pushes(ferry)
    process = ferry.start(*command.split(), *arguments.get(command, []))
    assert taken.wait(20)

    interrupted = ferry.finish(process, number)
    again = ferry("sync")

    assert interrupted.status == status
    assert [line for line in interrupted.err.splitlines() if line] == [
        "Finishing the push under way; at most 9 s.",
        "Interrupted; what was read and delivered so far is kept.",
    ]
    assert again.status == 0
    assert (ferry.accepted(), ferry.atlast.duplicates) == (ids, 0)


@pytest.mark.usefixtures("heard")
def test_whoever_presses_ctrl_c_again_and_again_cuts_no_push_off(ferry: Ferry) -> None:
    ids = {str(ferry.add_order()) for _ in range(3)}
    taken = slow_pushes(ferry)
    process = ferry.start("--json", "sync")
    assert taken.wait(20)
    for number in (signal.SIGINT, signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        process.send_signal(number)
        time.sleep(0.1)

    interrupted = ferry.finish(process, signal.SIGINT)
    again = ferry("sync")

    assert interrupted.status == 130
    assert interrupted.document == {
        "ok": False,
        "faults": ["Interrupted; what was read and delivered so far is kept."],
    }
    assert again.status == 0
    assert (ferry.accepted(), ferry.atlast.duplicates) == (ids, 0)


@pytest.mark.usefixtures("heard")
def test_nohup_keeps_a_command_at_work_when_its_shell_ends(ferry: Ferry) -> None:
    ids = {str(ferry.add_order()) for _ in range(3)}
    taken = slow_pushes(ferry)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)  # as nohup does; the command inherits it
    process = ferry.start("sync")
    assert taken.wait(20)

    ended = ferry.finish(process, signal.SIGHUP)

    assert ended.status == 0, ended.err
    assert (ferry.accepted(), ferry.atlast.duplicates) == (ids, 0)


def test_json_is_one_document_on_standard_output(ferry: Ferry) -> None:
    ferry.add_order()

    result = ferry("--json", "sync")

    poll, delivery = result.document["reports"]
    nothing = dict.fromkeys(("unchanged", "waiting", "skipped", "quarantined", "changed"), 0)
    assert poll["counts"] == {"seen": 1, "ready": 1, **nothing}
    assert delivery["counts"]["delivered"] == 1


def test_no_secret_at_the_debug_level_either(ferry: Ferry) -> None:
    ferry.add_order()

    result = ferry("--debug", "sync")  # the fixture looks for secrets in everything printed

    assert result.status == 0
    assert "action" in result.err
