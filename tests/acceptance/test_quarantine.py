"""quarantine: list, show, retry, drop, by merchant, by reason and by order."""

from __future__ import annotations

import shlex
import subprocess
from typing import Any

import pytest
from conftest import COMMAND, CUSTOMER, Ferry


def quarantined(ferry: Ferry, *arguments: str) -> list[str]:
    document = ferry("--json", "quarantine", "list", *arguments).document
    return [order["id"] for order in document["orders"]]


def refuse(ferry: Ferry, *order_ids: str) -> None:
    ferry.atlast.poison = lambda order: order["id"] in order_ids


def unmappable(ferry: Ferry) -> str:
    """An order without a town: At Last demands one, so it cannot be mapped."""
    person = {key: CUSTOMER[key] for key in ("first_name", "last_name", "address_1")}
    return str(ferry.add_order(billing=person | {"city": ""}, shipping=person | {"city": ""}))


def mended(ferry: Ferry, order_id: str) -> None:
    for block in ("billing", "shipping"):
        ferry.shop.records.orders[int(order_id)][block]["city"] = "Leith"


def test_orders_are_listed_by_merchant_by_reason_and_by_order(ferry: Ferry) -> None:
    refused, unmapped = str(ferry.add_order()), unmappable(ferry)
    refuse(ferry, refused)
    ferry("sync")

    text = ferry("quarantine", "list")

    assert text.status == 0
    assert refused in text.out
    assert unmapped in text.out
    assert quarantined(ferry) == sorted([refused, unmapped])
    assert quarantined(ferry, "bolt", "--reason", "CITY") == [unmapped]
    assert quarantined(ferry, "--order", refused) == [refused]
    assert quarantined(ferry, "--limit", "1") == [min(refused, unmapped)]
    reasons = ferry("--json", "quarantine", "list", "--reasons").document["reasons"]
    assert sorted(reason["orders"] for reason in reasons) == [1, 1]


def test_the_list_says_that_there_is_more(ferry: Ferry) -> None:
    ids = [str(ferry.add_order()) for _ in range(3)]
    refuse(ferry, *ids)
    ferry("sync")

    assert "--limit shows more" in ferry("quarantine", "list", "--limit", "2").out
    assert ferry("--json", "quarantine", "list", "--limit", "2").document["more"] is True
    assert ferry("--json", "quarantine", "list", "--limit", "3").document["more"] is False


def test_an_empty_quarantine_is_said_so(ferry: Ferry) -> None:
    ferry("sync")

    assert ferry("quarantine", "list").out == "No such order is quarantined.\n"
    assert ferry("quarantine", "list", "--reasons").out == "Nothing is quarantined.\n"


def test_a_refused_order_is_sent_again_as_it_is_mapped_now(ferry: Ferry) -> None:
    order_id = str(ferry.add_order())
    refuse(ferry, order_id)
    ferry("sync")
    ferry.shop_server.requests.clear()

    still = ferry("quarantine", "retry", "bolt")
    refuse(ferry)
    done = ferry("--json", "quarantine", "retry", "bolt", "--order", order_id)

    assert still.status == 1
    assert "1 quarantined again" in still.out
    assert done.status == 0
    assert done.document["merchants"] == [
        {"name": "bolt", "tried": 1, "requeued": 1, "reread": 0, "quarantined": []}
    ]
    assert ferry.accepted() == {order_id}
    asked = [one.first("include") for one in ferry.shop_server.requests]
    assert order_id in asked, "settings may have changed since it was mapped"


def test_an_order_that_could_not_be_mapped_is_read_from_the_shop_again(ferry: Ferry) -> None:
    order_id = unmappable(ferry)
    ferry("sync")

    still = ferry("--json", "quarantine", "retry", "--all")
    mended(ferry, order_id)
    done = ferry("--json", "quarantine", "retry", "--reason", "city")

    assert still.status == 1
    assert [o["id"] for o in still.document["merchants"][0]["quarantined"]] == [order_id]
    assert done.status == 0
    assert done.document["merchants"][0]["reread"] == 1
    assert ferry.accepted() == {order_id}


def test_orders_whose_reason_is_another_are_left_alone(ferry: Ferry) -> None:
    order_id = str(ferry.add_order())
    refuse(ferry, order_id)
    ferry("sync")
    pushes = len(ferry.atlast_server.requests)

    result = ferry("quarantine", "retry", "--reason", "something else")

    assert (result.status, result.out) == (0, "No such order is quarantined.\n")
    assert len(ferry.atlast_server.requests) == pushes


