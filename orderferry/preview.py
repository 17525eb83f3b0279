"""One order as it would be sent; nothing is sent and nothing of the order is stored."""

from __future__ import annotations

from dataclasses import dataclass

from mapping.outcome import SkipReason
from orderferry.backfill import verdict
from orderferry.reading import decide
from orderferry.services import Services
from state import Decision, LedgerOrder, OrderState


@dataclass(frozen=True, slots=True)
class Preview:
    """What became of the order, and what the ledger knows of it already."""

    decision: Decision
    verdict: str
    """new, changed, unchanged, waiting, skipped or quarantined."""
    ledger: LedgerOrder | None

    @property
    def gone(self) -> bool:
        """Whether the shop has no such order."""
        return self.decision.reason == SkipReason.GONE.value


def preview(name: str, order_id: str, services: Services) -> Preview:
    """
    Returns what one order of the merchant would become if it were read now.

    Raises:
        ConnectorError: The shop cannot be read.

    """
    merchant = services.merchant(name)
    connector, mapper = services.connector(merchant)
    shop = connector.profile()
    now = services.clock.now()
    decisions = [
        decision
        for page in connector.by_id([order_id])
        for decision in decide(page, mapper, shop=shop, policy=merchant.policy, now=now)
    ]
    gone = Decision(order_id, OrderState.SKIPPED, reason=SkipReason.GONE.value)
    found = decisions[0] if decisions else gone
    ledger = services.store.order(name, found.order_id)
    known = {} if ledger is None else {ledger.order_id: ledger.fingerprint}
    return Preview(found, verdict(found, known), ledger)


def explain(seen: Preview, *, resend_on_change: bool) -> str:
    """Returns what the next poll that reads the order would do with it, in a sentence; pure."""
    if seen.verdict in {"waiting", "skipped", "quarantined"}:
        return _WITHHELD[seen.verdict]
    if seen.ledger is None or seen.verdict == "new":
        return "The ledger does not hold it: it would be sent."
    state, since = seen.ledger.state, f"{seen.ledger.since_at:%Y-%m-%d %H:%M} UTC"
    if seen.verdict == "unchanged":
        reason = f" ({seen.ledger.reason})" if seen.ledger.reason else ""
        return (
            f"The ledger holds exactly this as {state.value.replace('_', ' ')} since"
            f" {since}{reason}: nothing would change."
        )
    if state is OrderState.DELIVERED and not resend_on_change:
        return (
            f"It was delivered with other content on {since}: it would not be sent again"
            " (orders.resend_on_change is false)."
        )
    return f"The ledger has it as {state.value.replace('_', ' ')} since {since}: it would be sent."


_WITHHELD = {
    "waiting": "It would be read again by its id until it has a tracking number or the wait ends.",
    "skipped": "It would not be sent.",
    "quarantined": "It would be kept in the quarantine: correct it in the shop, or the"
    " configuration, then read it again (orderferry quarantine retry).",
}
