"""The verbs about merchants' shops and names, on a SQLite file."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime

from state import leases, renaming, shops
from state.operating import Renamed, ShopChange, ShopChangeKind
from state.records import Lease, Shop


class SqliteShops:
    """What SqliteStore knows of shops; knows how, not where."""

    def _reading(self) -> AbstractContextManager[sqlite3.Connection]:
        """Returns a connection in a transaction that only reads; SqliteStore has one."""
        raise NotImplementedError

    def _writing(self) -> AbstractContextManager[sqlite3.Connection]:
        """Returns a connection in a transaction that writes; SqliteStore has one."""
        raise NotImplementedError

    def shop(self, merchant: str) -> Shop | None:
        """See StateStore."""
        with self._reading() as connection:
            return shops.shop(connection, merchant)

    def note_shop(self, merchant: str, shop: Shop, *, now: datetime) -> None:
        """See StateStore."""
        with self._writing() as connection:
            shops.note(connection, merchant, shop, now=now)

    def shops(
        self, merchants: Sequence[str] | None = None, *, like: Shop | None = None
    ) -> Mapping[str, Shop]:
        """See StateStore."""
        with self._reading() as connection:
            return shops.shops(connection, merchants, like)

    def begun(self, merchants: Sequence[str]) -> frozenset[str]:
        """See StateStore."""
        with self._reading() as connection:
            return shops.begun(connection, merchants)

    def adopt_shop(  # noqa: PLR0913 - one column each
        self,
        lease: Lease,
        merchant: str,
        shop: Shop,
        *,
        now: datetime,
        by: str,
        note: str = "",
    ) -> ShopChange:
        """See OperatorStore."""
        with self._writing() as connection:
            leases.require(connection, lease)
            was = shops.shop(connection, merchant)
            before = None if was is None else str(was)
            kind = ShopChangeKind.ADOPTED
            change = ShopChange(merchant, now, kind, before, str(shop), by, note)
            shops.note(connection, merchant, shop, now=now)
            shops.record(connection, change)
            return change

    def rename(  # noqa: PLR0913 - one column each
        self,
        held: Sequence[Lease],
        old: str,
        new: str,
        *,
        now: datetime,
        by: str,
        note: str = "",
    ) -> Renamed:
        """See OperatorStore."""
        with self._writing() as connection:
            for lease in held:
                leases.require(connection, lease)
            return renaming.rename(connection, old, new, now=now, by=by, note=note)

    def shop_changes(self, merchant: str, *, limit: int) -> tuple[ShopChange, ...]:
        """See OperatorStore."""
        with self._reading() as connection:
            return shops.changes(connection, merchant, limit)
