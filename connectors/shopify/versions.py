"""
How long a version of the Admin API lives, and what to say of it.

Versions come out on the first day of a quarter and are supported for at least
a year (shopify.dev/docs/api/usage/versioning). A retired one is answered by the
oldest that is supported, without a word but the header X-Shopify-API-Version.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Final

HEADER: Final = "X-Shopify-API-Version"
NOTICE: Final = timedelta(days=90)
_QUARTER: Final = re.compile(r"(\d{4})-(\d{2})")


def support_ends(version: str) -> datetime | None:
    """Returns the instant until which a version is certain to work, None for "unstable"."""
    quarter = _QUARTER.fullmatch(version)
    if quarter is None:
        return None
    return datetime(int(quarter[1]) + 1, int(quarter[2]), 1, 15, 0, tzinfo=UTC)


def complaint(configured: str, answered: str, now: datetime) -> tuple[str, str] | None:
    """
    Returns what is wrong with the configured version and the remedy, None if all is well.

    Args:
        configured: The setting api_version.
        answered: The version that answered, "" if that is not known.
        now: Aware UTC.

    """
    remedy = "Update orderferry, then set api_version to the version that its notes name."
    if answered and answered != configured:
        return f"api_version {configured} was answered by {answered}: it is not supported.", remedy
    ends = support_ends(configured)
    if ends is None:
        return (
            "api_version unstable changes without notice.",
            "Leave api_version out for the version that orderferry was tested with.",
        )
    if ends - now > NOTICE:
        return None
    days = (ends - now).days
    left = f"in {days} days" if days > 0 else "by now"
    return f"Shopify may end the support of api_version {configured} {left}.", remedy
