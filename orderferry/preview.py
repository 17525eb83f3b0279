"""One order as it would be sent; nothing is sent and nothing of the order is stored."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mapping.outcome import SkipReason
from mapping.provenance import Origin, provenance
from orderferry.reading import decide
from orderferry.services import Services
from orderferry.shop_runs import require_same_shop
from state import Decision, LedgerOrder, OrderState


@dataclass(frozen=True, slots=True)
class Preview:
    """What became of the order, and what the ledger knows of it already."""

    decision: Decision
    verdict: str
    """new, changed, unchanged, waiting, skipped or quarantined."""
    ledger: LedgerOrder | None
    provenance: tuple[Origin, ...] = ()
    """The shop's values behind every field of the payload, or behind the refusal to send it."""

    @property
    def gone(self) -> bool:
        """Whether the shop has no such order."""
        return self.decision.reason == SkipReason.GONE.value


def preview(name: str, order_id: str, services: Services) -> Preview:
    """
    Returns what one order of the merchant would become if it were read now.

    Raises:
        ConnectorError: The shop cannot be read, or is not the one that the ledger is about.

    """
    merchant = services.merchant(name)
    require_same_shop(merchant, services)
    connector, mapper = services.connector(merchant)
    shop = connector.profile()
    now = services.clock.now()
    pages = tuple(connector.by_id([order_id]))
    decisions = [
        decision
        for page in pages
        for decision in decide(page, mapper, shop=shop, policy=merchant.policy, now=now)
    ]
    origins = [
        provenance(mapper, raw.order, raw.related, shop=shop, policy=merchant.policy, now=now)
        for page in pages
        for raw in page.orders
    ]
    gone = Decision(order_id, OrderState.SKIPPED, reason=SkipReason.GONE.value)
    found = decisions[0] if decisions else gone
    ledger = services.store.order(name, found.order_id)
    known = {} if ledger is None else {ledger.order_id: ledger.fingerprint}
    return Preview(found, verdict(found, known), ledger, origins[0] if origins else ())


def explain(seen: Preview, *, resend_on_change: bool) -> str:
    """Returns what the next poll that reads the order would do with it, in a sentence; pure."""
    if seen.verdict == "skipped":
        return f"{_why_skipped(seen.decision.reason or '')}It would not be sent."
    if seen.verdict in _WITHHELD:
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
    "quarantined": "It would be kept in the quarantine: correct it in the shop, or the"
    " configuration, then read it again (orderferry quarantine retry).",
}

_SKIPPED = {
    SkipReason.NOT_SHIPPED: "The shop does not count it as shipped, or not all of it.",
    SkipReason.CANCELLED: "It was cancelled in the shop.",
    SkipReason.REFUNDED: "All of it was refunded: nothing is left to return.",
    SkipReason.TEST: "It is a test order.",
    SkipReason.DRAFT: "It is a draft: nobody has placed it.",
    SkipReason.TRASHED: "It lies in the shop's trash.",
    SkipReason.TOO_OLD: "At Last takes no order that is more than 60 days old.",
    SkipReason.NO_GOODS: "Nothing in it is ever shipped: virtual products, tips, gift cards.",
    SkipReason.SUB_ORDER: "It repeats goods of its parent order (sub_orders is skip).",
}


def _why_skipped(reason: str) -> str:
    """Returns the reason as a sentence and a space, empty for a reason that is one already."""
    return next((f"{words} " for word, words in _SKIPPED.items() if reason.startswith(word)), "")


def verdict(decision: Decision, known: Mapping[str, str | None]) -> str:
    """Returns the word for what would happen to the order; pure."""
    if decision.state is not OrderState.PENDING:
        return decision.state.value
    if decision.order_id not in known:
        return "new"
    return "unchanged" if known[decision.order_id] == decision.fingerprint else "changed"
