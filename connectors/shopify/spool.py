"""
A bulk operation's file, read back as whole orders, the earliest change first.

The file has one JSON object a line, in no order: a line item may come long
before or after its order, which its `__parentId` names. Memory stays flat all
the same: the file goes to disk, an index of some 20 bytes for each order
remembers when it was changed, and the lines are dealt out to parts of a few
thousand orders by time. One part at a time is in memory. The files have no name
in the file system, so even a crash leaves nothing of them behind.
"""

from __future__ import annotations

import json
import tempfile
from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import IO, Any, Final, Self

from connectors.shopify.shape import instant, number

Json = Any
NewFile = Callable[[], IO[bytes]]

_PART: Final = 2_000  # orders
_MOST_PARTS: Final = 64  # open files
_PARENT: Final = "__parentId"


class Damaged(Exception):
    """The file is not what it should be; the message says how."""


@dataclass(slots=True)
class Row:
    """An order of the file, with its lines and shipping lines."""

    order: dict[str, Json] = field(default_factory=dict)
    lines: list[dict[str, Json]] = field(default_factory=list)
    shipping: list[dict[str, Json]] = field(default_factory=list)

    @property
    def modified_at(self) -> datetime:
        """When the order was modified; every order of a spool has it."""
        return instant(self.order["updatedAt"]) or datetime.min.replace(tzinfo=UTC)


class Spool:
    """
    The lines of one file, on disk; a context manager.

    Attributes:
        objects: How many lines there are.
        times: When each order was modified (Unix seconds), sorted by the orders' ids.

    """

    def __init__(self, lines: Iterable[bytes], new_file: NewFile = tempfile.TemporaryFile) -> None:
        """Take in all lines; raises Damaged, or whatever *lines* raises."""
        self.objects = 0
        self.times = array("q")
        self._ids = array("q")
        self._new_file = new_file
        with ExitStack() as undone:
            self._whole = undone.enter_context(new_file())
            for line in filter(None, lines):
                self._take(line)
            self._sort()
            self._parts = self._deal(undone)
            self._files = undone.pop_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.close()

    def close(self) -> None:
        """Gives the disk space back."""
        self._files.close()

    def rows(self) -> Iterator[Row]:
        """Yields the orders, the earliest change first."""
        for part in self._parts:
            part.seek(0)
            rows: dict[bytes, Row] = {}
            for line in part:
                owner, _, text = line.partition(b"\t")
                value = json.loads(text)
                row = rows.setdefault(owner, Row())
                if _PARENT in value:
                    del value[_PARENT]
                    # a shipping line may have no id to tell it by
                    (row.lines if "quantity" in value else row.shipping).append(value)
                else:
                    row.order = value
            yield from sorted(
                rows.values(), key=lambda row: (row.modified_at, number(row.order["id"]))
            )

    def _take(self, line: bytes) -> None:
        try:
            value = json.loads(line)
            owner = number(value.get(_PARENT) or value["id"])
            if _PARENT not in value:
                at = instant(value["updatedAt"])
                if not owner or at is None:
                    raise Damaged("an order without id or time")
                self._ids.append(owner)
                self.times.append(int(at.timestamp()))
        except (ValueError, LookupError, TypeError, AttributeError):
            raise Damaged("a line that is no order and no part of one") from None
        self.objects += 1
        self._whole.write(b"%d\t%s\n" % (owner, line))

    def _sort(self) -> None:
        order = sorted(range(len(self._ids)), key=self._ids.__getitem__)
        self._ids = array("q", (self._ids[place] for place in order))
        self.times = array("q", (self.times[place] for place in order))

    def _deal(self, files: ExitStack) -> list[IO[bytes]]:
        """Returns files with the lines of a few thousand orders each, the earliest first."""
        size = max(_PART, -(-len(self._ids) // _MOST_PARTS))
        part_of = array("H", bytes(2 * len(self._ids)))
        for rank, place in enumerate(sorted(range(len(self.times)), key=self.times.__getitem__)):
            part_of[place] = rank // size
        count = -(-len(self._ids) // size)
        parts = [files.enter_context(self._new_file()) for _ in range(count)]
        self._whole.seek(0)
        for line in self._whole:
            owner = int(line.partition(b"\t")[0])
            place = bisect_left(self._ids, owner)
            if place == len(self._ids) or self._ids[place] != owner:
                raise Damaged("a line item without its order")
            parts[part_of[place]].write(line)
        return parts
