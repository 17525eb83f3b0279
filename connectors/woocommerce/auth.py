"""How requests to a shop prove who sends them."""

from __future__ import annotations

from collections.abc import Callable, Generator
from datetime import datetime
from typing import Literal

import httpx

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
            # requests and urllib3 come with the package: a tenth of what a start costs
            from connectors.woocommerce.oauth import OAuthOverHttp  # noqa: PLC0415 - see above

            return OAuthOverHttp(key, secret, now)
