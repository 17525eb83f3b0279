"""What a failed request means: tables from status and transport failure to error."""

from __future__ import annotations

from typing import Final

import httpx

from connectors.errors import ConnectorError, Contract, Transient

RETRIED: Final = frozenset({408, 425, 429, 502, 503, 504, *range(520, 528), 530})
"""Statuses that a second request moments later often cures; 520 to 530 are Cloudflare's."""


class RequestFailed(Transient):
    """The server failed on this very request; a smaller one may pass."""


class Unreachable(Transient):
    """No conversation with the server came about at all."""


_STATUS: Final = {
    408: (RequestFailed, "request timeout"),
    425: (Transient, "too early"),
    429: (Transient, "too many requests"),
    500: (RequestFailed, "internal error"),
    502: (RequestFailed, "bad gateway"),
    503: (RequestFailed, "service unavailable"),
    504: (RequestFailed, "gateway timeout"),
    508: (RequestFailed, "the host's resource limit"),
    521: (Unreachable, "the shop's own server is down"),
    522: (Unreachable, "the shop's own server does not answer"),
    523: (Unreachable, "the shop's own server cannot be reached"),
    525: (Unreachable, "no TLS to the shop's own server"),
    526: (Unreachable, "the shop's own certificate is invalid"),
}
_STATUS_REMEDY: Final = {
    429: "It is tried again by itself; if it lasts, poll less often or ask the host for its limit.",
    503: "It is tried again by itself; if it lasts, look whether the shop is in maintenance mode.",
}
_WAIT: Final = "It is tried again by itself; if it lasts, look into the error log of that server."

_TLS: Final = (
    ("certificate has expired", "Renew the server's certificate."),
    ("not yet valid", "Set this machine's clock, or correct the server's certificate."),
    ("mismatch", "Use the host name that the certificate was issued for."),
    (
        "self-signed",
        "Name the private authority's PEM file in ca_bundle, or install a public certificate.",
    ),
    (
        "local issuer",
        "Install the intermediate certificates on the server, or name the authority in ca_bundle.",
    ),
    ("verify failed", "Correct the server's certificate, or name its authority in ca_bundle."),
    ("wrong_version_number", "That port does not speak TLS; correct the scheme or the port."),
    ("record layer failure", "That port does not speak TLS; correct the scheme or the port."),
    ("unsupported protocol", "Enable TLS 1.2 or newer on the server."),
    ("handshake_failure", "Enable TLS 1.2 or newer with current ciphers on the server."),
)
"""Fragments of OpenSSL's words in lower case; the first that occurs is used."""

_DNS: Final = ("name or service", "nodename", "name resolution", "getaddrinfo", "no address")


def status_failure(status: int, where: str, retry_after: float | None) -> Transient | None:
    """Returns the error for a status that may pass by itself, None for every other status."""
    if status not in _STATUS and status < 500:  # noqa: PLR2004 - the class of server errors
        return None
    kind, words = _STATUS.get(status, (RequestFailed, "server error"))
    if kind is RequestFailed and retry_after is not None:
        # a server that names a time means the time, not the request: maintenance mode
        kind = Transient
    return kind(
        f"{where} answered {status} ({words}).",
        _STATUS_REMEDY.get(status, _WAIT),
        retry_after=retry_after,
    )


def transport_failure(error: Exception, where: str) -> ConnectorError:
    """
    Returns what a transport failure means, in words free of the request.

    An httpx exception carries its request, hence the URL and its query; it must
    not be chained to what is returned.
    """
    if isinstance(error, httpx.ConnectError):
        return _connection_failure(str(error).lower(), where)
    for kinds, result in _TRANSPORT:
        if isinstance(error, kinds):
            return result(where)
    return Contract(
        f"{where} cannot be requested ({type(error).__name__}).",
        "Correct the address, the user agent and the credentials: one has a forbidden character.",
    )


def _connection_failure(words: str, where: str) -> ConnectorError:
    for fragment, remedy in _TLS:
        if fragment in words:
            return Contract(f"TLS to {where} failed: {fragment.replace('_', ' ')}.", remedy)
    if any(fragment in words for fragment in _DNS):
        return Unreachable(
            f"The host name of {where} cannot be resolved.",
            "Check its spelling and this machine's DNS.",
        )
    found = "connection refused" if "refused" in words else "no connection"
    return Unreachable(
        f"{where} cannot be reached: {found}.",
        "Check the address, and that this machine may connect to it.",
    )


_TRANSPORT: Final = (
    (
        (httpx.ConnectTimeout, httpx.PoolTimeout),
        lambda where: Unreachable(f"{where} does not accept the connection in time.", _WAIT),
    ),
    (
        (httpx.TimeoutException,),
        lambda where: RequestFailed(f"{where} did not answer in time.", _WAIT),
    ),
    (
        (httpx.ProxyError,),
        lambda where: Unreachable(
            f"The proxy on the way to {where} refused.",
            "Check HTTPS_PROXY, HTTP_PROXY and NO_PROXY in the environment.",
        ),
    ),
    (
        (httpx.NetworkError, httpx.RemoteProtocolError),
        lambda where: RequestFailed(f"{where} broke the connection.", _WAIT),
    ),
    (
        (httpx.DecodingError,),
        lambda where: RequestFailed(f"{where} sent a damaged compressed answer.", _WAIT),
    ),
)
