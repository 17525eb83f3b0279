"""The types of settings that are addresses: others that we call, and our own."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import SplitResult, urlsplit

from pydantic import AfterValidator, SecretStr

from orderferry.listen import parse_listen

_TOKEN_LENGTH = 16
"""Characters that the status page's token has at least: 64 bits, if they are hexadecimal."""


def _web_address(value: str) -> str:
    try:
        parts = urlsplit(value)
        usable = bool(parts.hostname) and parts.port != 0 and not (parts.username or parts.query)
    except ValueError:  # a port that is no number
        usable = False
    if not usable:
        raise ValueError('is not a web address; write it like "https://api.example.com/v1"')
    if not _private_or_local(parts):
        raise ValueError("must begin with https:// (plain http only for a simulator on loopback)")
    return value.rstrip("/")


def _private_or_local(parts: SplitResult) -> bool:
    loopback = parts.hostname in {"127.0.0.1", "localhost", "::1"}
    return parts.scheme == "https" or (parts.scheme == "http" and loopback)


def require_webhook(value: SecretStr) -> SecretStr:
    """Returns the webhook's address if it can be called; raises ValueError, without telling it."""
    address = value.get_secret_value()
    try:
        usable = not address or (  # unread, for a command that needs no secrets
            bool(urlsplit(address).hostname) and _private_or_local(urlsplit(address))
        )
    except ValueError:
        usable = False
    if not usable:
        raise ValueError(
            "does not lead to an address that begins with https:// (plain http only on loopback);"
            " put the webhook's whole address there"
        )
    return value


def require_token(token: SecretStr | None, listen: str) -> SecretStr | None:
    """
    Returns the status page's token if the page is closed well enough; raises ValueError.

    Args:
        token: None if there is none; empty where secrets are left unread.
        listen: Where the page is served, "" for nowhere.

    """
    if token is None and listen and not parse_listen(listen).loopback:
        raise ValueError(
            f"is missing, and status_listen = {listen!r} lets other machines in; set it to"
            ' "env:NAME" or "file:PATH", or listen on "127.0.0.1:8321"'
        )
    if token is not None and 0 < len(token.get_secret_value()) < _TOKEN_LENGTH:
        raise ValueError(
            f"is too short to keep anybody out; take {_TOKEN_LENGTH} characters or more, for"
            " example from: openssl rand -hex 24"
        )
    return token


def _listen(value: str) -> str:
    if value:
        parse_listen(value)
    return value


def _status_url(value: str) -> str:
    if not value:
        return value
    value = _web_address(value)
    if urlsplit(value).path:
        raise ValueError('has a path; the page is served at the root of a host ("https://HOST")')
    return value


WebAddress = Annotated[str, AfterValidator(_web_address)]
"""An address that is called; without credentials, and https but on loopback."""

ListenAddress = Annotated[str, AfterValidator(_listen)]
"""Host and port to listen on, "" for none."""

StatusUrl = Annotated[str, AfterValidator(_status_url)]
"""The address of a whole host, "" for none."""