def test_a_dropped_order_stays_dropped_and_can_be_taken_back(ferry: Ferry) -> None:
    refused, unmapped = str(ferry.add_order()), unmappable(ferry)
    refuse(ferry, refused)
    ferry("sync")

    dropped = ferry("--json", "quarantine", "drop", "bolt", "--yes")
    refuse(ferry)
    ferry("sync")
    after = quarantined(ferry)
    shown = ferry("--json", "quarantine", "show", "bolt", refused).document
    mended(ferry, unmapped)
    back = ferry("quarantine", "retry", "bolt", "--order", refused, "--order", unmapped)

    assert dropped.document == {
        "merchants": [{"name": "bolt", "dropped": 2}],
        "not_found": [],
    }
    assert after == []
    assert shown["state"] == "skipped"
    assert shown["reason"].startswith("dropped by operator: ")
    assert shown["payload"] is None
    assert back.status == 0, back.out + back.err
    assert ferry.accepted() == {refused, unmapped}


def test_nothing_is_dropped_without_being_asked_or_told(ferry: Ferry) -> None:
    order_id = str(ferry.add_order())
    refuse(ferry, order_id)
    ferry("sync")

    unsure = ferry("quarantine", "drop", "bolt")
    unsaid = ferry("quarantine", "drop", "--yes")

    assert (unsure.status, unsaid.status) == (2, 2)
    assert "--yes" in unsure.err
    assert quarantined(ferry) == [order_id]


def test_an_order_id_without_its_merchant_is_refused_where_there_are_several(ferry: Ferry) -> None:
    two_merchants(ferry)

    result = ferry("quarantine", "retry", "--order", "1")

    assert result.status == 2
    assert "MERCHANT" in result.err


def two_merchants(ferry: Ferry) -> None:
    text = ferry.config.read_text()
    ferry.config.write_text(
        text.replace("platform =", 'merchant_id = "m-1"\nplatform =', 1)
        + '\n[merchants.acorn]\nplatform = "woocommerce"\nmerchant_id = "m-2"\n'
        '[merchants.acorn.woocommerce]\nurl = "http://127.0.0.1:9"\n'
        'consumer_key = "env:SHOP_KEY"\nconsumer_secret = "env:SHOP_SECRET"\n'
    )


def test_show_hides_personal_data_until_asked_for_it(ferry: Ferry) -> None:
    order_id = str(ferry.add_order())
    refuse(ferry, order_id)
    ferry("sync")

    hidden = ferry("--json", "quarantine", "show", "bolt", order_id)
    personal = ferry("--json", "quarantine", "show", "bolt", order_id, "--personal")
    ferry.printed[-2:] = []  # this one is asked to print it

    customer: Any = hidden.document["payload"]["customer"]
    assert customer["lastName"] == "(hidden, 11 characters)"
    assert customer["address"]["country"] == "US"
    assert personal.document["payload"]["customer"]["lastName"] == "Quackenbush"


def test_show_says_what_to_do_in_words(ferry: Ferry) -> None:
    order_id = str(ferry.add_order())
    refuse(ferry, order_id)
    ferry("sync")

    text = ferry("quarantine", "show", "bolt", order_id).out
    ferry.environ["ORDERFERRY_CONFIG"] = str(ferry.config)
    by_default = ferry("quarantine", "show", "bolt", order_id).out

    remedy = f"quarantine retry bolt --order {order_id}"
    assert text.startswith(f"Order {order_id} of bolt: quarantined since ")
    assert f"then: orderferry --config {ferry.config} {remedy}\n" in text
    assert f"then: orderferry {remedy}\n" in by_default
    assert "--personal shows it" in text


