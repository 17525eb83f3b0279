"""The fault matrix: every fault at every interface, what is done, what is seen, and recovery."""

from __future__ import annotations

import re
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any, Literal

import pytest
import trustme

from orderferry.runs import Report
from orderferry.sandbox.server import Request, Response, Server, drop, lose, reply
from orderferry.sandbox.woocommerce import pages
from tests.attack.documented import require_documented, table
from tests.attack.staff import Staff, WooCommerceStaff
from tests.attack.world import BULK, START, World

Interface = Literal["WooCommerce", "Shopify", "At Last"]
INTERFACES: tuple[Interface, ...] = ("WooCommerce", "Shopify", "At Last")

HTML = {"Content-Type": "text/html"}
JSON = {"Content-Type": "application/json"}
NO_KEY = (
    '{"code": "woocommerce_rest_authentication_error", "message": "Consumer key is invalid.",'
    ' "data": {"status": 401}}'
)
LATER = START + timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Fault:
    """One row of the matrix: what happens to the requests, and to how many."""

    name: str
    answer: Callable[[Request, Any], Response] | None = None
    """None: no request arrives at all."""
    times: int = -1


def status(number: int, body: str = "", head: dict[str, str] | None = None) -> Any:
    return reply(number, body, head or JSON)


def spoiled(**changes: Any) -> Any:
    """The request is acted upon, and the answer is bad."""
    return lambda request, handler: replace(handler(request), **changes)


FAULTS = (
    Fault("connection refused"),
    Fault("DNS failure"),
    Fault("TLS failure"),
    Fault("reset before the answer", drop()),
    Fault("reset after the request was acted on", lose()),
    Fault("reset inside the answer's body", drop("body")),
    Fault("401 once", status(401, NO_KEY), times=1),
    Fault("401 for ever", status(401, NO_KEY)),
    Fault("403", status(403, '{"message": "Forbidden"}')),
    Fault("408", status(408)),
    Fault("413", status(413)),
    Fault("425", status(425)),
    Fault("429, in seconds", status(429, "", {"Retry-After": "120"})),
    Fault(
        "429, with a date", status(429, "", {"Retry-After": format_datetime(LATER, usegmt=True)})
    ),
    Fault("429, without", status(429)),
    Fault("500", status(500, '{"message": "Internal error"}')),
    Fault("502 as a web page", reply(502, "<html>Bad gateway</html>", HTML)),
    Fault(
        "503 with Retry-After",
        reply(503, "<html>", HTML | {"Retry-After": "600"}),
    ),
    Fault("503 without", reply(503)),
    Fault("slow drip", spoiled(body=b" " * 100, drip_seconds=0.1)),
    Fault("truncated JSON", spoiled(body=b'[{"id": 1')),
    Fault("wrong content type", spoiled(headers={"Content-Type": "text/plain"})),
    Fault("200 with an error page", reply(200, pages.page(200, "Oh", "Oh no").body, HTML)),
)


ACCEPTED_TWICE = {
    ("reset after the request was acted on", "At Last"),
    ("slow drip", "At Last"),
}
"""At Last had taken the order, and its answer did not come: that is what "in doubt" is for."""


NOT_TRIED = {("TLS failure", "Shopify")}
"""A simulator is spoken to without TLS there; the real address has the clients of the others."""


@dataclass(frozen=True, slots=True)
class Authorities:
    """A world's certificate, its authority's file, and a certificate nobody trusts."""

    good: ssl.SSLContext
    bad: ssl.SSLContext
    bundle: str


@pytest.fixture(scope="module")
def authorities(tmp_path_factory: pytest.TempPathFactory) -> Authorities:
    bundle = tmp_path_factory.mktemp("tls") / "ca.pem"
    contexts = []
    for trusted in (True, False):
        authority = trustme.CA()
        if trusted:
            authority.cert_pem.write_to_path(str(bundle))
        contexts.append(ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER))
        authority.issue_cert("127.0.0.1").configure_cert(contexts[-1])
    good, bad = contexts
    return Authorities(good, bad, str(bundle))


@contextmanager
def failing(
    world: World, interface: Interface, fault: Fault, bad_tls: ssl.SSLContext
) -> Iterator[None]:
    """Makes the fault happen inside the block: to the whole shop, or to pushes."""
    server = world.atlast_server if interface == "At Last" else world.shop_server
    end = BULK if interface == "At Last" else ""
    if fault.answer is not None:
        server.fail(fault.answer, times=fault.times, matches=lambda r: r.path.endswith(end))
        yield
        server.faults.clear()
    elif fault.name == "DNS failure":
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(socket, "getaddrinfo", _no_such_name)
            yield
    else:
        port = int(server.url.rpartition(":")[2])
        server.close()
        tls = bad_tls if fault.name == "TLS failure" else None
        if tls is None:
            yield
        else:
            with Server(server.handler, port=port, tls=tls):
                yield
        world.revive("" if interface == "At Last" else "bolt", port)


