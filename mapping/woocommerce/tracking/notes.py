"""Parcels out of order notes, for plugins that write their numbers nowhere else."""

from __future__ import annotations

import re
from collections.abc import Iterator

from mapping.dates import Moment, moment
from mapping.numbers import numbers
from mapping.raw import Raw, as_objects, as_text
from mapping.woocommerce.tracking.place import Parcel, Source

_NUMBER = r"(?P<number>[A-Za-z0-9][A-Za-z0-9\-]{3,59})"
_PHRASES = tuple(
    re.compile(phrase + _NUMBER, re.IGNORECASE)
    for phrase in (
        # ShipStation, in the shop's language; only the English text was seen
        r"shipped via (?P<carrier>.{1,60}?) on (?P<day>.{1,30}?) with tracking number ",
        # Advanced Shipment Tracking, ParcelPanel
        r"shipped with (?P<carrier>.{1,60}?) and tracking number is:? ",
        r"tracking (?:number|code|no\.?)(?: is)? ?[:#]? ?",
    )
)
_INBOUND = re.compile(r"\b(?:returns?|refund(?:ed)?)\b", re.IGNORECASE)
_DAY = re.compile(r"([A-Za-z]{3})[A-Za-z]* (\d{1,2}), (\d{4})")
_MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()  # noqa: SIM905 - one row, not 12
_LONGEST = 2000
"""Characters of a note that are read; a number stands at its beginning."""


def order_notes(source: Source) -> Iterator[Parcel]:
    """
    Yields what the notes tell of outbound parcels.

    Notes are read only where the connector brought them, which the merchant
    has to ask for: they cost a request per order and are written by people.
    """
    for note in as_objects(source.notes):
        text = as_text(note.get("note"))[:_LONGEST]
        yield from _parcels(text, note, source)


def _parcels(text: str, note: Raw, source: Source) -> Iterator[Parcel]:
    for phrase in _PHRASES:
        found = False
        for match in phrase.finditer(text):
            words = match.groupdict()
            if not any(letter.isdigit() for letter in words["number"]):
                continue  # "tracking number will follow"
            if _INBOUND.search(text, 0, match.end()):
                return  # behind the number it is about another day: "Free returns within 30 days"
            left = _day(words.get("day") or "", source) or moment(
                note.get("date_created_gmt"), source.where
            )
            for number in numbers(words["number"]):
                found = True
                yield Parcel(number, words.get("carrier") or "", left)
        if found:
            return


def _day(text: str, source: Source) -> Moment | None:
    """Returns the day that "August 18, 2026" is, None for a day in other words."""
    match = _DAY.fullmatch(text)
    if not match or match[1].lower() not in _MONTHS:
        return None
    month = _MONTHS.index(match[1].lower()) + 1
    return moment(f"{match[3]}-{month:02}-{int(match[2]):02}", source.where)
