"""Which of an order's values a field of the payload was made from, found by changing them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from mapping.outcome import Outcome, Ready
from mapping.trial import Fields, Trial, fields, is_setting, leaves, source
from mapping.variants import Pair, is_sentence, variants
from mapping.watched import Path, Reads

SETTING = "setting"
"""The rule of a value that stands in the configuration."""
SHOP_SETTING = "shop setting"
"""The rule of a value that the shop's own settings hold."""
NOTHING: tuple[Pair, ...] = ((None, None),)
"""The variants that take a value away."""

Found = tuple[str, Path, str]
"""Field of the payload, path of a value that it was made from, and the rule that took it."""

_ITEM_ID = re.compile(r"items\[[0-9]+\]\.id")
_Leaf = tuple[Path, object]


class Reader:
    """Which values of an order are read, and by which rules."""

    def __init__(self, trial: Trial) -> None:
        self.trial = trial
        self._reads = Reads()
        self.outcome = trial.watched(self._reads)
        places = {path: place for place, path in enumerate(self._reads.rules)}
        found = [leaf for leaf in leaves(trial.root) if self.rules(leaf[0])]
        # as they were read: of values that must agree, the first is the one that counts
        self.leaves = sorted(found, key=lambda leaf: places.get(self.read_at(leaf[0]), len(places)))

    def rule_at(self, told: str) -> str:
        """Returns the rule that read what is told so, or came the nearest to it."""
        read = [(path, rules[-1]) for path, rules in self._reads.rules.items()]
        named = [
            (source(path, self.trial.root), rule)
            for path, rule in (*self._reads.opened.items(), *read)
        ]
        on_the_way = [(len(name), rule) for name, rule in named if told.startswith(name)]
        return max(on_the_way, key=lambda one: one[0], default=(0, ""))[1]

    def rules(self, path: Path) -> Sequence[str]:
        """Returns the rules that read the value at *path*; none for a setting left as it comes."""
        if path[0] == "policy":
            return () if self.trial.is_default(path) else (SETTING,)
        if path[0] == "shop":
            return (SHOP_SETTING,)
        opened = (self._reads.opened[path],) if path in self._reads.opened else ()
        return self._reads.rules.get(self.read_at(path), opened)

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


