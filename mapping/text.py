"""Plain text out of what a shop's pages are made of."""

from __future__ import annotations

import html
import re
from functools import lru_cache
from urllib.parse import quote, urlsplit

_TAG = re.compile(r"</?[A-Za-z][^<>]*>")
_BREAK = re.compile(r"<br\s*/?>|[\r\n\v\f\x85\u2028\u2029]+", re.IGNORECASE)
# a lone surrogate is legal in JSON (a cut emoji) and cannot be written as UTF-8
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\ud800-\udfff]")
_LONE_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
# what `clean` leaves as it is: words of letters and common marks with one space between, or nothing
_CLEAN = re.compile(r"(?:[!-%'-;=-~\xa1-\u024f]+(?: [!-%'-;=-~\xa1-\u024f]+)*)?")
_URI_MARKS = "/?#%=&~+!$,;:'@()*"


def clean(value: str) -> str:
    """
    Returns *value* without tags, entities, control characters and surplus white space.

    Product names arrive as they stand in the page, "Tea &amp; <b>Co</b>"
    (recorded). A "<" that opens no tag is text and stays.
    """
    if _CLEAN.fullmatch(value):  # nearly every text; the rest of the way costs eight times as much
        return value
    text = html.unescape(_TAG.sub("", value))
    return " ".join(_UNPRINTABLE.sub("", text).split())


def lines(value: str) -> tuple[str, ...]:
    """Returns the clean, non-empty lines of *value*; address fields keep their line breaks."""
    return tuple(line for part in _BREAK.split(value) if (line := clean(part)))


@lru_cache(maxsize=1024)  # the pictures of the shop's products, again with every order
def web_address(value: str) -> str:
    """
    Returns *value* as an absolute http(s) URI in ASCII, empty if it is none.

    Spaces and letters beyond ASCII are percent-encoded. An address with
    credentials in it is none: it must not travel.
    """
    try:
        parts = urlsplit(_UNPRINTABLE.sub("", value).strip())
        host = (parts.hostname or "").encode("idna").decode("ascii")
        port = f":{parts.port}" if parts.port else ""
    except (ValueError, UnicodeError):
        return ""
    if parts.scheme not in {"http", "https"} or not host or parts.username is not None:
        return ""
    host = f"[{host}]" if ":" in host else host
    rest = "".join(
        f"{mark}{_LONE_PERCENT.sub('%25', part)}"
        for mark, part in (("", parts.path), ("?", parts.query), ("#", parts.fragment))
        if part
    )
    return f"{parts.scheme}://{host}{port}{quote(rest, safe=_URI_MARKS)}"
