"""Values of an order at the paths that provenance names; written apart from the code that does."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable, Iterator
from typing import Any

_STEP = re.compile(r"\.?(?:\[([^\]]+)\]|([^.\[\]]+))")

REPLACEMENTS: tuple[Any, ...] = (
    *(None, "", "x", 7, "7.77", 1_000_003, True, False, "FR", "BO", "USD", "OUNCES", "691299"),
    *("2026-06-16T09:00:00Z", "2026-06-15T09:00:00", "1781568000", 1781568000),
    *("other@example.com", "https://shop.example/other.png"),
)
"""Whatever a value is, one of these differs from it in a way that counts."""


def replacements(found: Any) -> Iterator[Any]:
    """Values to put in the place of *found*."""
    yield from REPLACEMENTS
    if isinstance(found, str):
        yield f"{found}Z"
        yield from (f"{found[:at]}x{found[at + 1 :]}" for at in range(len(found)))
    if isinstance(found, int):
        yield from (found + 1, found - 1)


def steps(source: str) -> list[str]:
    """The parts of "line_items[0].meta_data[pa_size].value"."""
    return [bracket or name for bracket, name in _STEP.findall(source)]


def changed(root: Any, source: str, change: Callable[[Any], Any]) -> Any:
    """A copy of *root* in which *change* was made to the value at *source*."""
    return _changed(copy.deepcopy(root), steps(source), change)


def _changed(holder: Any, rest: list[str], change: Callable[[Any], Any]) -> Any:
    if not rest:
        return change(holder)
    if isinstance(holder, str):
        return json.dumps(_changed(json.loads(holder), rest, change))
    if isinstance(holder, dict) and "nodes" in holder and rest[0] not in holder:
        holder["nodes"] = _changed(holder["nodes"], rest, change)
        return holder
    step: Any = rest[0]
    if isinstance(holder, list):
        keys = [entry.get("key") if isinstance(entry, dict) else None for entry in holder]
        step = keys.index(step) if step in keys else int(step)
    elif step not in holder:
        step = int(step)  # PHP's arrays with holes
    holder[step] = _changed(holder[step], rest[1:], change)
    return holder
