"""
The checks that every connector passes; for its author's own tests.

Each check takes a connector and a window of whole seconds in which a shop at
rest has orders, best some hundreds with several in one second, and raises
Nonconformance with a sentence on what is wrong. They read, and change nothing::

    @pytest.mark.parametrize("check", conformance.CHECKS, ids=lambda check: check.__name__)
    def test_conforms(check, connector, window):
        check(connector, window)

`fails_with_a_connector_error` and `closes_twice` need a connector of their own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final

from connectors.base import Connector, OrderStamp, Page, RawOrder, Window
from connectors.errors import ConnectorError

Check = Callable[[Connector, Window], None]

_SECOND: Final = timedelta(seconds=1)
_LONG_AGO: Final = Window(datetime(1999, 1, 1, tzinfo=UTC), datetime(1999, 1, 2, tzinfo=UTC))
_NO_SUCH_ID: Final = "999999999999"


class Nonconformance(AssertionError):
    """A connector breaks the protocol; the message says how."""


def _require(holds: bool, sentence: str) -> None:  # noqa: FBT001 - reads like assert
    if not holds:
        raise Nonconformance(sentence)


def _orders(connector: Connector, window: Window) -> dict[str, RawOrder]:
    return {order.id: order for page in connector.changed(window) for order in page.orders}


def _dated(connector: Connector, window: Window) -> dict[str, datetime]:
    """Returns the modification times, of a window that must have some."""
    orders = _orders(connector, window)
    dated = {id_: order.modified_at for id_, order in orders.items() if order.modified_at}
    _require(bool(dated), "The window has no orders with a time: choose another to check with.")
    return dated


def orders_lie_in_the_window(connector: Connector, window: Window) -> None:
    """No order from before the window, none from its end or later."""
    for id_, at in _dated(connector, window).items():
        _require(
            window.since <= at < window.until,
            f"changed() yielded order {id_} of {at}, outside [{window.since}, {window.until}).",
        )


def window_is_half_open(connector: Connector, window: Window) -> None:
    """An order of the instant in which a window begins is in it, of the end it is not."""
    id_, at = min(_dated(connector, window).items(), key=lambda item: item[1])
    starting = Window(at, at + _SECOND)
    _require(id_ in _orders(connector, starting), f"Order {id_} is missing in {starting}.")
    ending = Window(at - _SECOND, at)
    _require(id_ not in _orders(connector, ending), f"Order {id_} is also in {ending}.")


def parts_make_the_whole(connector: Connector, window: Window) -> None:
    """Two windows that touch yield what the one that spans them yields."""
    middle = sorted(_dated(connector, window).values())[len(_dated(connector, window)) // 2]
    if not window.since < middle < window.until:
        middle = window.since + (window.until - window.since) / 2
    early = _orders(connector, Window(window.since, middle)).keys()
    late = _orders(connector, Window(middle, window.until)).keys()
    whole = _orders(connector, window).keys()
    _require(early | late == whole, f"Cut at {middle}, the window lacks {whole - early - late}.")
    _require(not early & late, f"Cut at {middle}, both parts have {early & late}.")


def equal_times_are_complete(connector: Connector, window: Window) -> None:
    """A window of the busiest second yields all of its orders."""
    dated = _dated(connector, window)
    busiest, _ = Counter(at.replace(microsecond=0) for at in dated.values()).most_common(1)[0]
    due = {id_ for id_, at in dated.items() if at.replace(microsecond=0) == busiest}
    got = _orders(connector, Window(busiest, busiest + _SECOND)).keys()
    _require(due <= got, f"{len(due - got)} of {len(due)} orders of {busiest} are missing.")


def reads_are_repeatable(connector: Connector, window: Window) -> None:
    """A closed window of a shop at rest yields the same orders again."""
    first, second = _orders(connector, window), _orders(connector, window)
    _require(first.keys() == second.keys(), "Two reads of one window yielded different orders.")
    for id_, order in first.items():
        _require(
            order.order == second[id_].order and order.related == second[id_].related,
            f"Two reads of order {id_} differ, though nobody changed it.",
        )


def completeness_only_grows(connector: Connector, window: Window) -> None:
    """`complete_until` never decreases, stays in the window, and ends at its end."""
    told = [page.complete_until for page in connector.changed(window)]
    _require(bool(told), "changed() yielded no page; an empty window is one page too.")
    _require(told[-1] == window.until, f"The last page is complete until {told[-1]}.")
    instants = [at for at in told if at is not None]
    _require(instants == sorted(instants), "complete_until decreased.")
    _require(all(window.since < at <= window.until for at in instants), "It left the window.")


def empty_window_is_complete(connector: Connector, window: Window) -> None:
    """A window without orders yields none and is complete all the same."""
    del window
    pages = list(connector.changed(_LONG_AGO))
    _require(not any(page.orders or page.unreadable for page in pages), "1999 has orders.")
    _require(
        bool(pages) and pages[-1].complete_until == _LONG_AGO.until,
        "An empty window does not end with complete_until.",
    )


def count_agrees(connector: Connector, window: Window) -> None:
    """`count` is the number of different orders, or None."""
    told = connector.count(window)
    found = set(_orders(connector, window))
    found |= {one.id for page in connector.changed(window) for one in page.unreadable}
    _require(told in {None, len(found)}, f"count() said {told}, changed() yielded {len(found)}.")


def finds_by_id(connector: Connector, window: Window) -> None:
    """Every order that a window yields is found by its id, once and alike."""
    listed = _orders(connector, window)
    ids = sorted(listed)[:250]
    pages = list(connector.by_id(ids))
    found = Counter(order.id for page in pages for order in page.orders)
    _require(found == Counter(ids), f"by_id() lacks {set(ids) - found.keys()} or repeats one.")
    for order in (order for page in pages for order in page.orders):
        _require(order.order == listed[order.id].order, f"by_id() shows {order.id} otherwise.")


def names_missing_ids(connector: Connector, window: Window) -> None:
    """An id that does not exist is named as missing, and costs the others nothing."""
    known = min(_orders(connector, window))
    pages: list[Page] = list(connector.by_id([_NO_SUCH_ID, known]))
    missing = [id_ for page in pages for id_ in page.missing]
    _require(missing == [_NO_SUCH_ID], f"by_id() named {missing} as missing.")
    _require([o.id for page in pages for o in page.orders] == [known], "It lost the other one.")


def asks_for_nothing_without_ids(connector: Connector, window: Window) -> None:
    """No ids, no orders; not all of them."""
    del window
    _require(not any(page.orders for page in connector.by_id([])), "by_id([]) yielded orders.")


def _stamps(connector: Connector, window: Window) -> dict[str, OrderStamp]:
    return {stamp.id: stamp for chunk in connector.stamps(window) for stamp in chunk}


def _always(window: Window) -> Window:
    return Window(_LONG_AGO.until, window.until + timedelta(days=366))


def stamps_name_every_order(connector: Connector, window: Window) -> None:
    """`stamps` lists every order that `changed` yields, in the same version."""
    dated = _dated(connector, window)
    # an order of the window may have been created at any other time
    stamps = _stamps(connector, _always(window))
    _require(dated.keys() <= stamps.keys(), f"stamps() lacks {dated.keys() - stamps.keys()}.")
    for id_, at in dated.items():
        told = stamps[id_].modified_at
        _require(told in {None, at}, f"stamps() dates {id_} {told}, changed() {at}.")


def stamps_keep_to_their_window(connector: Connector, window: Window) -> None:
    """`stamps` yields nothing for a time without orders, and parts make the whole."""
    _require(not _stamps(connector, _LONG_AGO), "stamps() lists orders of 1999.")
    middle = window.since + (window.until - window.since) / 2
    always = _always(window)
    early = _stamps(connector, Window(always.since, middle)).keys()
    late = _stamps(connector, Window(middle, always.until)).keys()
    whole = _stamps(connector, always).keys()
    _require(early | late == whole, f"Cut at {middle}, stamps() lacks {whole - early - late}.")


def profile_is_complete(connector: Connector, window: Window) -> None:
    """The shop's time zone and weight unit are known."""
    del window
    profile = connector.profile()
    _require(bool(profile.time_zone), "profile() names no time zone.")
    _require(profile.weight_unit in {"kg", "g", "lbs", "oz"}, f"{profile.weight_unit!r} weighs?")


