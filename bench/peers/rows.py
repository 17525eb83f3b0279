"""Rows of other people's connectors; BENCH_PEERS names the folder of their environments."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from bench.orders import plain, require
from bench.processes import ROOT
from bench.rows import DECODE, Lab, NotRun, Row, Sample, Sizes, sample

_PROGRAMS = ROOT / "bench" / "peers"
_TAP = (
    "not run: tap-shopify 3.13.0 speaks https to NAME.myshopify.com alone (the ShopifyAPI package"
    " makes the address), which needs a name service and an authority of its own"
)


def rows(sizes: Sizes, folder: Path) -> Sequence[Row]:
    """Returns the rows; *folder* has an environment called dlt and one called airbyte."""
    n = sizes.orders
    dlt, airbyte = (folder / name / "bin" / "python" for name in ("dlt", "airbyte"))
    found = (
        ("dlt-woo", "dlt 1.31.0 rest_api, extract only", dlt, "dlt_orders.py", "woocommerce"),
        (
            "dlt-shopify",
            "dlt 1.31.0 rest_api, Shopify's GraphQL, extract only",
            dlt,
            "dlt_orders.py",
            "shopify",
        ),
        (
            "airbyte-woo",
            "airbyte source-woocommerce 0.4.12",
            airbyte,
            "airbyte_orders.py",
            "woocommerce",
        ),
    )
    return [
        Row("plain-orjson", "httpx + orjson loop", DECODE, plain("orjson", n, str(dlt)), n),
        *(
            Row(key, title, DECODE, peer(program, platform, n, python), n)
            for key, title, python, program, platform in found
        ),
        Row("tap-shopify", "tap-shopify", DECODE, _not_run, n),
    ]


def peer(program: str, platform: str, orders: int, python: Path) -> Callable[[Lab], Sample]:
    """Returns how a peer's reading of every order is measured."""

    def measure(lab: Lab) -> Sample:
        with lab.folder() as folder:
            ran, told = lab.subject(
                str(_PROGRAMS / program),
                platform,
                lab.shop(lab.name(), orders),
                str(folder),
                python=str(python),
            )
        require(told["orders"], orders)
        return sample(ran)

    return measure


def _not_run(_lab: Lab) -> Sample:
    raise NotRun(_TAP)
