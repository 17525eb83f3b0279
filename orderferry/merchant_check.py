"""What `check` says of one merchant: its shop, and what its next poll will read."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from connectors.base import (
    Cause,
    CheckResult,
    Connector,
    Surroundings,
    Vault,
    Verdict,
    Window,
)
from connectors.errors import ConnectorError, Transient
from connectors.settings import duration_text
from orderferry.config import Merchant
from orderferry.identity import Objection
from orderferry.vault import NoVault
from state import ShopChange, StateError

PATIENCE_SECONDS = 10.0
"""After so long without a proper answer no request is repeated."""


@dataclass(frozen=True, slots=True)
class Remembered:
    """What the state file knows of the merchants that are checked; empty without one."""

    watermarks: Mapping[str, datetime | None] = field(default_factory=dict)
    objections: Mapping[str, Objection] = field(default_factory=dict)
    """Of merchants that must not be read."""
    changes: Mapping[str, ShopChange] = field(default_factory=dict)
    """How merchants came to their names and shops, if a person had to say so."""


@dataclass(frozen=True, slots=True)
class Asking:
    """The outside world as one check sees it."""

    surroundings: Surroundings
    elapsed: Callable[[], float]
    """Seconds since the check began."""
    vault: Callable[[str], Vault]
    """Takes a merchant's name; what it returns raises NoVault when it cannot keep anything."""
    remembered: Remembered


def check_merchant(merchant: Merchant, asking: Asking) -> list[CheckResult]:
    """Returns facts about the merchant's shop; its settings are sound."""
    known = list(_known(merchant, asking.remembered))
    if merchant.platform.keeps and merchant.name in asking.remembered.objections:
        return known  # its tokens are kept under another name, or are another shop's
    return [*known, *_asked(merchant, asking)]


def _known(merchant: Merchant, remembered: Remembered) -> Iterator[CheckResult]:
    """Yields whether it is the shop that the ledger is about, where there is something to say."""
    change = remembered.changes.get(merchant.name)
    if (why := remembered.objections.get(merchant.name)) is not None:
        yield CheckResult("shop", Verdict.FAULT, why.found, why.remedy, Cause.SET_UP)
    elif change is not None:
        of = f"was {change.kind.value}" + (f" from {change.before}" if change.before else "")
        words = f"It {of} on {change.changed_at:%Y-%m-%d %H:%M} UTC by {change.by}."
        yield CheckResult("shop", Verdict.OK, f"{words} {change.note}".strip())


def _asked(merchant: Merchant, asking: Asking) -> list[CheckResult]:
    vault = asking.vault(merchant.name) if merchant.platform.keeps else None
    connector = merchant.platform.open(
        merchant.settings, _impatient(asking.surroundings, merchant.where, asking.elapsed, vault)
    )
    try:
        results = list(connector.check())
        if not any(result.verdict is Verdict.FAULT for result in results):
            results += _next_poll(merchant, connector, asking)
    except NoVault:
        return [
            CheckResult(
                "credentials",
                Verdict.WARNING,
                "They were not tried: the refresh token's successors are kept in the state file,"
                " which is not there yet.",
                f"Run this, then check again: orderferry sync {merchant.name}",
            )
        ]
    except StateError as error:
        return [CheckResult("credentials", Verdict.FAULT, str(error), cause=Cause.SET_UP)]
    finally:
        connector.close()
    return results


def _next_poll(merchant: Merchant, connector: Connector, asking: Asking) -> Iterator[CheckResult]:
    read_until = asking.remembered.watermarks.get(merchant.name)
    if read_until is not None:
        words = f"Everything up to {read_until:%Y-%m-%d %H:%M} UTC was read."
        yield CheckResult("watermark", Verdict.OK, words)
        return
    now = asking.surroundings.now()
    back = merchant.first_sync
    if not back:
        yield CheckResult("first sync", Verdict.OK, "It reads what changes from now on.")
        return
    try:
        count = connector.count(Window(now - back, now))
    except ConnectorError as error:
        yield CheckResult.of("first sync", error)
        return
    number = "an unknown number" if count is None else f"{count:,}"
    yield CheckResult(
        "first sync",
        Verdict.OK,
        f"It reads the orders that changed in the last {duration_text(back)}: {number}.",
    )


def _impatient(
    surroundings: Surroundings, where: str, elapsed: Callable[[], float], vault: Vault | None
) -> Surroundings:
    """Returns surroundings in which nobody waits for long."""
    began = elapsed()

    def sleep(seconds: float) -> None:
        waited = elapsed() - began
        if waited + seconds > PATIENCE_SECONDS:
            asks = f"; it asks to wait {seconds:.0f} s" if seconds > PATIENCE_SECONDS else ""
            raise Transient(
                f"{where} has not given a proper answer in {waited:.0f} s{asks}.",
                "Try again later; if it lasts, see whether it is in maintenance or overloaded.",
            )
        surroundings.sleep(seconds)

    return dataclasses.replace(surroundings, sleep=sleep, vault=vault)
