"""The status page's thread: it begins with the daemon, ends with it, and never harms it."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager

import structlog
import uvicorn

from orderferry.listen import Listen, parse_listen
from orderferry.runs import where
from orderferry.services import Services
from orderferry.web.app import build_app
from orderferry.web.guard import Guard
from orderferry.web.site import Site
from state import SqliteStore, StateError

log = structlog.get_logger()

_END_SECONDS = 1.0
"""How long answers under way may take when the daemon ends."""

_CONNECTIONS = 100
"""At the same time; more are turned away with 503."""


@contextmanager
def serving(services: Services, deliver_soon: Callable[[str], None]) -> Iterator[str | None]:
    """
    Serves the status page inside the block, where the configuration says; yields its address.

    If it cannot be served, there is none, the log says so once and the daemon works without it:
    a second daemon on the machine, say, may have taken the port.
    """
    settings = services.config.daemon
    listen = parse_listen(settings.status_listen)
    token = settings.status_token
    guard = Guard(listen, token.get_secret_value() if token else "", settings.status_url)
    url = None
    with ExitStack() as opened:
        try:
            store = SqliteStore.open(
                services.config.state_path, now=services.clock.now(), read_only=True
            )
            opened.enter_context(closing(store))
            url = _begin(opened, Site.of(services, store, guard, deliver_soon))
        except (OSError, StateError) as error:
            log.warning(
                "status page not served",
                action="page_not_served",
                listen=str(listen),
                problem=getattr(error, "strerror", None) or str(error),
            )
        yield url


def _begin(opened: ExitStack, site: Site) -> str:
    bound = opened.enter_context(closing(_bind(site.guard.listen)))
    server = _server(site)
    # a daemon thread: an answer that hangs must not keep the process from ending
    thread = threading.Thread(target=_serve, args=(server, bound), name="status page", daemon=True)
    opened.callback(_end, server, thread)
    thread.start()
    url = _url(bound)
    log.info("status page served", action="page_served", url=url)
    return url


def _end(server: uvicorn.Server, thread: threading.Thread) -> None:
    server.should_exit = True
    thread.join(_END_SECONDS + 1)


def _bind(listen: Listen) -> socket.socket:
    family, kind, protocol, _, place = socket.getaddrinfo(
        listen.host, listen.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )[0]
    bound = socket.socket(family, kind, protocol)
    try:
        # a daemon that is started again at once finds its port still in the old one's name
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(place)
        bound.listen()
    except BaseException:
        bound.close()
        raise
    return bound


def _url(bound: socket.socket) -> str:
    host, port = bound.getsockname()[:2]
    return f"http://{Listen(host, port)}"


def _server(site: Site) -> uvicorn.Server:
    return uvicorn.Server(
        uvicorn.Config(
            build_app(site),
            loop="asyncio",
            http="h11",
            ws="none",
            lifespan="off",
            # our own log; addresses that were asked for are nobody's business
            log_config=None,
            log_level="critical",
            access_log=False,
            # whom a proxy names is not believed: nothing here depends on it
            proxy_headers=False,
            server_header=False,
            limit_concurrency=_CONNECTIONS,
            timeout_graceful_shutdown=int(_END_SECONDS),
        )
    )


def _serve(server: uvicorn.Server, bound: socket.socket) -> None:
    try:
        server.run(sockets=[bound])
    except BaseException as error:  # noqa: BLE001 - also SystemExit: the daemon goes on without a page
        log.error(  # noqa: TRY400 - a message could quote a request
            "status page ended", action="page_ended", error=type(error).__name__, at=where(error)
        )
