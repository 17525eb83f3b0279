"""Rows of other people's connectors; BENCH_PEERS names the Python they are installed in."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from bench.orders import plain, require
from bench.processes import ROOT
from bench.rows import DECODE, Lab, Row, Sample, Sizes, sample

_PROGRAMS = ROOT / "bench" / "peers"


def rows(sizes: Sizes, python: str) -> Sequence[Row]:
    """Returns the rows."""
    n = sizes.orders
    return [
        Row("plain-orjson", "httpx + orjson loop", DECODE, plain("orjson", n, python), n),
        Row("dlt-woo", "dlt rest_api, extract only", DECODE, dlt("woocommerce", n, python), n),
        Row(
            "dlt-shopify",
            "dlt rest_api, GraphQL, extract only",
            DECODE,
            dlt("shopify", n, python),
            n,
        ),
    ]


def dlt(platform: str, orders: int, python: str) -> Callable[[Lab], Sample]:
    """Returns how dlt's extraction is measured."""

    def measure(lab: Lab) -> Sample:
        with lab.folder() as folder:
            ran, told = lab.subject(
                str(_PROGRAMS / "dlt_orders.py"),
                platform,
                lab.shop(lab.name(), orders),
                str(folder),
                python=python,
            )
        require(told["orders"], orders)
        return sample(ran)

    return measure
