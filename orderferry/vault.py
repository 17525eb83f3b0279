"""What a connector keeps, such as rotating tokens, in the state file."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from connectors.errors import Transient
from orderferry.clock import Clock
from orderferry.leases import Owner, hold
from state import LeaseHeld, StateStore

WAIT_SECONDS = 1.0
TRIES = 30
"""How often another process's turn is waited for; a token refresh takes a second or two."""


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
