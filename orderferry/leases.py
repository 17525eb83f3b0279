"""Holding a lease while a job runs: one process per merchant, account and daemon (R7)."""

from __future__ import annotations

import os
import secrets
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from state import Lease, LeaseHeld, StateStore

TTL = timedelta(minutes=5)
"""Longer than a page with all its retries takes; a crash on another machine costs this wait."""


@dataclass(frozen=True, slots=True)
class Owner:
    """A process, in words that a person can follow up: host, process id, and a random part."""

    host: str
    pid: int
    nonce: str

    @classmethod
    def this_process(cls) -> Owner:
        """Returns a new owner for this process."""
        return cls(socket.gethostname(), os.getpid(), secrets.token_hex(3))

    def __str__(self) -> str:
        return f"process {self.pid} on {self.host} ({self.nonce})"

    def outlives(self, other: str) -> bool:
        """
        Returns whether *other* was a process of this host that no longer runs.

        Its lease can be taken at once, without waiting for the expiry. Fencing
        covers the rest: a write under the old lease is refused.
        """
        words = other.split()
        if len(words) != 5 or words[0] != "process" or words[3] != self.host:  # noqa: PLR2004 - as __str__ has it
            return False
        pid = int(words[1])
        if pid == self.pid:  # the same id in an earlier life, as in a restarted container
            return words[4] != f"({self.nonce})"
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        except PermissionError:
            return False
        return False


class Held:
    """A lease in hand."""

    def __init__(self, store: StateStore, lease: Lease, now: Callable[[], datetime]) -> None:
        self.lease = lease
        self._store = store
        self._now = now
        self._renewed_at = now()

    def keep(self) -> None:
        """Renews the lease when a third of its life is over; raises LeaseLost if it is gone."""
        now = self._now()
        if not timedelta(0) <= now - self._renewed_at < TTL / 3:
            self._store.renew(self.lease, now=now, ttl=TTL)
            self._renewed_at = now


@contextmanager
def hold(store: StateStore, name: str, owner: Owner, now: Callable[[], datetime]) -> Iterator[Held]:
    """
    Holds the lease inside the block.

    Raises:
        LeaseHeld: Another living process has it; names the holder and the expiry.

    """
    try:
        lease = store.acquire(name, str(owner), now=now(), ttl=TTL)
    except LeaseHeld as held:
        if not owner.outlives(held.owner):
            raise
        lease = store.acquire(name, str(owner), now=max(now(), held.expires_at), ttl=TTL)
    try:
        yield Held(store, lease, now)
    finally:
        store.release(lease)
