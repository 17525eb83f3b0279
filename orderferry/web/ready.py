"""Whether the daemon as a whole does its work; pure."""

from __future__ import annotations

from collections.abc import Iterator

from orderferry.troubles import OUTBOX_PATIENCE, polls_patience
from orderferry.web.facts import Facts
from orderferry.wording import span
from state import MerchantState

UNREADABLE = "The state file cannot be read; see the daemon's log."


def reasons(facts: Facts) -> Iterator[str]:
    """
    Yields why the daemon is not ready; nothing, if it is.

    One merchant's trouble is no reason: the others are served, and taking the
    daemon away from its supervisor would serve nobody better. A reason names
    neither merchant nor account, so that anybody may read it.
    """
    enabled = facts.enabled()
    successes = [state.last_success_at for state in enabled if state.last_success_at is not None]
    if enabled and not successes:
        yield "No shop was polled successfully yet."
    elif enabled and not any(_fresh(state, facts) for state in enabled):
        yield f"No shop was polled successfully for {span(max(successes), facts.now)}."
    owed = [outbox.oldest_at for outbox in facts.outboxes().values() if outbox.oldest_at]
    if owed and facts.now - max(owed) > OUTBOX_PATIENCE:
        yield (
            "No At Last account takes what is due: the oldest order has been in the outbox for"
            f" {span(min(owed), facts.now)}."
        )


def _fresh(state: MerchantState, facts: Facts) -> bool:
    patience = polls_patience(facts.config.polled_every(state.merchant))
    return state.last_success_at is not None and facts.now - state.last_success_at <= patience
