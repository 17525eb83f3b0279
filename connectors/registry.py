"""Finds the installed platforms by their entry points."""

from __future__ import annotations

import difflib
import functools
from collections.abc import Mapping
from importlib.metadata import EntryPoint, EntryPoints, entry_points
from typing import Final

from connectors.base import Platform

GROUP: Final = "orderferry.connectors"


class UnknownPlatform(LookupError):
    """No connector can be had under a name; the message completes "platform = NAME ..."."""


def find(name: str, among: EntryPoints | None = None) -> Platform:
    """Returns the platform of that name; raises UnknownPlatform, with the nearest name."""
    known = _by_name(among)
    if name not in known:
        near = difflib.get_close_matches(name, known, n=1)
        hint = f"; did you mean {near[0]}?" if near else ""
        raise UnknownPlatform(
            f"has no installed connector (installed: {', '.join(sorted(known)) or 'none'}{hint})."
            " Correct the spelling, or install the package that provides it."
        )
    return _load(known[name])


def installed(among: EntryPoints | None = None) -> Mapping[str, Platform]:
    """Returns all platforms by name."""
    return {name: _load(entry) for name, entry in sorted(_by_name(among).items())}


def _by_name(among: EntryPoints | None) -> dict[str, EntryPoint]:
    return {entry.name: entry for entry in (_installed() if among is None else among)}


@functools.cache
def _installed() -> EntryPoints:
    # reading every package's metadata costs 5 ms: too much for each of 500 merchants
    return entry_points(group=GROUP)


def _load(entry: EntryPoint) -> Platform:
    try:
        platform = entry.load()
    except (ImportError, AttributeError) as error:
        raise UnknownPlatform(
            f"is installed, but cannot be loaded ({type(error).__name__}: {error})."
            " Reinstall the package that provides it."
        ) from error
    if not isinstance(platform, Platform):
        raise UnknownPlatform(
            f"is installed, but {entry.value} is no Platform. Update the package that provides it."
        )
    return platform
