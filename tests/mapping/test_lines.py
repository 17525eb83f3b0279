from __future__ import annotations

from typing import Any

import pytest

from mapping.outcome import Quarantined, Skipped, SkipReason
from tests.mapping.shop import line, mapped, meta, order, payload, ready


def quantities(raw: Any, related: Any = None) -> dict[str, int]:
    """Line id -> quantity that is sent."""
    return {item["id"]: item["quantity"] for item in payload(raw, related)["items"]}


def refund(**pieces: int) -> dict[str, Any]:
    """A refund of so many pieces, by line: refund(line_7=2)."""
    lines = [
        {"quantity": -count, "total": "-1.00", "meta_data": meta(_refunded_item_id=name[5:])}
        for name, count in pieces.items()
    ]
    return {"id": 90, "amount": "1.00", "line_items": lines}


def fulfilment(items: list[dict[str, Any]], **changes: Any) -> dict[str, Any]:
    entry = {"status": "fulfilled", "is_fulfilled": "1", "date_deleted": None}
    return entry | {"meta_data": meta(_items=items)} | changes


def two(**changes: Any) -> dict[str, Any]:
    """Three teapots on line 7 and two cups on line 8."""
    lines = [
        line(id=7, quantity=3, subtotal="30.00", total="30.00"),
        line(id=8, quantity=2, subtotal="8.00", total="8.00", product_id=51),
    ]
    return order(total="38.00", line_items=lines, **changes)


@pytest.mark.parametrize(
    ("refunds", "left"),
    [
        pytest.param([], {"7": 3, "8": 2}, id="none"),
        pytest.param([refund(line_7=1)], {"7": 2, "8": 2}, id="one piece"),
        pytest.param([refund(line_7=1), refund(line_7=1, line_8=2)], {"7": 1}, id="twice"),
        pytest.param([refund(line_7=9)], {"8": 2}, id="more than there was"),
        pytest.param([refund(line_99=1)], {"7": 3, "8": 2}, id="another line"),
        pytest.param([refund(line_7=0)], {"7": 3, "8": 2}, id="money only"),
        pytest.param([{"amount": "5.00", "line_items": []}], {"7": 3, "8": 2}, id="no lines"),
    ],
)
def test_refunded_pieces_are_not_sent(refunds: list[Any], left: dict[str, int]) -> None:
    assert quantities(two(), {"refunds": refunds}) == left


def test_a_refund_does_not_change_price_or_totals() -> None:
    sent = payload(two(), {"refunds": [refund(line_7=1)]})

    assert sent["items"][0]["price"]["value"] == 10
    assert (sent["itemSubTotal"]["value"], sent["orderTotal"]["value"]) == (38, 38)


def test_a_refund_of_money_alone_is_a_caution() -> None:
    cautions = ready(two(), {"refunds": [{"amount": "5.00", "line_items": []}]}).cautions

    assert [caution.code for caution in cautions] == ["refunded_amount"]


def test_an_order_of_which_every_piece_was_refunded_is_skipped() -> None:
    outcome = mapped(two(), {"refunds": [refund(line_7=3, line_8=2)]})

    assert outcome == Skipped(SkipReason.REFUNDED)


@pytest.mark.parametrize(
    ("bad", "field"),
    [
        pytest.param({"quantity": "-0.5"}, "refunds[0].line_items[0].quantity", id="half a piece"),
        pytest.param(
            {"quantity": -1, "meta_data": []}, "refunds[0].line_items[0].meta_data", id="which line"
        ),
    ],
)
def test_a_refund_that_cannot_be_understood_holds_the_order(bad: Any, field: str) -> None:
    outcome = mapped(two(), {"refunds": [{"line_items": [bad]}]})

    assert isinstance(outcome, Quarantined)
    assert outcome.field == field


