"""Which orders a list request finds, in which order; every trap of the real shop included."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from orderferry.sandbox.woocommerce.params import Params
from orderferry.sandbox.woocommerce.records import Storage
from orderferry.sandbox.woocommerce.rest import Json
from orderferry.sandbox.woocommerce.site_time import SiteTime

CORE_STATUSES = {
    "pending": "Pending payment",
    "processing": "Processing",
    "on-hold": "On hold",
    "completed": "Completed",
    "cancelled": "Cancelled",
    "refunded": "Refunded",
    "failed": "Failed",
}
_ORDERBY = ("date", "id", "include", "title", "slug", "modified")
_BOUNDS = (
    ("after", "date_created"),
    ("before", "date_created"),
    ("modified_after", "date_modified"),
    ("modified_before", "date_modified"),
)


@dataclass(frozen=True, slots=True)
class Slice:
    """Which part of the found ones is answered."""

    page: int
    per_page: int
    offset: int

    def of(self, found: Sequence[Json]) -> Sequence[Json]:
        """Returns the part; an offset replaces the page, though page counts ignore it."""
        start = self.offset or (self.page - 1) * self.per_page
        return found[start : start + self.per_page]


def read_slice(params: Params) -> Slice:
    """Returns the paging parameters."""
    return Slice(
        params.integer("page", 1, low=1),
        params.integer("per_page", 10, low=1, high=100),
        params.integer("offset", 0, low=0),
    )


@dataclass(frozen=True, slots=True)
class OrderQuery:
    """A checked request for orders."""

    statuses: frozenset[str]
    bounds: tuple[Callable[[Json], bool], ...]
    include: Sequence[int]
    exclude: frozenset[int]
    orderby: str
    ascending: bool
    search: str

    def run(self, orders: Sequence[Json]) -> list[Json]:
        """Returns the orders found, sorted; ties of a date go by id in the same direction."""
        found = [order for order in orders if self._matches(order)]
        if self.orderby == "include" and self.include:
            return sorted(found, key=lambda order: self.include.index(order["id"]))
        return sorted(found, key=self._rank, reverse=not self.ascending)

    def _matches(self, order: Json) -> bool:
        return (
            order["status"] in self.statuses
            and (not self.include or order["id"] in self.include)
            and order["id"] not in self.exclude
            and all(holds(order) for holds in self.bounds)
            and (not self.search or _mentions(order, self.search))
        )

    def _rank(self, order: Json) -> tuple[str, int]:
        column = {"date": "date_created_gmt", "modified": "date_modified_gmt"}.get(self.orderby)
        return (order[column] if column else "", order["id"])


def read_query(
    params: Params, site: SiteTime, storage: Storage, custom: Sequence[str]
) -> OrderQuery:
    """Returns the query that the parameters ask for; what is wrong stays in *params*."""
    registered = (*CORE_STATUSES, *custom)
    allowed = ("any", "trash", "auto-draft", *registered, "checkout-draft")
    statuses = params.choices("status", ["any"], allowed)
    dates = _Dates(site, storage, params.boolean("dates_are_gmt"))
    bounds = tuple(
        dates.bound(name, column, at)
        for name, column in _BOUNDS
        if (at := params.instant(name, site)) is not None
    )
    return OrderQuery(
        # `any` wins over what stands beside it, and hides trash, drafts, and orders in a
        # status whose plugin is gone (measured)
        statuses=frozenset(registered if "any" in statuses or not statuses else statuses),
        bounds=bounds,
        include=params.ids("include"),
        exclude=frozenset(params.ids("exclude")),
        orderby=params.choice("orderby", "date", _ORDERBY),
        ascending=params.choice("order", "desc", ("asc", "desc")) == "asc",
        search=params.text("search"),
    )


@dataclass(frozen=True, slots=True)
class _Dates:
    """
    How the database compares dates; always strictly, at both ends.

    With `dates_are_gmt` WordPress turns the value into a site-local time and compares that
    with the UTC column: right for a naive value, wrong by the offset for one with a zone.
    Without the flag, posts compare local with local, the order tables UTC with UTC.
    """

    site: SiteTime
    storage: Storage
    gmt: bool

    def bound(self, name: str, column: str, at: datetime) -> Callable[[Json], bool]:
        in_utc = self.storage == "hpos" and not self.gmt
        limit = self.site.gmt(at) if in_utc else self.site.local(at)
        if self.gmt or in_utc:
            column = f"{column}_gmt"
        if name.endswith("after"):
            return lambda order: bool(order[column] > limit)
        return lambda order: bool(order[column] < limit)


def _mentions(order: Json, words: str) -> bool:
    # WooCommerce searches ids, addresses and item names; not a plugin's order number (measured)
    texts = [str(order["id"]), *order["billing"].values(), *order["shipping"].values()]
    texts += [line["name"] for line in order["line_items"]]
    return any(words.lower() in text.lower() for text in texts)
