"""How requests to a shop prove who sends them."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Generator
from datetime import datetime
from typing import Literal

import httpx
from woocommerce.oauth import OAuth

from connectors.woocommerce.settings import WooCommerceSettings

Mode = Literal["basic", "query", "oauth"]


class QueryAuth(httpx.Auth):
    """Adds the keys to the query, for hosts that strip the Authorization header."""

    def __init__(self, key: str, secret: str) -> None:
        self._keys = {"consumer_key": key, "consumer_secret": secret}

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Sends the request with the keys in its URL."""
        request.url = request.url.copy_merge_params(self._keys)
        yield request


class OAuthOverHttp(httpx.Auth):
    """
    Signs the URL as OAuth 1.0a, the only login WooCommerce accepts without TLS.

    The signature covers scheme, host, port, path and query, holds for 15 minutes
    and is good for one request. The signer is the `woocommerce` package's. It
    signs a repeated or list parameter wrongly and drops an empty one: lists
    travel as comma-separated text, and nothing empty is sent.
    """

    def __init__(self, key: str, secret: str, now: Callable[[], datetime]) -> None:
        self._key = key
        self._secret = secret
        self._now = now

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Sends the request with a fresh nonce, timestamp and signature in its URL."""
        signer = _Signer(
            str(request.url),
            self._key,
            self._secret,
            version="wc/v3",
            method=request.method,
            oauth_timestamp=int(self._now().timestamp()),
        )
        request.url = httpx.URL(signer.get_oauth_url())
        yield request


class _Signer(OAuth):  # type: ignore[misc]  # the package ships no types
    """The package's signer with a nonce that does not repeat (its own has eight random digits)."""

    @staticmethod
    def generate_nonce() -> str:
        return secrets.token_hex(20)


def mode(settings: WooCommerceSettings) -> Mode:
    """Returns how this shop is logged in to; "auto" is Basic over https and OAuth over http."""
    if settings.auth != "auto":
        return settings.auth
    return "basic" if settings.url.startswith("https:") else "oauth"


def make_auth(settings: WooCommerceSettings, now: Callable[[], datetime]) -> httpx.Auth:
    """Returns what logs in to the shop; keys lose the blanks that pasting adds."""
    key = settings.consumer_key.get_secret_value().strip()
    secret = settings.consumer_secret.get_secret_value().strip()
    match mode(settings):
        case "basic":
            return httpx.BasicAuth(key, secret)
        case "query":
            return QueryAuth(key, secret)
        case "oauth":
            return OAuthOverHttp(key, secret, now)
