"""How much is asked for at once: less after a failure, more again after successes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

_FEWEST_LINES: Final = 10
_GROWS_AFTER: Final = 3  # successes in a row


@dataclass(slots=True)
class Pace:
    """Sizes for one shop; they last as long as the connector."""

    largest_orders: int
    largest_lines: int
    orders: int = 0
    lines: int = 0
    _successes: int = 0

    def __post_init__(self) -> None:
        self.orders, self.lines = self.largest_orders, self.largest_lines

    def shrink(self, *, lines: bool = False) -> bool:
        """
        Halves the orders of a request, and its lines where no fewer orders can be asked for.

        *lines* halves these at once, for a query whose cost is refused: ids cost
        nothing, lines do. Returns False if the request was the smallest.
        """
        self._successes = 0
        before = (self.orders, self.lines)
        if lines or self.orders == 1:
            self.lines = max(self.lines // 2, min(_FEWEST_LINES, self.largest_lines))
        self.orders = max(self.orders // 2, 1)
        return before != (self.orders, self.lines)

    def grow(self) -> None:
        """Counts a success; some in a row double the sizes."""
        self._successes += 1
        if self._successes >= _GROWS_AFTER:
            self._successes = 0
            self.orders = min(self.orders * 2, self.largest_orders)
            self.lines = min(self.lines * 2, self.largest_lines)
