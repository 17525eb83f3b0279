"""Merchants whose orders At Last refuses one and all, why, and how long each is left out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from threading import Lock

from orderferry.answer import Denied, OfMerchant
from orderferry.config import Merchant
from orderferry.waits import wait_after
from state import RunOutcome

_REMEDY = "run `orderferry sweep`, which maps them anew, or ask At Last."


@dataclass(frozen=True, slots=True)
class Bar:
    """Why no order of a merchant is pushed."""

    outcome: RunOutcome
    problem: str
    """Problem and remedy, with the merchant's name."""
    general: str
    """The same where it is so for all merchants of the account."""


def refuses_all(account: str, merchant: str, reason: str) -> Bar:
    """Returns the bar of a merchant whose orders are refused one like the other."""

    def words(whose: str) -> str:
        return (
            f"At Last ({account}) refuses every order{whose}: {reason} The orders are kept and"
            f" tried again; correct merchant_id or the order policy, then {_REMEDY}"
        )

    return Bar(RunOutcome.CONTRACT, words(f" of {merchant}"), words(""))


def denies(account: str, merchant: str, answer: OfMerchant) -> Bar:
    """Returns the bar of a merchant for whom the account's credentials are not enough."""
    denied = isinstance(answer, Denied)
    return Bar(
        RunOutcome.CREDENTIALS if denied else RunOutcome.CONTRACT,
        f"At Last ({account}) takes no orders of {merchant}: {answer.problem} The orders are kept"
        f" and tried again; correct the merchant_id of {merchant}, then {_REMEDY}",
        f"{answer.problem} {answer.remedy}",
    )


@dataclass(frozen=True, slots=True)
class _Entry:
    merchant: Merchant
    bar: Bar
    since: datetime
    until: datetime
    failures: int


class Barred:
    """
    Lets a merchant back off alone where others share its account (R5).

    Kept in memory: a new process tries again at once, which costs one attempt. A
    merchant whose settings changed is tried at once as well.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._entries: dict[str, _Entry] = {}

    def bar(self, merchant: Merchant, bar: Bar, now: datetime, jitter: float) -> None:
        """Leaves the merchant out for a while, longer with each time in a row."""
        with self._lock:
            last = self._entries.get(merchant.name)
            failures = last.failures + 1 if last is not None and last.merchant == merchant else 1
            until = now + wait_after(failures, jitter)
            self._entries[merchant.name] = _Entry(merchant, bar, now, until, failures)

    def free(self, names: Iterable[str]) -> None:
        """Forgets merchants of whom At Last accepted an order, or that have none left to send."""
        with self._lock:
            for name in names:
                self._entries.pop(name, None)

    def resting(self, merchants: Iterable[Merchant], now: datetime) -> dict[str, Bar]:
        """Returns those whose wait is not over; a clock that was set back ends it."""
        with self._lock:
            found = ((merchant, self._entries.get(merchant.name)) for merchant in merchants)
            return {
                merchant.name: entry.bar
                for merchant, entry in found
                if entry is not None
                and entry.merchant == merchant
                and entry.since <= now < entry.until
            }
