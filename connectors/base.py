"""The connector protocol: one shop, read-only."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from ssl import SSLContext
from typing import Any, Protocol, Self

from pydantic import BaseModel

from connectors.errors import ConnectorError, Credentials, Transient


@dataclass(frozen=True, slots=True)
class Window:
    """A half-open slice of modification time, [since, until), aware UTC."""

    since: datetime
    until: datetime

    def __post_init__(self) -> None:
        if self.since.tzinfo is not UTC or self.until.tzinfo is not UTC:
            raise ValueError("a window's ends are aware UTC datetimes")
        if self.since >= self.until:
            raise ValueError("a window ends after it begins")


@dataclass(frozen=True, slots=True)
class ShopProfile:
    """What the orders of one shop do not say of themselves."""

    time_zone: str
    """IANA name ("Europe/Berlin") or a fixed offset ("+05:30")."""
    weight_unit: str
    """Unit of product weights: kg, g, lbs or oz."""
    currency: str
    """ISO 4217 code the shop keeps its books in."""
    order_storage: str = ""
    """How the shop stores orders, in the platform's own word; empty where that is all one."""
    features: frozenset[str] = frozenset()
    """Optional interfaces the shop has switched on, in the platform's own words."""
    cautions: tuple[str, ...] = ()
    """
    What works today and will not for ever, each a sentence and a remedy.

    As of this call, also where the rest comes from a cache; `status` and the log tell them.
    """


@dataclass(frozen=True, slots=True)
class RawOrder:
    """One order as the platform gave it, with what had to be fetched besides."""

    id: str
    modified_at: datetime | None
    order: Mapping[str, Any]
    """The platform's own JSON."""
    related: Mapping[str, Any] = field(default_factory=dict)
    """Further JSON by name, for example refunds and products; each platform says which."""
    text: bytes | None = field(default=None, repr=False, compare=False)
    """`order` as it came, if it is at hand; equal bytes are the same order."""


@dataclass(frozen=True, slots=True)
class OrderStamp:
    """That there is an order, and in which version; all that a sweep compares."""

    id: str
    modified_at: datetime | None
    """As `RawOrder.modified_at` of the same version; None if the list does not tell."""
    shipped: bool | None = None
    """True if the list holds shipped orders only; None if it does not tell."""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """An order that the shop itself cannot deliver; it costs itself, never its page."""

    id: str
    problem: str


@dataclass(frozen=True, slots=True)
class Page:
    """What one request returned; the unit of memory and of durability."""

    orders: tuple[RawOrder, ...]
    unreadable: tuple[Unreadable, ...] = ()
    missing: tuple[str, ...] = ()
    """Only from `by_id`: ids that the shop no longer has."""
    complete_until: datetime | None = None
    """Once this page is durable, every change of the window before this instant is."""


class Verdict(StrEnum):
    """How a check ended."""

    OK = "ok"
    WARNING = "warning"
    FAULT = "fault"


class Cause(StrEnum):
    """Of a fault: who or what can make it go away."""

    TEMPORARY = "temporary"
    """It is expected to pass by itself."""
    CREDENTIALS = "credentials"
    """They are refused, or lack a right."""
    SET_UP = "set-up"
    """A setting is wrong, here or at the other end."""


@dataclass(frozen=True, slots=True)
class CheckResult:
    """One fact about a shop's set-up, with a remedy if it is a fault."""

    name: str
    verdict: Verdict
    found: str
    remedy: str = ""
    cause: Cause | None = None
    """Of a fault; None if that is not known."""

    @classmethod
    def of(cls, name: str, error: ConnectorError) -> Self:
        """Returns the fault that an error means."""
        causes = {Transient: Cause.TEMPORARY, Credentials: Cause.CREDENTIALS}
        found = (cause for kind, cause in causes.items() if isinstance(error, kind))
        cause = next(found, Cause.SET_UP)
        return cls(name, Verdict.FAULT, error.problem, error.remedy, cause)


