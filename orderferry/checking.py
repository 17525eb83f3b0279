"""Everything `check` looks at, side by side, and what it means together."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

from connectors.base import Cause, CheckResult, Verdict
from orderferry.atlast_check import check_account
from orderferry.clock import Clock
from orderferry.config import Config
from orderferry.errors import Exit
from orderferry.identity import Known, objection
from orderferry.leases import Owner
from orderferry.local_check import check_configuration, check_state
from orderferry.merchant_check import Asking, Remembered, check_merchant
from orderferry.services import account_of, make_surroundings
from orderferry.vault import BorrowedVault
from state import SqliteStore, StateError

AT_ONCE = 32
"""Shops and accounts asked at the same time; each waits for the network nearly all the time."""

_WORST_FIRST = (
    (Cause.SET_UP, Exit.CONFIG),
    (Cause.CREDENTIALS, Exit.CREDENTIALS),
    (None, Exit.PARTLY),
    (Cause.TEMPORARY, Exit.TRY_LATER),
)


@dataclass(frozen=True, slots=True)
class Group:
    """The facts about one subject."""

    subject: str
    facts: Sequence[CheckResult]
    merchant: str | None = None
    """Its name, if the subject is a merchant's shop."""

    def has(self, verdict: Verdict) -> bool:
        """Returns whether any of the facts is of that kind."""
        return any(fact.verdict is verdict for fact in self.facts)


@dataclass(frozen=True, slots=True)
class _Job:
    """One subject, and how to find out about it."""

    subject: str
    ask: Callable[[], Iterable[CheckResult]]
    merchant: str | None = None

    def do(self) -> Group:
        try:
            return Group(self.subject, list(self.ask()), self.merchant)
        except Exception as error:  # noqa: BLE001 - the per-subject boundary, as in runs.py
            found = f"The check met an unexpected {type(error).__name__}."
            fact = CheckResult(
                "check", Verdict.FAULT, found, "Report this; others are not touched."
            )
            return Group(self.subject, [fact], self.merchant)


def check_everything(names: Sequence[str], config: Config, clock: Clock) -> list[Group]:
    """Returns the facts about this machine and about what is outside; stores and sends nothing."""

    def look_here() -> list[CheckResult]:
        return [*check_configuration(config), *check_state(config, clock.now())]

    here = _Job("configuration", look_here)
    return _ask([here, *_outside(names, config, clock, may_create=False)], clock)


def check_outside(names: Sequence[str], config: Config, clock: Clock) -> list[Group]:
    """
    Returns the facts about the merchants' shops and accounts.

    A state file is created if a connector has something to keep.
    """
    return _ask(list(_outside(names, config, clock, may_create=True)), clock)


def _ask(jobs: Sequence[_Job], clock: Clock) -> list[Group]:
    pool = ThreadPoolExecutor(AT_ONCE)
    try:
        return list(pool.map(_Job.do, jobs))
    finally:
        # after Ctrl-C: nobody waits for a slow shop
        clock.stop.set()
        pool.shutdown(wait=False, cancel_futures=True)


def _outside(
    names: Sequence[str], config: Config, clock: Clock, *, may_create: bool
) -> Iterator[_Job]:
    """Yields a job for each merchant's shop, then one for each account."""
    began, owner = time.monotonic(), Owner.this_process()
    asking = Asking(
        surroundings=make_surroundings(clock),
        elapsed=lambda: time.monotonic() - began,
        vault=lambda name: BorrowedVault(
            config.state_path, name, owner, clock, may_create=may_create
        ),
        remembered=_remembered(names, config, clock),
    )
    merchants = [config.merchants[name] for name in names]
    for merchant in merchants:
        subject = f"{merchant.name} ({merchant.where})"
        yield _Job(subject, partial(check_merchant, merchant, asking), merchant.name)
    for label, merchant in {merchant.account: merchant for merchant in merchants}.items():
        account = account_of(merchant)
        yield _Job(f"At Last ({label})", partial(check_account, account, asking.surroundings))


def _remembered(names: Sequence[str], config: Config, clock: Clock) -> Remembered:
    """Returns what the state knows of the merchants; nothing where it does not tell."""
    if not config.state_path.exists():
        return Remembered()
    try:
        store = SqliteStore.open(config.state_path, now=clock.now(), read_only=True)
    except StateError:
        return Remembered()  # the facts about the state file say why
    try:
        known = Known.of(store, names)
        merchants = {name: config.merchants[name] for name in names}
        return Remembered(
            watermarks={name: store.watermark(name) for name in names},
            objections={
                name: why
                for name, merchant in merchants.items()
                if (why := objection(merchant, config.merchants, known)) is not None
            },
            changes={
                change.merchant: change
                for name in names
                for change in store.shop_changes(name, limit=1)
            },
        )
    except StateError:
        return Remembered()
    finally:
        store.close()


def count(groups: Iterable[Group], verdict: Verdict) -> int:
    """Returns how many facts are of that kind."""
    return sum(fact.verdict is verdict for group in groups for fact in group.facts)


def exit_status(groups: Iterable[Group]) -> Exit:
    """
    Returns the exit status of the worst fault, 0 without any; pure.

    A wrong set-up comes before refused credentials, those before a fault of
    unknown cause, and what is expected to pass comes last.
    """
    faults = {
        fact.cause for group in groups for fact in group.facts if fact.verdict is Verdict.FAULT
    }
    return next((status for cause, status in _WORST_FIRST if cause in faults), Exit.DONE)
