"""
Where each field of a mapped order comes from, found out from the mapping itself.

There is no second description of the mapping that could be wrong. The order is
mapped again and again with one of its values changed; a field comes from the
values whose change changes it. Which values are worth a try, and which rule took
them, is noted while the order is mapped through a view (`watched.py`).

So mapping pays nothing for it, and mappers of third parties are traced as well.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from mapping.outcome import Mapper, Outcome, Quarantined, Ready, Shop
from mapping.policy import Policy
from mapping.trial import Fields, Trial, fields, is_setting, leaves, source
from mapping.variants import Pair, is_sentence, variants
from mapping.watched import Path, Reads

SETTING = "setting"
"""The rule of a source that stands in the configuration."""
SHOP_SETTING = "shop setting"
"""The rule of a source that the shop's own settings hold."""
OUTCOME = "outcome"
"""The field of an origin that decided what became of an order that is not sent."""

_NOTHING: tuple[Pair, ...] = ((None, None),)


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
    A field whose values must agree with each other (an order's currencies) has
    all of them as its sources. It maps the order some hundred times: for
    looking at one order, not for reading a shop.
    """
    reader = _Reader(Trial.of(mapper, order, related, shop=shop, policy=policy, now=now))
    if not isinstance(reader.outcome, Ready):
        return tuple(_decided(reader))
    # without a number an order would wait, and there would be nothing to compare
    patient = replace(policy, tracking_wait=timedelta(0), when_tracking_never_comes="send")
    reader = _Reader(Trial.of(mapper, order, related, shop=shop, policy=patient, now=now))
    return tuple(_Fields(reader).origins())


@dataclass(slots=True)
class _Effects:
    """What became of the fields when one value was changed."""

    takes: set[str] = field(default_factory=set)
    """Followed the value: they differ under each of its variants."""
    decides: set[str] = field(default_factory=set)
    """Changed in some way."""
    stuck: bool = False
    """Under some variant there was nothing to compare."""

    def add(self, base: Fields, first: Fields | None, second: Fields | None) -> None:
        self.stuck |= first is None or second is None
        if first is base and second is base:
            return
        for name, value in base.items():
            found = [made.get(name) for made in (first, second) if made is not None]
            if any(other != value for other in found):
                self.decides.add(name)
            if len(found) == 2 and None not in found and len({value, *found}) == 3:  # noqa: PLR2004 - a pair, and the value itself
                self.takes.add(name)


class _Reader:
    """Which values of an order are read, and by which rules."""

    def __init__(self, trial: Trial) -> None:
        self.trial = trial
        self._reads = Reads()
        self.outcome = trial.watched(self._reads)
        places = {path: place for place, path in enumerate(self._reads.rules)}
        found = [leaf for leaf in leaves(trial.root) if self.rules(leaf[0])]
        # as they were read: of values that must agree, the first is the one that counts
        self.leaves = sorted(found, key=lambda leaf: places.get(self.read_at(leaf[0]), len(places)))

    @property
    def last_rule(self) -> str:
        """The rule that read the last value that had not been read before."""
        return next(reversed(self._reads.rules.values()), [""])[-1]

    def rules(self, path: Path) -> Sequence[str]:
        """Returns the rules that read the value at *path*."""
        if is_setting(path):
            return [SETTING if path[0] == "policy" else SHOP_SETTING]
        return self._reads.rules.get(self.read_at(path), [])

    def read_at(self, path: Path) -> Path:
        """Returns *path*, or that of the text which holds it as JSON."""
        starts = (path[:length] for length in range(len(path), 1, -1))
        return next((start for start in starts if start in self._reads.rules), path)

    def swapped(self, path: Path, rule: str, value: object) -> Outcome:
        """Returns the outcome if that rule alone met another value at *path*."""
        at = self.read_at(path)
        whole: object = self.trial.changed({path: value}).root
        for step in at:
            whole = whole[step]  # type: ignore[index] # the path leads there
        return self.trial.watched(Reads(swap=(at, rule, whole)))

    def source(self, path: Path) -> str:
        """Returns how the path is told."""
        return source(path, self.trial.root)


class _Fields:
    """The origins of the fields of an order that is sent."""

    def __init__(self, reader: _Reader) -> None:
        self._reader = reader
        self._payload = reader.outcome.payload if isinstance(reader.outcome, Ready) else b"{}"
        self._base = fields(self._payload)

    def origins(self) -> Iterator[Origin]:
        """Yields them in the order of the payload."""
        takes: dict[str, list[Path]] = {}
        decides: dict[str, list[Path]] = {}
        stuck: list[tuple[Path, object]] = []
        for path, value in self._reader.leaves:
            # a number of pieces follows what is less of two numbers: both ways are tried
            thorough = is_sentence(value) or isinstance(value, int)
            effects = self._effects(path, variants(value), thorough=thorough)
            for name in effects.takes:
                takes.setdefault(name, []).append(path)
            for name in effects.decides:
                decides.setdefault(name, []).append(path)
            if effects.stuck:
                stuck.append((path, value))
        takes |= self._together([name for name in self._base if name not in takes], stuck)
        for name in self._base:
            for path in takes.get(name) or decides.get(name) or self._without(name):
                yield Origin(name, self._reader.source(path), self._rule(name, path))

    def _effects(self, path: Path, pairs: Iterable[Pair], *, thorough: bool = False) -> _Effects:
        effects = _Effects()
        for first, second in pairs:
            effects.add(self._base, self._try({path: first}), self._try({path: second}))
            if effects.takes and not thorough:
                break
        return effects

    def _together(
        self, missing: Sequence[str], stuck: Sequence[tuple[Path, object]]
    ) -> dict[str, list[Path]]:
        """
        Returns the sources of fields that no change of a single value changes.

        Some values must agree: with one of them changed there is no order left
        to compare. So all that are equal are changed at once, and then those are
        left out again that the field does not need.
        """
        found: dict[str, list[Path]] = {}
        for group in _alike(stuck):
            for other, _ in variants(group[0][1]):
                changes = {path: other for path, _ in group}
                for name in self._changed(changes, missing):
                    if name not in found:
                        needed = self._needed(name, changes)
                        found |= {
                            also: self._telling(needed)
                            for also in self._changed(needed, missing)
                            if also not in found
                        }
        return found

    def _needed(self, name: str, changes: dict[Path, object]) -> dict[Path, object]:
        before = None
        while before != changes:  # one that could not be left out may be so without another
            before = changes
            for path in tuple(changes):
                fewer = {other: value for other, value in changes.items() if other != path}
                if fewer and self._changed(fewer, [name]):
                    changes = fewer
        return changes

    def _telling(self, paths: Iterable[Path]) -> list[Path]:
        """Returns the first of the values that one rule reads by one name."""
        first: dict[tuple[str, object], Path] = {}
        for path in paths:
            first.setdefault((self._reader.rules(path)[0], path[-1]), path)
        return list(first.values())

    def _without(self, name: str) -> list[Path]:
        """Returns the values without which there is no such field."""
        return [
            path
            for path, _ in self._reader.leaves
            if not is_setting(path) and name in self._effects(path, _NOTHING).decides
        ]

    def _changed(self, changes: Mapping[Path, object], names: Iterable[str]) -> list[str]:
        made = self._try(changes)
        return [name for name in names if made is not None and made.get(name) != self._base[name]]

    def _try(self, changes: Mapping[Path, object]) -> Fields | None:
        """Returns the fields with these values changed, None if they cannot be compared."""
        outcome = self._reader.trial.changed(changes).outcome()
        if not isinstance(outcome, Ready):
            return None
        if outcome.payload == self._payload:
            return self._base
        # a line more or less, and an item is another line's
        made = fields(outcome.payload)
        return made if _items(made) == _items(self._base) else None

    def _rule(self, name: str, path: Path) -> str:
        """Returns the rule that took the value for the field, of those that read it."""
        rules = self._reader.rules(path)
        if len(rules) > 1:
            value = next(value for leaf, value in self._reader.leaves if leaf == path)
            for rule in rules:
                for pair in variants(value):
                    made = self._reader.swapped(path, rule, pair[0])
                    sent = fields(made.payload) if isinstance(made, Ready) else self._base
                    if sent.get(name) != self._base[name]:
                        return rule
        return rules[0]


def _decided(reader: _Reader) -> Iterator[Origin]:
    """Yields what decided that an order is not sent."""
    if isinstance(reader.outcome, Quarantined):
        yield Origin(OUTCOME, reader.outcome.field, reader.last_rule)
        return
    for path, value in reader.leaves:
        pairs = variants(value) if is_setting(path) else (*variants(value), *_NOTHING)
        others = (other for pair in pairs for other in pair)
        if any(reader.trial.changed({path: other}).outcome() != reader.outcome for other in others):
            yield Origin(OUTCOME, reader.source(path), reader.rules(path)[0])


def _alike(
    found: Sequence[tuple[Path, object]],
) -> Iterator[list[tuple[Path, object]]]:
    """Yields the groups of equal values, ids apart from amounts."""
    groups: dict[tuple[str, bool], list[tuple[Path, object]]] = {}
    for path, value in found:
        key = (str(value), str(path[-1]).lower().endswith("id"))
        groups.setdefault(key, []).append((path, value))
    return (group for group in groups.values() if len(group) > 1)


def _items(made: Fields) -> int:
    return sum(name.startswith("items[") and name.endswith("].id") for name in made)
