"""From a request to an answer: WordPress's front door, the key check, the table of routes."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from orderferry.sandbox.server import Request, Response
from orderferry.sandbox.woocommerce import order_routes, pages, product_routes, rest, site_routes
from orderferry.sandbox.woocommerce.call import Call
from orderferry.sandbox.woocommerce.keys import ApiKey, Attempt, check_permissions
from orderferry.sandbox.woocommerce.params import Params
from orderferry.sandbox.woocommerce.php_query import PhpQuery, read_query
from orderferry.sandbox.woocommerce.rest import Answer, PhpFatal, RestError

if TYPE_CHECKING:
    from orderferry.sandbox.woocommerce.shop import WooCommerceShop

Endpoint = Callable[..., Answer]
"""Takes a Call and what the route's groups matched; digits come as int."""

_ROUTES: tuple[tuple[re.Pattern[str], str, Endpoint], ...] = tuple(
    (re.compile(pattern), allow, endpoint)
    for pattern, allow, endpoint in (
        (r"", rest.GET, site_routes.root_index),
        (r"/wc/v3", rest.GET, site_routes.namespace_index),
        (r"/wc/v3/orders", rest.LIST, order_routes.list_orders),
        (r"/wc/v3/orders/(\d+)", rest.ITEM, order_routes.one_order),
        (r"/wc/v3/orders/statuses", rest.GET, order_routes.list_statuses),
        (r"/wc/v3/orders/(\d+)/refunds", rest.LIST, order_routes.list_order_refunds),
        (r"/wc/v3/orders/(\d+)/fulfillments", rest.LIST, order_routes.list_fulfillments),
        (r"/wc/v3/orders/(\d+)/notes", rest.LIST, order_routes.list_notes),
        (r"/wc/v3/refunds", rest.GET, order_routes.list_refunds),
        (r"/wc/v3/products", rest.LIST, product_routes.list_products),
        (r"/wc/v3/products/(\d+)", rest.ITEM, product_routes.one_product),
        (r"/wc/v3/products/(\d+)/variations", rest.LIST, product_routes.list_product_variations),
        (r"/wc/v3/variations", rest.GET, product_routes.list_variations),
        (r"/wc/v3/settings/(\w+)/(\w+)", rest.SETTING, site_routes.setting),
        (r"/wc/v3/data/currencies/current", rest.GET, site_routes.current_currency),
        (r"/wc/v3/system_status", rest.GET, site_routes.system_status),
    )
)
_READING = frozenset({"GET", "HEAD"})


@dataclass(frozen=True, slots=True)
class _Door:
    """Where a request came in."""

    home: str
    https: bool
    route: str | None
    """None: it is not for the REST API."""
    keyed: bool = True
    """Whether WooCommerce looks at keys here."""


def respond(shop: WooCommerceShop, request: Request) -> Response:
    """Returns the shop's answer, stamped with the shop's own clock."""
    answer = _respond(shop, request)
    date = format_datetime(shop.clock(), usegmt=True)
    return Response(answer.status, answer.body, {"Date": date} | dict(answer.headers))


def _respond(shop: WooCommerceShop, request: Request) -> Response:
    query = read_query(request.query)
    door = _door(shop, request, query)
    if door.route is None:
        return _front_page(shop, request, door)
    head = rest.headers(door.home, logged_in=False, root=shop.rest_root)
    try:
        key = _authenticate(shop, request, query, door) if door.keyed else None
    except RestError as error:
        return rest.response(error.status, error.body, head)
    head = rest.headers(door.home, logged_in=key is not None, root=shop.rest_root)
    call = Call(shop, key, Params(query), door.home, door.route)
    return _dispatch(call, request.method, head)


def _dispatch(call: Call, method: str, head: dict[str, str]) -> Response:
    allow: dict[str, str] = {}
    try:
        if call.key is not None and call.route.startswith("/wc/"):
            check_permissions(call.key, method)
        allowed, endpoint, found = _route(call.route)
        if call.permitted or call.route in {"", "/wc/v3"}:
            allow = {"Allow": allowed}
        if method not in _READING:
            return pages.page(501, "Not modelled", "This sandbox shop is read-only.")
        answer = endpoint(call, *found)
    except RestError as error:
        return rest.response(error.status, error.body, head | (allow if error.allowed else {}))
    except PhpFatal:
        return pages.critical_error(head)
    head |= allow | dict(answer.headers)
    # nginx gives PHP's headers 4 kB by default; a Link that repeats 300 ids is more (measured)
    if sum(len(name) + len(value) + 4 for name, value in head.items()) > call.shop.header_limit:
        return pages.bad_gateway()
    return rest.response(200, answer.body, head)


def _route(route: str) -> tuple[str, Endpoint, list[Any]]:
    for pattern, allow, endpoint in _ROUTES:
        found = pattern.fullmatch(route)
        if found is not None:
            groups = [int(group) if group.isdigit() else group for group in found.groups()]
            return allow, endpoint, groups
    raise rest.no_route()


def _door(shop: WooCommerceShop, request: Request, query: PhpQuery) -> _Door:
    parts = urlsplit(request.url)
    https = parts.scheme == "https" or shop.behind_tls_proxy
    origin = f"{'https' if https else 'http'}://{parts.netloc}"
    home = shop.home or f"{origin}{shop.subfolder}"
    path = re.sub(r"/+", "/", request.path).rstrip("/").removeprefix(shop.subfolder)
    asked = query.get("rest_route")
    if isinstance(asked, str):
        # WooCommerce looks for the prefix in the address, so keys never count here (measured)
        return _Door(home, https, asked.rstrip("/"), keyed=False)
    path = path.removeprefix("/index.php")
    prefix = f"/{shop.rest_prefix}"
    if shop.plain_permalinks or not (path == prefix or path.startswith(f"{prefix}/")):
        return _Door(home, https, None)
    return _Door(home, https, path.removeprefix(prefix))


def _authenticate(
    shop: WooCommerceShop, request: Request, query: PhpQuery, door: _Door
) -> ApiKey | None:
    home = urlsplit(door.home)
    attempt = Attempt(
        method=request.method,
        # the address the shop takes for its own, with the port: a proxy that hides the
        # port makes every signature wrong (measured)
        url=f"{home.scheme}://{home.netloc}{request.path}",
        query=query,
        authorization="" if shop.strips_authorization else request.headers.get("authorization", ""),
        https=door.https,
        at=shop.clock(),
    )
    return shop.keyring.authenticate(attempt)


def _front_page(shop: WooCommerceShop, request: Request, door: _Door) -> Response:
    link = {"Link": f'<{door.home}{shop.rest_root}>; rel="https://api.w.org/"'}
    path = request.path.removeprefix(shop.subfolder).rstrip("/")
    if path in {"", "/index.php"}:
        return pages.page(200, shop.name, "Welcome to the shop.", link)
    if f"/{shop.rest_prefix}" in path:
        # plain permalinks: WordPress guesses the home page, which is then a fine 200 in HTML
        return Response(301, b"", link | {"Location": f"{door.home}/", "Content-Type": pages.HTML})
    return pages.page(404, "Page not found", "That page can't be found.", link)
