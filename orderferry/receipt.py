"""
What the body of a *success* says became of each order.

The documented success has no body. Should one tell of failures all the same,
taking it for "all accepted" would lose those orders (R1), and pushing all of
them again would double the others (R3). So three kinds are told apart: refused,
taken, and not known.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from orderferry.manifest import Manifest
from orderferry.mentions import (
    FAILED_KEYS,
    INNER_KEYS,
    as_key,
    bare,
    conflicts,
    failed,
    failing,
    in_words,
    mentioned,
    message,
)
from orderferry.quoting import parse, plain

_Said = bool | None
"""Whether what surrounds a part of the body speaks of failure (True), success, or neither."""

_TAKEN_KEYS = frozenset(
    {"accepted", "created", "succeeded", "successful", "successes", "success", "imported"}
    | {"inserted", "updated", "ingested"}
)
_NO_COUNT = frozenset({"success", "successful", "error", "errors", "invalid"})
"""What a number may be a yes of, or count something else of than orders."""
_FAILURE_IN_TEXT = re.compile(rb"(?i)(?<!\b0 )(?<!\bno )(?:error|fail|reject|refus|invalid)")
_RESULT_KEYS = frozenset({"", "results", "result", "orders", "responses", "data"})
"""Keys of lists that go through a request; "" is the answer itself."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of a request of which At Last did not take everything."""

    refused: Mapping[int, str]
    """Position -> why, in At Last's words."""
    unknown: tuple[int, ...]
    """Positions of which the answer leaves open whether they were taken."""
    nothing_taken: bool
    """The answer says by numbers that no order was taken; then nothing is unknown."""
    problem: str
    """At Last's words about the whole request."""
    conflicts: frozenset[int] = frozenset()
    """Of the refused, or of a request of one order, those that At Last has already."""


def read_receipt(body: bytes, manifest: Manifest, *, created: bool = True) -> Receipt | None:
    """
    Returns what the body of a success says of the orders, None if it speaks of no failure.

    An order counts as refused only if it is named in a failure, and as taken if it is named
    in a success, or if every failure is accounted for and nothing says that the whole
    request failed. All else is not known; what is no JSON is looked through for words of
    failure, and never quoted.

    Args:
        body: As received.
        manifest: The orders of the request.
        created: Whether the status says that something was created (201, 207). If not, failures
            may be those of a request that was refused as a whole.

    """
    try:
        document = parse(body)
        if isinstance(document, dict | list):
            found = _Found(manifest, created)
            found.look(document, None, "")
            return found.receipt()
    except RecursionError:  # nested deeper than any report is
        pass
    if _FAILURE_IN_TEXT.search(body):
        return Receipt({}, tuple(range(len(manifest))), nothing_taken=False, problem="")
    return None


