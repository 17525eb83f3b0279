"""A small HTTP/1.1 server on loopback that a simulator answers through."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal, Self
from urllib.parse import parse_qsl, urlsplit

Cut = Literal["", "before", "head", "body"]
"""Where the connection breaks: not at all, before any byte, after the headers, inside the body."""


@dataclass(frozen=True, slots=True)
class Request:
    """One request as it arrived."""

    method: str
    path: str
    """Percent-encoded, without the query."""
    query: tuple[tuple[str, str], ...]
    """Decoded pairs in the order sent; a name may repeat."""
    headers: Mapping[str, str]
    """Names in lower case."""
    body: bytes
    url: str
    """scheme://host:port as the server knows itself, without a trailing slash."""

    def first(self, name: str, default: str = "") -> str:
        """Returns the first query value of that name."""
        return next((value for key, value in self.query if key == name), default)


@dataclass(frozen=True, slots=True)
class Response:
    """One answer; `cut` and `drip_seconds` make it a bad one."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    cut: Cut = ""
    drip_seconds: float = 0.0
    """Pause between single bytes of the body; the server's side of a stalling network."""


Handler = Callable[[Request], Response]


@dataclass(slots=True)
class Fault:
    """
    A failure on demand: replaces or spoils the answers to matching requests.

    `answer` gets the request and the real handler, so that it can let the
    server act and then lose the answer, or refuse before it acts.
    """

    answer: Callable[[Request, Handler], Response]
    matches: Callable[[Request], bool] = lambda _request: True
    times: int = 1
    """How many requests it hits; -1 for as long as it is installed."""


def reply(
    status: int, body: bytes | str = b"", headers: Mapping[str, str] | None = None
) -> Callable[[Request, Handler], Response]:
    """Returns a fault that answers this without asking the real handler."""
    raw = body.encode() if isinstance(body, str) else body
    return lambda _request, _handler: Response(status, raw, headers or {})


def drop(cut: Cut = "before") -> Callable[[Request, Handler], Response]:
    """Returns a fault that breaks the connection and never lets the handler act."""
    return lambda _request, _handler: Response(200, b" " * 64, cut=cut)


def lose(cut: Cut = "before") -> Callable[[Request, Handler], Response]:
    """Returns a fault that lets the handler act, then breaks the connection."""
    return lambda request, handler: replace(handler(request), cut=cut)


class Server:
    """
    Serves one handler on a loopback port of its own; a context manager.

    Attributes:
        url: Where it listens, without a trailing slash.
        requests: The last requests that arrived, oldest first.
        faults: Installed failures; the first that matches is used.

    """

    def __init__(
        self,
        handler: Handler,
        *,
        port: int = 0,
        tls: ssl.SSLContext | None = None,
        host: str = "127.0.0.1",
    ) -> None:
        self.handler = handler
        self.faults: list[Fault] = []
        self.requests: deque[Request] = deque(maxlen=100_000)
        self._lock = threading.Lock()
        self._http = _Http((host, port), self._respond)
        if tls is not None:
            # the handshake happens in the connection's own thread, so that a client
            # that never speaks cannot block the others
            self._http.socket = tls.wrap_socket(
                self._http.socket, server_side=True, do_handshake_on_connect=False
            )
        scheme = "http" if tls is None else "https"
        self.url = f"{scheme}://{host}:{self._http.server_address[1]}"
        self._http.url = self.url
        self._thread = threading.Thread(
            target=self._http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
        )

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_exc: object) -> None:
        self.close()

    def close(self) -> None:
        """Stops listening and breaks the open connections."""
        if self._thread.is_alive():
            self._http.shutdown()
            self._thread.join()
        self._http.server_close()
        self._http.break_connections()

    def await_departure(self) -> None:
        """Returns when all who connected until now are gone, their last requests acted upon."""
        with socket.socket() as last:
            last.connect(self._http.server_address)
            while not self._http.has_met(last.getsockname()):
                time.sleep(0.001)
        while self._http.is_busy():
            time.sleep(0.001)

    def fail(
        self,
        answer: Callable[[Request, Handler], Response],
        *,
        times: int = 1,
        matches: Callable[[Request], bool] = lambda _request: True,
    ) -> Fault:
        """Installs a failure and returns it."""
        fault = Fault(answer, matches, times)
        with self._lock:
            self.faults.append(fault)
        return fault

    @contextlib.contextmanager
    def failing(
        self,
        answer: Callable[[Request, Handler], Response],
        *,
        matches: Callable[[Request], bool] = lambda _request: True,
    ) -> Iterator[None]:
        """Fails every matching request inside the block."""
        fault = self.fail(answer, times=-1, matches=matches)
        try:
            yield
        finally:
            with self._lock:
                self.faults.remove(fault)

    def _respond(self, request: Request) -> Response:
        with self._lock:
            self.requests.append(request)
            fault = next((f for f in self.faults if f.times and f.matches(request)), None)
            if fault is not None and fault.times > 0:
                fault.times -= 1
                if fault.times == 0:
                    self.faults.remove(fault)
        return self.handler(request) if fault is None else fault.answer(request, self.handler)


