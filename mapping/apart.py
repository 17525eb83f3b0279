"""
The sources of a long order's fields, found line by line.

To try every value of n lines takes n times as many trials, each of which maps n
lines. So an item is traced in an order that holds its line alone, if that order
has the same item: 100 lines take seconds in place of minutes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from mapping.ingest import IngestItem
from mapping.outcome import Ready
from mapping.tracing import FieldSources, Found, Reader
from mapping.trial import Trial
from mapping.watched import Path

_LONG = 6
"""From so many items on it is worth the while."""
_FIRST = "items[0]."
_TRIED = 2
"""How many lines stand for all of them in the sources of the order's own fields."""


def sources(reader: Reader) -> Iterator[Found]:
    """Yields field, path and rule for an order that is sent, in the order of the payload."""
    items = reader.outcome.order.items if isinstance(reader.outcome, Ready) else ()
    lists = _lists(reader.trial.root["order"]) if len(items) >= _LONG else ()
    for lines in lists:
        places = _places(reader.trial, lines, items)
        if places:
            yield from _apart(reader, lines, places)
            return
    yield from FieldSources(reader).all()


def _apart(reader: Reader, lines: Path, places: Sequence[int]) -> Iterator[Found]:
    here = len(lines)

    def tried(path: Path) -> bool:
        return path[:here] != lines or int(path[here]) < _TRIED

    order = FieldSources(reader, tried, lambda name: not name.startswith("items["))
    found = list(order.all())
    for item, place in enumerate(places):
        found += _of_item(reader.trial, lines, place, item, order.elsewhere)
    places_of = {name: place for place, name in enumerate(order.base)}
    yield from sorted(found, key=lambda one: places_of[one[0]])


def _of_item(
    trial: Trial, lines: Path, place: int, item: int, shared: set[Path]
) -> Iterator[Found]:
    here = len(lines)

    def tried(path: Path) -> bool:
        return path[:here] == lines or path[0] == "related" or path in shared

    alone = Reader(_alone(trial, lines, place))
    for name, path, rule in FieldSources(alone, tried, lambda name: name.startswith(_FIRST)).all():
        at = (*lines, place, *path[here + 1 :]) if path[:here] == lines else path
        yield f"items[{item}].{name.removeprefix(_FIRST)}", at, rule


def _lists(order: Mapping[str, Any]) -> Iterator[Path]:
    """Yields the paths of the order's lists; Shopify's are under "nodes"."""
    for key, value in order.items():
        if isinstance(value, list) and len(value) >= _LONG:
            yield ("order", key)
        elif isinstance(value, dict) and isinstance(value.get("nodes"), list):
            yield ("order", key, "nodes")


def _places(trial: Trial, lines: Path, items: Sequence[IngestItem]) -> list[int]:
    """
    Returns for every item the place of its line in the list, empty if that is none of lines.

    Nor is anything told of lines that make other items when they are alone: the
    members of a bundle do.
    """
    made: list[tuple[IngestItem, int]] = []
    for place in range(len(_at(trial, lines))):
        outcome = _alone(trial, lines, place).outcome()
        alone = outcome.order.items if isinstance(outcome, Ready) else ()
        if len(alone) > 1:
            return []
        made += [(item, place) for item in alone]
    places = [next((place for one, place in made if one == item), -1) for item in items]
    return [] if -1 in places else places


def _alone(trial: Trial, lines: Path, place: int) -> Trial:
    return trial.changed({lines: [_at(trial, lines)[place]]})


def _at(trial: Trial, path: Path) -> Sequence[Any]:
    here: Any = trial.root
    for step in path:
        here = here[step]
    found: Sequence[Any] = here
    return found