@pytest.mark.parametrize(
    ("entries", "sent"),
    [
        pytest.param([fulfilment([{"item_id": 7, "qty": 1}])], {"7": 1}, id="part of one line"),
        pytest.param(
            [fulfilment([{"item_id": 7, "qty": 1}]), fulfilment([{"item_id": "7", "qty": "1"}])],
            {"7": 2},
            id="two parcels",
        ),
        pytest.param([fulfilment([{"item_id": 7, "qty": 99}])], {"7": 3}, id="more than ordered"),
        pytest.param(
            [
                fulfilment([{"item_id": 7, "qty": 1}]),
                fulfilment([{"item_id": 8, "qty": 2}], status="unfulfilled", is_fulfilled="0"),
            ],
            {"7": 1},
            id="a draft",
        ),
        pytest.param(
            [
                fulfilment([{"item_id": 7, "qty": 1}]),
                fulfilment([{"item_id": 8, "qty": 2}], date_deleted="2026-06-18T00:00:00Z"),
            ],
            {"7": 1},
            id="a deleted one",
        ),
        pytest.param(
            [fulfilment([{"item_id": 7, "qty": 2}], status="", is_fulfilled=True)],
            {"7": 2},
            id="true instead of 1",
        ),
        pytest.param([], {"7": 3, "8": 2}, id="feature unused"),
    ],
)
def test_where_the_shop_records_fulfilments_they_say_what_was_shipped(
    entries: list[Any], sent: dict[str, int]
) -> None:
    assert quantities(two(), {"fulfillments": entries}) == sent


def test_a_shipped_piece_that_was_refunded_is_not_sent() -> None:
    related = {
        "fulfillments": [fulfilment([{"item_id": 7, "qty": 3}, {"item_id": 8, "qty": 2}])],
        "refunds": [refund(line_7=1)],
    }

    assert quantities(two(), related) == {"7": 2, "8": 2}


def test_an_order_of_which_only_refunded_pieces_were_fulfilled_is_not_shipped() -> None:
    related = {
        "fulfillments": [fulfilment([{"item_id": 8, "qty": 2}])],
        "refunds": [refund(line_8=2)],
    }

    assert mapped(two(), related) == Skipped(
        SkipReason.NOT_SHIPPED, "nothing that was kept is fulfilled"
    )


def test_virtual_lines_fulfilled_by_the_shop_itself_do_not_hide_the_parcel() -> None:
    related = {
        "products": {"51": {"id": 51, "virtual": True}},
        "fulfillments": [fulfilment([{"item_id": 8, "qty": 2}])],
    }

    assert quantities(two(), related) == {"7": 3}


@pytest.mark.parametrize(
    ("product", "kept"),
    [
        pytest.param({"virtual": True}, False, id="virtual"),
        pytest.param({"virtual": False, "downloadable": True}, True, id="a box with a download"),
        pytest.param({}, True, id="product unknown"),
    ],
)
def test_only_virtual_products_are_no_goods(product: Any, kept: bool) -> None:  # noqa: FBT001
    related = {"products": {"51": {"id": 51, **product} if product else {}}}

    assert ("8" in quantities(two(), related)) is kept


def test_a_virtual_line_is_left_out_and_named_in_the_totals() -> None:
    outcome = ready(two(), {"products": {"51": {"virtual": True}}})

    assert str(outcome.order.item_sub_total.value) == "30.00"
    assert [caution.detail.partition(" by ")[2] for caution in outcome.cautions] == [
        "8.00 GBP: lines that are no goods 8.00."
    ]


def test_an_order_of_virtual_lines_has_no_goods() -> None:
    related = {"products": {"50": {"virtual": True}, "51": {"virtual": True}}}

    assert mapped(two(), related) == Skipped(SkipReason.NO_GOODS)


def test_a_variation_decides_before_its_parent_whether_it_is_virtual() -> None:
    raw = order(line_items=[line(product_id=50, variation_id=60)])
    virtual, real = {"virtual": True}, {"virtual": False}

    assert quantities(raw, {"products": {"50": virtual, "60": real}}) == {"1": 1}
    assert mapped(raw, {"products": {"50": real, "60": virtual}}) == Skipped(SkipReason.NO_GOODS)


def test_lines_without_a_quantity_are_left_out() -> None:
    raw = order(line_items=[line(), line(id=2, quantity=0, subtotal="0", total="0")])

    assert quantities(raw) == {"1": 1}


@pytest.mark.parametrize("quantity", [2, "2", 2.0, "2.0"])
def test_a_whole_quantity_may_be_written_in_any_way(quantity: Any) -> None:
    assert quantities(order(line_items=[line(quantity=quantity)])) == {"1": 2}