class _Http(ThreadingHTTPServer):
    """The listening socket; remembers its connections, to break them at the end."""

    daemon_threads = True
    request_queue_size = 256

    def __init__(self, address: tuple[str, int], respond: Handler) -> None:
        super().__init__(address, _Connection)
        self.respond = respond
        self.url = ""
        self._open: set[socket.socket] = set()
        self._met: deque[tuple[str, int]] = deque(maxlen=1000)

    def process_request(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 - as the base class has it
        self._open.add(request)
        self._met.append(client_address)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:  # noqa: ANN401 - as the base class has it
        self._open.discard(request)
        super().shutdown_request(request)

    def has_met(self, address: tuple[str, int]) -> bool:
        """Whether this client was accepted; earlier ones then were too, they stand in a queue."""
        return address in self._met

    def is_busy(self) -> bool:
        return bool(self._open)

    def break_connections(self) -> None:
        for connection in list(self._open):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 - as the base class has it
        """A client that went away is its own business."""


class _Connection(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "orderferry-sandbox"
    sys_version = ""
    disable_nagle_algorithm = True
    wbufsize = -1
    timeout = 120
    server: _Http

    def _serve(self) -> None:
        parts = urlsplit(self.path)
        request = Request(
            method=self.command,
            path=parts.path,
            query=tuple(parse_qsl(parts.query, keep_blank_values=True)),
            headers={name.lower(): value for name, value in self.headers.items()},
            body=self.rfile.read(int(self.headers.get("Content-Length") or 0)),
            url=self.server.url,
        )
        self._send(self.server.respond(request))

    do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = do_PATCH = do_OPTIONS = _serve  # noqa: N815 - the base class's names

    def _send(self, response: Response) -> None:
        if response.cut == "before":
            self._break()
            return
        self.send_response_only(response.status)
        self.send_header("Server", self.version_string())
        if "Date" not in response.headers:  # a shop may have a clock of its own
            self.send_header("Date", self.date_time_string())
        for name, value in response.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(response.body)))
        self.end_headers()
        if response.cut == "head":
            self._break()
            return
        if self.command == "HEAD":
            return
        body = response.body[: len(response.body) // 2] if response.cut else response.body
        if response.drip_seconds:
            for byte in body:
                self.wfile.write(bytes([byte]))
                self.wfile.flush()
                time.sleep(response.drip_seconds)
        else:
            self.wfile.write(body)
        if response.cut:
            self._break()

    def _break(self) -> None:
        self.wfile.flush()
        self.close_connection = True
        with contextlib.suppress(OSError):
            # linger 0: the client sees a reset, as from a crashed server, not an orderly end
            self.connection.setsockopt(
                socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00"
            )

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Simulators are silent."""
