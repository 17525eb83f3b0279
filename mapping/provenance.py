"""
Where each field of a mapped order comes from, found out from the mapping itself.

There is no second description of the mapping that could be wrong. The order is
mapped again and again with one of its values changed; a field comes from the
values whose change changes it (`tracing.py`). Which values are worth a try, and
which rule took them, is noted while the order is mapped through a view
(`watched.py`). So mapping pays nothing for it, and mappers of third parties are
traced as well.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from mapping.apart import sources
from mapping.outcome import Mapper, Outcome, Quarantined, Ready, Shop, Skipped, Waiting
from mapping.policy import Policy
from mapping.tracing import NOTHING, Reader
from mapping.trial import Trial, is_setting, source
from mapping.variants import variants
from mapping.watched import Path

OUTCOME = "outcome"
"""The field of an origin that decided what became of an order that is not sent."""


@dataclass(frozen=True, slots=True)
class Origin:
    """One value that a field was made from."""

    field: str
    """For example "items[0].price.value", or OUTCOME."""
    source: str
    """Path in the shop's order, "[key]" of the merchant's tables, or "shop.key"."""
    rule: str
    """Name of the step of mapping that took the value; docs/mapping.md explains each."""


def provenance(  # noqa: PLR0913 - what a mapper takes
    mapper: Mapper,
    order: Mapping[str, Any],
    related: Mapping[str, Any],
    *,
    shop: Shop,
    policy: Policy,
    now: datetime,
) -> tuple[Origin, ...]:
    """
    Returns the origins of every field that would be sent, in the order of the payload.

    For an order that is not sent, what decided that, under the field OUTCOME.
    Where values must agree (an order's currencies), one of each name is told;
    in the totals of a long order, the first lines stand for all. It maps the
    order some hundred times: for looking at one order, not for reading a shop.
    """
    reader = Reader(Trial.of(mapper, order, related, shop=shop, policy=policy, now=now))
    root = reader.trial.root
    if not isinstance(reader.outcome, Ready):
        decided = _decided(reader)
        return tuple(Origin(OUTCOME, told, rule) for told, rule in decided)
    # without a number an order would wait, and there would be nothing to compare
    patient = replace(policy, tracking_wait=timedelta(0), when_tracking_never_comes="send")
    reader = Reader(Trial.of(mapper, order, related, shop=shop, policy=patient, now=now))
    return tuple(Origin(name, source(path, root), rule) for name, path, rule in sources(reader))


def _decided(reader: Reader) -> Iterator[tuple[str, str]]:
    """Yields source and rule of what decided that an order is not sent."""
    root, first = reader.trial.root, reader.outcome
    if isinstance(first, Quarantined):
        yield first.field, reader.rule_at(first.field)
        return
    found: dict[Path, int] = {}
    for path, value in reader.leaves:
        pairs = variants(value) if is_setting(path) else (*variants(value), *NOTHING)
        others = (other for pair in pairs for other in pair)
        outcomes = (reader.trial.changed({path: other}).outcome() for other in others)
        # a duration has no others of its kind
        found[path] = min((_far(first, outcome) for outcome in outcomes), default=_UNTOLD)
    nearest = min(found.values(), default=_UNTOLD)
    last = [path for path in found if not is_setting(path)][-1:]  # what decided was read last
    for path, far in found.items():
        if far == nearest and (far < _UNTOLD or path in last):
            yield source(path, root), reader.rules(path)[0]


_UNTOLD = 3


def _far(first: Outcome, other: Outcome) -> int:
    """Returns how little it tells of the first outcome that a change led to the other one."""
    match first, other:
        case _ if other == first or isinstance(other, Quarantined):
            return _UNTOLD  # damage is no reason
        case _, Ready():
            return 0
        case Skipped(), Waiting():
            return 0
        case Waiting(), Waiting():  # with other cautions, perhaps
            return 0 if first.until != other.until else _UNTOLD
        case Skipped(), Skipped() if first.reason is other.reason:
            return 1
        case _:
            return 2
