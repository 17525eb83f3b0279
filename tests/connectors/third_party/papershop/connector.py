"""Reads the file."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import Field

from connectors import (
    CheckResult,
    ConnectorError,
    Contract,
    Credentials,
    OrderStamp,
    Page,
    Platform,
    RawOrder,
    Secret,
    Settings,
    ShopProfile,
    Surroundings,
    Transient,
    Verdict,
    Window,
)


class PapershopSettings(Settings):
    """Where the file is, and the word that opens it."""

    file: str = Field(
        description="The file of orders, an absolute path.", examples=["/srv/shop.json"]
    )
    word: Secret = Field(description="The word that opens it.", examples=["env:CORNER_WORD"])
    lines_per_page: int = Field(
        default=100,
        ge=1,
        le=500,
        description="Orders read at a time.",
        json_schema_extra={"unit": "orders"},
    )


class PapershopConnector:
    """One shop; the whole file is read each time."""

    def __init__(self, settings: PapershopSettings, surroundings: Surroundings) -> None:
        del surroundings  # a file needs neither time nor TLS
        self._settings = settings

    def profile(self) -> ShopProfile:
        """Returns what the file says of its shop."""
        shop = self._read()
        return ShopProfile(shop["zone"], "g", shop["currency"])

    def changed(self, window: Window) -> Iterator[Page]:
        """Yields pages by time of change; only the last one is complete."""
        orders = [one for one in self._orders() if _within(window, _instant(one["changed"]))]
        size = self._settings.lines_per_page
        for start in range(0, len(orders), size):
            yield Page(_raw(orders[start : start + size]))
        yield Page((), complete_until=window.until)

    def by_id(self, ids: Sequence[str]) -> Iterator[Page]:
        """Yields one page."""
        wanted = dict.fromkeys(ids)
        found = [one for one in self._orders() if one["no"] in wanted]
        known = {one["no"] for one in found}
        yield Page(_raw(found), missing=tuple(id_ for id_ in wanted if id_ not in known))

    def stamps(self, window: Window) -> Iterator[tuple[OrderStamp, ...]]:
        """Yields all stamps at once."""
        yield tuple(
            OrderStamp(one["no"], _instant(one["changed"]))
            for one in self._orders()
            if _within(window, _instant(one["placed"]))
        )

    def count(self, window: Window) -> int | None:
        """Returns the exact number."""
        return sum(_within(window, _instant(one["changed"])) for one in self._orders())

    def check(self) -> Iterator[CheckResult]:
        """Yields whether the file opens."""
        try:
            orders = len(self._orders())
        except ConnectorError as error:
            yield CheckResult("file", Verdict.FAULT, error.problem, error.remedy)
        else:
            yield CheckResult("file", Verdict.OK, f"it has {orders} orders")

    def close(self) -> None:
        """Does nothing: no file stays open."""

    def _orders(self) -> list[dict[str, Any]]:
        orders: list[dict[str, Any]] = self._read()["orders"]
        return sorted(orders, key=lambda one: _instant(one["changed"]))

    def _read(self) -> dict[str, Any]:
        try:
            shop: dict[str, Any] = json.loads(Path(self._settings.file).read_text(encoding="utf-8"))
        except OSError as error:
            raise Transient("The file of orders cannot be read.", "Put it back.") from error
        except ValueError as error:
            raise Contract("The file of orders is not JSON.", "Write it anew.") from error
        if shop["word"] != self._settings.word.get_secret_value():
            raise Credentials("The file has another word.", "Correct word.")
        return shop


def _raw(orders: Iterable[Mapping[str, Any]]) -> tuple[RawOrder, ...]:
    return tuple(RawOrder(one["no"], _instant(one["changed"]), one) for one in orders)


def _within(window: Window, at: datetime) -> bool:
    return window.since <= at < window.until


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


PLATFORM = Platform(
    settings=PapershopSettings,
    open=PapershopConnector,
    where=lambda settings: str(settings.file),
)
