"""What WooCommerce's own fulfilments say, entry by entry."""

from __future__ import annotations

from typing import Any

import pytest

from mapping.outcome import Quarantined
from mapping.woocommerce.fulfilments import read_fulfilments
from tests.mapping.shop import line, mapped, meta, order, payload


def entry(items: Any, **changes: Any) -> dict[str, Any]:
    stored = {"_items": items} | {key: changes.pop(key) for key in list(changes) if key[0] == "_"}
    return {"is_fulfilled": "1", "meta_data": meta(**stored)} | changes


@pytest.mark.parametrize(
    ("items", "quantities"),
    [
        pytest.param([{"item_id": 7, "qty": 2}], {"7": 2}, id="one line"),
        pytest.param([{"item_id": 7, "qty": 2}, {"item_id": 7, "qty": 1}], {"7": 3}, id="twice"),
        pytest.param(
            [{"item_id": 7, "qty": 2}, {"item_id": 8, "qty": 1}], {"7": 2, "8": 1}, id="two"
        ),
        pytest.param([{"item_id": 7, "qty": -2}], {"7": 0}, id="less than nothing is nothing"),
        pytest.param([{"item_id": 7, "qty": 0}], {"7": 0}, id="nothing"),
        pytest.param({"3": {"item_id": "7", "qty": "2"}}, {"7": 2}, id="as PHP writes holes"),
        pytest.param([], {}, id="no lines"),
        pytest.param(None, {}, id="null"),
    ],
)
def test_the_pieces_of_each_line_are_added_up(items: Any, quantities: dict[str, int]) -> None:
    (found,) = read_fulfilments([entry(items)])

    assert found.quantities == quantities


@pytest.mark.parametrize(
    "item",
    [
        pytest.param({"qty": 1}, id="no line"),
        pytest.param({"item_id": 1}, id="no quantity"),
        pytest.param({"item_id": 1, "qty": "0.5"}, id="half a piece"),
    ],
)
def test_an_entry_that_does_not_say_how_many_of_what_holds_the_order(item: dict[str, Any]) -> None:
    sound = entry([{"item_id": 1, "qty": 1}])

    held = mapped(order(), {"fulfillments": [sound, entry([item])]})

    assert held == Quarantined(
        "fulfillments[1]._items", "holds an entry without a line or a whole quantity."
    )


@pytest.mark.parametrize(
    ("stored", "carrier"),
    [
        pytest.param({"_shipment_provider": "ups"}, "ups", id="known to the shop"),
        pytest.param({"_shipping_provider": "ups"}, "ups", id="under the first key"),
        pytest.param({"_shipment_provider": "Other", "_provider_name": "Acme"}, "Acme", id="other"),
        pytest.param({"_provider_name": "Acme"}, "Acme", id="a name alone"),
        pytest.param({"_shipment_provider": "other"}, "", id="other, without a name"),
        pytest.param({}, "", id="none"),
    ],
)
def test_a_fulfilments_carrier(stored: dict[str, str], carrier: str) -> None:
    (found,) = read_fulfilments([entry([], **stored)])

    assert (found.carrier, found.number) == (carrier, "")


def test_a_fulfilment_was_made_when_it_says_or_was_last_changed() -> None:
    changed = "2026-06-16 20:00:00"
    said, unsaid = (
        entry([], _date_fulfilled="2026-06-15T20:00:00Z", date_updated=changed),
        entry([], date_updated=changed),
    )

    assert [found.at for found in read_fulfilments([said, unsaid])] == [
        "2026-06-15T20:00:00Z",
        changed,
    ]


def test_one_member_in_a_parcel_is_not_all_of_them() -> None:
    """A bundle that is priced on both levels, so that all of its lines are sent."""
    lines = [line(id=1), line(id=2, bundled_by=1), line(id=3, bundled_by=1)]
    packed = entry([{"item_id": 2, "qty": 1}])

    sent = payload(order(line_items=lines, total="30.00"), {"fulfillments": [packed]})

    assert [item["id"] for item in sent["items"]] == ["1", "2"]
