"""What a place in an order knows of a parcel, and how its values are read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import tzinfo
from typing import NamedTuple

from mapping.dates import Moment, moment
from mapping.numbers import numbers
from mapping.raw import Raw, as_list, as_object, as_objects, as_text, decoded, meta_by_key
from mapping.rule import rule
from mapping.woocommerce.fulfilments import Fulfilment
from mapping.woocommerce.rules import Rules


@dataclass(frozen=True, slots=True)
class Parcel:
    """What one place knows of one parcel; empty or None where it knows nothing."""

    number: str
    carrier: str
    left: Moment | None
    void: bool = False
    """The number is no way out: a return label, or a label that was given back."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where parcels are looked for."""

    order: Raw
    fulfilments: Sequence[Fulfilment]
    rules: Rules
    where: tzinfo
    """The shop's time zone."""
    notes: object = None
    """Answer of GET orders/<id>/notes, None if they were not read."""
    _meta: Mapping[str, Sequence[Raw]] = field(init=False)

    @rule("plugins' keys")
    def __post_init__(self) -> None:
        # set like this because the dataclass is frozen
        object.__setattr__(self, "_meta", meta_by_key(self.order))

    def named(self, keys: frozenset[str]) -> frozenset[str]:
        """Returns those of the *keys* under which the order has meta data."""
        return frozenset(keys & self._meta.keys())

    def meta(self, key: str) -> Sequence[object]:
        """Returns every value of the order's meta data under *key*."""
        return [entry.get("value") for entry in self._meta.get(key, ())]

    def texts(self, *keys: str) -> Iterator[str]:
        """Yields the non-empty texts of the order's meta data under *keys*, in that order."""
        values = (as_text(value) for key in keys for value in self.meta(key))
        return (text for text in values if text)


Recogniser = Callable[[Source], Iterator[Parcel]]
"""Yields what one place of an order knows; never raises for what is there."""


class Place(NamedTuple):
    """One of the places where parcels are looked for."""

    name: str
    recognise: Recogniser
    keys: tuple[str, ...] = ()
    """
    Order meta keys without which it knows nothing; empty if it looks elsewhere.

    An order has been at one or two of the places, so that most need no look.
    """


def listed(value: object) -> tuple[str, ...]:
    """Returns the numbers of a text, or of a list of texts, which may be JSON in a string."""
    looks_like_json = isinstance(value, str) and value.lstrip()[:1] in {"[", "{"}
    stored = decoded(value) if looks_like_json else value
    members: Iterable[object] = stored if isinstance(stored, list) else (stored,)
    if isinstance(stored, Mapping):
        members = (member for member in as_list(stored) if isinstance(member, str))
    return tuple(number for member in members for number in numbers(member))


def entries(value: object, *marks: str) -> tuple[Raw, ...]:
    """
    Returns the objects stored in *value*: a list, an object of objects, or either as JSON.

    An object with one of the *marks* for a key is an entry itself.
    """
    stored = decoded(value)
    single = as_object(stored)
    return (single,) if any(mark in single for mark in marks) else as_objects(stored)


def first_text(source: Raw, *keys: str) -> str:
    """Returns the first text under *keys* that is not empty."""
    return next((text for key in keys if (text := as_text(source.get(key)))), "")


def stored(name: str, read: Callable[[object, Source], Iterator[Parcel]], *keys: str) -> Place:
    """Returns the place of a plugin whose parcels *read* finds in every value under *keys*."""

    def recognise(source: Source) -> Iterator[Parcel]:
        for key in keys:
            for value in source.meta(key):
                yield from read(value, source)

    return Place(name, recognise, keys)


def flat(
    name: str,
    number: str,
    *,
    carriers: Sequence[str] = (),
    left: Sequence[str] = (),
    carrier: str = "",
) -> Place:
    """
    Returns the place of a plugin that keeps one value per meta key.

    Args:
        name: Of the place.
        number: Order meta key of the number or the numbers.
        carriers: Keys of the carrier.
        left: Keys of the ship date.
        carrier: Name for when no key holds one.

    """

    def recognise(source: Source) -> Iterator[Parcel]:
        by = next(source.texts(*carriers), carrier)
        days = (moment(text, source.where) for text in source.texts(*left))
        day = next((day for day in days if day), None)
        for value in source.meta(number):
            for found in listed(value):
                yield Parcel(found, by, day)

    return Place(name, recognise, (number,))