class FieldSources:
    """
    The values behind the fields of an order that is sent.

    Args:
        reader: Of that order; its outcome is Ready.
        tried: Which paths are worth a try; the others are no sources.
        wanted: Which fields are asked for.

    """

    def __init__(
        self,
        reader: Reader,
        tried: Callable[[Path], bool] = lambda _path: True,
        wanted: Callable[[str], bool] = lambda _name: True,
    ) -> None:
        self._reader = reader
        self._leaves = [leaf for leaf in reader.leaves if tried(leaf[0])]
        self._payload = reader.outcome.payload if isinstance(reader.outcome, Ready) else b"{}"
        self.base = fields(self._payload)
        """Fields of the payload, and their values."""
        self.names = [name for name in self.base if wanted(name)]
        self.elsewhere: set[Path] = set()
        """After `all`: paths that fields which were not asked for depend on, or may."""

    def all(self) -> Iterator[Found]:
        """Yields what every field was made from, in the order of the payload."""
        takes: dict[str, list[Path]] = {}
        decides: dict[str, list[Path]] = {}
        coupled: list[Path] = []
        for path, value in self._leaves:
            # a number of pieces follows what is less of two numbers: both ways are tried
            thorough = is_sentence(value) or isinstance(value, int)
            effects = self._effects(path, variants(value), thorough=thorough)
            for name in effects.takes:
                takes.setdefault(name, []).append(path)
            for name in effects.decides:
                decides.setdefault(name, []).append(path)
            if effects.stuck or effects.decides:
                coupled.append(path)
            if effects.stuck or not effects.decides <= set(self.names):
                self.elsewhere.add(path)
        takes |= self._together([name for name in self.names if name not in takes], coupled)
        for name in self.names:
            for path in takes.get(name) or decides.get(name) or self._without(name):
                yield name, path, self._rule(name, path)

    def _effects(self, path: Path, pairs: Iterable[Pair], *, thorough: bool = False) -> _Effects:
        effects = _Effects()
        for first, second in pairs:
            effects.add(self.base, self._try({path: first}), self._try({path: second}))
            if effects.takes and not thorough:
                break
        return effects

    def _together(self, missing: Sequence[str], coupled: Sequence[Path]) -> dict[str, list[Path]]:
        """
        Returns the sources of fields that no change of a single value changes.

        Some values must agree: with one of them changed there is no order left
        to compare. So all that are equal are changed at once, and then those are
        left out again that the field does not need.
        """
        found: dict[str, list[Path]] = {}
        groups = (*_alike(self._leaves, ids=True), *_alike(self._leaves, ids=False))
        for group in groups:
            if len(found) == len(missing):
                break
            if not any(path in coupled for path, _ in group):
                continue
            for other, _ in variants(group[0][1]):
                changes = {path: other for path, _ in group}
                for name in self._changed(changes, missing):
                    if name not in found:
                        needed = self._needed(name, changes)
                        others = self._changed(needed, missing)
                        found |= {also: self._telling(needed) for also in others} | found
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
        own = [path for path, _ in self._leaves if not is_setting(path)]
        found = [path for path in own if self._changed({path: None}, [name])]
        if found:
            return found
        # another value in the same place may stand in for one that is gone
        places = dict.fromkeys(path[:-1] for path in own if len(path) > 2)  # noqa: PLR2004 - not the order itself
        return [path for path in places if self._changed({path: None}, [name])]

    def _changed(self, changes: Mapping[Path, object], names: Iterable[str]) -> list[str]:
        made = self._try(changes)
        return [name for name in names if made is not None and made.get(name) != self.base[name]]

    def _try(self, changes: Mapping[Path, object]) -> Fields | None:
        """Returns the fields with these values changed, None if they cannot be compared."""
        outcome = self._reader.trial.changed(changes).outcome()
        if not isinstance(outcome, Ready):
            return None
        if outcome.payload == self._payload:
            return self.base
        made = fields(outcome.payload)
        # a line more or less, and an item is another line's
        return _of_same_lines(made, self.base) if _items(made) == _items(self.base) else None

    def _rule(self, name: str, path: Path) -> str:
        """Returns the rule that took the value for the field, of those that read it."""
        rules = self._reader.rules(path)
        if len(rules) > 1:
            value = next(value for leaf, value in self._leaves if leaf == path)
            for rule in rules:
                for pair in variants(value):
                    made = self._reader.swapped(path, rule, pair[0])
                    sent = fields(made.payload) if isinstance(made, Ready) else self.base
                    if sent.get(name) != self.base[name]:
                        return rule
        return rules[0]


def _alike(found: Sequence[_Leaf], *, ids: bool) -> Iterator[list[_Leaf]]:
    """Yields the groups of equal values; with *ids*, those whose name says so are apart."""
    groups: dict[tuple[str, bool], list[_Leaf]] = {}
    for path, value in found:
        key = (str(value), ids and str(path[-1]).lower().endswith("id"))
        groups.setdefault(key, []).append((path, value))
    return (group for group in groups.values() if len(group) > 1)


def _of_same_lines(made: Fields, base: Fields) -> Fields:
    """Returns *made*; of an item that has another id, only that is new."""
    other = {
        name.removesuffix("id")
        for name in base
        if _ITEM_ID.fullmatch(name) and made.get(name) != base[name]
    }
    if not other:
        return made
    others = tuple(other)
    return {
        name: base[name] if name.startswith(others) and not _ITEM_ID.fullmatch(name) else found
        for name, found in ((name, made.get(name)) for name in base)
        if found is not None or name.startswith(others)
    }


def _items(made: Fields) -> int:
    return sum(_ITEM_ID.fullmatch(name) is not None for name in made)
