"""What a shop's refusal means: by HTTP status, and by the errors inside an answer of 200."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from connectors.errors import ConnectorError, Contract, Credentials, Transient
from connectors.failures import RequestFailed

AGAIN: Final = "It is tried again by itself; if it lasts, look at shopifystatus.com."
_UPDATE: Final = "Leave api_version out, or update orderferry."

PROTECTED_REMEDY: Final = (
    "Switch on name, address, email and phone under API access > protected customer data of the app"
    " in the Dev Dashboard; apps made in the shop's admin get them on the plan Shopify or higher."
)


class Throttled(Transient):
    """The shop's bucket lacks the points; the answer says how full it is."""


class TooExpensive(RequestFailed):
    """The query asks for more points than one query may; a smaller page passes."""


_STATUS: Final[Mapping[int, tuple[type[ConnectorError], str, str]]] = {
    301: (
        Contract,
        "the shop has another address",
        "Set shop to the myshopify.com name under Settings > Domains.",
    ),
    402: (
        Contract,
        "the shop is frozen",
        "Let the shop's owner settle its bill with Shopify; then it works again by itself.",
    ),
    403: (
        Credentials,
        "the app may not do this",
        "Check that the app is installed in this shop and has the scope read_orders.",
    ),
    404: (
        Contract,
        "there is no such shop, or not this version of its interface",
        "Correct shop: the myshopify.com name under Settings > Domains in its admin.",
    ),
    423: (
        Contract,
        "Shopify locked the shop",
        "Let the shop's owner ask Shopify's support; then it works again by itself.",
    ),
    430: (
        Transient,
        "Shopify took the request for an attack",
        "It is tried again by itself; if it lasts, ask Shopify's support about this address.",
    ),
}
"""401 is the client's: what to do depends on the kind of credentials."""

_REDIRECTS: Final = frozenset({302, 303, 307, 308})


def status_refusal(status: int, where: str) -> ConnectorError | None:
    """Returns the error for a status that says enough by itself, None for the others."""
    kind, found, remedy = _STATUS.get(301 if status in _REDIRECTS else status, (None, "", ""))
    return None if kind is None else kind(f"{where} answered {status}: {found}.", remedy)


@dataclass(frozen=True, slots=True)
class Problem:
    """One entry of `errors`; its message is read and not kept, for it may quote data."""

    code: str
    path: tuple[str | int, ...]
    protected: bool
    """It is about protected customer data."""
    access: str
    """The scope that it asks for, if it says one."""

    def concerns(self, *fields: str) -> bool:
        """Returns whether the path leads into one of the fields."""
        return any(field in self.path for field in fields)


_PROTECTED: Final = re.compile(r"(?i)protected.customer.data|not approved to (access|use)")
_PROTECTED_FIELDS: Final = frozenset({"email", "phone", "shippingAddress", "billingAddress"})
_BY_MESSAGE: Final = (
    (re.compile(r"(?i)^\W*throttled|exceeded.*(rate|calls per)"), "THROTTLED"),
    (re.compile(r"(?i)time(d )?.?out"), "TIMEOUT"),
    (re.compile(r"(?i)internal (server )?error|something went wrong"), "INTERNAL_SERVER_ERROR"),
    (re.compile(r"(?i)invalid api key|access token"), "UNAUTHORIZED"),
    (re.compile(r"(?i)query cost.*exceeds|max(imum)? cost"), "MAX_COST_EXCEEDED"),
    (re.compile(r"(?i)^not found"), "NOT_FOUND"),
    (re.compile(r"(?i)unavailable shop|shop.*(frozen|inactive)"), "SHOP_INACTIVE"),
)
"""`errors` may be a bare string or object without a code, depending on what failed."""
_CODE: Final = re.compile(r"[A-Za-z_]{1,60}")
_SCOPE: Final = re.compile(r"\bread_[a-z_]+")


