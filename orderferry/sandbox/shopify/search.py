"""The search syntax of `query:` arguments: terms, AND, OR, NOT, parentheses."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from orderferry.sandbox.shopify.json_types import Json

Predicate = Callable[[Any], bool]


@dataclass(frozen=True, slots=True)
class Word:
    """What a field is compared with."""

    op: str
    """<, <=, >, >= or nothing."""
    value: str
    quoted: bool


Term = Callable[[Word], Predicate | None]
"""Makes the predicate of one field; None: a bad value."""

_TOKEN: Final = re.compile(
    r"""\s*(?:
        (?P<mark>[()])
      | (?P<word>AND|OR|NOT)(?=[\s()])
      | (?P<minus>-)?(?:(?P<field>\w+):)?(?P<op>>=|<=|>|<)?
        (?:'(?P<single>(?:[^'\\]|\\.)*)'|"(?P<double>(?:[^"\\]|\\.)*)"|(?P<bare>[^\s()]+))
    )""",
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class Search:
    """A compiled search."""

    matches: Predicate
    warnings: tuple[Json, ...] = ()
    """What was ignored: it matches everything, and says so only here."""
    floors: Mapping[str, str] = field(default_factory=dict)
    """Values that no match lies below, by field; a way to search less."""


def compile_search(text: str, vocabulary: Mapping[str, Term]) -> Search:
    """
    Returns the search of a text; the key "" of the vocabulary takes words without a field.

    Nothing fails: an unknown field, a bad value and bad grammar match everything.
    """
    parser = _Parser([match for match in _TOKEN.finditer(text) if match[0].strip()], vocabulary)
    matches = parser.either(top=True)
    return Search(matches, tuple(parser.warnings), parser.floors)


def _everything(_row: object) -> bool:
    return True


class _Parser:
    """AND binds tighter than OR; terms side by side are joined by AND."""

    def __init__(self, tokens: list[re.Match[str]], vocabulary: Mapping[str, Term]) -> None:
        self.warnings: list[Json] = []
        self.floors: dict[str, str] = {}
        self._tokens = tokens
        self._at = 0
        self._vocabulary = vocabulary

    def either(self, *, top: bool = False) -> Predicate:
        parts = [self._all()]
        while self._take("OR"):
            parts.append(self._all())
        if len(parts) == 1:
            return parts[0]
        if top:
            self.floors.clear()
        return lambda row: any(part(row) for part in parts)

    def _all(self) -> Predicate:
        parts = [self._one()]
        while self._at < len(self._tokens) and self._text() not in {"OR", ")"}:
            self._take("AND")
            parts.append(self._one())
        return parts[0] if len(parts) == 1 else lambda row: all(part(row) for part in parts)

    def _one(self) -> Predicate:
        if self._at >= len(self._tokens):
            return _everything
        if self._take("NOT"):
            return self._not(self._one)
        if self._take("("):
            known = dict(self.floors)
            inner = self.either()
            self.floors = known
            self._take(")")
            return inner
        token = self._tokens[self._at]
        self._at += 1
        if token["mark"] or token["word"]:
            return _everything
        return self._not(lambda: self._term(token)) if token["minus"] else self._term(token)

    def _not(self, read: Callable[[], Predicate]) -> Predicate:
        known = dict(self.floors)
        inner = read()
        self.floors = known
        return lambda row: not inner(row)

    def _term(self, token: re.Match[str]) -> Predicate:
        name, op = token["field"] or "", token["op"] or ""
        quoted = token["bare"] is None
        value = token["bare"] if token["bare"] is not None else token["single"] or token["double"]
        value = re.sub(r"\\(.)", r"\1", value or "")
        make = self._vocabulary.get(name)
        if make is None:
            return self._ignored(name, "invalid_field", "Invalid search field for this query.")
        values = value.split(",") if name and not quoted and not op else [value]
        parts = [make(Word(op, one, quoted)) for one in values]
        found = [part for part in parts if part is not None]
        if len(found) < len(parts):
            return self._ignored(
                name, "invalid_value", f"Input `{value}` is not an accepted value."
            )
        if op.startswith(">"):
            self.floors[name] = value
        return found[0] if len(found) == 1 else lambda row: any(part(row) for part in found)

    def _ignored(self, name: str, code: str, message: str) -> Predicate:
        self.warnings.append({"field": name, "message": message, "code": code})
        return _everything

    def _text(self) -> str:
        return self._tokens[self._at][0].strip()

    def _take(self, text: str) -> bool:
        if self._at < len(self._tokens) and self._text() == text:
            self._at += 1
            return True
        return False
