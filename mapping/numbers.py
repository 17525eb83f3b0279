"""Tracking numbers out of what people and plugins type where one belongs."""

from __future__ import annotations

import re

from mapping.raw import as_text

_BETWEEN = re.compile(r"[,;|]")
_NONE = frozenset({"", "-", "--", "0", "n/a", "na", "none", "null", "tba", "tbc", "false"})
"""What is written where a number should be."""


def numbers(value: object) -> tuple[str, ...]:
    """Returns the tracking numbers in a text; the contract takes one, and none holds a comma."""
    texts = (part.strip() for part in _BETWEEN.split(as_text(value)))
    return tuple(text for text in texts if text.lower() not in _NONE)
