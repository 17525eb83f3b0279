"""A view of a platform's JSON that notes which of its values were read, and by which rule."""

from __future__ import annotations

from collections.abc import ItemsView, Iterator, ValuesView
from dataclasses import dataclass, field
from typing import Any

from mapping.rule import running

Path = tuple[str | int, ...]
"""Keys and indexes from the root to a value."""


@dataclass(slots=True)
class Reads:
    """What was read through a view."""

    rules: dict[Path, list[str]] = field(default_factory=dict)
    """Path of a scalar -> the rules that read it, first come, first named."""
    opened: dict[Path, str] = field(default_factory=dict)
    """Path of an object or a list -> the last rule that looked into it."""
    swap: tuple[Path, str, object] | None = None
    """A value to hand out in place of the real one, at this path and to this rule alone."""

    def note(self, path: Path, value: object) -> object:
        """Returns *value* after noting that it was read."""
        name = running()
        if isinstance(value, _Object | _List):
            self.opened[path] = name
            return value
        rules = self.rules.setdefault(path, [])
        if name not in rules:
            rules.append(name)
        if self.swap is not None and self.swap[:2] == (path, name):
            return self.swap[2]
        return value


def watched(value: object, path: Path, reads: Reads) -> Any:  # noqa: ANN401 - as the JSON is
    """Returns an equal of *value* (of a JSON document) whose readers *reads* takes down."""
    if isinstance(value, dict):
        return _Object(value, path, reads)
    if isinstance(value, list | tuple):
        return _List(value, path, reads)
    return value


class _Object(dict[str, Any]):
    __slots__ = ("_path", "_reads")

    def __init__(self, members: dict[str, Any], path: Path, reads: Reads) -> None:
        super().__init__({key: watched(part, (*path, key), reads) for key, part in members.items()})
        self._path = path
        self._reads = reads

    def __getitem__(self, key: str) -> Any:  # noqa: ANN401 - as the JSON is
        return self._reads.note((*self._path, key), super().__getitem__(key))

    def get(self, key: str, default: Any = None) -> Any:  # noqa: ANN401 - as the JSON is
        # what is not there was looked for: it may be what is wrong with the order
        return self._reads.note((*self._path, key), super().get(key, default))

    def values(self) -> ValuesView[Any]:  # type: ignore[override] # a dict's own view goes past us
        return ValuesView(self)

    def items(self) -> ItemsView[str, Any]:  # type: ignore[override] # the same
        return ItemsView(self)


class _List(list[Any]):
    __slots__ = ("_path", "_reads")

    def __init__(self, members: list[Any] | tuple[Any, ...], path: Path, reads: Reads) -> None:
        super().__init__(watched(part, (*path, at), reads) for at, part in enumerate(members))
        self._path = path
        self._reads = reads

    def __iter__(self) -> Iterator[Any]:
        for at, part in enumerate(super().__iter__()):
            yield self._reads.note((*self._path, at), part)
