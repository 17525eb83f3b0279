"""Rows about shops in which nothing happens: one, hundreds, thousands."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from bench.ferry import Ferry
from bench.rows import POLL, Lab, Row, Sample, Sizes

THREADS = 32
_SLOW = "slow"


def rows(sizes: Sizes) -> Sequence[Row]:
    """Returns the rows; each sample's wall time is that of a round of polls."""
    if sizes.small:
        return [
            Row("idle-woo", "poll of an unchanged shop", POLL, polls(1, 3)),
            Row("idle-shopify", "poll of one, Shopify", POLL, polls(1, 3, platform="shopify")),
            Row("merchants-8", "8 shops, 20 ms late", POLL, polls(8, 2, late=20, slow=200)),
        ]
    return [
        Row("idle-woo", "poll of an unchanged shop", POLL, polls(1, 50)),
        Row("idle-shopify", "poll of one, Shopify", POLL, polls(1, 50, platform="shopify")),
        Row(
            "merchants-500",
            "500 shops, 300 ms late, 32 threads",
            POLL,
            polls(500, 5, late=300, slow=5000),
            times=1,
            warm=False,
        ),
        Row(
            "merchants-5000",
            "5,000 shops, 300 ms late, 32 threads",
            POLL,
            polls(5000, 1, late=300),
            times=1,
            warm=False,
        ),
    ]


def polls(  # noqa: PLR0913 - one dimension each
    merchants: int,
    rounds: int,
    *,
    platform: str = "woocommerce",
    late: int = 0,
    slow: int = 0,
    orders: int = 1000,
) -> Callable[[Lab], Sample]:
    """
    Returns how rounds of polls are measured.

    Args:
        merchants: How many shops; none has a change since the poll before.
        rounds: Over how many the median is taken.
        platform: Theirs.
        late: Milliseconds each answers late.
        slow: The same for one shop more, whose effect on the others is measured; 0 = none.
        orders: How many each shop has, all of them older than a poll looks back.

    """

    def measure(lab: Lab) -> Sample:
        name = lab.name()
        shops = {f"m{number}": lab.shop(name, orders, late=late) for number in range(merchants)}
        extra = [_SLOW] if slow else []
        if slow:
            shops[_SLOW] = lab.shop(lab.name(), orders, late=slow)
        with lab.folder() as folder:
            ferry = Ferry(folder)
            ferry.configure(shops, atlast=lab.account(name), platform=platform, workers=THREADS)
            ran, told = ferry.subject("polling", str(rounds), f"{lab.shops}/stats/{name}", *extra)
        return Sample(told["round"], ran.cpu_seconds, ran.peak_mb, told)

    return measure
