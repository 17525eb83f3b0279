"""
The ASGI application: one server for any number of shops, which their addresses describe.

    /{latency}/{orders}/{name}/...          a shop of so many orders, each answer so many ms late
    /stats/{name}                           what shops and accounts of that name were asked

So a server needs no configuration, and a row of the benchmark begins with a name nobody used.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import parse_qsl

from bench.serving.answer import Answered, Asked, Body
from bench.serving.atlast import AtLast
from bench.serving.shopify import Graph, Nodes
from bench.serving.woocommerce import Orders, Pages, open_shop

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

_LEAST_TO_GZIP = 1024  # bytes


@dataclass(slots=True)
class Stats:
    """What was asked under one name."""

    requests: int = 0
    bytes_sent: int = 0
    """Bodies as they travelled, compressed or not."""
    bytes_received: int = 0
    points: int = 0
    orders: int = 0
    doubled: int = 0


class App:
    """Answers every request of the process."""

    def __init__(self) -> None:
        self._simulator = open_shop()
        self._rendering = Orders(self._simulator)
        self._nodes = Nodes()
        self._pages: dict[int, Pages] = {}
        self._graphs: dict[int, Graph] = {}
        self._accounts: dict[str, AtLast] = {}
        self._stats: dict[str, Stats] = {}

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answers one request."""
        _, first, rest = (*scope["path"].split("/", 2), "", "")[:3]
        if first == "stats":
            found = self._stats.get(rest, Stats())
            await _send(send, Answered(Body(json.dumps(asdict(found)).encode())), gzipped=False)
            return
        orders, name, path = (*rest.split("/", 2), "", "")[:3]
        body = await _body(receive)
        headers = {name.decode(): value.decode("latin-1") for name, value in scope["headers"]}
        asked = Asked(
            method=scope["method"],
            path=f"/{path}",
            query=dict(parse_qsl(scope["query_string"].decode(), keep_blank_values=True)),
            headers=headers,
            body=body,
            url=f"http://{headers.get('host', '')}/{first}/{orders}/{name}",
        )
        if first != "0":
            await asyncio.sleep(int(first) / 1000)
        account = self._account(name, asked)
        answered = account.answer(asked) if account else self._shop(int(orders), asked)
        gzipped = "gzip" in headers.get("accept-encoding", "")
        sent = await _send(send, answered, gzipped=gzipped)
        stats = self._stats.setdefault(name, Stats())
        stats.requests += 1
        stats.bytes_sent += sent
        stats.bytes_received += len(body)
        stats.points += answered.points
        if account:
            account.count(asked)
            stats.orders, stats.doubled = len(account.orders), account.doubled

    def _account(self, name: str, asked: Asked) -> AtLast | None:
        if asked.path.startswith(("/v1/", "/oauth2/")):
            return self._accounts.setdefault(name, AtLast())
        return None

    def _shop(self, orders: int, asked: Asked) -> Answered:
        if asked.path.startswith("/admin/"):
            if orders not in self._graphs:
                self._graphs[orders] = Graph(orders, self._nodes)
            return self._graphs[orders].answer(asked)
        if orders not in self._pages:
            self._pages[orders] = Pages(orders, self._simulator, self._rendering)
        return self._pages[orders].answer(asked)


async def _body(receive: Receive) -> bytes:
    parts, more = [], True
    while more:
        message = await receive()
        parts.append(message.get("body", b""))
        more = message.get("more_body", False)
    return b"".join(parts)


async def _send(send: Send, answered: Answered, *, gzipped: bool) -> int:
    """Sends an answer; returns the size of its body."""
    gzipped = gzipped and len(answered.body.plain) >= _LEAST_TO_GZIP
    body = answered.body.gzipped if gzipped else answered.body.plain
    headers = {
        "content-type": "application/json; charset=UTF-8",
        **{name.lower(): value for name, value in answered.headers.items()},
        "content-length": str(len(body)),
    }
    if gzipped:
        headers["content-encoding"] = "gzip"
    await send(
        {
            "type": "http.response.start",
            "status": answered.status,
            "headers": [(n.encode("latin-1"), v.encode("latin-1")) for n, v in headers.items()],
        }
    )
    await send({"type": "http.response.body", "body": body})
    return len(body)
