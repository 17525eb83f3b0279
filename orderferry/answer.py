"""What one push came to, in the words that decide what happens to its orders."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Accepted:
    """At Last has every order of the request."""


@dataclass(frozen=True, slots=True)
class Partly:
    """At Last has every order of the request but the refused, and perhaps but the unknown."""

    refused: Mapping[int, str]
    """Position in the request -> why."""
    unknown: tuple[int, ...] = ()
    """Positions of which the answer does not say whether they were taken."""
    conflicts: frozenset[int] = frozenset()
    """Refused because At Last has an order with that id already (409)."""


@dataclass(frozen=True, slots=True)
class Refused:
    """At Last blames the orders and took none of them."""

    named: tuple[int, ...] | None
    """Positions in the request that the answer blames; None if it does not say."""
    reasons: Mapping[int, str]
    """Position -> At Last's words about it; empty without names."""
    problem: str
    """At Last's words about the whole request; what to quote if the request was one order."""
    conflicts: frozenset[int] = frozenset()
    """Positions that, if they are to blame, are so because At Last has the order already (409)."""


@dataclass(frozen=True, slots=True)
class TooLarge:
    """The request has too many bytes (413); At Last took nothing."""


@dataclass(frozen=True, slots=True)
class Busy:
    """At Last asks to wait (429) and took nothing."""

    retry_after: float | None = None
    """Seconds, None if At Last did not say."""


@dataclass(frozen=True, slots=True)
class Doubtful:
    """No answer, or one that leaves open whether the orders were taken."""

    problem: str
    retry_after: float | None = None


@dataclass(frozen=True, slots=True)
class NotSent:
    """The request certainly never reached At Last."""

    problem: str
    retry_after: float | None = None


@dataclass(frozen=True, slots=True)
class Denied:
    """At Last refuses the credentials; it took nothing."""

    problem: str
    remedy: str
    of_merchant: bool = field(default=False, kw_only=True)
    """True if the refusal may be about one merchant of the account: a push's 402 or 403."""


@dataclass(frozen=True, slots=True)
class Misconfigured:
    """What answers at the address is not At Last's interface; waiting does not help."""

    problem: str
    remedy: str
    may_have_acted: bool = field(default=False, kw_only=True)
    """True if something answered with success, so that the orders may have been taken."""
    of_merchant: bool = field(default=False, kw_only=True)
    """True if the answer may be about one merchant of the account: a push's 404."""


OfMerchant = Denied | Misconfigured
"""Answers that may refuse all orders of one merchant, if `of_merchant` says so."""


Stopping = Busy | Doubtful | NotSent | Denied | Misconfigured
"""Answers after which pushing more orders is pointless for now."""

Answer = Accepted | Partly | Refused | TooLarge | Stopping
