"""What a connector keeps, such as rotating tokens, in the state file."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from connectors.errors import Transient
from orderferry.clock import Clock
from orderferry.leases import Owner, hold
from state import LeaseHeld, SqliteStore, StateStore

WAIT_SECONDS = 1.0
TRIES = 30
"""How often another process's turn is waited for; a token refresh takes a second or two."""


class NoVault(Exception):
    """There is no state file yet that could keep what a connector must keep."""


class StateVault:
    """A connector's Vault over the state; one per merchant."""

    def __init__(self, store: StateStore, merchant: str, owner: Owner, clock: Clock) -> None:
        self._store = store
        self._merchant = merchant
        self._owner = owner
        self._clock = clock

    def get(self, name: str) -> str | None:
        """Returns the value, None if there is none."""
        return self._store.kept(self._merchant, name)

    def put(self, name: str, value: str | None) -> None:
        """Stores the value, or forgets it; durable when it returns."""
        self._store.keep(self._merchant, name, value)

    @contextmanager
    def lock(self, name: str) -> Iterator[None]:
        """Makes this the only process that works on the value; waits a little, then Transient."""
        with self._turn(f"vault:{self._merchant}:{name}"):
            yield

    def _turn(self, lease: str) -> ExitStack:
        """Returns the held lease, taken as soon as its holder gave it back."""
        for _ in range(TRIES):
            try:
                with ExitStack() as stack:
                    stack.enter_context(hold(self._store, lease, self._owner, self._clock.now))
                    return stack.pop_all()
            except LeaseHeld as held:
                busy = held
                self._clock.sleep(WAIT_SECONDS)
        raise Transient(
            f"{self._merchant}: {busy}",
            "It is tried again by itself; if it lasts, end that process.",
        )


class BorrowedVault:
    """
    A vault that opens the state file for each use only, and does not create it.

    Raises NoVault instead where there is nothing to read from and something to keep.
    """

    def __init__(
        self, path: Path, merchant: str, owner: Owner, clock: Clock, *, may_create: bool = False
    ) -> None:
        self._path = path
        self._merchant = merchant
        self._owner = owner
        self._clock = clock
        self._may_create = may_create

    def get(self, name: str) -> str | None:
        """Returns the value, None if there is none or no state file."""
        if not self._path.exists():
            return None
        with self._open() as vault:
            return vault.get(name)

    def put(self, name: str, value: str | None) -> None:
        """Stores the value, or forgets it; durable when it returns."""
        with self._open() as vault:
            vault.put(name, value)

    @contextmanager
    def lock(self, name: str) -> Iterator[None]:
        """Makes this the only process that works on the value."""
        with self._open() as vault, vault.lock(name):
            yield

    @contextmanager
    def _open(self) -> Iterator[StateVault]:
        if not (self._path.exists() or self._may_create):
            raise NoVault
        store = SqliteStore.open(self._path, now=self._clock.now())
        try:
            yield StateVault(store, self._merchant, self._owner, self._clock)
        finally:
            store.close()
