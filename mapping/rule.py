"""
Names for the steps of mapping, so that a trace can say which one took a value.

A mark costs nothing: the function stays what it was, and only a trace
(`provenance.py`) asks whose frame is running.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from types import CodeType
from typing import TypeVar

_Step = TypeVar("_Step", bound=Callable[..., object])
_NAMES: dict[CodeType, str] = {}
_KNOWN: set[tuple[str, str]] = set()
"""Module and name of every mark."""


def rule(name: str) -> Callable[[_Step], _Step]:
    """
    Returns a decorator that calls a function by *name*, in words a merchant could read.

    A part in braces is an argument of the function: "tracking from {place}".
    """

    def named(step: _Step) -> _Step:
        _NAMES[step.__code__] = name
        _KNOWN.add((step.__module__, name))
        return step

    return named


def rules(package: str) -> frozenset[str]:
    """Returns the names of all steps in those modules of *package* that were imported."""
    return frozenset(name for module, name in _KNOWN if f"{module}.".startswith(f"{package}."))


def running() -> str:
    """Returns the name of the innermost marked function that is running, empty if there is none."""
    frame = inspect.currentframe()
    while frame is not None:
        name = _NAMES.get(frame.f_code)
        if name is not None:
            return name.format_map(frame.f_locals) if "{" in name else name
        frame = frame.f_back
    return ""
