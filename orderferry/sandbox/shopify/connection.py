"""One page of a connection."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from orderferry.sandbox.shopify.cursor import bad_cursor, read_cursor, write_cursor
from orderferry.sandbox.shopify.json_types import Json, legacy_id


@dataclass(frozen=True, slots=True)
class Connection:
    """Rows and where they lie; read by field name like every object of an answer."""

    nodes: Sequence[Any]
    cursor: Callable[[Any], str]
    """Returns the cursor behind a row."""
    has_next: bool
    has_previous: bool

    def __getitem__(self, name: str) -> Any:  # noqa: ANN401 - rows of any type
        return _FIELDS[name](self)


def _edges(page: Connection) -> list[Json]:
    return [{"cursor": page.cursor(row), "node": row} for row in page.nodes]


def _page_info(page: Connection) -> Json:
    return {
        "hasNextPage": page.has_next,
        "hasPreviousPage": page.has_previous,
        "startCursor": page.cursor(page.nodes[0]) if page.nodes else None,
        "endCursor": page.cursor(page.nodes[-1]) if page.nodes else None,
    }


_FIELDS: Mapping[str, Callable[[Connection], Any]] = {
    "nodes": lambda page: page.nodes,
    "edges": _edges,
    "pageInfo": _page_info,
}


def paged(rows: Sequence[Json], args: Mapping[str, Any]) -> Connection:
    """Returns the page of a nested connection that `first`, `after` and `reverse` name."""
    ordered = rows[::-1] if args.get("reverse") else rows
    start = 0
    if args.get("after") is not None:
        last_id, _ = read_cursor(args["after"])
        known = [legacy_id(row["id"]) for row in ordered]
        if last_id not in known:
            raise bad_cursor()
        start = known.index(last_id) + 1
    first = args.get("first")
    end = len(ordered) if first is None else start + first
    return Connection(ordered[start:end], _cursor, end < len(ordered), start > 0)


def _cursor(row: Json) -> str:
    number = legacy_id(row["id"])
    return write_cursor(number, number)
