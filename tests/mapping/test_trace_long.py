"""A long order is traced line by line, which tells the same as tracing the whole of it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest

from mapping.apart import sources
from mapping.ingest import IngestItem, Price
from mapping.outcome import Outcome, Quarantined, Ready, Skipped, SkipReason
from mapping.policy import Policy
from mapping.tracing import Found, Reader
from mapping.trial import Trial
from tests.mapping import shop as bolt

SENT = bolt.ready(bolt.order(), policy=Policy(default_carrier="DHL")).order
ONE_PENNY = Price(value=1, currency="GBP")
Line = dict[str, Any]
Items = Callable[[Line, Sequence[Line], Any], Iterator[IngestItem]]


def plain(line: Line, _lines: Sequence[Line], maker: Any) -> Iterator[IngestItem]:
    """One item a line; of what is told beside the order it takes two letters."""
    yield piece(line["id"], line["sku"], f"from {str(maker)[:2]}")


def bundle(line: Line, _lines: Sequence[Line], maker: Any) -> Iterator[IngestItem]:
    """Two items a line."""
    yield from plain(line, _lines, maker)
    yield piece(f"{line['id']}b", line["extra"], str(maker)[:2])


def no_tips(line: Line, _lines: Sequence[Line], maker: Any) -> Iterator[IngestItem]:
    """The third line makes no item."""
    if line["extra"] != "+c":
        yield from plain(line, _lines, maker)


def counted(line: Line, lines: Sequence[Line], _maker: Any) -> Iterator[IngestItem]:
    """Items that tell how many there are, and so are others when they are alone."""
    yield piece(line["id"], line["sku"], f"{line['sku']}, one of {len(lines)}")


def piece(identity: str, sku: str, name: str) -> IngestItem:
    return IngestItem(id=identity, quantity=1, sku=sku, name=name, price=ONE_PENNY)


class Shop:
    """A mapper of orders {"zone", "lines", "tax"}; remembers the lines and the zones it met."""

    def __init__(self, items: Items = plain, under: tuple[str, ...] = ()) -> None:
        self.items = items
        self.under = under
        self.met: list[tuple[str, tuple[str, ...]]] = []

    def __call__(self, order: Any, related: Any, **_how: Any) -> Outcome:
        members = order["lines"]["nodes"] if self.under else order["lines"]
        lines = [line for line in members or () if line]
        self.met.append((order["zone"], tuple([line["sku"] for line in lines])))
        maker = related["maker"]
        items = [item for line in lines for item in self.items(line, lines, maker)]
        if not items:
            return Skipped(SkipReason.NO_GOODS)
        payload = {
            "zone": order["zone"],
            "items": [{"id": item.id, "sku": item.sku, "name": item.name} for item in items],
            "maker": maker,
            "first": [line["sku"] for line in lines[:1]],
        }
        made = SENT.model_copy(update={"items": tuple(items)})
        return Ready(made, json.dumps(payload).encode(), "f")

    def whole(self) -> set[tuple[str, ...]]:
        """The lines of those orders that it met with more than one."""
        return {lines for _, lines in self.met if len(lines) > 1}


def reader(mapper: Shop, count: int) -> Reader:
    lines: Any = [
        {"id": f"{letter}-", "sku": f"{letter}{letter}", "extra": f"+{letter}"}
        for letter in "abcdefgh"[:count]
    ]
    order = {"zone": "north", "lines": {"nodes": lines} if mapper.under else lines}
    return Reader(
        Trial.of(
            mapper, order, {"maker": "Meissen"}, shop=bolt.Shop(), policy=Policy(), now=bolt.NOW
        )
    )


def expected(count: int, under: tuple[str, ...] = ()) -> list[Found]:
    """What a plain order of so many lines is made from; written apart from the code."""
    lines = ("order", "lines", *under)
    found: list[Found] = [("zone", ("order", "zone"), "")]
    for at in range(count):
        found += [
            (f"items[{at}].id", (*lines, at, "id"), ""),
            (f"items[{at}].sku", (*lines, at, "sku"), ""),
            (f"items[{at}].name", ("related", "maker"), ""),
        ]
    return [*found, ("maker", ("related", "maker"), ""), ("first[0]", (*lines, 0, "sku"), "")]


@pytest.mark.parametrize(("count", "under"), [(6, ()), (8, ()), (6, ("nodes",))], ids=str)
def test_a_long_order_has_its_sources_in_the_order_of_the_payload(
    count: int, under: tuple[str, ...]
) -> None:
    mapper = Shop(under=under)

    found = list(sources(reader(mapper, count)))

    assert found == expected(count, under)


@pytest.mark.parametrize("under", [(), ("nodes",)], ids=str)
def test_in_the_whole_of_a_long_order_two_lines_stand_for_all(under: tuple[str, ...]) -> None:
    mapper = Shop(under=under)

    list(sources(reader(mapper, 6)))

    assert {skus[2:] for skus in mapper.whole()} == {("cc", "dd", "ee", "ff")}


def test_a_line_alone_is_not_tried_with_what_only_the_order_follows() -> None:
    mapper = Shop()

    list(sources(reader(mapper, 6)))

    assert {zone for zone, lines in mapper.met if len(lines) == 1} == {"north"}


@pytest.mark.parametrize("under", [(), ("nodes",)], ids=str)
def test_a_short_order_is_traced_as_a_whole(under: tuple[str, ...]) -> None:
    mapper = Shop(under=under)

    assert list(sources(reader(mapper, 5))) == expected(5, under)

    assert {len(lines) for _, lines in mapper.met} == {5}


def test_a_line_without_an_item_is_passed_over() -> None:
    """A tip is none, and an order of nothing else is not sent."""
    mapper = Shop(no_tips)

    found = list(sources(reader(mapper, 8)))

    skus = [path for name, path, _ in found if name.endswith(".sku")]
    assert skus == [("order", "lines", at, "sku") for at in (0, 1, 3, 4, 5, 6, 7)]
    assert "hh" in {lines[0] for _, lines in mapper.met if len(lines) == 1}


def test_lines_that_make_several_items_are_traced_as_a_whole() -> None:
    mapper = Shop(bundle)

    found = list(sources(reader(mapper, 6)))

    assert ("items[3].sku", ("order", "lines", 1, "extra"), "") in found
    assert [name for name, _, _ in found if name.startswith("items[3]")] == [
        *("items[3].id", "items[3].sku", "items[3].name"),
    ]
    assert {skus[5] for skus in mapper.whole()} > {"ff"}


def test_items_that_depend_on_other_lines_are_traced_as_a_whole() -> None:
    mapper = Shop(counted)

    found = list(sources(reader(mapper, 6)))

    for at in range(6):
        assert (f"items[{at}].sku", ("order", "lines", at, "sku"), "") in found
    assert {skus[5] for skus in mapper.whole()} > {"ff"}


def test_an_order_that_is_not_sent_has_no_fields() -> None:
    def mapper(order: Any, related: Any, **_how: Any) -> Outcome:
        del order, related
        return Quarantined("lines", "are bad.")

    trial = Trial.of(mapper, {"lines": []}, {}, shop=bolt.Shop(), policy=Policy(), now=bolt.NOW)

    assert list(sources(Reader(trial))) == []
