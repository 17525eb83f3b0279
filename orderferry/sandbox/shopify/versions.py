"""Quarterly versions of the API: which are supported, and which one answers."""

from __future__ import annotations

import re
from typing import Final

from orderferry.sandbox.shopify.json_types import Json

UNSTABLE: Final = "unstable"
_SUPPORTED: Final = 4  # a version a quarter, each for a year
_NAME: Final = re.compile(r"20\d\d-(01|04|07|10)")


def supported(newest: str) -> tuple[str, ...]:
    """Returns the supported versions, oldest first; *newest* is the latest stable one."""
    return tuple(_earlier(newest, by) for by in range(_SUPPORTED - 1, -1, -1))


def answering(asked: str, newest: str) -> str | None:
    """
    Returns the version that answers, None if there is no such version.

    A retired version answers as the oldest supported one and says so only in a header. The
    release candidate, one quarter ahead, is there too.
    """
    if asked == UNSTABLE:
        return UNSTABLE
    if not _NAME.fullmatch(asked) or asked > _earlier(newest, -1):
        return None
    return max(asked, supported(newest)[0])


def shown(newest: str) -> list[Json]:
    """Returns `publicApiVersions`."""
    return [
        {"handle": handle, "displayName": handle, "supported": True} for handle in supported(newest)
    ]


def _earlier(version: str, quarters: int) -> str:
    year, month = version.split("-")
    count = int(year) * 4 + (int(month) - 1) // 3 - quarters
    return f"{count // 4}-{count % 4 * 3 + 1:02d}"
