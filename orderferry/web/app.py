"""The addresses of the status page, and what answers them."""

from __future__ import annotations

from pathlib import Path

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp

from orderferry.web import acts, pages, probes
from orderferry.web.door import Handler, Headed, behind
from orderferry.web.site import Site

_STATIC = Path(__file__).with_name("static")


def build_app(site: Site) -> ASGIApp:
    """Returns the application."""

    def shows(path: str, handler: Handler, *, public: bool = False) -> Route:
        return Route(path, behind(site, handler, public=public), methods=["GET"])

    def does(path: str, handler: Handler, *, public: bool = False) -> Route:
        return Route(path, behind(site, handler, public=public), methods=["POST"])

    return Starlette(
        routes=[
            Route("/livez", probes.livez),
            Route("/readyz", probes.readyz(site)),
            Route("/metrics", probes.metrics(site)),
            Mount("/static", StaticFiles(directory=_STATIC)),
            shows("/login", acts.login_page, public=True),
            does("/login", acts.login, public=True),
            does("/logout", acts.logout),
            shows("/", pages.overview),
            shows("/merchants/{merchant}", pages.merchant),
            does("/merchants/{merchant}", acts.act),
            shows("/merchants/{merchant}/runs", pages.runs),
            shows("/merchants/{merchant}/orders", pages.orders),
            shows("/merchants/{merchant}/orders/{order_id:path}", pages.order),
        ],
        middleware=[Middleware(Headed)],
    )
