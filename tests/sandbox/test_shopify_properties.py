"""What holds for every search, every discount and every way to page."""

from __future__ import annotations

from datetime import UTC, timedelta
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from orderferry.sandbox.shopify.books import Books
from orderferry.sandbox.shopify.listing import Reach, order_listing
from orderferry.sandbox.shopify.money import Currencies
from orderferry.sandbox.shopify.order_search import order_vocabulary
from orderferry.sandbox.shopify.search import compile_search
from tests.sandbox.shopify_client import NOW, shop_at

_PIECES = st.sampled_from(
    ["(", ")", "AND", "OR", "NOT", "-", "id:1", "id:>=2", "status:open", "x:1", "'", '"', "a"]
)
_REACH = Reach("2026-10", UTC, None, 25_000)


@given(st.lists(_PIECES, max_size=12).map(" ".join) | st.text(max_size=40))
def test_no_search_text_fails(text: str) -> None:
    head = next(iter(_orders(1).database.heads.values()))

    search = compile_search(text, order_vocabulary("2026-10", UTC))

    assert search.matches(head) in {True, False}


@given(
    st.decimals("0", "1000", places=2),
    st.lists(st.decimals("0.01", "500", places=2), min_size=1, max_size=9),
)
def test_a_spread_discount_adds_up(total: Decimal, weights: list[Decimal]) -> None:
    shares = Currencies("GBP", "GBP").spread(total, weights)

    assert sum(shares) == total
    assert all(share >= 0 for share in shares)


@settings(max_examples=40)
@given(
    minutes=st.lists(st.integers(0, 5), min_size=1, max_size=12),
    size=st.integers(1, 5),
    touched=st.lists(st.integers(0, 11), max_size=6),
    query=st.sampled_from(["", "updated_at:>='2026-11-01T00:00:00Z'"]),
)
def test_no_untouched_order_is_skipped_and_every_touched_one_comes_last(
    minutes: list[int], size: int, touched: list[int], query: str
) -> None:
    shop = shop_at()
    ids = [shop.add_order(updated_at=NOW - timedelta(hours=1, minutes=m)) for m in minutes]
    edits = [ids[at] for at in touched if at < len(ids)]
    found: list[int] = []
    after = None

    while True:
        args = {"query": query, "sortKey": "UPDATED_AT", "reverse": False}
        page = order_listing(shop.settled_books(), _REACH, args).page(size, after)
        found += [view.head.id for view in page.nodes]
        if not page.has_next:
            break
        after = page["pageInfo"]["endCursor"]
        if edits:
            shop.touch(edits.pop())

    assert set(found) == set(ids)


def _orders(count: int) -> Books:
    shop = shop_at()
    for _ in range(count):
        shop.add_order()
    return shop.books
