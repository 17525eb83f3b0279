"""The WooCommerce connector passes every check, and the checks find broken connectors."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from connectors import Connector, OrderStamp, Page, RawOrder, Window, conformance
from connectors.conformance import Check, Nonconformance
from connectors.woocommerce import WooCommerceConnector
from tests.connectors.world import NOW, World, ago, connected, settings, shop_at

WINDOW = Window(ago(hours=5), ago(hours=1))


@pytest.fixture(scope="module")
def connector() -> Iterator[WooCommerceConnector]:
    shop = shop_at()
    product = shop.add_product(weight="0.3")
    for number in range(230):
        # three orders to the second, forty in one
        at = ago(hours=4) + timedelta(seconds=max(number // 3, 13))
        shop.add_order(status="completed", modified_at=at, lines=[{"product_id": product}])
    shop.add_order(status="completed", modified_at=WINDOW.since)
    shop.add_order(status="completed", modified_at=WINDOW.until)
    with connected(shop) as (opened, _):
        yield opened


@pytest.mark.parametrize("check", conformance.CHECKS, ids=lambda check: check.__name__)
def test_the_woocommerce_connector_conforms(check: Check, connector: WooCommerceConnector) -> None:
    check(connector, WINDOW)


def test_a_shop_that_is_gone_fails_with_a_connector_error() -> None:
    chosen = settings("http://127.0.0.1:9", auth="basic")
    unreachable = WooCommerceConnector(chosen, World().surroundings)

    conformance.fails_with_a_connector_error(unreachable, WINDOW)
    conformance.closes_twice(unreachable, WINDOW)


class Broken:
    """A connector around a good one, with one method spoiled."""

    def __init__(self, good: Connector, **spoiled: Callable[..., Any]) -> None:
        self._good = good
        self._spoiled = spoiled

    def __getattr__(self, name: str) -> Any:
        return self._spoiled.get(name, getattr(self._good, name))


def forgets_the_end(good: Connector) -> Any:
    def changed(window: Window) -> Iterator[Page]:
        return (replace(page, complete_until=None) for page in good.changed(window))

    return Broken(good, changed=changed)


def includes_the_end(good: Connector) -> Any:
    def changed(window: Window) -> Iterator[Page]:
        return good.changed(Window(window.since, window.until + timedelta(seconds=1)))

    return Broken(good, changed=changed)


def leaves_out_the_beginning(good: Connector) -> Any:
    def changed(window: Window) -> Iterator[Page]:
        for page in good.changed(window):
            later = [o for o in page.orders if o.modified_at and o.modified_at > window.since]
            yield replace(page, orders=tuple(later))

    return Broken(good, changed=changed)


def stops_at_100_of_a_second(good: Connector) -> Any:
    def changed(window: Window) -> Iterator[Page]:
        short = window.until - window.since <= timedelta(seconds=1)
        for page in good.changed(window):
            yield replace(page, orders=page.orders[:10]) if short else page

    return Broken(good, changed=changed)


def yields_nothing_for_nothing(good: Connector) -> Any:
    def changed(window: Window) -> Iterator[Page]:
        return (page for page in good.changed(window) if page.orders)

    return Broken(good, changed=changed)


def counts_wrongly(good: Connector) -> Any:
    return Broken(good, count=lambda _window: 7)


def loses_ids(good: Connector) -> Any:
    def by_id(ids: Sequence[str]) -> Iterator[Page]:
        return (replace(page, missing=()) for page in good.by_id(ids[:-1]))

    return Broken(good, by_id=by_id)


def yields_all_without_ids(good: Connector) -> Any:
    def by_id(ids: Sequence[str]) -> Iterator[Page]:
        return good.by_id(ids) if ids else iter([Page((RawOrder("1", None, {}),))])

    return Broken(good, by_id=by_id)


def lists_the_newest_only(good: Connector) -> Any:
    def stamps(window: Window) -> Iterator[tuple[OrderStamp, ...]]:
        return (chunk[:20] for chunk in good.stamps(window))

    return Broken(good, stamps=stamps)


def lists_whatever_is_asked_for(good: Connector) -> Any:
    def stamps(window: Window) -> Iterator[tuple[OrderStamp, ...]]:
        return good.stamps(Window(window.since, NOW + timedelta(days=1)))

    return Broken(good, stamps=stamps)


def dates_by_creation(good: Connector) -> Any:
    def stamps(window: Window) -> Iterator[tuple[OrderStamp, ...]]:
        for chunk in good.stamps(window):
            yield tuple(replace(stamp, modified_at=NOW) for stamp in chunk)

    return Broken(good, stamps=stamps)


@pytest.mark.parametrize(
    ("spoil", "check"),
    [
        (lists_the_newest_only, conformance.stamps_name_every_order),
        (dates_by_creation, conformance.stamps_name_every_order),
        (lists_whatever_is_asked_for, conformance.stamps_keep_to_their_window),
        (forgets_the_end, conformance.completeness_only_grows),
        (yields_nothing_for_nothing, conformance.empty_window_is_complete),
        (includes_the_end, conformance.window_is_half_open),
        (includes_the_end, conformance.orders_lie_in_the_window),
        (leaves_out_the_beginning, conformance.parts_make_the_whole),
        (leaves_out_the_beginning, conformance.window_is_half_open),
        (stops_at_100_of_a_second, conformance.equal_times_are_complete),
        (counts_wrongly, conformance.count_agrees),
        (loses_ids, conformance.finds_by_id),
        (loses_ids, conformance.names_missing_ids),
        (yields_all_without_ids, conformance.asks_for_nothing_without_ids),
    ],
    ids=lambda function: function.__name__,
)
def test_a_broken_connector_is_found_out(
    spoil: Callable[[Connector], Any], check: Check, connector: WooCommerceConnector
) -> None:
    with pytest.raises(Nonconformance):
        check(spoil(connector), WINDOW)


def test_an_empty_answer_for_a_shop_that_is_gone_is_found_out(
    connector: WooCommerceConnector,
) -> None:
    with pytest.raises(Nonconformance, match="takes a shop that is gone for an empty one"):
        conformance.fails_with_a_connector_error(connector, WINDOW)
