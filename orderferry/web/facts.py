"""What the state file says right now: read once for each answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from orderferry.config import Config, Merchant
from orderferry.troubles import Trouble, find_notices, find_troubles
from state import MerchantState, OrderState, OverviewStore, Run


@dataclass(frozen=True, slots=True)
class Outbox:
    """What is to be delivered to one At Last account."""

    orders: int = 0
    oldest_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """One look at some merchants."""

    config: Config
    now: datetime
    states: Sequence[MerchantState]
    accounts: Mapping[str, Run]
    """The last delivery to each account that ever had one."""
    troubles: Sequence[Trouble]
    """In the words of `status`."""
    notices: Sequence[Trouble] = ()
    """What should be seen to in time."""

    @property
    def troubled(self) -> frozenset[str]:
        """Merchants and accounts of which something is wrong."""
        return frozenset(subject for trouble in self.troubles for subject in trouble.subjects)

    def merchant(self, state: MerchantState) -> Merchant:
        """Returns the settings of the merchant whose state this is."""
        return self.config.merchants[state.merchant]

    def enabled(self) -> list[MerchantState]:
        """Returns the states of the merchants that are enabled."""
        return [state for state in self.states if self.merchant(state).enabled]

    def outboxes(self) -> Mapping[str, Outbox]:
        """Returns what is to be delivered, per account of the enabled merchants."""
        found: dict[str, Outbox] = {}
        for state in self.enabled():
            account = self.merchant(state).account
            before = found.get(account, Outbox())
            owed = (OrderState.PENDING, OrderState.IN_DOUBT)
            oldest = [at for at in (before.oldest_at, state.oldest_pending_at) if at is not None]
            found[account] = Outbox(
                before.orders + sum(state.orders.get(one, 0) for one in owed),
                min(oldest, default=None),
            )
        return found


def read_facts(
    store: OverviewStore,
    config: Config,
    now: Callable[[], datetime],
    names: Sequence[str] | None = None,
) -> Facts:
    """
    Returns the facts of these merchants, None for all that are configured.

    Raises:
        StateError: The state cannot be read.

    """
    unsent = store.unsent_beyond(tuple(config.merchants)) if names is None else {}
    names = tuple(config.merchants) if names is None else names
    at = now()
    states = store.merchant_states(names)
    accounts = store.last_runs(list({config.merchants[name].account: None for name in names}))
    troubles = find_troubles(config, states, accounts, at, unsent=unsent)
    return Facts(config, at, states, accounts, troubles, find_notices(config, states))
