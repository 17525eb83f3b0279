"""
A GraphQL endpoint bound to one session of the ShopifyAPI package.

The package's own `activate_session` keeps the token in class attributes, where
the next shop of the same thread finds it, and its transport has no time limit:
neither is used. Session and ApiVersion say who and where, httpx does the rest.
"""

from __future__ import annotations

import json
from typing import Any, Final

import httpx
import shopify  # type: ignore[import-untyped]  # the package ships no types

from connectors.base import Surroundings
from connectors.http import send

_TOKEN: Final = "X-Shopify-Access-Token"  # noqa: S105 - a header's name


class BoundGraphQL(shopify.GraphQL):  # type: ignore[misc]  # as above
    """The GraphQL endpoint of one shop and version; its session carries the token."""

    # the base class's own constructor reads the class attributes that leak: it is not called
    def __init__(
        self,
        session: shopify.Session,
        http: httpx.Client,
        surroundings: Surroundings,
        base_url: str = "",
    ) -> None:
        site = session.version.api_path(base_url) if base_url else session.site
        self.session = session
        self.endpoint = f"{site}/graphql.json"
        self._http = http
        self._surroundings = surroundings

    @property
    def headers(self) -> dict[str, str]:
        """The headers of the base class; they carry the session's token."""
        return self.carrying(self.session.token)

    def carrying(self, token: str) -> dict[str, str]:
        """Returns the header that carries a token."""
        return {_TOKEN: token}

    def execute(
        self,
        query: str,
        variables: dict[str, Any] | None = None,
        operation_name: str | None = None,
    ) -> str:
        """Returns the answer's text, as the base class promises."""
        return self.post(query, variables, operation_name, token=self.session.token).text

    def post(
        self,
        query: str,
        variables: dict[str, Any] | None = None,
        operation_name: str | None = None,
        *,
        token: str,
    ) -> httpx.Response:
        """Returns the answer; raises ConnectorError for what passes or cannot be reached."""
        body = {"query": query, "variables": variables, "operationName": operation_name}
        return send(
            self._http,
            lambda: self._http.build_request(
                "POST",
                self.endpoint,
                content=json.dumps(body),
                headers=self.merge_headers(
                    {"Content-Type": "application/json"}, self.carrying(token)
                ),
            ),
            surroundings=self._surroundings,
        )


def open_session(shop: str, version: str) -> shopify.Session:
    """Returns the session of a shop, without a token so far."""
    return shopify.Session(shop, version)


def lacking(granted: list[str], *needed: str) -> list[str]:
    """Returns the scopes among *needed* that *granted* does not cover; write implies read."""
    has = shopify.ApiAccess(granted)
    return [scope for scope in needed if not has.covers(shopify.ApiAccess([scope]))]
