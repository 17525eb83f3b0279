"""Credentials that were refused: read anew before they are tried again."""

from __future__ import annotations

import dataclasses

import structlog

from orderferry.config import Merchant
from orderferry.errors import ConfigError
from orderferry.services import Services
from state import Run, RunOutcome

log = structlog.get_logger()

RESTART = (
    "For a new secret restart the daemon: it has env: and $CREDENTIALS_DIRECTORY from its start."
)


def renew(services: Services, subject: str, last: Run | None) -> str:
    """
    Reads the secrets of a merchant or account anew if its last run was refused.

    The text of the configuration stays as it was at the start or at SIGHUP. A secret
    that cannot be read stays too: its file may be about to be replaced.

    Returns:
        What could not be read, in a sentence; "" if nothing.

    """
    if last is None or last.outcome is not RunOutcome.CREDENTIALS:
        return ""
    unread: dict[str, None] = {}
    renewed = False
    for merchant in _of(services, subject):
        try:
            now = _read(merchant, subject)
        except ConfigError as error:
            unread |= dict.fromkeys(f"{fault.key} {fault.problem}" for fault in error.faults)
            continue
        if now != merchant:
            services.replace_merchant(merchant, now)
            renewed = True
    if renewed:
        log.info("secrets were replaced", action="secrets_replaced", subject=subject)
    return next(iter(unread), "")


def remedy(services: Services, subject: str) -> str:
    """Returns what a change of the secrets takes besides; "" if nothing."""
    for merchant in _of(services, subject):
        written = merchant.written
        if written and (written.binds_shop if subject == merchant.name else written.binds_account):
            return RESTART
    return ""


def _of(services: Services, subject: str) -> tuple[Merchant, ...]:
    merchants = services.config.merchants.values()
    return tuple(one for one in merchants if subject in {one.name, one.account})


def _read(merchant: Merchant, subject: str) -> Merchant:
    """Returns the merchant with the secrets of its shop, or of its account, as they are now."""
    if merchant.written is None:
        return merchant
    now = merchant.written.read()
    if subject == merchant.name:
        return dataclasses.replace(merchant, settings=now.settings)
    return dataclasses.replace(merchant, atlast=now.atlast)