@dataclass(slots=True)
class _Found:
    """What was found in the body so far."""

    manifest: Manifest
    created: bool
    failed: dict[int, str] = field(default_factory=dict)
    taken: set[int] = field(default_factory=set)
    conflicts: set[int] = field(default_factory=set)
    listed: set[int] = field(default_factory=set)
    """Named in a list that goes through the request, without a word of how it went."""
    is_list: bool = False
    """Some list names orders that were taken: those it leaves out may not have been."""
    nameless: list[str] = field(default_factory=list)
    """Words of failures that name nobody, or of the request as a whole."""
    other: bool = False
    """Some failure is not that At Last has an order already."""
    failed_counts: dict[str, int] = field(default_factory=dict)
    taken_counts: dict[str, int] = field(default_factory=dict)
    told: int = 0
    """How many failures were told so far, of whomever."""
    errors: bool = False
    """Errors are counted, which need not be as many as orders that failed."""

    # reading -----------------------------------------------------------

    def look(self, value: object, said: _Said, key: str) -> None:
        """Reads a part of the body; *said* comes from what it is in."""
        if isinstance(value, list):
            self._list(value, said, key)
        elif isinstance(value, dict):
            self._whole(value, said, key)
        elif isinstance(value, str) and value and said:
            self._failure_in_words(value)

    def _list(self, items: list[object], said: _Said, key: str) -> None:
        places = [self._place(item) for item in items]
        if said is not True and self._goes_by_place(items, places):
            places = list(range(len(items)))
        for item, place in zip(items, places, strict=True):
            if place is not None:
                words = message(item) if isinstance(item, dict) else ""
                self._order(place, item, said, words, listed=key in _RESULT_KEYS)
            elif isinstance(item, dict):
                self._nameless(item, said, key)
            else:
                self.look(item, said, key)
        if said is not True and items and None not in places:
            self.is_list |= not (self.taken | self.listed).isdisjoint(places)

    def _goes_by_place(self, items: list[object], places: list[int | None]) -> bool:
        return (
            len(items) == len(self.manifest)
            and not any(place is not None for place in places)
            and all(isinstance(item, dict) for item in items)
            and any(failed(item) is not None for item in items)
        )

    def _place(self, item: object) -> int | None:
        if isinstance(item, dict):
            place = mentioned(item, self.manifest)
        else:
            place = self.manifest.find(item)
        return place if place is not None and 0 <= place < len(self.manifest) else None

    def _order(
        self,
        place: int,
        item: object,
        said: _Said,
        words: str,
        *,
        listed: bool = False,
    ) -> None:
        own = failed(item)
        if own or (own is None and said):
            self._failure(place, words, known=bool(conflicts(item)))
        elif own is False or said is False:
            self.taken.add(place)
        elif listed:
            self.listed.add(place)

    def _nameless(self, item: dict[str, object], said: _Said, key: str) -> None:
        """Reads an item of a list that names no order itself; something in it may."""
        before = self.told
        self._parts(item, said, key)
        own = failing(item)
        wrong = own if own is not None else said
        if wrong and self.told == before:
            self._failure_in_words(message(item), known=bool(conflicts(item)))

    def _whole(self, value: dict[str, object], said: _Said, key: str) -> None:
        # the answer as a whole may have an id of its own
        place = self._place(value) if key else None
        if place is not None and (said is not None or failed(value) is not None):
            self._order(place, value, said, message(value))
            return
        before = self.told
        self._parts(value, said, key)
        if failing(value):
            self._failure(None, message(value), known=bool(conflicts(value)))
        elif said and self.told == before:
            self._failure_in_words(message(value))

    def _parts(self, value: dict[str, object], said: _Said, key: str) -> None:
        for name, item in value.items():
            part = bare(name)
            kind = _kind(part)
            places = [at for at in as_key(name, key, self.manifest) if at < len(self.manifest)]
            if places and (said is not None or failed(item) is not None):
                for place in places:
                    self._order(place, item, said, message(item))
            elif isinstance(item, int) and not isinstance(item, bool):
                self._count(part, kind, item)
            elif kind is not None and not isinstance(item, bool):
                self.look(item, kind, part)
            elif part not in INNER_KEYS and isinstance(item, list | dict):
                self.look(item, said, part)

    def _count(self, part: str, kind: _Said, number: int) -> None:
        if kind is None:
            return
        if not _names(part).isdisjoint(_NO_COUNT):
            self.errors |= kind and number > 0
            return
        counts = self.failed_counts if kind else self.taken_counts
        counts[part] = max(number, counts.get(part, 0))

    def _failure_in_words(self, text: str, *, known: bool = False) -> None:
        places = [at for at in in_words(text, self.manifest) if at < len(self.manifest)]
        for place in places or (None,):
            self._failure(place, text, known=known)

    def _failure(self, place: int | None, words: str, *, known: bool) -> None:
        """Notes that an order failed, or one without a name; *known* if At Last has it already."""
        self.told += 1
        self.other |= not known
        if place is None:
            self.nameless.append(words)
            return
        self.failed.setdefault(place, words)
        if known:
            self.conflicts.add(place)

    # judging -----------------------------------------------------------

    def receipt(self) -> Receipt | None:
        """Returns what all of it comes to, None if nothing speaks of failure."""
        if self.errors and not self.failed:
            self.nameless.append("")
        everyone = set(range(len(self.manifest)))
        nothing_taken = self._nothing_taken(len(everyone))
        unknown = set() if nothing_taken else everyone - self.failed.keys() - self._known(everyone)
        if not self.failed and not unknown and not nothing_taken:
            return None
        if len(everyone) == 1 and self.nameless and not self.other:
            self.conflicts = everyone  # nobody else can be meant
        personal = self.manifest.personal
        texts = [text for text in (*self.nameless, *self.failed.values()) if text]
        return Receipt(
            {place: plain(text, personal) for place, text in sorted(self.failed.items())},
            tuple(sorted(unknown)),
            nothing_taken,
            plain(texts[0], personal) if texts else "",
            frozenset(self.conflicts),
        )

    def _known(self, everyone: set[int]) -> set[int]:
        """Returns the orders that were taken, as far as the answer makes that certain."""
        left, told = len(everyone) - len(self.failed), sum(self.taken_counts.values())
        if max(self.failed_counts.values(), default=0) > len(self.failed):
            return self.taken
        if self.taken_counts and told == left and (self.failed or not self.nameless):
            return everyone  # the numbers add up
        if self.nameless or (self.taken_counts and told < left):
            return self.taken
        if self.failed and not self.created:
            return self.taken
        return self.taken | self.listed if self.is_list else everyone

    def _nothing_taken(self, number: int) -> bool:
        if self.taken:
            return False
        counted = max(self.failed_counts.values(), default=0)
        wrong = self.failed or self.nameless or counted
        none = bool(self.taken_counts) and not any(self.taken_counts.values())
        return counted == number or bool(wrong and none)


def _kind(part: str) -> bool | None:
    """Returns whether a key speaks of failure, None if it speaks of neither."""
    names = _names(part)
    if names & FAILED_KEYS:
        return True
    return False if names & _TAKEN_KEYS else None


def _names(part: str) -> set[str]:
    """Returns a key with and without what it says of numbers: "failed" of "failedOrderIds"."""
    names = {part}
    for ending in ("count", "total", "number", "ids", "orders", "order"):
        names |= {name.removesuffix(ending) for name in names}
    return names | {name.removeprefix("orders") for name in names}