class Vault(Protocol):
    """
    Small durable values of one merchant's connector, such as rotating tokens.

    Kept in the state file, so they are private and survive a crash. Not for orders.
    """

    def get(self, name: str) -> str | None:
        """Returns the value, None if there is none."""
        ...

    def put(self, name: str, value: str | None) -> None:
        """Stores the value, or forgets it; durable when it returns."""
        ...

    def lock(self, name: str) -> AbstractContextManager[None]:
        """Makes this the only process that works on the value; waits a little, then Transient."""
        ...


@dataclass(frozen=True, slots=True)
class Surroundings:
    """
    What a connector needs of the world and must not fetch for itself.

    The caller owns time: `now` gives aware UTC, `sleep` takes seconds and may
    raise to interrupt the run at shutdown.
    """

    now: Callable[[], datetime]
    sleep: Callable[[float], None]
    random: Callable[[], float]
    """Uniform in [0, 1), for jitter."""
    ssl: Callable[[str], SSLContext]
    """The shared context for a CA bundle's path ("" = the system's); building one costs 30 ms."""
    user_agent: str
    vault: Vault | None = None
    """Only with platforms whose `keeps` is True; of the merchant the connector is opened for."""


class Connector(Protocol):
    """
    One shop, read-only.

    A connector never remembers what it returned and never writes to the shop.
    Orders may arrive in any order and more than once. Every method raises
    ConnectorError and nothing else for what a shop can do wrong. An instance
    is used by one thread at a time.
    """

    def profile(self) -> ShopProfile:
        """Returns the shop's own settings; may come from a cache of at most a day."""
        ...

    def changed(self, window: Window) -> Iterator[Page]:
        """
        Yields the orders modified in *window*, whole pages, nothing left out.

        `complete_until` of the last page is the window's end. Earlier pages may
        carry it too, when the connector reads the window in slices; it never
        decreases.
        """
        ...

    def by_id(self, ids: Sequence[str]) -> Iterator[Page]:
        """Yields the orders with these ids, whatever their state, and names the missing ones."""
        ...

    def stamps(self, window: Window) -> Iterator[tuple[OrderStamp, ...]]:
        """
        Yields the stamps of the orders *created* in *window*, some hundreds at a time at most.

        The window is one of creation time here, because that hardly ever moves:
        the list shows what the modification times hide (a change that did not
        move them, or moved them back). It names every order that `changed` would
        yield, shipped ones at least; others may be among them. The cheapest list
        there is: no lines, no addresses. An order may come more than once, and one
        that enters or leaves the list while it is read may be missed; the next
        sweep lists it again.
        """
        ...

    def count(self, window: Window) -> int | None:
        """Returns how many orders `changed` would read, None if the shop does not tell."""
        ...

    def check(self) -> Iterator[CheckResult]:
        """Yields facts on connectivity, credentials, rights, clock and settings; never raises."""
        ...

    def close(self) -> None:
        """Releases the connections."""
        ...


@dataclass(frozen=True, slots=True)
class Platform:
    """
    What an entry point of the group "orderferry.connectors" names.

    Its name is the value of `platform` in a merchant's TOML, and the name of
    the merchant's table that `settings` validates.
    """

    settings: type[BaseModel]
    open: Callable[[Any, Surroundings], Connector]
    """Takes an instance of `settings`."""
    where: Callable[[Any], str]
    """The shop's address in a form a person recognises, from the settings; without secrets."""
    keeps: bool = False
    """Whether its connectors need a Vault."""
    tells_apart: Callable[[Any], str] | None = None
    """
    What tells the shop apart from all others of the platform, from the settings; None = `where`.

    The same for every way of writing the same shop's settings: a merchant's ledger
    is about one shop, and one that seems to be another is not read.
    """

    def identity(self, settings: Any) -> str:  # noqa: ANN401 - an instance of `settings`
        """Returns what tells the shop apart from all others of the platform."""
        return (self.tells_apart or self.where)(settings)
