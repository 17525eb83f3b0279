"""
What a query costs, by the rule that reproduces 1,820 of 2,005 recorded requests exactly.

A connection costs `2 + multiplier(first) * (1 + child)`; an object, also a list of them, 1 and
what it holds; values, money, addresses and weights nothing; a count or a mutation 10.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Final

from orderferry.sandbox.shopify.plan import Selection, Step
from orderferry.sandbox.shopify.schema import FREE

_FLAT: Final = 10  # points of a `...Count` field and of a mutation
_CONNECTION: Final = 2


def multiplier(rows: int) -> int:
    """Returns what a connection multiplies its content by; it grows like the logarithm."""
    return max(1, math.floor(2 * math.log(rows))) if rows > 0 else 0


def requested_cost(plan: Selection) -> int:
    """Returns the points that must be in the bucket before the query runs."""
    return _selection(plan, actual=False)


def actual_cost(plan: Selection) -> int:
    """Returns the points of a query that ran, by what it found; never more than requested."""
    return _selection(plan, actual=True)


def _selection(selection: Selection, *, actual: bool) -> int:
    return max((_steps(steps, actual=actual) for steps in selection.variants()), default=0)


def _steps(steps: Iterable[Step], *, actual: bool) -> int:
    return sum(_step(step, actual=actual) for step in steps)


def _step(step: Step, *, actual: bool) -> int:
    if step.parts is None:
        return 0
    if step.owner == "Mutation" or step.kind == "Count":
        return _FLAT
    if step.connection:
        first = int(step.args.get("first") or 0)
        rows = min(first, step.seen) if actual else first
        return _CONNECTION + multiplier(rows) * (1 + _rows(step.parts, actual=actual))
    if actual and not step.seen:
        return 0
    return (step.kind not in FREE) + _selection(step.parts, actual=actual)


def _rows(parts: Selection, *, actual: bool) -> int:
    total = 0
    for step in parts.only:
        if step.name == "nodes" and step.parts is not None:
            total += _selection(step.parts, actual=actual)
        elif step.name == "edges" and step.parts is not None:
            total += _rows(step.parts, actual=actual)
        elif step.name == "node" and step.parts is not None:
            total += _selection(step.parts, actual=actual)
    return total
