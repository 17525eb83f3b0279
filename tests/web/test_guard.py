"""Who may see the page and act on it, rule by rule."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from orderferry.listen import Listen, parse_listen
from orderferry.web.guard import LASTS, Guard

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
LOOPBACK = Guard(Listen("127.0.0.1", 8321))
PROXIED = Guard(Listen("127.0.0.1", 8321), "t" * 16, "https://ferry.example.com")
PUBLIC = Guard(parse_listen("0.0.0.0:8321"), "t" * 16, "https://ferry.example.com")


@pytest.mark.parametrize(
    ("guard", "host", "known"),
    [
        pytest.param(LOOPBACK, "127.0.0.1:8321", True, id="its number"),
        pytest.param(LOOPBACK, "localhost:8321", True, id="its name"),
        pytest.param(LOOPBACK, "[::1]:8321", True, id="its number in IPv6"),
        pytest.param(LOOPBACK, "LOCALHOST", True, id="whatever the case"),
        pytest.param(LOOPBACK, "attacker.example:8321", False, id="a foreign name that leads here"),
        pytest.param(LOOPBACK, "localhost.attacker.example", False, id="a foreign name like ours"),
        pytest.param(LOOPBACK, "127.0.0.1.attacker.example", False, id="a foreign name like it"),
        pytest.param(LOOPBACK, "192.0.2.7:8321", False, id="a foreign number on loopback"),
        pytest.param(LOOPBACK, "", False, id="an empty host"),
        pytest.param(LOOPBACK, None, False, id="no host"),
        pytest.param(LOOPBACK, "[::1", False, id="half a host"),
        pytest.param(PROXIED, "ferry.example.com", True, id="the name of the proxy"),
        pytest.param(PROXIED, "ferry.example.com:443", True, id="with its port"),
        pytest.param(PROXIED, "other.example.com", False, id="another name"),
        pytest.param(PUBLIC, "192.0.2.7:8321", True, id="any number, when open to the network"),
        pytest.param(PUBLIC, "attacker.example", False, id="but no foreign name"),
    ],
)
def test_only_requests_that_were_meant_for_this_page_are_answered(
    guard: Guard, host: str | None, *, known: bool
) -> None:
    assert guard.knows_host(host) is known


@pytest.mark.parametrize(
    ("origin", "fetch_site", "same"),
    [
        pytest.param("https://ferry.example.com", "same-origin", True, id="our own page"),
        pytest.param("http://127.0.0.1:8321", None, True, id="without the proxy"),
        pytest.param("http://127.0.0.1:9999", None, False, id="another port"),
        pytest.param("https://attacker.example", "cross-site", False, id="another page"),
        pytest.param("null", None, False, id="a page that hides its origin"),
        pytest.param("http://[::1", None, False, id="half an address"),
        pytest.param("http://[nonsense]/", None, False, id="no address"),
        pytest.param(None, "same-origin", True, id="no origin, but a browser that says so"),
        pytest.param(None, "cross-site", False, id="no origin, from another page"),
        pytest.param(None, "none", False, id="no origin, from nowhere"),
        pytest.param(None, None, True, id="an old browser; the form's token decides"),
    ],
)
def test_forms_of_other_pages_are_told_apart(
    origin: str | None, fetch_site: str | None, *, same: bool
) -> None:
    assert PROXIED.same_origin(origin, fetch_site, "127.0.0.1:8321") is same


def test_a_session_is_what_its_cookie_says_until_it_is_over() -> None:
    session = PROXIED.begin(NOW, signed_in=True)
    cookie = PROXIED.cookie(session)

    assert PROXIED.session(cookie, NOW) == session
    assert PROXIED.session(cookie, NOW + LASTS - timedelta(seconds=1)) == session
    assert PROXIED.session(cookie, NOW + LASTS) is None
    PROXIED.end(session)
    assert PROXIED.session(cookie, NOW) is None


def test_a_cookie_that_was_made_elsewhere_or_changed_is_no_session() -> None:
    guest = PROXIED.cookie(PROXIED.begin(NOW, signed_in=False))
    nonce, _, expires, signature = guest.split(".")
    restarted = replace(PROXIED, secret=b"another process")

    assert PROXIED.session(guest, NOW) is not None
    for forged in (
        f"{nonce}.1.{expires}.{signature}",
        f"{nonce}.0.{int(expires) + 9}.{signature}",
        f"{nonce}.0.{expires}.",
        f"{nonce}.0.{expires}.\udcff",
        "....",
        "",
        None,
    ):
        assert PROXIED.session(forged, NOW) is None
    assert restarted.session(guest, NOW) is None


def test_a_form_fits_its_session_alone() -> None:
    mine, other = (PROXIED.begin(NOW, signed_in=True) for _ in range(2))

    assert PROXIED.form_fits(mine, PROXIED.form_token(mine))
    assert not PROXIED.form_fits(mine, PROXIED.form_token(other))
    assert not PROXIED.form_fits(mine, PROXIED.cookie(mine))
    assert not PROXIED.form_fits(mine, "")


@pytest.mark.parametrize(
    ("guard", "given", "fits"),
    [
        pytest.param(PROXIED, "t" * 16, True, id="the token"),
        pytest.param(PROXIED, "t" * 15, False, id="a part of it"),
        pytest.param(PROXIED, "", False, id="none"),
        pytest.param(PROXIED, "ü" * 16, False, id="not even ASCII"),
        pytest.param(LOOPBACK, "", False, id="an empty one where there is no token"),
    ],
)
def test_the_token_has_to_be_exact(guard: Guard, given: str, *, fits: bool) -> None:
    assert guard.token_fits(given) is fits


def test_without_a_token_everybody_is_signed_in_and_with_one_nobody_at_first() -> None:
    assert LOOPBACK.begin(NOW, signed_in=False).signed_in
    assert not PROXIED.begin(NOW, signed_in=False).signed_in