def bundle(container: str, *members: str, marks: str = "fields") -> dict[str, Any]:
    """A bundle on line 1, its members on lines 2, 3, ..., each with its price."""
    prices = [container, *members]
    lines = [line(id=n, subtotal=p, total=p) for n, p in enumerate(prices, start=1)]
    for entry in lines:
        first = entry["id"] == 1
        if marks == "fields":
            entry |= {"bundled_by": "" if first else "1", "bundled_items": [2, 3] if first else []}
        elif marks == "composite":
            entry |= {"composite_parent": "" if first else 1}
        else:
            entry["meta_data"] = meta(
                **({"_bundled_items": ["a"]} if first else {"_bundled_by": "b"})
            )
    return order(line_items=lines, total=str(sum(map(float, prices))))


@pytest.mark.parametrize("marks", ["fields", "composite", "meta"])
@pytest.mark.parametrize(
    ("prices", "kept"),
    [
        pytest.param(("20.00", "0.00", "0.00"), {"1"}, id="container priced"),
        pytest.param(("0.00", "12.00", "8.00"), {"2", "3"}, id="members priced"),
        pytest.param(("0.00", "12.00", "0.00"), {"2", "3"}, id="one member is a gift"),
        pytest.param(("5.00", "12.00", "0.00"), {"1", "2", "3"}, id="both priced"),
        pytest.param(("0.00", "0.00", "0.00"), {"1"}, id="all free"),
    ],
)
def test_a_bundle_is_priced_once(prices: tuple[str, ...], kept: set[str], marks: str) -> None:
    assert set(quantities(bundle(*prices, marks=marks))) == kept


def test_a_bundle_that_is_priced_twice_is_a_caution() -> None:
    cautions = ready(bundle("5.00", "12.00")).cautions

    assert [(c.code, c.detail) for c in cautions] == [
        (
            "bundle_priced_twice",
            "line_items[0] is a bundle with a price, and so are lines inside it.",
        )
    ]


def test_a_virtual_container_carries_the_price_of_real_members() -> None:
    raw = bundle("20.00", "0.00")
    raw["line_items"][0]["product_id"] = 70

    assert quantities(raw, {"products": {"70": {"virtual": True}}}) == {"1": 1}


def test_a_bundle_of_virtual_members_is_no_goods() -> None:
    raw = bundle("20.00", "0.00")

    outcome = mapped(raw, {"products": {"50": {"virtual": True}}})

    assert outcome == Skipped(SkipReason.NO_GOODS)


def test_a_container_is_shipped_when_its_members_are() -> None:
    related = {"fulfillments": [fulfilment([{"item_id": 2, "qty": 1}])]}

    assert quantities(bundle("20.00", "0.00"), related) == {"1": 1}


def test_a_line_marked_as_a_member_without_a_container_above_it_is_a_line() -> None:
    gift = line(subtotal="0", total="0", meta_data=meta(_bundled_by="b"))

    assert quantities(order(line_items=[gift])) == {"1": 1}


def test_a_line_that_names_itself_as_its_container_is_a_line() -> None:
    assert quantities(order(line_items=[line(bundled_by=1)])) == {"1": 1}


@pytest.mark.parametrize("marks", ["fields", "composite", "meta"])
@pytest.mark.parametrize("price", ["0.00", "7.00"])
def test_a_line_after_a_bundle_is_no_part_of_it(price: str, marks: str) -> None:
    raw = bundle("20.00", "0.00", marks=marks)
    raw["line_items"].append(line(id=3, subtotal=price, total=price))
    raw["total"] = str(20 + float(price))

    assert quantities(raw) == {"1": 1, "3": 1}
    assert ready(raw).cautions == ()


def test_a_container_is_not_shipped_while_none_of_its_members_is() -> None:
    raw = bundle("20.00", "0.00")
    raw["line_items"].append(line(id=3, product_id=51))
    related = {"fulfillments": [fulfilment([{"item_id": 3, "qty": 1}])]}

    assert quantities(raw, related) == {"3": 1}


def test_a_circle_of_bundles_that_another_bundle_is_in_comes_to_an_end() -> None:
    lines = [line(id=1, bundled_by=2), line(id=2, bundled_by=3), line(id=3, bundled_by=2)]

    assert set(quantities(order(line_items=lines))) == {"1", "2", "3"}


def test_bundles_inside_each_other_in_a_circle_lose_no_line_and_no_money() -> None:
    lines = [line(id=1, bundled_by=2), line(id=2, bundled_by=1)]

    assert set(quantities(order(line_items=lines))) == {"1", "2"}
