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

from mapping.outcome import Outcome, Quarantined, Ready, Skipped, SkipReason
from mapping.policy import Policy
from mapping.provenance import OUTCOME, provenance
from mapping.rule import rule
from tests.mapping import shop as bolt

ORDER = bolt.ready(bolt.order()).order
Map = Callable[[Any], Outcome | Mapping[str, Any]]


def told(decide: Map, order: Any) -> list[tuple[str, str, str]]:
    """Field, source and rule of all that the trace tells."""

    def mapper(order: Any, related: Any, **_how: Any) -> Outcome:
        del related
        made = decide(order)
        if isinstance(made, Mapping):
            return Ready(ORDER, json.dumps(made).encode(), "f")
        return made

    origins = provenance(mapper, order, {}, shop=bolt.Shop(), policy=Policy(), now=bolt.NOW)
    return [(origin.field, origin.source, origin.rule) for origin in origins]


@rule("checked")
def is_there(order: Any) -> bool:
    return order["title"] is not None


@rule("taken")
def title(order: Any) -> Any:
    return order["title"]


def test_of_the_rules_that_read_a_value_the_one_that_took_it_is_named() -> None:
    def decide(order: Any) -> Any:
        return {"name": title(order) if is_there(order) else "nameless"}

    assert told(decide, {"title": "Tea"}) == [("name", "title", "taken")]


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