def check_names_remedies(connector: Connector, window: Window) -> None:
    """`check` yields something, and every result that is not well has a remedy."""
    del window
    results = list(connector.check())
    _require(bool(results), "check() yielded nothing.")
    for result in results:
        _require(result.verdict == "ok" or bool(result.remedy), f"{result.name} has no remedy.")


def fails_with_a_connector_error(unreachable: Connector, window: Window) -> None:
    """
    A shop that cannot be reached is a ConnectorError everywhere, never an empty answer.

    Takes a connector to an address where nobody listens.
    """
    calls: tuple[tuple[str, Callable[[], object]], ...] = (
        ("profile", unreachable.profile),
        ("changed", lambda: list(unreachable.changed(window))),
        ("by_id", lambda: list(unreachable.by_id(["1"]))),
        ("stamps", lambda: list(unreachable.stamps(window))),
        ("count", lambda: unreachable.count(window)),
    )
    for name, call in calls:
        try:
            call()
        except ConnectorError as error:
            _require(bool(error.problem and error.remedy), f"{name}() fails without a remedy.")
        else:
            raise Nonconformance(f"{name}() takes a shop that is gone for an empty one.")
    _require(
        any(result.verdict == "fault" for result in unreachable.check()),
        "check() finds no fault with a shop that is gone.",
    )


def closes_twice(connector: Connector, window: Window) -> None:
    """Closing again is harmless."""
    del window
    connector.close()
    connector.close()


CHECKS: Final[tuple[Check, ...]] = (
    orders_lie_in_the_window,
    window_is_half_open,
    parts_make_the_whole,
    equal_times_are_complete,
    reads_are_repeatable,
    completeness_only_grows,
    empty_window_is_complete,
    count_agrees,
    finds_by_id,
    names_missing_ids,
    asks_for_nothing_without_ids,
    stamps_name_every_order,
    stamps_keep_to_their_window,
    profile_is_complete,
    check_names_remedies,
)
"""All checks that take a working connector and leave it open."""
