"""The daemon's job that tells a webhook what goes wrong, and what is well again."""

from __future__ import annotations

from datetime import datetime, timedelta

import structlog

from orderferry.alerts import Facts, Memory, look, memorise, recall
from orderferry.services import Services
from orderferry.webhook import Undelivered, message, post
from state import StateStore

log = structlog.get_logger()

EVERY = timedelta(minutes=1)
"""How often it looks, unless the shops are polled more often than that."""

_KEEPER, _NAME = ":alerts", "memory"
"""Where the memory is kept in the state: no merchant can be called that."""


class Teller:
    """Tells the webhook; one for the life of a process."""

    def __init__(self, services: Services, since: datetime) -> None:
        """
        Keep what each look needs.

        Args:
            services: The configuration's [alerts] may have gone by the time of a look.
            since: When the daemon started.

        """
        self._services = services
        self._since = since
        self._unwritten: Memory | None = None
        """What was told while the state could not be written; None if it is in the state."""

    def look(self) -> None:
        """
        Tells the webhook what has begun or is over since the last look that was told.

        A message that the webhook did not take is told by the next look, with what is
        so then. Told first and remembered then: a crash in between tells it twice, and
        a full disk, which lasts, does not. Raises StateError like any other job.
        """
        services = self._services
        settings = services.config.alerts
        if settings is None:
            return
        before = remembered(services.store) if self._unwritten is None else self._unwritten
        now = services.clock.now()
        after, notices = look(settings, _facts(services, now, self._since), before)
        if notices:
            document = message(settings.format, notices, host=services.owner.host, now=now)
            try:
                post(settings, document, services.surroundings)
            except Undelivered as error:
                log.warning("alert not delivered", action="alert_failed", problem=str(error))
                return
            over = sum(notice.over for notice in notices)
            log.info("alerts sent", action="alerts_sent", begun=len(notices) - over, over=over)
        if after != before or self._unwritten is not None:
            self._unwritten = after
            services.store.keep(_KEEPER, _NAME, memorise(after))
            self._unwritten = None


def remembered(store: StateStore) -> Memory:
    """Returns what the webhook was told and is not over."""
    return recall(store.kept(_KEEPER, _NAME))


def _facts(services: Services, now: datetime, since: datetime) -> Facts:
    store = services.store
    enabled = [name for name, merchant in services.config.merchants.items() if merchant.enabled]
    return Facts(
        config=services.config,
        states=[store.merchant_state(name) for name in enabled],
        accounts={account: store.last_run(account, "deliver") for account in services.accounts()},
        now=now,
        since=since,
    )
