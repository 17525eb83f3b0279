"""Orders by id, whatever their state."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from connectors.base import Unreadable
from connectors.woocommerce.client import Answer, Json, Params, ShopClient
from connectors.woocommerce.isolation import BATCH, FATAL, UNNAMED, isolate
from connectors.woocommerce.refusals import Missing

_ID: Final = re.compile(r"[1-9][0-9]{0,17}")


@dataclass(frozen=True, slots=True)
class Found:
    """What became of a batch of ids; every one is in exactly one of the three."""

    rows: tuple[Json, ...]
    unreadable: tuple[Unreadable, ...]
    missing: tuple[str, ...]


def read_by_id(client: ShopClient, ids: Sequence[str], rendering: Params) -> Iterator[Found]:
    """
    Yields the orders with these ids, in batches.

    Those that the list does not show are asked for one by one: the list leaves
    out the trash, drafts, and statuses whose plugin is gone.
    """
    known, strange, nameless = [], [], []
    for text in dict.fromkeys(ids):
        if text.startswith(UNNAMED):
            nameless.append(Unreadable(text, "Its id is not known; it is found with its window."))
        elif _ID.fullmatch(text):
            known.append(int(text))
        else:
            strange.append(text)
    if nameless or strange:
        yield Found((), tuple(nameless), tuple(strange))
    for start in range(0, len(known), BATCH):
        yield _read_batch(client, known[start : start + BATCH], rendering)


def _read_batch(client: ShopClient, ids: Sequence[int], rendering: Params) -> Found:
    def read(batch: Sequence[int]) -> Answer:
        include = ",".join(map(str, batch))
        where: Params = {"include": include, "per_page": len(batch), "status": "any"}
        return client.rows("wc/v3/orders", {**rendering, **where})

    listed, fatal = isolate(client, ids, read)
    rows = {row["id"]: row for row in listed if isinstance(row, dict) and row.get("id") in ids}
    missing: list[int] = []
    for order_id in ids:
        if order_id in rows or order_id in fatal:
            continue
        row, failed = _read_one(client, order_id, rendering)
        if failed:
            fatal.append(order_id)
        elif row is None or row.get("status") == "trash":
            missing.append(order_id)
        else:
            rows[order_id] = row
    return Found(
        tuple(rows.values()),
        tuple(Unreadable(str(order_id), FATAL) for order_id in fatal),
        tuple(map(str, missing)),
    )


def _read_one(client: ShopClient, order_id: int, rendering: Params) -> tuple[Json | None, bool]:
    """Returns the order, None if it is deleted, and whether the shop fails on it."""

    def read(_ids: Sequence[int]) -> Answer:
        answer = client.get(f"wc/v3/orders/{order_id}", rendering)
        return Answer([answer.body], None, None, {})

    try:
        rows, fatal = isolate(client, [order_id], read)
    except Missing:
        return None, False
    return (rows[0] if rows else None), bool(fatal)
