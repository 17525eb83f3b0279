"""Requests: timeouts, retries, waits, bounds, and nothing told that must not be."""

from __future__ import annotations

import gzip
import logging
import socket
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest
import trustme
from hypothesis import given
from hypothesis import strategies as st

from connectors import ConnectorError, Contract, Transient
from connectors import http as connectors_http
from connectors.failures import RequestFailed, Unreachable, transport_failure
from connectors.http import make_client, parse_retry_after, send
from orderferry.sandbox.server import Handler, Request, Response, Server, drop, lose, reply
from tests.connectors.world import NOW, World, always, assert_tells_no_secret

QUERY_SECRET = "cs_in_the_query"


def fetch(
    url: str, world: World, *, tries: int = 3, timeout: float = 5, auth: httpx.Auth | None = None
) -> httpx.Response:
    client = make_client(
        base_url=url,
        timeout=timeout,
        ssl=world.surroundings.ssl(""),
        user_agent="tests/0",
        auth=auth,
    )
    with client:
        return send(
            client,
            lambda: client.build_request("GET", "/orders", params={"secret": QUERY_SECRET}),
            surroundings=world.surroundings,
            tries=tries,
        )


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def server() -> Iterator[Server]:
    with Server(always(200, "{}")) as server:
        yield server


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        pytest.param(None, None, id="absent"),
        pytest.param("7", 7, id="seconds"),
        pytest.param("1.5", 1.5, id="fractions, which some proxies send"),
        pytest.param("0", 0, id="at once"),
        pytest.param("-3", 0, id="negative"),
        pytest.param("999999", 86_400, id="capped at a day"),
        pytest.param("inf", 86_400, id="endless"),
        pytest.param("nan", None, id="not a number"),
        pytest.param("soon", None, id="garbage"),
        pytest.param("", None, id="empty"),
        pytest.param("Mon, 15 Jun 2026 12:02:00 GMT", 120, id="date"),
        pytest.param("Mon, 15 Jun 2026 11:00:00 GMT", 0, id="date in the past"),
        pytest.param("Mon, 15 Jun 2026 12:02:00 -0000", 120, id="date without a zone"),
        pytest.param("Thu, 01 Jan 2099 00:00:00 GMT", 86_400, id="distant date"),
    ],
)
def test_retry_after_is_read_in_both_forms(value: str | None, seconds: float | None) -> None:
    assert parse_retry_after(value, NOW) == seconds


@given(st.text() | st.from_regex(r"\w{3}, \d+ \w{3} \d+ [\d:]+ \S+"))
def test_no_retry_after_breaks_the_reader(value: str) -> None:
    seconds = parse_retry_after(value, datetime(2026, 1, 1, tzinfo=UTC))

    assert seconds is None or 0 <= seconds <= 86_400


@pytest.mark.parametrize("status", [408, 425, 429, 502, 503, 504, 520, 522, 524, 527, 530])
def test_a_passing_failure_is_tried_again(status: int, server: Server, world: World) -> None:
    server.fail(reply(status), times=2)

    assert fetch(server.url, world).status_code == 200
    assert world.slept == [1.0, 2.0]  # seconds, doubled; jitter 0.5 is its middle


@pytest.mark.parametrize("status", [500, 501, 507, 508, 599])
def test_other_server_errors_are_not_repeated(status: int, server: Server, world: World) -> None:
    server.fail(reply(status), times=-1)

    with pytest.raises(RequestFailed, match=f"answered {status}"):
        fetch(server.url, world)

    assert len(server.requests) == 1


@pytest.mark.parametrize("status", [200, 202, 301, 400, 401, 403, 404])
def test_every_other_status_is_the_callers(status: int, server: Server, world: World) -> None:
    server.fail(reply(status))

    assert fetch(server.url, world).status_code == status
    assert len(server.requests) == 1


def test_a_lasting_failure_is_raised_after_three_tries(server: Server, world: World) -> None:
    server.fail(reply(502), times=-1)

    with pytest.raises(RequestFailed, match=r"/orders answered 502 \(bad gateway\)"):
        fetch(server.url, world)

    assert len(server.requests) == 3
    assert len(world.slept) == 2


def test_the_servers_wait_comes_first(server: Server, world: World) -> None:
    server.fail(reply(429, headers={"Retry-After": "20"}))

    fetch(server.url, world)

    assert world.slept == [20.25]


