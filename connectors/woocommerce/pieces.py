"""One page of a list, in pieces where the shop cannot deliver it whole."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from connectors.base import Unreadable
from connectors.woocommerce.client import Answer, Json, ShopClient
from connectors.woocommerce.isolation import UNNAMED, Outage, attempt, count_rows

_GROWS_AFTER: Final = 10  # pages read without a failure before a larger size is tried again

Fetch = Callable[[int, int], Answer]
"""Takes page number and size; answers rows in a fixed order."""
Name = Callable[[int], Unreadable]
"""Takes the position (from 1) of an order that cannot be rendered."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a list."""

    rows: tuple[Json, ...] = ()
    unreadable: tuple[Unreadable, ...] = ()
    totals: tuple[int, ...] = ()
    """Rows of the whole list as each answer told, in the order they came."""

    @classmethod
    def of(cls, answer: Answer) -> Piece:
        """Returns the piece that one answer is; past the end the shop tells 0, which is nothing."""
        told = (answer.total,) if answer.total is not None and answer.body else ()
        return cls(tuple(answer.body), totals=told)

    def __add__(self, other: Piece) -> Piece:
        return Piece(
            self.rows + other.rows,
            self.unreadable + other.unreadable,
            self.totals + other.totals,
        )


class PieceReader:
    """
    Reads pages of *largest* rows, in pieces where the shop fails on them.

    A shop that runs out of memory or time on 100 orders delivers 50, and one
    order whose rendering is a PHP fatal error costs itself. The size that works
    is remembered, and grows back after ten pages.
    """

    def __init__(self, client: ShopClient, largest: int) -> None:
        self.largest = largest
        self._client = client
        self._works = largest
        self._calm = 0

    def first(self, fetch: Fetch) -> tuple[Answer | None, int | None]:
        """
        Returns page 1, if the shop can deliver it whole, and the number of rows.

        None for the number means that the shop does not tell.
        """
        size = self._works
        while True:
            answer = self._attempt(fetch, 1, size)
            if answer is not None:
                return (answer if size == self.largest else None), answer.total
            if size == 1:
                return None, count_rows(self._client, lambda position: fetch(position, 1))
            size = smaller(size)

    def read(self, number: int, fetch: Fetch, name: Name) -> Piece:
        """Returns a page; its later pieces are read first."""
        piece, size = self._read(number, self.largest, fetch, name)
        if size == self._works < self.largest:
            self._calm += 1
            if self._calm >= _GROWS_AFTER:
                self._works, self._calm = larger(size, self.largest), 0
        elif not piece.unreadable:
            # small pieces on account of one fatal order say nothing about the size
            self._works, self._calm = size, 0
        return piece

    def _read(self, number: int, size: int, fetch: Fetch, name: Name) -> tuple[Piece, int]:
        """Returns a page and the smallest size that was needed for it."""
        if size <= self._works:
            answer = self._attempt(fetch, number, size)
            if answer is not None:
                return Piece.of(answer), size
            if size == 1:
                return self._fatal(number, fetch, name), 1
        step = smaller(size)
        numbers = range(number * size // step, (number - 1) * size // step, -1)
        if step == 1:
            return self._singles(numbers, fetch, name), 1
        piece, smallest = Piece(), step
        for part in numbers:
            read, needed = self._read(part, step, fetch, name)
            piece, smallest = piece + read, min(smallest, needed)
        return piece, smallest

    def _singles(self, numbers: Sequence[int], fetch: Fetch, name: Name) -> Piece:
        answers = [(number, self._attempt(fetch, number, 1)) for number in numbers]
        if all(answer is None for _, answer in answers):
            raise Outage(len(answers))
        piece = Piece()
        for number, answer in answers:
            piece += self._fatal(number, fetch, name) if answer is None else Piece.of(answer)
        return piece

    def _fatal(self, number: int, fetch: Fetch, name: Name) -> Piece:
        named = name(number)
        if named.id.startswith(UNNAMED):
            # not found among the ids: it may have been a hiccup of the shop
            answer = self._attempt(fetch, number, 1)
            if answer is not None:
                return Piece.of(answer)
        return Piece(unreadable=(named,))

    def _attempt(self, fetch: Fetch, number: int, size: int) -> Answer | None:
        return attempt(self._client, lambda: fetch(number, size))


def smaller(size: int) -> int:
    """Returns the next smaller size whose pages fit into this one: 100, 50, 25, 5, 1."""
    return size // next(n for n in range(2, size + 1) if size % n == 0)


def larger(size: int, largest: int) -> int:
    """Returns the next larger size on the way back to *largest*."""
    sizes = [largest]
    while sizes[-1] > size:
        sizes.append(smaller(sizes[-1]))
    return sizes[-2] if len(sizes) > 1 else largest
