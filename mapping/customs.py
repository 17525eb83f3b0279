"""What customs ask of a product, out of what merchants type."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from functools import cache, lru_cache

from mapping.raw import as_text

_HS_CODE = re.compile(r"[A-Za-z:# ]*([0-9][0-9. \-]*)")
_HEADING = 4  # digits
_BRACKETS = re.compile(r"\([^()]*\)\s*$")
_NOT_A_LETTER = re.compile(r"[^a-z]+")
_LONGEST_NAME = 80  # characters

_COLLOQUIAL = {
    # codes beside the standard: the Commission's for Greece, the customs' for Kosovo
    "el": "GR",
    "uk": "GB",
    "xk": "XK",
    # names that people use and ISO 3166 does not know
    "britain": "GB",
    "brunei": "BN",
    "burma": "MM",
    "cape verde": "CV",
    "cote d ivoire": "CI",
    "east timor": "TL",
    "england": "GB",
    "great britain": "GB",
    "holland": "NL",
    "hong kong sar": "HK",
    "ivory coast": "CI",
    "kosovo": "XK",
    "macau": "MO",
    "macedonia": "MK",
    "northern ireland": "GB",
    "p r c": "CN",
    "p r china": "CN",
    "palestine": "PS",
    "pr china": "CN",
    "prc": "CN",
    "republic of korea": "KR",
    "russia": "RU",
    "scotland": "GB",
    "swaziland": "SZ",
    "turkey": "TR",
    "u k": "GB",
    "u s a": "US",
    "vatican": "VA",
    "wales": "GB",
}


def hs_code(value: object, *, longest: int = 12) -> str:
    """
    Returns the digits of a Harmonized System code ("HS 6912.00" is "691200"), empty if none.

    From a heading, four digits, to a national code. Less is a chapter, or a plugin's way of saying
    "unset" ("0"); more than *longest* is another number, a bar code where anything may be typed.
    """
    digits = _digits(as_text(value))
    return digits if _HEADING <= len(digits) <= longest else ""


@lru_cache(maxsize=1024)
def _digits(text: str) -> str:
    match = _HS_CODE.fullmatch(text)
    return re.sub(r"[^0-9]", "", match[1]) if match else ""


def country_code(value: object) -> str:
    """
    Returns an ISO 3166-1 alpha-2 code in upper case, empty if *value* names no country.

    Understands codes of two and three letters, withdrawn codes with one
    successor, and English names: "UK", "CHN", "BU", "Vietnam", "Côte d'Ivoire".
    """
    text = as_text(value)
    return _country(text) if len(text) <= _LONGEST_NAME else ""


@lru_cache(maxsize=1024)
def _country(text: str) -> str:
    return _countries().get(_folded(text), "")


@cache
def _countries() -> Mapping[str, str]:
    """Returns folded code or name -> alpha-2; a name that two countries share is not in it."""
    import pycountry  # noqa: PLC0415 - reads its tables, and most commands map no order

    named: dict[str, set[str]] = {}
    for country in map(dict, pycountry.countries):
        for name in _names(country):
            named.setdefault(_folded(name), set()).add(country["alpha_2"])
    known = {name: codes.pop() for name, codes in named.items() if len(codes) == 1}
    # ISO 3166-3: "BUMM" is the old code and the one that took its place, none if that is unknown
    withdrawn = [country.alpha_4.lower() for country in pycountry.historic_countries]
    succeeded = {code[:2]: known[code[2:]] for code in withdrawn if code[2:] in known}
    return succeeded | known | _COLLOQUIAL


def _names(country: Mapping[str, str]) -> Iterator[str]:
    for field in ("alpha_2", "alpha_3", "name", "common_name", "official_name"):
        if field in country:
            yield country[field]
    yield country["name"].partition(",")[0]  # "Moldova, Republic of"


def _folded(name: str) -> str:
    """Returns what spellings of a name share: "The Netherlands (NL)" is "netherlands"."""
    plain = unicodedata.normalize("NFKD", _BRACKETS.sub("", name)).encode("ascii", "ignore")
    return _NOT_A_LETTER.sub(" ", plain.decode().lower()).strip().removeprefix("the ")
