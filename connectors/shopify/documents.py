"""
The GraphQL documents, and what each asks of the shop's bucket.

The cost rule is not published for connections; this one reproduces nine tenths
of 2,005 recorded queries exactly, and the others nearly: an object costs 1, a
connection 2 + weight(size) * (1 + child), a count 10; scalars, money, addresses
and page infos are free; lists of objects are not multiplied by their length.
An estimate only decides how long to wait; the shop's own figure replaces it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, Final

Variables = Mapping[str, Any]
"""What a document is asked with, as JSON."""

_FRAGMENT: Final = re.compile(r"^fragment (\w+) on \w+ \{\n.*?^\}\n", re.MULTILINE | re.DOTALL)
_SPREAD: Final = re.compile(r"\.\.\.([A-Z]\w+)")
_COMMENT: Final = re.compile(r"^ *#.*\n", re.MULTILINE)
_OPERATION: Final = re.compile(r"^(?:query|mutation) (\w+)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Document:
    """One operation, with the fragments it uses."""

    name: str
    text: str
    estimate: Callable[[Variables], int]
    """Points that a request with these variables asks for."""


def _read(name: str) -> str:
    text = (resources.files(__package__) / "documents" / f"{name}.graphql").read_text("utf-8")
    return _COMMENT.sub("", text).strip() + "\n"


@cache
def _fragments() -> Mapping[str, str]:
    return {found[1]: found[0] for found in _FRAGMENT.finditer(_read("fragments"))}


def _used(text: str) -> list[str]:
    """Returns the names of the fragments that *text* needs, theirs included, in order of use."""
    names = list(dict.fromkeys(_SPREAD.findall(text)))
    for name in names:
        names += [more for more in _used(_fragments()[name]) if more not in names]
    return names


def _document(file: str, estimate: Callable[[Variables], int]) -> Document:
    text = _read(file)
    operation = _OPERATION.search(text)
    if operation is None:
        raise ValueError(f"{file}.graphql has no named operation")
    fragments = [_fragments()[name] for name in _used(text)]
    return Document(operation[1], "\n".join([text, *fragments]), estimate)


def weight(size: int) -> int:
    """Returns by what a connection with pages of *size* multiplies the cost of one node."""
    return max(1, math.floor(2 * math.log(size)))


def connection(size: int, child: int = 0) -> int:
    """Returns the cost of a connection with pages of *size*; *child* is the cost within a node."""
    return 2 + weight(size) * (1 + child)


def _line_cost(variables: Variables) -> int:
    # discounts, taxes, image; then variant and inventory item
    return 3 + (2 if variables["customs"] else 0)


def _orders_cost(variables: Variables) -> int:
    size = variables["lines"]
    lines = connection(size, _line_cost(variables))
    fulfillments = 1 + 1 + connection(size, 1)  # with its tracking, and the line it fulfils
    refunds = 1 + connection(25, 1)
    shipping = connection(10, 1)  # with its taxes
    return 1 + lines + fulfillments + refunds + shipping


def _part_cost(variables: Variables) -> int:
    return (
        1 + 1 + connection(variables["first"], 1)
    )  # the order, the fulfilment or refund, its lines


FEED: Final = _document("feed", lambda given: connection(given["first"]))
STAMPS: Final = _document("stamps", lambda given: connection(given["first"]))
COUNT: Final = _document("count", lambda _given: 10)
SHOP: Final = _document("shop", lambda _given: 1)
PRODUCTS_TAGGED: Final = _document("products_tagged", lambda _given: 10)
SAMPLE: Final = _document("sample", lambda given: connection(given["first"]))
ORDERS: Final = _document("orders", _orders_cost)
LINES: Final = _document("lines", lambda given: 1 + connection(given["first"], _line_cost(given)))
SHIPPING_LINES: Final = _document("shipping_lines", lambda given: 1 + connection(given["first"], 1))
FULFILLED_LINES: Final = _document("fulfilled_lines", _part_cost)
REFUNDED_LINES: Final = _document("refunded_lines", _part_cost)
BULK_START: Final = _document("bulk_start", lambda _given: 10)
BULK_STATUS: Final = _document("bulk_status", lambda _given: 1)
BULK_CANCEL: Final = _document("bulk_cancel", lambda _given: 10)


def bulk_feed(search: str, *, customs: bool) -> str:
    """
    Returns the text of a bulk operation for the orders that match *search*.

    Fragments are written out: no page of Shopify's says whether a bulk operation
    may have them.
    """
    text = _read("bulk_feed").replace("SEARCH", search)
    if not customs:
        text = text.replace("...Customs", "")
    while _SPREAD.search(text):
        text = _SPREAD.sub(lambda spread: _body(spread[1]), text)
    return text


def _body(fragment: str) -> str:
    """Returns what stands between a fragment's outer braces."""
    return _fragments()[fragment].partition("{")[2].rpartition("}")[0]
