"""What a page says after something was done: told by numbers alone, so that no link can lie."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode


def retried(path: str, *, pending: int, reread: int) -> str:
    """Returns the address of the page that says so."""
    return f"{path}?{urlencode({'done': 'retried', 'pending': pending, 'reread': reread})}"


def dropped(path: str, *, orders: int) -> str:
    """Returns the address of the page that says so."""
    return f"{path}?{urlencode({'done': 'dropped', 'orders': orders})}"


def notice(query: Mapping[str, str]) -> str:
    """Returns what the page that was come to by such an address says, "" for any other."""

    def number(name: str) -> int:
        text = query.get(name, "")
        return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0  # noqa: PLR2004 - any order count fits

    match query.get("done"):
        case "retried":
            told = [f"{_orders(n)} on the way to At Last" for n in (number("pending"),) if n]
            told += [f"{_orders(n)} read from the shop again" for n in (number("reread"),) if n]
            return f"Tried again: {', '.join(told) or 'nothing was left to do'}."
        case "dropped":
            return f"Dropped: {_orders(number('orders'))}. A retry takes that back."
        case _:
            return ""


def _orders(number: int) -> str:
    return f"{number:,} {'order' if number == 1 else 'orders'}"
