"""What a shop's refusal means: tables from WooCommerce's and WordPress's answers to errors."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from connectors.errors import ConnectorError, Contract, Credentials, Transient


class Missing(Contract):
    """The shop has no order or product with that id."""


class NoRoute(Contract):
    """The shop does not have that interface."""


class Forbidden(Credentials):
    """The keys are known, but their owner's role lacks the right."""


@dataclass(frozen=True, slots=True)
class Row:
    """A kind of refusal; the first row that matches decides."""

    status: int
    code: str
    """Regular expression on WordPress's error code, from its beginning."""
    message: str
    """Regular expression on the message; English shops only, so an empty one comes last."""
    error: type[ConnectorError]
    found: str
    remedy: str


_NEW_KEY: Final = (
    "Create a key with the right Read under WooCommerce > Settings > Advanced > REST API, owned by"
    " an administrator or a shop manager, and put both halves into the configuration."
)
_AUTH: Final = "woocommerce_rest_authentication_error$"

_TABLE: Final = (
    Row(
        401,
        _AUTH,
        "(?i).*timestamp",
        Contract,
        "the clocks of this machine and of the shop differ by more than 15 minutes",
        "Set the clock of the one that is wrong (NTP); `check` shows the difference.",
    ),
    Row(
        401,
        _AUTH,
        "(?i).*nonce",
        Transient,
        "the shop saw this signature before",
        "It is signed anew at the next try.",
    ),
    Row(
        401,
        _AUTH,
        "(?i).*permission",
        Credentials,
        "the key has no right to read",
        "Set its permissions to Read under WooCommerce > Settings > Advanced > REST API.",
    ),
    Row(
        401,
        _AUTH,
        "(?i).*signature",
        Credentials,
        "the signature does not match: consumer_secret is wrong, or a proxy changes host or port",
        "Correct consumer_secret; if it is right, let the proxy pass the Host header on unchanged,"
        " or use https.",
    ),
    Row(
        401,
        _AUTH,
        "(?i).*secret",
        Credentials,
        "consumer_secret does not belong to consumer_key",
        _NEW_KEY,
    ),
    Row(
        401,
        _AUTH,
        "",
        Credentials,
        "the shop does not know this consumer_key",
        _NEW_KEY,
    ),
    Row(
        401,
        "woocommerce_rest_",
        "",
        Credentials,
        "the shop did not recognise any key",
        "Check both keys; if they are right, the host strips the Authorization header or hides"
        ' https from WordPress: `check` says whether auth = "query" works.',
    ),
    Row(
        401,
        "rest_|jwt_",
        "",
        Contract,
        "a security plugin closed the REST interface",
        "Allow /wp-json/wc/v3/ in that plugin, at least for requests with WooCommerce keys.",
    ),
    Row(
        403,
        "woocommerce_rest_",
        "",
        Forbidden,
        "the key's owner may not read this",
        "Give the key an owner with the role administrator or shop manager.",
    ),
    Row(
        403,
        ".",
        "",
        Contract,
        "a security plugin forbids the request",
        "Allow /wp-json/wc/v3/ in that plugin, at least for requests with WooCommerce keys.",
    ),
    Row(
        404,
        "rest_no_route$",
        "",
        NoRoute,
        "WordPress is there, but not this WooCommerce interface",
        "Activate WooCommerce, update it if it is older than 5.8, and check api_path.",
    ),
    Row(
        404,
        ".*_invalid_id$",
        "",
        Missing,
        "the shop has nothing with that id",
        "Look whether it was deleted in the shop.",
    ),
    Row(
        400,
        "rest_invalid_param$",
        "",
        Contract,
        "the shop refused a parameter",
        "Update WooCommerce to 5.8 or newer.",
    ),
)

_HTML: Final = {
    401: (
        "the web server asks for a password of its own",
        "Exempt /wp-json/ from that protection (a staging site's, for example).",
    ),
    403: (
        "a firewall refused the request",
        "Allow this machine's address and user agent there, or set user_agent.",
    ),
    404: (
        "there is no WordPress REST interface at this address",
        "Correct url and api_path; Settings > Permalinks must be anything but Plain.",
    ),
    406: (
        "a firewall refused the request",
        "Allow this machine's address and user agent there, or set user_agent.",
    ),
}
_ANY_HTML: Final = (
    "the answer is no JSON",
    "Open that address in a browser to see who answers: the shop, a firewall or its host.",
)
_STATUSES: Final = re.compile(r"not one of (.+?)\.?$")
_SLUG: Final = re.compile(r"[a-z0-9_-]{1,40}")
_NO_CHOICE: Final = frozenset({"any", "trash", "auto-draft", "and"})


def refusal(status: int, body: Any, where: str) -> ConnectorError:  # noqa: ANN401 - raw JSON
    """
    Returns the error for an answer that is not 200.

    Args:
        status: Of the HTTP answer; the one inside the body is sometimes text.
        body: Decoded JSON, or None if there is none.
        where: Address without its query.

    """
    if not isinstance(body, Mapping) or not isinstance(body.get("code"), str):
        found, remedy = _HTML.get(status, _ANY_HTML)
        return Contract(f"{where} answered {status}: {found}.", remedy)
    code, message = body["code"], str(body.get("message", ""))
    if code == "rest_invalid_param":
        return _parameter(status, body, where)
    for row in _TABLE:
        if row.status == status and re.match(row.code, code) and re.match(row.message, message):
            return row.error(f"{where} answered {status}: {row.found}.", row.remedy)
    named = code if _SLUG.fullmatch(code) else "an unknown code"
    return Contract(
        f"{where} answered {status} ({named}).", "Look this code up in the shop's plugins and logs."
    )


def _parameter(status: int, body: Mapping[str, Any], where: str) -> Contract:
    data = body.get("data")
    params = data.get("params") if isinstance(data, Mapping) else None
    names = (
        [name for name in params if _SLUG.fullmatch(name)] if isinstance(params, Mapping) else []
    )
    if isinstance(params, Mapping) and "status" in names:
        known = ", ".join(valid_statuses(str(params["status"]))) or "see WooCommerce > Orders"
        return Contract(
            f"{where} answered {status}: the shop does not have one of the shipped_statuses"
            f" (it has: {known}).",
            "Correct shipped_statuses, or activate the plugin that registers the status.",
        )
    return Contract(
        f"{where} answered {status}: the shop refused {', '.join(names) or 'a parameter'}.",
        "Update WooCommerce to 5.8 or newer.",
    )


def valid_statuses(message: str) -> tuple[str, ...]:
    """Returns the order statuses that WordPress lists in its refusal of an unknown one."""
    match = _STATUSES.search(message)
    words = _SLUG.findall(match[1]) if match else []
    return tuple(word for word in words if word not in _NO_CHOICE)
