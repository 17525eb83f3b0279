"""The rows of a bulk result: one JSON object per line, children beside their parents."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any, Final

from orderferry.sandbox.shopify.bulk_rules import node_steps
from orderferry.sandbox.shopify.call import Call
from orderferry.sandbox.shopify.json_types import Json
from orderferry.sandbox.shopify.listing import order_listing
from orderferry.sandbox.shopify.plan import Selection, Step
from orderferry.sandbox.shopify.reading import Reader

_MIXED: Final = 3
"""So many parents come before the children of any of them, when rows are not grouped."""

_OMITTED: Final = 3
"""Of a sorted feed by time of change every third order is missing: a defect that was seen."""


@dataclass(slots=True)
class Result:
    """A finished bulk result."""

    data: bytes
    objects: int
    roots: int
    denied: bool
    """Whether something was asked for that the token may not read."""


def write_jsonl(call: Call, plan: Selection, *, grouped: bool) -> Result:
    """Returns the rows of a bulk query as bytes; orders are read one at a time."""
    reader = Reader(call)
    result = Result(b"", 0, 0, denied=False)
    written = bytearray()
    for step in plan.only:
        asked = node_steps(step) or ()
        families = (_family(call, reader, asked, order) for order in _roots(call, step))
        for rows in families if grouped else _mixed(families):
            for row in rows:
                written += json.dumps(row, separators=(",", ":"), ensure_ascii=False).encode()
                written += b"\n"
                result.objects += 1
                result.roots += "__parentId" not in row
    result.data = bytes(written)
    result.denied = bool(reader.errors) or any(step.denial for step in plan.only)
    return result


def _roots(call: Call, step: Step) -> Iterator[Any]:
    if step.name != "orders" or step.denial is not None:
        return
    books = call.shop.settled_books()
    listing = order_listing(books, call.reach, step.args)
    sorted_by_change = step.args.get("sortKey") == "UPDATED_AT"
    defective = call.shop.bulk.omits_when_sorted and sorted_by_change
    defective = defective and "updated_at" in (step.args.get("query") or "")
    for at, (_value, order_id) in enumerate(listing.rows()):
        if not defective or at % _OMITTED != _OMITTED - 1:
            yield books.view(order_id)


def _family(
    call: Call,
    reader: Reader,
    asked: Sequence[Step],
    owner: Any,  # noqa: ANN401 - the shop's objects are JSON or behave like it
) -> list[Json]:
    """Returns the row of an object and, behind it, the rows of its connections."""
    own = reader.row(tuple(step for step in asked if not step.connection), owner)
    rows = [own] if own is not None else []
    for step in asked:
        if not step.connection or step.resolver is None:
            continue
        page = step.resolver(call, owner, {})
        for child in page.nodes:
            for row in _family(call, reader, node_steps(step) or (), child):
                row.setdefault("__parentId", owner["id"])
                rows.append(row)
    return rows


def _mixed(families: Iterator[list[Json]]) -> Iterator[list[Json]]:
    """Yields the rows so that children do not follow their own parent (since 2026-01)."""
    block: list[list[Json]] = []
    for family in families:
        block.append(family)
        if len(block) == _MIXED:
            yield _shuffle(block)
            block = []
    yield _shuffle(block)


def _shuffle(block: Sequence[Sequence[Json]]) -> list[Json]:
    turns = zip_longest(*block)
    return [row for turn in turns for row in turn if row is not None]
