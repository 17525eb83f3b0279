"""What is to be reached, as ratios within one run, and the counts that must not grow."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from bench.rows import Result

IN_FLIGHT = {"woocommerce": 2, "shopify": 4}
"""Requests that a backfill may have under way at one shop: a small one gains nothing from more."""

Results = Mapping[str, Result]


@dataclass(frozen=True, slots=True)
class Target:
    """One figure and its bound."""

    words: str
    rows: tuple[str, ...]
    """Which rows it comes from; without one of them it is not judged."""
    figure: Callable[..., float]
    """Takes these rows' results."""
    bound: float
    at_most: bool = False
    unit: str = ""

    def line(self, results: Results) -> tuple[str, str, str, str] | None:
        """Returns words, figure, bound and verdict; None if a row is missing."""
        found = self.found(results)
        if found is None:
            return None
        sign = "<=" if self.at_most else ">="
        reached = "reached" if self.reached(found) else "not reached"
        return self.words, f"{found:,.2f}{self.unit}", f"{sign} {self.bound:g}{self.unit}", reached

    def found(self, results: Results) -> float | None:
        """Returns the figure, None if a row is missing."""
        known = [results[key] for key in self.rows if key in results and results[key].samples]
        return self.figure(*known) if len(known) == len(self.rows) else None

    def reached(self, found: float) -> bool:
        """Returns whether a figure is within the bound."""
        return found <= self.bound if self.at_most else found >= self.bound


def _faster(one: Result, other: Result) -> float:
    return one.rate / other.rate


def _of_network(platform: str, late_seconds: float) -> Callable[[Result, Result], float]:
    """
    Returns what part is reached of what requests in flight, or the CPU, can give.

    The requests are those that were made: how many that may be is bounded by COUNTS.
    """

    def figure(late: Result, prompt: Result) -> float:
        waiting = late.count("requests") * late_seconds / IN_FLIGHT[platform]
        return max(waiting, prompt.wall) / late.wall

    return figure


TARGETS: Sequence[Target] = (
    Target("end to end / dlt's extraction", ("new-woo", "dlt-woo"), _faster, 2.0),
    Target("the same, Shopify", ("new-shopify", "dlt-shopify"), _faster, 2.0),
    Target(
        "the same by CPU time, WooCommerce",
        ("new-woo", "dlt-woo"),
        lambda one, other: one.cpu_rate / other.cpu_rate,
        2.0,
    ),
    Target("end to end / sum of the stages", ("new-woo", "stages"), _faster, 0.6),
    Target("unchanged / new orders", ("unchanged-woo", "new-woo"), _faster, 3.0),
    Target(
        "at 100 ms, of what 2 requests in flight or the CPU can give",
        ("late-woocommerce", "new-woo"),
        _of_network("woocommerce", 0.1),
        0.9,
    ),
    Target(
        "at 100 ms, of what 4 requests in flight or the CPU can give, Shopify",
        ("late-shopify", "new-shopify"),
        _of_network("shopify", 0.1),
        0.9,
    ),
    Target("peak memory", ("new-woo",), lambda one: one.peak, 90, at_most=True, unit=" MB"),
    Target(
        "peak memory, Shopify", ("new-shopify",), lambda one: one.peak, 90, at_most=True, unit=" MB"
    ),
    Target(
        "peak memory of 200,000 orders / of fewer",
        ("new-200000", "new-woo"),
        lambda one, other: one.peak / other.peak,
        1.1,
        at_most=True,
    ),
    Target(
        "CPU of a poll of an unchanged shop",
        ("idle-woo",),
        lambda one: one.count("cpu") * 1000,
        5,
        at_most=True,
        unit=" ms",
    ),
    Target(
        "the same, Shopify",
        ("idle-shopify",),
        lambda one: one.count("cpu") * 1000,
        5,
        at_most=True,
        unit=" ms",
    ),
    Target(
        "500 shops polled", ("merchants-500",), lambda one: one.wall, 8, at_most=True, unit=" s"
    ),
    Target(
        "beside a shop that takes 5 s / without it",
        ("merchants-500",),
        lambda one: one.count("beside") / one.count("round"),
        1.1,
        at_most=True,
    ),
    Target(
        "5,000 shops polled", ("merchants-5000",), lambda one: one.wall, 90, at_most=True, unit=" s"
    ),
    Target("CPU of --help", ("help",), lambda one: one.cpu * 1000, 250, at_most=True, unit=" ms"),
    Target("CPU of status", ("status",), lambda one: one.cpu, 1, at_most=True, unit=" s"),
)
"""Printed as reached or not; a machine's load decides with, so that no run fails for them."""

_PAGE = 100
_SLICED = 1.25
"""Pages that a window cut into slices has at most, as a multiple of those of one list."""


COUNTS: Sequence[Target] = (
    *(
        Target(
            f"{what} of a poll of an unchanged shop, {platform}",
            (f"idle-{key}",),
            lambda one, name=name: one.count(name),
            bound,
            at_most=True,
        )
        for what, name, key, platform, bound in (
            ("requests", "requests", "woo", "WooCommerce", 2),
            ("requests", "requests", "shopify", "Shopify", 2),
            ("query points", "points", "shopify", "Shopify", 15),
            ("bytes", "bytes_sent", "woo", "WooCommerce", 100),
            ("bytes", "bytes_sent", "shopify", "Shopify", 1000),
            ("transactions", "transactions", "woo", "WooCommerce", 6),
            ("transactions", "transactions", "shopify", "Shopify", 6),
        )
    ),
    Target(
        "requests beyond one per page read, WooCommerce",
        ("new-woo",),
        lambda one: one.count("requests") - one.row.orders / _PAGE * _SLICED,
        8,
        at_most=True,
    ),
    Target(
        "requests beyond one per 50 orders and one per 250 of the feed, Shopify",
        ("new-shopify",),
        lambda one: one.count("requests") - one.row.orders * (1 / 50 + 1 / 250),
        10,
        at_most=True,
    ),
    Target(
        "query points per new order, Shopify",
        ("new-shopify",),
        lambda one: one.count("points") / one.row.orders,
        2.5,
        at_most=True,
    ),
    Target(
        "bytes read per new order, WooCommerce",
        ("new-woo",),
        lambda one: one.count("bytes") / one.row.orders,
        600,
        at_most=True,
    ),
    Target(
        "pushes beyond one per 100 new orders",
        ("new-woo",),
        lambda one: one.count("pushes") - one.row.orders / _PAGE,
        2,
        at_most=True,
    ),
    Target(
        "transactions beyond one per page read",
        ("counting",),
        lambda one: one.count("reading") - one.row.orders / _PAGE * _SLICED,
        8,
        at_most=True,
    ),
    Target(
        "transactions beyond two per push",
        ("counting",),
        lambda one: one.count("delivering") - 2 * one.row.orders / _PAGE,
        8,
        at_most=True,
    ),
)
"""Bounds on counts, which no load can move: a run that breaks one fails."""


def grown_per_thousand(results: Results) -> float | None:
    """Returns the bytes that the state file grows by with every 1,000 delivered orders."""
    one, other = results.get("new-woo"), results.get("new-1000")
    if not one or not other or not one.samples or not other.samples:
        return None
    more = (one.row.orders - other.row.orders) / 1000
    return (one.count("state") - other.count("state")) / more if more else None
