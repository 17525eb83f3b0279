"""Cursors: base64 JSON that names the last row by its sort value and id."""

from __future__ import annotations

import base64
import binascii
import json
from typing import Any

from orderferry.sandbox.shopify.problems import Refusal, problem


def write_cursor(last_id: int, last_value: object) -> str:
    """Returns the cursor behind a row."""
    body = json.dumps({"last_id": last_id, "last_value": last_value}, separators=(",", ":"))
    return base64.b64encode(body.encode()).decode()


def read_cursor(text: str) -> tuple[int, Any]:
    """Returns (last_id, last_value); Refusal if it is no cursor of this shop."""
    try:
        body = json.loads(base64.b64decode(text, validate=True))
        return int(body["last_id"]), body["last_value"]
    except (binascii.Error, ValueError, KeyError, TypeError):
        raise bad_cursor() from None


def bad_cursor() -> Refusal:
    """Returns the refusal of a cursor that belongs to another list or to none."""
    return Refusal(problem("Invalid cursor for current pagination sort.", "BAD_REQUEST"))
