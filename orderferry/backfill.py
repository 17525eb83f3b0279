"""A bounded run over an explicit window or explicit orders; never moves the watermark."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass, field

from connectors.base import Page, Window
from orderferry.ahead import ahead
from orderferry.leases import Held
from orderferry.reading import Reading, decide
from orderferry.runs import Report, Tally
from orderferry.services import Services
from orderferry.shop_runs import record_reading, require_same_shop
from state import Counts, Decision, Kind, OrderState, Standing


@dataclass(frozen=True, slots=True)
class Request:
    """What to read: a window, or orders by id."""

    window: Window | None = None
    order_ids: Sequence[str] = ()
    open_ended: bool = False
    """The window ends at "now": an unfinished backfill with the same beginning is continued."""


@dataclass(slots=True)
class Progress:
    """Where a backfill stands; the caller shows it."""

    expected: int | None = None
    seen: int = 0
    changed: Callable[[Progress], None] = field(default=lambda _progress: None)

    def expect(self, total: int | None) -> None:
        """Sets how many orders are to come."""
        self.expected = total
        self.changed(self)

    def add(self, counts: Counts) -> None:
        """Counts a page."""
        self.seen += counts.seen
        self.changed(self)


def backfill(name: str, request: Request, services: Services, progress: Progress) -> Report:
    """
    Returns how the backfill ended.

    An interrupted one goes on where it was when it is started with the same
    window again.
    """

    def work(held: Held, tally: Tally) -> None:
        _read(name, request, services, held=held, tally=tally, progress=progress)

    return record_reading(services, name, "backfill", work)


def _read(  # noqa: PLR0913 - the run's parts, one each
    name: str,
    request: Request,
    services: Services,
    *,
    held: Held,
    tally: Tally,
    progress: Progress,
) -> None:
    connector, reading = Reading.of(name, services, held, tally)
    if request.order_ids:
        progress.expect(len(request.order_ids))
        reading.store_pages(connector.by_id(request.order_ids), seen=progress.add)
    window = request.window
    while window is not None:
        resume = services.store.open_backfill(
            name,
            window.since,
            window.until,
            open_ended=request.open_ended,
            now=services.clock.now(),
        )
        if resume.done_until < resume.until:
            rest = Window(resume.done_until, resume.until)
            progress.expect(connector.count(rest))
            with closing(ahead(connector.changed(rest), rest)) as pages:
                reading.store_pages(pages, backfill=resume, seen=progress.add)
        services.store.close_backfill(resume, now=services.clock.now())
        # an open-ended one that was interrupted ended at the "now" of that time
        left = resume.until < window.until
        window = Window(resume.until, window.until) if left else None


@dataclass(frozen=True, slots=True)
class Planned:
    """What a dry run found for one order."""

    order_id: str
    verdict: str
    """
    What the run makes of it: new, changed, unchanged, waiting, skipped, quarantined, not_found.

    An order that is skipped, say, and stays so is skipped here; the run counts it as unchanged.
    """
    reason: str | None


def dry_run(
    name: str, request: Request, services: Services, progress: Progress
) -> Iterable[Planned]:
    """Yields what a backfill would do, order by order; nothing is stored and nothing sent."""
    merchant = services.merchant(name)
    require_same_shop(merchant, services)
    connector, mapper = services.connector(merchant)
    shop = connector.profile()
    store = services.store
    for page in _pages(request, services, name, progress):
        now = services.clock.now()
        decisions = decide(page, mapper, shop=shop, policy=merchant.policy, now=now)
        resend = merchant.resend_on_change
        kinds = store.plan(name, decisions, now=now, resend_on_change=resend)
        stand = store.standings(name, [decision.order_id for decision in decisions])
        strangers = frozenset(page.missing) - stand.keys()
        for decision, kind in zip(decisions, kinds, strict=True):
            if decision.order_id in strangers:
                yield Planned(decision.order_id, "not_found", "the shop has no such order")
            else:
                yield _planned(decision, kind, stand.get(decision.order_id))
        progress.add(Counts(seen=len(decisions)))


NOT_RESENT = "it differs from what was delivered, and resend_on_change is false"
"""Why a changed order is counted as unchanged."""


def _planned(decision: Decision, kind: Kind, stands: Standing | None) -> Planned:
    word, reason = kind.value, decision.reason
    if kind is Kind.READY:
        word = "new" if stands is None else "changed"
    elif kind is Kind.CHANGED:
        word, reason = "unchanged", NOT_RESENT
    elif stands is not None and stands.state is decision.state is not OrderState.PENDING:
        word = decision.state.value
    return Planned(decision.order_id, word, reason)


def _pages(request: Request, services: Services, name: str, progress: Progress) -> Iterable[Page]:
    connector, _ = services.connector(services.merchant(name))
    if request.order_ids:
        progress.expect(len(request.order_ids))
        yield from connector.by_id(request.order_ids)
    if request.window is not None:
        progress.expect(connector.count(request.window))
        yield from connector.changed(request.window)
