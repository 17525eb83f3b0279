"""preview: one order as it would be sent; nothing is sent, nothing of it is stored."""

from __future__ import annotations

from datetime import UTC, datetime

from conftest import Ferry


def stored(ferry: Ferry) -> int:
    orders = ferry("--json", "status").document["merchants"][0]["orders"]
    return sum(orders.values())


def test_a_ready_order_is_shown_as_it_would_be_sent(ferry: Ferry) -> None:
    order_id = str(ferry.add_order())

    seen = ferry("--json", "preview", "bolt", order_id).document
    personal = ferry("--json", "preview", "bolt", order_id, "--personal").document
    ferry.printed[-2:] = []  # this one is asked to print the customer
    before = (stored(ferry), ferry.accepted())
    ferry("sync")

    assert (seen["outcome"], seen["verdict"], seen["ledger"]) == ("ready", "new", None)
    assert seen["payload"]["customer"]["lastName"] == "(hidden, 11 characters)"
    assert seen["payload"]["orderTotal"] == personal["payload"]["orderTotal"]
    assert before == (0, set())
    ((sent,),) = ferry.atlast.accepted.values()
    assert personal["payload"] == sent


def test_an_order_that_was_delivered_is_said_to_be(ferry: Ferry) -> None:
    order_id = str(ferry.add_order())
    ferry("sync")

    result = ferry("preview", "bolt", order_id)

    assert result.status == 0
    assert "as delivered since" in result.out
    assert "nothing would change" in result.out.replace("\n", " ")


def test_an_order_that_changed_after_its_delivery_is_not_sent_again(ferry: Ferry) -> None:
    order_id = ferry.add_order()
    ferry("sync")
    ferry.shop.edit_order(order_id, number="other")

    words = ferry("--json", "preview", "bolt", str(order_id)).document["explanation"]
    ferry.configure(orders="resend_on_change = true")
    with_resend = ferry("--json", "preview", "bolt", str(order_id)).document["explanation"]

    assert "would not be sent again" in words
    assert with_resend.endswith("it would be sent.")


def test_an_order_without_tracking_shows_until_when_it_waits(ferry: Ferry) -> None:
    order_id = ferry.add_order(tracking=[], completed_at=datetime.now(UTC))

    result = ferry("preview", "bolt", str(order_id))

    assert result.status == 0
    assert "without a tracking number, until " in result.out


def test_an_order_that_is_not_shipped_says_why_it_is_skipped(ferry: Ferry) -> None:
    order_id = ferry.add_order(status="processing")

    result = ferry("preview", "bolt", str(order_id))

    assert result.status == 0
    assert f"Order {order_id} of bolt: skipped: not shipped" in result.out


def test_an_order_that_cannot_be_mapped_ends_with_1_and_names_the_field(ferry: Ferry) -> None:
    order_id = ferry.add_order(billing={"city": ""}, shipping={"city": ""})

    result = ferry("preview", "bolt", str(order_id))

    assert result.status == 1
    assert "cannot be sent: " in result.out
    assert "city" in result.out


def test_an_order_that_the_shop_does_not_have_is_wrong_usage(ferry: Ferry) -> None:
    for order_id in ("99999999", "#1001"):
        result = ferry("preview", "bolt", order_id)

        assert result.status == 2, result.out
        assert "the shop's id of the order" in result.err


def test_a_shop_that_refuses_the_key_ends_with_77(ferry: Ferry) -> None:
    ferry.environ["SHOP_KEY"] = "ck_wrong"

    assert ferry("preview", "bolt", "1").status == 77