def test_a_long_wait_is_handed_to_the_caller(server: Server, world: World) -> None:
    server.fail(reply(503, headers={"Retry-After": "600"}), times=-1)

    with pytest.raises(Transient) as caught:
        fetch(server.url, world)

    assert caught.value.retry_after == 600
    assert not isinstance(caught.value, RequestFailed), "the server names a time, not the request"
    assert world.slept == []
    assert len(server.requests) == 1


def test_a_sleep_that_raises_ends_the_run(server: Server, world: World) -> None:
    class ShuttingDown(BaseException):
        pass

    def interrupt(_seconds: float) -> None:
        raise ShuttingDown

    server.fail(reply(502), times=-1)
    object.__setattr__(world.surroundings, "sleep", interrupt)

    with pytest.raises(ShuttingDown):
        fetch(server.url, world)


def test_every_try_is_built_and_signed_anew(server: Server, world: World) -> None:
    class Counting(httpx.Auth):
        count = 0

        def auth_flow(self, request: httpx.Request) -> Iterator[httpx.Request]:  # type: ignore[override]  # a generator that sends nothing back
            Counting.count += 1
            request.headers["X-Signature"] = str(Counting.count)
            yield request

    server.fail(reply(502), times=2)

    fetch(server.url, world, auth=Counting())

    assert [request.headers["x-signature"] for request in server.requests] == ["1", "2", "3"]


@pytest.mark.parametrize("cut", ["before", "head", "body"])
def test_a_broken_connection_is_tried_again(cut: str, server: Server, world: World) -> None:
    server.fail(drop(cut))  # type: ignore[arg-type]  # a literal in a table

    assert fetch(server.url, world).status_code == 200
    assert len(server.requests) == 2


@pytest.mark.parametrize("cut", ["before", "head", "body"])
def test_a_connection_that_keeps_breaking_is_transient(
    cut: str, server: Server, world: World
) -> None:
    server.fail(lose(cut), times=-1)  # type: ignore[arg-type]  # a literal in a table

    with pytest.raises(RequestFailed, match="broke the connection") as caught:
        fetch(server.url, world)

    assert_tells_no_secret(caught.value, QUERY_SECRET)


def test_an_address_where_nobody_listens_is_unreachable(world: World) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}"

        with pytest.raises(Unreachable, match="connection refused") as caught:
            fetch(url, world)

    assert_tells_no_secret(caught.value, QUERY_SECRET)


def test_a_server_that_never_answers_times_out(world: World) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"

        with pytest.raises(RequestFailed, match="did not answer in time") as caught:
            fetch(url, world, timeout=0.1, tries=1)

    assert_tells_no_secret(caught.value, QUERY_SECRET)


def test_a_dripping_answer_ends_at_the_deadline(world: World) -> None:
    def drip(_request: Request) -> Response:
        return Response(200, b" " * 200, drip_seconds=0.02)

    with Server(drip) as server, pytest.raises(RequestFailed, match="did not answer in time"):
        fetch(server.url, world, timeout=0.3, tries=1)


def test_an_endless_answer_is_cut(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connectors_http, "MAX_BODY", 1024**2)
    bomb = gzip.compress(b" " * 2 * 1024**2)
    zipped = always(200, bomb, Content_Encoding="gzip")

    with Server(zipped) as server, pytest.raises(RequestFailed, match="more than 1 MiB"):
        fetch(server.url, world)


def test_compressed_answers_arrive_plain(world: World) -> None:
    with Server(always(200, gzip.compress(b'{"a":1}'), Content_Encoding="gzip")) as server:
        assert fetch(server.url, world).json() == {"a": 1}


def test_a_damaged_compression_is_transient(world: World) -> None:
    with (
        Server(always(200, b"no gzip", Content_Encoding="gzip")) as server,
        pytest.raises(RequestFailed, match="damaged compressed"),
    ):
        fetch(server.url, world)


def test_redirects_are_not_followed(server: Server, world: World) -> None:
    server.fail(reply(302, headers={"Location": f"{server.url}/elsewhere"}))

    assert fetch(server.url, world).status_code == 302
    assert len(server.requests) == 1


def test_no_cookie_comes_back(server: Server, world: World) -> None:
    client = make_client(
        base_url=server.url, timeout=5, ssl=world.surroundings.ssl(""), user_agent="t", auth=None
    )
    server.fail(reply(200, headers={"Set-Cookie": "session=1; Path=/"}))

    with client:
        for _ in range(2):
            send(client, lambda: client.build_request("GET", "/"), surroundings=world.surroundings)

    assert "cookie" not in server.requests[-1].headers


