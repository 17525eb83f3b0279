"""The SQL of which shop each merchant is, and who said that it is another one now."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from datetime import datetime

from state.instants import from_text, to_text
from state.operating import ShopChange, ShopChangeKind
from state.records import Shop

_BEGUN = """
    SELECT value FROM json_each(?)
    WHERE EXISTS (SELECT 1 FROM orders WHERE merchant = value)
        OR EXISTS (SELECT 1 FROM watermarks WHERE merchant = value)
"""


def shop(connection: sqlite3.Connection, merchant: str) -> Shop | None:
    """Returns the merchant's shop, None if it was never noted."""
    found = connection.execute(
        "SELECT platform, address FROM shops WHERE merchant = ?", (merchant,)
    ).fetchone()
    return None if found is None else Shop(*found)


_SHOPS = """
    SELECT merchant, platform, address FROM shops
    WHERE (:merchants IS NULL OR merchant IN (SELECT value FROM json_each(:merchants)))
        AND (:platform IS NULL OR (platform = :platform AND address = :address))
    ORDER BY noted_at, merchant
"""


def shops(
    connection: sqlite3.Connection,
    merchants: Sequence[str] | None = None,
    like: Shop | None = None,
) -> Mapping[str, Shop]:
    """Returns the shops of these merchants, or all, that are *like* that one; first noted first."""
    found = connection.execute(
        _SHOPS,
        {
            "merchants": None if merchants is None else json.dumps(list(merchants)),
            "platform": like and like.platform,
            "address": like and like.address,
        },
    )
    return {merchant: Shop(platform, address) for merchant, platform, address in found}


def begun(connection: sqlite3.Connection, merchants: Sequence[str]) -> frozenset[str]:
    """Returns those of the merchants that have orders or a watermark; a look-up for each."""
    found = connection.execute(_BEGUN, (json.dumps(list(merchants)),))
    return frozenset(merchant for (merchant,) in found)


def note(connection: sqlite3.Connection, merchant: str, shop: Shop, *, now: datetime) -> None:
    """Notes the merchant's shop in place of any other."""
    connection.execute(
        "INSERT INTO shops (merchant, platform, address, noted_at) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (merchant) DO UPDATE SET platform = excluded.platform,"
        " address = excluded.address, noted_at = excluded.noted_at",
        (merchant, shop.platform, shop.address, to_text(now)),
    )


def record(connection: sqlite3.Connection, change: ShopChange) -> None:
    """Records what a person said of a merchant and its shop."""
    connection.execute(
        "INSERT INTO shop_changes"
        " (merchant, changed_at, kind, before, after, changed_by, note)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        (
            change.merchant,
            to_text(change.changed_at),
            change.kind,
            change.before,
            change.after,
            change.by,
            change.note,
        ),
    )


def changes(connection: sqlite3.Connection, merchant: str, limit: int) -> tuple[ShopChange, ...]:
    """Returns what was recorded of the merchant, the newest first."""
    found = connection.execute(
        "SELECT changed_at, kind, before, after, changed_by, note FROM shop_changes"
        " WHERE merchant = ? ORDER BY id DESC LIMIT ?",
        (merchant, limit),
    )
    return tuple(
        ShopChange(merchant, from_text(at), ShopChangeKind(kind), before, after, by, note)
        for at, kind, before, after, by, note in found
    )