def test_a_remedy_works_as_it_is_printed(ferry: Ferry) -> None:
    order_id = str(ferry.add_order())
    refuse(ferry, order_id)
    ferry("sync")
    refuse(ferry)
    (trouble,) = ferry("--json", "status").document["troubles"]
    listed = trouble["problem"].partition("See: ")[2]
    told = ferry("quarantine", "show", "bolt", order_id).out.partition("then: ")[2]

    def type_in(line: str) -> subprocess.CompletedProcess[str]:
        program, *words = shlex.split(line)
        assert program == "orderferry"
        return subprocess.run(
            [COMMAND, *words],
            capture_output=True,
            text=True,
            timeout=60,
            env=ferry.environ,
            cwd="/",  # where there is no configuration
            check=False,
        )

    found, retried = type_in(listed), type_in(told)

    assert (found.returncode, retried.returncode) == (0, 0), found.stderr + retried.stderr
    assert order_id in found.stdout
    assert ferry.accepted() == {order_id}


def test_show_of_an_order_that_is_not_there_is_wrong_usage(ferry: Ferry) -> None:
    ferry("sync")

    result = ferry("quarantine", "show", "bolt", "723")

    assert result.status == 2
    assert "preview bolt 723" in result.err


def test_looking_needs_no_secrets(ferry: Ferry) -> None:
    ferry("sync")
    for name in ("ATLAST_ID", "ATLAST_SECRET", "SHOP_KEY", "SHOP_SECRET"):
        del ferry.environ[name]

    assert ferry("quarantine", "list").status == 0
    assert ferry("watermark", "show").status == 0


def test_a_shop_that_is_away_keeps_the_order_and_ends_with_75(ferry: Ferry) -> None:
    order_id = unmappable(ferry)
    ferry("sync")
    ferry.configure(url="http://127.0.0.1:9")
    ferry("adopt", "bolt")

    result = ferry("quarantine", "retry", "--all")

    assert result.status == 75
    assert "127.0.0.1:9" in result.out
    assert quarantined(ferry) == [order_id]


def test_orders_of_a_disabled_merchant_stay_quarantined(ferry: Ferry) -> None:
    order_id = str(ferry.add_order())
    refuse(ferry, order_id)
    ferry("sync")
    refuse(ferry)
    ferry.configure(merchant="enabled = false")

    named = ferry("quarantine", "retry", "bolt")
    by_id = ferry("--json", "quarantine", "retry", "--order", order_id)
    everything = ferry("quarantine", "retry", "--all")
    by_reason = ferry("quarantine", "retry", "--reason", "e")

    refusal = "bolt is disabled (enabled = false in its table); enable it first."
    assert (named.status, named.err.strip()) == (2, refusal)
    assert (by_id.status, by_id.document["faults"]) == (2, [refusal])
    assert everything.out == by_reason.out == "No such order is quarantined.\n"
    assert quarantined(ferry) == [order_id]
    assert ferry("quarantine", "drop", "bolt", "--yes").status == 0
    assert quarantined(ferry) == []


def test_an_order_that_is_not_quarantined_is_named_and_ends_with_1(ferry: Ferry) -> None:
    refused, unmapped = str(ferry.add_order()), unmappable(ferry)
    sent = str(ferry.add_order())
    refuse(ferry, refused)
    ferry("sync")
    refuse(ferry)
    ids = [word for one in (refused, sent, "99999999") for word in ("--order", one)]

    retried = ferry("--json", "quarantine", "retry", "bolt", *ids)
    again = ferry("quarantine", "retry", "bolt", *ids)
    dropped = ferry("--json", "quarantine", "drop", "bolt", "--yes", *ids, "--order", unmapped)
    taken_back = ferry("--json", "quarantine", "retry", "bolt", "--order", unmapped)

    assert (retried.status, retried.document["not_found"]) == (1, [sent, "99999999"])
    assert retried.document["merchants"][0]["tried"] == 1
    assert again.status == 1
    assert "99999999 is no quarantined order; give the shop's id" in again.out
    assert (dropped.status, dropped.document["not_found"]) == (1, [refused, sent, "99999999"])
    assert dropped.document["merchants"] == [{"name": "bolt", "dropped": 1}]
    assert taken_back.document["not_found"] == []


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(["quarantine", "retry", "--all"], id="retry"),
        pytest.param(["quarantine", "drop", "--all", "--yes"], id="drop"),
        pytest.param(["watermark", "set", "bolt", "2026-11-20T08:30Z"], id="watermark"),
    ],
)
def test_a_mistyped_state_is_not_created_by_a_change_by_hand(
    ferry: Ferry, arguments: list[str]
) -> None:
    result = ferry(*arguments)

    assert result.status == 78
    assert "there is no state yet" in result.err
    assert not ferry.state.exists()
