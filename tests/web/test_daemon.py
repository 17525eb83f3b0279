"""The page of a real daemon: it comes and goes with it, and never harms it."""

from __future__ import annotations

import signal
import socket
import subprocess

import httpx
import pytest

from tests.web.daemon import COMMAND, QUICK, eventually, running
from tests.web.world import TOKEN, World

BEARER = {"authorization": f"Bearer {TOKEN}"}


def polls(world: World) -> int:
    return sum(request.path.endswith("/orders") for request in list(world.shop_server.requests))


def test_the_page_comes_and_goes_with_the_daemon(world: World) -> None:
    with running(world) as daemon:
        url = daemon.url
        eventually(lambda: httpx.get(f"{url}/readyz").status_code == 200)
        alive = httpx.get(f"{url}/livez").text
        metrics = httpx.get(f"{url}/metrics", headers=BEARER).text
        stranger = httpx.get(f"{url}/metrics")
        status = daemon.stop()

        assert alive == "ok\n"
        assert 'orderferry_merchant_enabled{merchant="bolt"} 1.0' in metrics
        assert stranger.status_code == 401
        assert status == 0
        with pytest.raises(httpx.ConnectError):
            httpx.get(f"{url}/livez")


def test_a_port_that_is_taken_costs_the_page_and_not_the_daemon(world: World) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with running(world, f'poll_every = "1s"\nstatus_listen = "127.0.0.1:{port}"') as daemon:
            eventually(lambda: polls(world) >= 2)

            (warning,) = daemon.events("page_not_served")
            assert warning["level"] == "warning"
            assert warning["problem"] == "Address already in use"
            assert warning["listen"] == f"127.0.0.1:{port}"
            assert daemon.stop() == 0


def test_without_an_address_nothing_listens(world: World) -> None:
    with running(world, 'poll_every = "1s"') as daemon:
        eventually(lambda: polls(world) >= 1)

        assert not daemon.events("page_served")
        assert not daemon.events("page_not_served")


def test_a_visitor_that_hangs_does_not_keep_the_daemon_from_ending(world: World) -> None:
    with running(world) as daemon:
        host, port = daemon.url.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port))) as visitor:
            visitor.sendall(
                b"POST /login HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99\r\n\r\n"
            )
            assert daemon.stop() == 0


def test_a_reload_leaves_the_page_where_it_is_and_says_so(world: World) -> None:
    with running(world) as daemon:
        url = daemon.url
        world.merchants = ("bolt", "cove")
        world.configure(f'{QUICK}\nstatus_url = "https://ferry.example.com"')
        daemon.process.send_signal(signal.SIGHUP)
        eventually(lambda: bool(daemon.events("config_reloaded")))

        assert [event["key"] for event in daemon.events("config_partly")] == ["daemon.status_url"]
        # and says so again as long as it is so
        daemon.process.send_signal(signal.SIGHUP)
        eventually(lambda: len(daemon.events("config_reloaded")) == 2)
        assert len(daemon.events("config_partly")) == 2
        world.configure(QUICK)
        daemon.process.send_signal(signal.SIGHUP)
        eventually(lambda: len(daemon.events("config_reloaded")) == 3)
        assert len(daemon.events("config_partly")) == 2
        # but new merchants are there at once
        assert 'merchant="cove"' in httpx.get(f"{url}/metrics", headers=BEARER).text


def test_listening_beyond_loopback_without_a_token_is_refused_before_anything_runs(
    world: World,
) -> None:
    world.configure("")
    text = world.config_path.read_text()
    world.config_path.write_text(text.replace("[daemon]", '[daemon]\nstatus_listen = "0.0.0.0:1"'))

    done = subprocess.run(
        [COMMAND, "--config", str(world.config_path), "run"],
        capture_output=True,
        text=True,
        env=world.environ,
        check=False,
    )

    assert done.returncode == 78
    assert "daemon.status_token is missing" in done.stderr
    assert polls(world) == 0
