"""OAuth 1.0a, the only login WooCommerce accepts without TLS."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Generator
from datetime import datetime

import httpx
from woocommerce.oauth import OAuth


class OAuthOverHttp(httpx.Auth):
    """
    Signs the URL.

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