def _no_such_name(*_args: Any, **_options: Any) -> Any:
    raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")


def measured(fault: Fault, interface: Interface, folder: Path, tls: Authorities) -> list[str]:
    """Returns the row of the matrix, after checking that nothing is lost and all recovers."""
    secure = fault.name == "TLS failure"
    world = World(
        folder,
        orders='tracking_wait = "0h"',
        timeout="1s",
        tls=tls.good if secure else None,
        ca_bundle=tls.bundle if secure else "",
    )
    staff: Staff = (
        world.replace_with_shopify(timedelta())
        if interface == "Shopify"
        else WooCommerceStaff(world.shop)
    )
    world.start()
    fix_chance(world)
    world.poll()  # so that there is a watermark, and the shop's profile is known
    order_id = str(staff.add(created_at=world.now - timedelta(days=1), shipped=True, tracked=False))
    world.wait(60)
    if interface == "At Last":
        world.poll()
    if fault.name == "DNS failure":
        world.restart()  # no open connections
        fix_chance(world)
    before = world.ledger.watermark("bolt")
    asked = len(world.shop_server.requests), len(world.atlast_server.requests)
    begun = world.now

    with failing(world, interface, fault, tls.bad):
        report = world.deliver() if interface == "At Last" else world.poll()
        tries = _tries(world, interface, asked)

    assert report is not None
    state, wait = world.state(order_id), ""
    if report.retry_at is not None:
        wait = f"{round((report.retry_at - begun).total_seconds() / 10) * 10} s"
    if report.outcome.value != "done" and interface != "At Last":
        assert world.ledger.watermark("bolt") == before
    assert world.accepted(order_id) <= 1

    world.wait(3600)
    recovered = [world.poll(), world.deliver()]

    assert all(one is not None and one.outcome.value == "done" for one in recovered)
    by_itself = world.state(order_id) == "delivered"
    if not by_itself:
        assert (fault.name, interface) == ("413", "At Last")  # the order has to become smaller
        world.ledger.retry("bolt", [order_id], now=world.now)
        world.deliver()
    assert world.state(order_id) == "delivered"
    accepted = world.accepted(order_id)
    assert accepted == (2 if (fault.name, interface) in ACCEPTED_TWICE else 1)
    world.close()
    return [
        fault.name,
        interface,
        f"{tries}" if tries else "none arrives",
        _done(report, interface, state, wait),
        _seen(report, world),
        _recovery(accepted, by_itself=by_itself),
    ]


def fix_chance(world: World) -> None:
    world.services.surroundings = replace(world.services.surroundings, random=lambda: 0.5)


def _recovery(accepted: int, *, by_itself: bool) -> str:
    if not by_itself:
        return "no: `orderferry quarantine retry`"
    return "yes" if accepted == 1 else "yes; accepted twice"


def _tries(world: World, interface: Interface, asked: tuple[int, int]) -> int:
    if interface == "At Last":
        pushes = list(world.atlast_server.requests)[asked[1] :]
        return sum(request.path == BULK for request in pushes)
    return len(world.shop_server.requests) - asked[0]


def _done(report: Report, interface: Interface, state: str, wait: str) -> str:
    if report.outcome.value == "done":
        return "goes on at once"
    kept = f"order is {state}" if interface == "At Last" else "watermark stays"
    return f"{kept.replace('_', ' ')}; next try in {wait}"


def _seen(report: Report, world: World) -> str:
    if not report.problem:
        return "nothing"
    text = report.problem
    for server, name in ((world.shop_server, "shop"), (world.atlast_server, "at-last")):
        address = server.url.rpartition("/")[2]
        text = text.replace(address, f"{name}.example")
    text = re.sub(r"\(at-last\.example#\w+\)", "(at-last.example)", text)
    return f"{report.outcome.value}: {text}".replace("|", "/")


@pytest.mark.timeout(300)
def test_every_fault_is_survived_without_help_and_told(
    tmp_path: Path, authorities: Authorities
) -> None:
    rows: list[list[str]] = []
    for fault in FAULTS:
        for interface in INTERFACES:
            if (fault.name, interface) in NOT_TRIED:
                continue
            folder = tmp_path / f"{len(rows)}"
            folder.mkdir()
            rows.append(measured(fault, interface, folder, authorities))

    head = ["fault", "at", "requests", "what the daemon does", "what the operator sees"]
    require_documented("faults", table([*head, "recovers without help"], rows))
