"""
What a trace tells of made-up mappers, each of which makes one thing plain.

A mapper here is a function of the order; it returns what is sent, or the outcome.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

import pytest

from mapping.outcome import Caution, Outcome, Quarantined, Ready, Skipped, SkipReason, Waiting
from mapping.policy import Policy
from mapping.provenance import OUTCOME, provenance
from mapping.rule import rule
from tests.mapping import shop as bolt

ORDER = bolt.ready(bolt.order()).order
WAITS = Waiting(bolt.NOW + timedelta(hours=1))
Map = Callable[[Any], Outcome | Mapping[str, Any]]


def told(decide: Map, order: Any) -> list[tuple[str, str, str]]:
    """Field, source and rule of all that the trace tells."""

    def mapper(order: Any, related: Any, **_how: Any) -> Outcome:
        del related
        try:
            made = decide(order)
        except TypeError:  # a mapper takes whatever JSON holds
            return Quarantined("", "holds something else.")
        if isinstance(made, Mapping):
            return Ready(ORDER, json.dumps(made).encode(), "f")
        return made

    origins = provenance(mapper, order, {}, shop=bolt.Shop(), policy=Policy(), now=bolt.NOW)
    return [(origin.field, origin.source, origin.rule) for origin in origins]


@rule("looked at")
def seen(order: Any) -> Any:
    return order["it"]


@rule("taken")
def taken(order: Any) -> Any:
    return order["it"]


def test_of_the_rules_that_read_a_value_the_one_that_took_it_is_named() -> None:
    def decide(order: Any) -> Any:
        return {"name": "nameless" if seen(order) is None else taken(order)}

    assert told(decide, {"it": "Tea"}) == [("name", "it", "taken")]


def test_a_rule_that_cannot_do_with_another_value_did_not_take_it() -> None:
    def decide(order: Any) -> Any:
        few = seen(order) in {1, 2}
        return {"next": taken(order) + 1} if few else Quarantined("it", "is too much.")

    assert told(decide, {"it": 2}) == [("next", "it", "taken")]


def test_sources_are_told_in_the_order_they_were_read() -> None:
    order = {"a": "left", "b": "right"}

    assert told(lambda order: {"way": f"{order['b']} {order['a']}"}, order) == [
        ("way", "b", ""),
        ("way", "a", ""),
    ]


def test_a_value_inside_a_text_that_holds_json_is_told_by_its_place_there() -> None:
    def decide(order: Any) -> Any:
        return {"number": json.loads(order["meta"])[0]["parcel"]["number"]}

    order = {"meta": '[{"parcel": {"number": "AB1"}}]'}

    assert told(decide, order) == [("number", "meta[0].parcel.number", "")]


@pytest.mark.parametrize("count", [3, 4])
def test_a_value_that_decides_under_one_of_its_others_alone_is_a_source(count: int) -> None:
    assert told(lambda order: {"right": order["it"] == count}, {"it": 2}) == [("right", "it", "")]


def test_all_values_that_decide_are_sources_of_what_follows_none() -> None:
    def decide(order: Any) -> Any:
        wide, long = order["width"] > 2, order["length"] > 3
        return {"large": wide and long}

    assert told(decide, {"width": 3, "length": 4}) == [
        ("large", "width", ""),
        ("large", "length", ""),
    ]


def test_what_a_field_follows_is_told_and_not_what_decides_that_it_does() -> None:
    def decide(order: Any) -> Any:
        return {"name": order["name"] if order["count"] > 1 else "nameless"}

    assert told(decide, {"count": 2, "name": "Tea"}) == [("name", "name", "")]


def test_what_is_less_of_two_numbers_comes_from_both() -> None:
    def decide(order: Any) -> Any:
        ordered, kept = order["ordered"], order["kept"]
        return {"ordered": ordered, "kept": kept, "shipped": min(ordered, kept)}

    found = told(decide, {"ordered": 2, "kept": 2})

    assert [source for field, source, _ in found if field == "shipped"] == ["ordered", "kept"]


def test_every_word_of_a_sentence_is_tried() -> None:
    def decide(order: Any) -> Any:
        words = str(order["note"]).split(" ")
        if len(words) < 6:
            return Quarantined("note", "is too short.")
        return {"note": order["note"], "number": words[3]}

    order = {"note": "sent by UPS AB1 this morning"}

    assert told(decide, order) == [("note", "note", ""), ("number", "note", "")]


def test_a_value_whose_first_others_are_of_no_use_is_tried_with_more() -> None:
    def decide(order: Any) -> Any:
        if order["code"] not in {f"b{digit}" for digit in range(10)}:
            return Quarantined("code", "is none.")
        return {"digit": order["code"][1]}

    assert told(decide, {"code": "b2"}) == [("digit", "code", "")]


@pytest.mark.parametrize("known", [{"EUR", "USD"}, {"EUR", "USD", "GBP"}], ids=sorted)
def test_values_that_must_agree_only_if_they_are_known_are_changed_together(
    known: set[str],
) -> None:
    def decide(order: Any) -> Any:
        found = {order["of_shop"], order["of_order"]} & known
        return Quarantined("currency", "is mixed.") if len(found) > 1 else {"in": [*found]}

    order = {"of_shop": "EUR", "of_order": "EUR"}

    assert told(decide, order) == [("in[0]", "of_shop", ""), ("in[0]", "of_order", "")]


def test_an_id_and_another_value_may_have_to_agree() -> None:
    def decide(order: Any) -> Any:
        if order["id"] != order["ref"]:
            return Quarantined("ref", "is another order's.")
        return {"id": order["id"]}

    assert told(decide, {"id": "7", "ref": "7"}) == [("id", "id", ""), ("id", "ref", "")]


def items(lines: Any) -> Any:
    return [{"id": line["id"], "large": line["pieces"] > 2} for line in lines]


def test_orders_with_more_or_fewer_items_are_not_compared() -> None:
    def decide(order: Any) -> Any:
        made = items([line for line in order["lines"] if line["pieces"]])
        return {"items": made, "count": len(made)}

    order = {"lines": [{"id": "a", "pieces": 1}, {"id": "b", "pieces": 1}]}

    assert "count" not in {field for field, _, _ in told(decide, order)}


def test_of_an_item_that_became_another_lines_the_id_alone_is_compared() -> None:
    def decide(order: Any) -> Any:
        return {"items": items(sorted(order["lines"], key=lambda line: line["id"] or 0))}

    order = {"lines": [{"id": 1, "pieces": 2}, {"id": 50, "pieces": 9}]}

    assert [one for one in told(decide, order) if one[0] == "items[0].large"] == [
        ("items[0].large", "lines[0].pieces", "")
    ]


@rule("head")
def head(order: Any) -> set[str]:
    return {order["currency"]}


@rule("lines")
def of_lines(order: Any) -> set[str]:
    return {line[field] for line in order["lines"] for field in ("currency", "unit")}


def test_of_values_that_must_agree_one_of_each_name_is_told_and_none_that_is_not_needed() -> None:
    def decide(order: Any) -> Any:
        found = head(order) | of_lines(order)
        if len(found) > 1:
            return Quarantined("currency", "is mixed.")
        return {"currency": min(found), "club": order["club"]}

    line = {"currency": "EUR", "unit": "EUR"}
    order = {"club": "EUR", "currency": "EUR", "lines": [line, line]}

    assert told(decide, order) == [
        ("currency", "currency", "head"),
        ("currency", "lines[0].currency", "lines"),
        ("currency", "lines[0].unit", "lines"),
        ("club", "club", ""),
    ]


def test_where_one_value_may_stand_in_for_another_their_place_is_told() -> None:
    def decide(order: Any) -> Any:
        box = (order or {}).get("box") or {}
        return {"boxed": bool(box.get("mine") or box.get("theirs")), "id": order and order["id"]}

    order = {"id": "A", "box": {"mine": "a box", "theirs": "a bag"}}

    assert [one for one in told(decide, order) if one[0] == "boxed"] == [("boxed", "box", "")]


def test_a_field_without_a_value_behind_it_has_no_source() -> None:
    assert told(lambda order: {"id": order["id"], "kind": "order"}, {"id": "A"}) == [
        ("id", "id", "")
    ]


def test_a_reason_that_is_no_value_of_the_order_has_no_rule() -> None:
    def decide(order: Any) -> Any:
        return Quarantined("IngestOrder.items", f"cannot be sent: {order['id']}.")

    assert told(decide, {"id": 1}) == [(OUTCOME, "IngestOrder.items", "")]


def test_what_leads_to_another_reason_decided() -> None:
    def decide(order: Any) -> Any:
        test, _total = order["test"], order["total"]
        return Skipped(SkipReason.TEST if test == 1 else SkipReason.DRAFT)

    assert told(decide, {"test": 1, "total": 2}) == [(OUTCOME, "test", "")]


def test_what_makes_an_order_wait_comes_before_what_tells_another_detail() -> None:
    def decide(order: Any) -> Any:
        detail, shipped = str(order["status"]), order["shipped"] != 1
        return WAITS if shipped else Skipped(SkipReason.NOT_SHIPPED, detail)

    assert told(decide, {"status": "on its way", "shipped": 1}) == [(OUTCOME, "shipped", "")]


def test_what_decides_how_long_an_order_waits_is_told_and_not_its_cautions() -> None:
    def decide(order: Any) -> Any:
        if order["paid"] != 1:
            return {}
        until = bolt.NOW + timedelta(days=order["days"])
        return Waiting(until, (Caution("note", str(order["note"])),))

    assert told(decide, {"paid": 1, "days": 2, "note": "fragile"}) == [
        (OUTCOME, "paid", ""),
        (OUTCOME, "days", ""),
    ]


def test_where_no_other_value_changes_the_outcome_the_last_that_was_read_is_told() -> None:
    def decide(order: Any) -> Any:
        return Skipped(SkipReason.DRAFT) if [order[key] for key in ("c", "a", "b")] else {}

    assert told(decide, {"a": 1, "b": 2, "c": 3}) == [(OUTCOME, "b", "")]


def test_what_would_make_an_order_wait_decided_that_it_is_skipped() -> None:
    raw = bolt.order(parent_id=7, date_completed_gmt="2026-06-20T11:00:00")

    assert [origin.source for origin in bolt.traced(raw)] == ["parent_id"]


@pytest.mark.parametrize(
    "policy",
    [
        pytest.param(Policy(), id="waits for a number"),
        pytest.param(
            Policy(tracking_wait=timedelta(0), when_tracking_never_comes="quarantine"),
            id="not without a number",
        ),
    ],
)
def test_a_carrier_comes_from_its_plugins_key_though_no_order_is_sent_without(
    policy: Policy,
) -> None:
    """DHL's plugin stores no carrier: its key says it."""
    label = {"tracking_number": "JJD149990000012345678"}
    raw = bolt.order(
        date_completed_gmt="2026-06-20T11:00:00",
        meta_data=bolt.meta(_pr_shipment_dhl_label_tracking=label),
    )

    origins = bolt.traced(raw, policy=policy)

    carrier = {origin.source for origin in origins if origin.field == "outboundFulfilment.carrier"}
    assert carrier == {"meta_data[_pr_shipment_dhl_label_tracking].key"}


@pytest.mark.parametrize(
    "policy",
    [
        pytest.param(Policy(tracking_wait=timedelta(days=10)), id="a duration"),
        pytest.param(Policy(post_code_placeholder=""), id="an empty text"),
        pytest.param(Policy(carriers={}), id="nothing"),
    ],
)
def test_an_order_that_is_not_sent_is_traced_whatever_is_set(policy: Policy) -> None:
    """A setting that has no other of its kind once ended the trace."""
    origins = bolt.traced(bolt.order(status="processing"), policy=policy)

    assert [(origin.source, origin.rule) for origin in origins] == [("status", "status")]


def test_an_order_that_waits_names_what_decides_how_long() -> None:
    policy = Policy(tracking_wait=timedelta(days=10))

    origins = bolt.traced(bolt.order(date_created_gmt="2026-06-10T09:00:00"), policy=policy)

    assert [(origin.source, origin.rule) for origin in origins] == [
        ("date_completed_gmt", "completion date")
    ]
