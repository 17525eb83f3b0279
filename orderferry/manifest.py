"""The orders of one request, by the names that an answer may use for them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from itertools import chain
from typing import Literal

from orderferry.quoting import parse, personal_words

Name = Literal["id", "number"]
"""What a name is: the order's id, or the number that shoppers see."""

_Places = dict[str, list[tuple[int, object]]]
"""Name -> (position, merchantId) of every order that has it."""


class Manifest:
    """
    Looked into only when an answer speaks of single orders: hardly any does.

    Merchants that share an account may have orders with the same id. Such a
    name means nobody unless the answer tells the merchant too.
    """

    def __init__(self, payloads: Sequence[bytes]) -> None:
        self._payloads = payloads

    def __len__(self) -> int:
        return len(self._payloads)

    @cached_property
    def personal(self) -> frozenset[str]:
        """Words that must not be repeated, of all customers."""
        return frozenset(chain.from_iterable(map(personal_words, self._payloads)))

    def find(self, name: object, kind: Name = "id", *, merchant: object = None) -> int | None:
        """Returns the position of the order of that name, None if it is not exactly one."""
        if isinstance(name, bool) or not isinstance(name, str | int):
            return None
        text = _plain(str(name))
        first, second = (self._ids, self._numbers)[:: 1 if kind == "id" else -1]
        places = first.get(text) or second.get(text) or []
        if len(places) > 1:
            places = [place for place in places if place[1] == merchant]
        return places[0][0] if len(places) == 1 else None

    @cached_property
    def _ids(self) -> _Places:
        return self._by("id")

    @cached_property
    def _numbers(self) -> _Places:
        return self._by("orderNumber", "reference")

    def _by(self, *keys: str) -> _Places:
        places: _Places = {}
        for position, order in enumerate(self._orders):
            names = {_plain(str(order[key])) for key in keys if order.get(key)}
            for name in names:
                places.setdefault(name, []).append((position, order.get("merchantId")))
        return places

    @cached_property
    def _orders(self) -> list[dict[str, object]]:
        parsed = map(parse, self._payloads)
        return [order if isinstance(order, dict) else {} for order in parsed]


def _plain(name: str) -> str:
    """A number is "#1001" in one place and "1001" in the other."""
    return name.strip().removeprefix("#")