def test_loopback_is_never_proxied(
    server: Server, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")

    assert fetch(server.url, world).status_code == 200


def test_a_proxy_of_the_environment_is_used(
    server: Server, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", server.url)

    fetch("http://shop.test", world)

    assert server.requests[-1].headers["host"] == "shop.test"


def _served(handler: Handler, certificate: trustme.LeafCert) -> Server:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    return Server(handler, tls=context)


@pytest.mark.parametrize(
    ("case", "remedy"),
    [
        pytest.param("stranger", "ca_bundle", id="an authority nobody knows"),
        pytest.param("expired", "Renew", id="expired"),
        pytest.param("early", "clock", id="not valid yet"),
        pytest.param("other host", "host name that the certificate", id="another host's"),
    ],
)
def test_a_bad_certificate_has_its_own_remedy(case: str, remedy: str) -> None:
    authority = trustme.CA()
    trusting = ssl.create_default_context()
    if case != "stranger":
        authority.configure_trust(trusting)
    now, day = datetime.now(UTC), timedelta(days=1)
    certificate = authority.issue_cert(
        "shop.test" if case == "other host" else "127.0.0.1",
        not_before=now + day if case == "early" else now - 3 * day,
        not_after=now - day if case == "expired" else now + 3 * day,
    )
    world = World(trusting)

    with _served(always(200), certificate) as server, pytest.raises(Contract) as caught:
        fetch(server.url, world)

    assert remedy in caught.value.remedy
    assert world.slept == [], "waiting does not mend a certificate"
    assert_tells_no_secret(caught.value, QUERY_SECRET)


def test_tls_to_a_port_without_it_says_so(server: Server, world: World) -> None:
    with pytest.raises(Contract, match="does not speak TLS"):
        fetch(server.url.replace("http:", "https:"), world)


@pytest.mark.parametrize(
    ("error", "kind", "fragment"),
    [
        pytest.param(
            httpx.ConnectError("[Errno -2] Name or service not known"),
            Unreachable,
            "DNS",
            id="unknown host",
        ),
        pytest.param(
            httpx.ConnectError("[Errno 101] Network is unreachable"),
            Unreachable,
            "may connect",
            id="no network",
        ),
        pytest.param(httpx.ConnectTimeout("timed out"), Unreachable, "error log", id="no accept"),
        pytest.param(httpx.PoolTimeout(""), Unreachable, "error log", id="pool"),
        pytest.param(httpx.WriteTimeout(""), RequestFailed, "error log", id="slow upload"),
        pytest.param(httpx.ProxyError("407"), Unreachable, "HTTPS_PROXY", id="proxy"),
        pytest.param(httpx.WriteError(""), RequestFailed, "error log", id="reset while sending"),
        pytest.param(httpx.InvalidURL("x"), Contract, "forbidden character", id="invalid URL"),
        pytest.param(httpx.LocalProtocolError("x"), Contract, "forbidden character", id="header"),
    ],
)
def test_every_transport_failure_has_its_class(
    error: Exception, kind: type[ConnectorError], fragment: str
) -> None:
    failure = transport_failure(error, "https://shop.example/wp-json/")

    assert type(failure) is kind
    assert fragment in failure.remedy


def test_a_key_that_no_header_can_hold_is_a_contract_fault(world: World) -> None:
    class Broken(httpx.Auth):
        def auth_flow(self, request: httpx.Request) -> Iterator[httpx.Request]:  # type: ignore[override]  # as above
            request.headers["Authorization"] = f"Basic {QUERY_SECRET}\r\nX: y"
            yield request

    with Server(always(200)) as server, pytest.raises(Contract) as caught:
        fetch(server.url, world, auth=Broken())

    assert_tells_no_secret(caught.value, QUERY_SECRET)


def test_the_http_libraries_log_no_url_at_any_level(
    server: Server, world: World, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    for name in ("httpx", "httpcore", "httpcore.http11", "httpcore.connection"):
        caplog.set_level(logging.DEBUG, logger=name)
    server.fail(reply(200, headers={"Link": f"<http://x.test/?s={QUERY_SECRET}>; rel=next"}))

    fetch(server.url, world)

    assert QUERY_SECRET not in caplog.text
    assert not [record for record in caplog.records if record.name.startswith("http")]
