"""Rows about many orders of one shop: the plain bounds and the command from end to end."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence

from bench.ferry import counts
from bench.processes import ROOT, Unexpected
from bench.rows import ALL, DECODE, READ, Lab, Row, Sample, Sizes, sample

_SUBJECTS = ROOT / "bench" / "subjects"


def rows(sizes: Sizes) -> Sequence[Row]:
    """Returns the rows."""
    n = sizes.orders
    return [
        Row("plain-bytes", "httpx, pages left as bytes", READ, plain("none", n), n),
        Row("plain-json", "httpx + json loop", DECODE, plain("json", n), n),
        Row("plain-pydantic", "httpx + pydantic_core loop", DECODE, plain("pydantic", n), n),
        Row("new-woo", "orderferry backfill, new orders", ALL, new("woocommerce", n), n),
        Row("new-shopify", "orderferry backfill, new orders (Shopify)", ALL, new("shopify", n), n),
        Row("unchanged-woo", "the same again, unchanged", ALL, unchanged("woocommerce", n), n),
    ]


def plain(decoder: str, orders: int, python: str = sys.executable) -> Callable[[Lab], Sample]:
    """Returns how the plain loop is measured."""

    def measure(lab: Lab) -> Sample:
        ran, told = lab.subject(
            str(_SUBJECTS / "plain.py"),
            lab.shop(lab.name(), orders),
            decoder,
            python=python,
        )
        require(told["orders"], orders)
        return sample(ran)

    return measure


def new(platform: str, orders: int, *, late: tuple[int, int] = (0, 0)) -> Callable[[Lab], Sample]:
    """Returns how a backfill of new orders is measured, up to their acceptance."""

    def measure(lab: Lab) -> Sample:
        with lab.ferry(orders, platform=platform, late=late) as (ferry, name):
            ran = ferry.backfill(name)
            return sample(ran, **lab.delivered(name, orders), state=ferry.state.stat().st_size)

    return measure


def unchanged(platform: str, orders: int) -> Callable[[Lab], Sample]:
    """Returns how a backfill of orders that are delivered already is measured."""

    def measure(lab: Lab) -> Sample:
        with lab.ferry(orders, platform=platform) as (ferry, name):
            ferry.backfill(name)
            lab.delivered(name, orders)
            ran = ferry.backfill(name)
            require(counts(ran)["unchanged"], orders)
            lab.delivered(name, orders)
            return sample(ran)

    return measure


def require(found: float, orders: int) -> None:
    """Raises Unexpected unless every order was handled."""
    if found != orders:
        raise Unexpected(f"{found} of {orders} orders were handled.")
