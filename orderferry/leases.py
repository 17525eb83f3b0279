"""Holding a lease while a job runs: one process per merchant, account and daemon (R7)."""

from __future__ import annotations

import os
import re
import secrets
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path

from state import Lease, LeaseHeld, StateStore

_OWNER = re.compile(r"process (?P<pid>\d+) on \S* \((?P<space>[0-9a-f]*)-(?P<nonce>[0-9a-f]+)\)")

TTL = timedelta(minutes=5)
"""Longer than a page with all its retries takes; a crash on another machine costs this wait."""


_LOCK = threading.Lock()


@dataclass(frozen=True, slots=True)
class Owner:
    """A process, in words that a person can follow up, with what tells it from all others."""

    host: str
    pid: int
    space: str
    """Where that process id means something: this boot, this pid namespace; "" if unknown."""
    nonce: str

    @classmethod
    def this_process(cls) -> Owner:
        """Returns a new owner for this process."""
        return cls(socket.gethostname(), os.getpid(), _pid_space(), secrets.token_hex(3))

    def __str__(self) -> str:
        return f"process {self.pid} on {self.host} ({self.space}-{self.nonce})"

    def outlives(self, other: str) -> bool:
        """
        Returns whether *other* certainly was a process that no longer runs.

        Its lease can be taken at once, without waiting for the expiry. Of a
        process on another host, in another container or of an earlier boot
        nothing is certain.
        """
        found = _OWNER.fullmatch(other)
        if found is None or not self.space or found["space"] != self.space:
            return False
        if int(found["pid"]) == self.pid:  # the same id in an earlier life
            return found["nonce"] != self.nonce
        try:
            os.kill(int(found["pid"]), 0)
        except ProcessLookupError:
            return True
        except PermissionError:
            return False
        return _is_dead(int(found["pid"]))


def _is_dead(pid: int) -> bool:
    """
    Returns whether a process that still has its id has ended, as far as the system tells.

    A killed process keeps it until its parent asks how it ended, which a parent
    that is busy, or the first process of a container, may never do.
    """
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
    except OSError:  # another system, or not for us to see
        return False
    # behind the name, which may hold anything
    return stat.rpartition(")")[2].split(maxsplit=1)[:1] in (["Z"], ["X"])


def _pid_space() -> str:
    """Returns a short name of this boot and pid namespace, "" where the system has neither."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii")
        namespace = Path("/proc/self/ns/pid").readlink()
    except OSError:
        return ""
    return sha256(f"{boot}{namespace}".encode()).hexdigest()[:8]


_IN_HAND: set[tuple[Owner, str]] = set()
"""Leases that threads of this process have; what the state says may be out of date."""


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

    A lease that is written down as this process's own, though none of its threads
    has it, is taken at once: a full disk kept it from being given back.

    Raises:
        LeaseHeld: Another thread or living process has it; names the holder and the expiry.

    """
    with _in_hand(owner, name, now):
        try:
            lease = store.acquire(name, str(owner), now=now(), ttl=TTL)
        except LeaseHeld as held:
            if held.owner != str(owner) and not owner.outlives(held.owner):
                raise
            lease = store.acquire(name, str(owner), now=max(now(), held.expires_at), ttl=TTL)
        try:
            yield Held(store, lease, now)
        finally:
            store.release(lease)


@contextmanager
def _in_hand(owner: Owner, name: str, now: Callable[[], datetime]) -> Iterator[None]:
    """Makes sure that one thread of the owner at most is at, or about to take, the lease."""
    key = (owner, name)
    with _LOCK:
        if key in _IN_HAND:
            raise LeaseHeld(name, str(owner), now() + TTL)
        _IN_HAND.add(key)
    try:
        yield
    finally:
        with _LOCK:
            _IN_HAND.discard(key)
