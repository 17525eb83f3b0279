"""Rows about many orders of one shop: the plain bounds and the command from end to end."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence

from bench.ferry import Ferry, counts, window
from bench.processes import ROOT, Unexpected
from bench.rows import ALL, DECODE, DELIVER, READ, Lab, Row, Sample, Sizes, sample

_SUBJECTS = ROOT / "bench" / "subjects"


def rows(sizes: Sizes) -> Sequence[Row]:
    """Returns the rows."""
    n, late = sizes.orders, 10 if sizes.small else 100
    found = [
        Row("plain-bytes", "httpx loop, pages left as bytes", READ, plain("none", n), n),
        Row("plain-json", "httpx + json loop", DECODE, plain("json", n), n),
        Row("plain-pydantic", "httpx + pydantic_core loop", DECODE, plain("pydantic", n), n),
        Row("stages", "sum of the stages, each alone", ALL, stages(n), n),
        Row("new-woo", f"orderferry, {n:,} new orders", ALL, new("woocommerce", n), n),
        Row("new-shopify", f"orderferry, {n:,} new orders, Shopify", ALL, new("shopify", n), n),
        Row("unchanged-woo", f"orderferry, {n:,} unchanged orders", ALL, unchanged(n), n),
        Row("delivery", f"orderferry, {n:,} pending orders", DELIVER, delivery(n), n),
        *(
            Row(
                f"late-{platform}",
                f"orderferry, {n:,} new orders, {platform} answers {late} ms late",
                ALL,
                new(platform, n, late=(late, 0)),
                n,
            )
            for platform in ("woocommerce", "shopify")
        ),
        Row(
            "late-both",
            f"orderferry, {n:,} new orders, WooCommerce and At Last answer {late} ms late",
            ALL,
            new("woocommerce", n, late=(late, late)),
            n,
            times=1,
        ),
    ]
    for more in ((100_000, 200_000) if sizes.large else ()) + (() if sizes.small else (1000,)):
        title = f"orderferry, {more:,} new orders"
        found.append(
            Row(f"new-{more}", title, ALL, new("woocommerce", more), more, times=1, warm=False)
        )
    found.append(Row("counting", "transactions", ALL, counting(n), n, times=1, warm=False))
    return found


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


def unchanged(orders: int) -> Callable[[Lab], Sample]:
    """Returns how a backfill of orders that are delivered already is measured."""

    def measure(lab: Lab) -> Sample:
        name = "unchanged"

        def make(ferry: Ferry) -> None:
            ferry.configure({name: lab.shop(name, orders)}, atlast=lab.account(name))
            ferry.backfill(name)

        with lab.copy(lab.kept(name, make)) as ferry:
            ran = ferry.backfill(name)
        require(counts(ran)["unchanged"], orders)
        lab.delivered(name, orders)
        return sample(ran)

    return measure


def delivery(orders: int) -> Callable[[Lab], Sample]:
    """Returns how a poll that finds nothing and the delivery behind it are measured."""

    def measure(lab: Lab) -> Sample:
        name, account = "delivery", lab.name()

        def make(ferry: Ferry) -> None:
            # nobody listens there: everything is read, nothing is delivered
            ferry.configure({name: lab.shop(name, orders)}, atlast="http://127.0.0.1:9")
            ferry.backfill(name, statuses=(1, 75))

        with lab.copy(lab.kept(name, make)) as ferry:
            ferry.configure({name: lab.shop(name, orders)}, atlast=lab.account(account))
            ran = ferry("--json", "sync", name)
        lab.delivered(name, orders, account=account)
        return sample(ran)

    return measure


def stages(orders: int) -> Callable[[Lab], Sample]:
    """Returns how every stage is measured alone; the sample is their sum, not the process."""

    def measure(lab: Lab) -> Sample:
        with lab.ferry(orders) as (ferry, name):
            ran, told = ferry.subject("stages", name, lab.shop(name, orders), *window())
            lab.delivered(name, orders)
        require(told.pop("orders"), orders)
        cpu = told.pop("cpu")
        return Sample(sum(told.values()), cpu, ran.peak_mb, told)

    return measure


def counting(orders: int) -> Callable[[Lab], Sample]:
    """Returns how transactions are counted."""

    def measure(lab: Lab) -> Sample:
        with lab.ferry(orders) as (ferry, name):
            ran, told = ferry.subject("counting", name, *window())
            lab.delivered(name, orders)
        require(told["delivered"], orders)
        return sample(ran, **told)

    return measure


def require(found: float, orders: int) -> None:
    """Raises Unexpected unless every order was handled."""
    if found != orders:
        raise Unexpected(f"{found} of {orders} orders were handled.")