def problems(errors: object) -> tuple[Problem, ...]:
    """Returns the entries of `errors`, be it a list, an object or a string; none if it is empty."""
    if not errors:
        return ()
    entries = errors if isinstance(errors, list) else [errors]
    return tuple(_problem(entry) for entry in entries)


def _problem(entry: object) -> Problem:
    given: Mapping[str, Any] = entry if isinstance(entry, Mapping) else {}
    extensions = given.get("extensions")
    details: Mapping[str, Any] = extensions if isinstance(extensions, Mapping) else {}
    message = str(given.get("message", given) if given else entry)
    told, path = details.get("code"), given.get("path")
    if isinstance(told, str) and _CODE.fullmatch(told):
        code = told
    else:
        code = next((code for words, code in _BY_MESSAGE if words.search(message)), "UNKNOWN")
    scope = _SCOPE.search(str(details.get("requiredAccess", "")))
    places = path if isinstance(path, list) else ()
    where = tuple(part for part in places if isinstance(part, str | int))
    withheld = code == "ACCESS_DENIED" and not _PROTECTED_FIELDS.isdisjoint(where)
    return Problem(
        code=code,
        path=where,
        protected=withheld or _PROTECTED.search(message) is not None,
        access=scope[0] if scope else "",
    )


_CODES: Final[Mapping[str, tuple[type[ConnectorError], str, str]]] = {
    "THROTTLED": (Throttled, "the shop's query points are used up", AGAIN),
    "MAX_COST_EXCEEDED": (
        TooExpensive,
        "one query costs too much",
        "Set a smaller order_page and line_page.",
    ),
    "INTERNAL_SERVER_ERROR": (RequestFailed, "Shopify failed on the query", AGAIN),
    "TIMEOUT": (RequestFailed, "Shopify took too long", AGAIN),
    "UNAUTHORIZED": (Credentials, "the access token is refused", "Renew it; `check` says how."),
    "NOT_FOUND": (Contract, "there is no such shop", _STATUS[404][2]),
    "SHOP_INACTIVE": (Contract, "the shop is closed or frozen", _STATUS[402][2]),
}


def is_fatal(found: Sequence[Problem]) -> bool:
    """Returns whether one of the problems spoils the data that came beside it."""
    return any(one.code in {"THROTTLED", "MAX_COST_EXCEEDED", "TIMEOUT"} for one in found)


def refusal(found: Sequence[Problem], where: str) -> ConnectorError:
    """Returns the error for an answer that is of no use; the gravest problem decides."""
    denied = next((one for one in found if one.code == "ACCESS_DENIED" or one.protected), None)
    if denied is not None:
        return access_refusal(denied, where)
    for code, (kind, words, remedy) in _CODES.items():
        if any(one.code == code for one in found):
            return kind(f"{where} answered: {words} ({code}).", remedy)
    named = ", ".join(sorted({one.code for one in found}))
    return Contract(f"{where} refused the query ({named}).", _UPDATE)


def access_refusal(denied: Problem, where: str) -> ConnectorError:
    """Returns the error for a right that the app lacks."""
    if denied.protected:
        return Contract(
            f"{where} withholds protected customer data from the app.", PROTECTED_REMEDY
        )
    scope = denied.access or "read_orders"
    return Credentials(
        f"{where} denied access: the app lacks the scope {scope}.",
        f"Give the app {scope}, install it again, and renew the token if it is a static one.",
    )


def search_refusal(extensions: object, where: str) -> Contract | None:
    """
    Returns the error if the shop warns of a search filter, None if it does not.

    Shopify ignores a filter that it does not understand: the search then
    matches every order (recorded).
    """
    searches = extensions.get("search") if isinstance(extensions, Mapping) else None
    for search in searches if isinstance(searches, list) else ():
        if isinstance(search, Mapping) and search.get("warnings"):
            return Contract(f"{where} ignored a part of the search for changed orders.", _UPDATE)
    return None
