"""What JSON is to the simulator, and how it writes it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

Json = dict[str, Any]
"""A JSON object as the shop keeps and sends it."""


def encode(body: Json) -> bytes:
    """Returns compact JSON in UTF-8."""
    return json.dumps(body, separators=(",", ":"), ensure_ascii=False).encode()


def instant_text(at: datetime) -> str:
    """Returns an instant as the API shows it: UTC, cut to the second (the store keeps more)."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def read_instant(text: str) -> datetime:
    """Returns the aware UTC instant of such a text."""
    return datetime.fromisoformat(text).astimezone(UTC)


def gid(kind: str, number: int) -> str:
    """Returns the global id of an object, for example gid://shopify/Order/1."""
    return f"gid://shopify/{kind}/{number}"


def legacy_id(global_id: str) -> int:
    """Returns the number at the end of a global id; ValueError if there is none."""
    return int(global_id.rpartition("/")[2].partition("?")[0])
