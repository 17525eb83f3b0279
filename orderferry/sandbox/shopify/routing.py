"""From a request to the part of the shop that answers it."""

from __future__ import annotations

import re
from email.utils import format_datetime
from typing import TYPE_CHECKING, Final

from orderferry.sandbox.server import Request, Response
from orderferry.sandbox.shopify import graphql_endpoint, versions
from orderferry.sandbox.shopify.bulk import FILES
from orderferry.sandbox.shopify.call import Call
from orderferry.sandbox.shopify.graphql_endpoint import JSON_TYPE
from orderferry.sandbox.shopify.json_types import Json, encode
from orderferry.sandbox.shopify.rights import Rights

if TYPE_CHECKING:
    from orderferry.sandbox.shopify.shop import ShopifyShop

_GRAPHQL: Final = re.compile(r"/admin/api/([\w-]+)/graphql\.json")
_UNAUTHORIZED: Final = (
    "[API] Invalid API key or access token (unrecognized login or wrong password)"
)


def respond(shop: ShopifyShop, request: Request) -> Response:
    """Returns the shop's answer, stamped with its clock and a request id."""
    now = shop.now()
    shop.answered += 1
    stamp = {
        "Date": format_datetime(now, usegmt=True),
        "X-Request-Id": f"sandbox-{shop.answered:08d}",
    }
    answer = _route(shop, request)
    return Response(answer.status, answer.body, stamp | dict(answer.headers))


def _route(shop: ShopifyShop, request: Request) -> Response:
    method, path = request.method, request.path
    found = _GRAPHQL.fullmatch(path)
    if found is not None and method == "POST":
        return _graphql(shop, request, found[1])
    if path == "/admin/oauth/access_scopes.json" and method == "GET":
        return _scopes(shop, request)
    if path == "/admin/oauth/access_token" and method == "POST":
        return shop.tokens.answer(request, shop.scopes, shop.now())
    if path.startswith(FILES) and method == "GET":
        return shop.bulk.download(request, shop.now())
    return _json(404, {"errors": "Not Found"})


def _graphql(shop: ShopifyShop, request: Request, asked: str) -> Response:
    version = versions.answering(asked, shop.api_version)
    if version is None:
        return _json(404, {"errors": "Not Found"})
    token = request.headers.get("x-shopify-access-token", "")
    if not shop.tokens.valid(token, shop.now()):
        return _json(401, {"errors": _UNAUTHORIZED})
    rights = Rights(shop.scopes, shop.redacts)
    call = Call(shop, rights, version, shop.now(), request.url)
    answer = graphql_endpoint.respond(shop, request, call, token)
    return Response(
        answer.status, answer.body, {**answer.headers, "X-Shopify-API-Version": version}
    )


def _scopes(shop: ShopifyShop, request: Request) -> Response:
    token = request.headers.get("x-shopify-access-token", "")
    if not shop.tokens.valid(token, shop.now()):
        return _json(401, {"errors": _UNAUTHORIZED})
    return _json(200, {"access_scopes": [{"handle": scope} for scope in shop.scopes]})


def _json(status: int, body: Json) -> Response:
    return Response(status, encode(body), JSON_TYPE)
