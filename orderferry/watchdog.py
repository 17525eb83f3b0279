"""Whether the daemon still works, told to the service manager for as long as it does."""

from __future__ import annotations

import time
from collections.abc import Callable

import structlog

from orderferry.jobs import Jobs
from orderferry.leases import TTL
from orderferry.notify import Notify

log = structlog.get_logger()

SCHEDULE = "the schedule"
"""How the scheduler is called among jobs: nothing begins any more when it stands still."""


class Watchdog:
    """
    Looks for workers that hang.

    A socket that never ends or a lock that is never given back cannot be ended
    from within the process. Without pings the service manager kills and starts
    it anew, which loses nothing.
    """

    def __init__(
        self, notify: Notify, jobs: Jobs, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._notify = notify
        self._jobs = jobs
        self._monotonic = monotonic
        self._scheduled_at = monotonic()
        self._told: tuple[str, ...] = ()

    def scheduled(self) -> None:
        """Notes that the scheduler has begun to renew the daemon's lease, which it does often."""
        self._scheduled_at = self._monotonic()

    def hung(self, hung_after: float) -> tuple[str, ...]:
        """Returns the workers without a sign of life for that many seconds; empty = all is well."""
        late = self._monotonic() - self._scheduled_at > TTL.total_seconds()
        return (SCHEDULE,) * late + self._jobs.silent(hung_after)

    def look(self, hung_after: float, status: str) -> None:
        """Pings the service manager, or says once which workers keep it from doing so."""
        hung = self.hung(hung_after)
        if not hung:
            self._notify.alive(status)
        elif hung != self._told:
            log.error("workers hang", action="workers_hung", jobs=list(hung))
            self._notify.status(
                f"Hanging: {', '.join(hung)}; no more watchdog pings, so that this is restarted."
            )
        self._told = hung
