"""A page with a token: nothing without it, everything with it, until it is over."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import httpx
import pytest

from tests.web.world import LISTEN_WITH_TOKEN, TOKEN, Page, World, form_token, post, served

PAGES = ["/", "/merchants/bolt", "/merchants/bolt/orders", "/merchants/bolt/orders/1"]


@pytest.mark.parametrize("path", PAGES)
def test_a_stranger_is_asked_for_the_token_and_told_nothing(closed: Page, path: str) -> None:
    answer = closed.browser().get(path)

    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/login?next=%2F")
    assert answer.text == ""


def test_a_stranger_can_do_nothing(closed: Page) -> None:
    stranger = closed.browser()
    token = form_token(stranger.get("/login").text)
    answer = stranger.post(
        "/merchants/bolt",
        data={"form_token": token, "order": "1", "do": "drop", "sure": "yes"},
        headers={"origin": closed.url, "authorization": f"Bearer {TOKEN}"},
    )

    assert answer.status_code == 403


def test_the_token_opens_the_page_that_was_asked_for(closed: Page) -> None:
    client = closed.browser()
    asked = client.get("/merchants/bolt/orders?state=waiting").headers["location"]
    form = client.get(asked).text
    answer = client.post(
        "/login",
        data={
            "form_token": form_token(form),
            "next": "/merchants/bolt/orders?state=waiting",
            "token": f" {TOKEN}\n",  # as it comes out of a file
        },
        headers={"origin": closed.url},
    )

    assert 'value="/merchants/bolt/orders?state=waiting"' in form
    assert answer.status_code == 303
    assert answer.headers["location"] == "/merchants/bolt/orders?state=waiting"
    assert client.get(answer.headers["location"]).status_code == 200


def test_the_cookie_is_for_this_page_alone(closed: Page) -> None:
    client = closed.browser()
    answer = post(client, "/login", via="/login", token=TOKEN)

    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert "secure" not in cookie
    assert TOKEN not in cookie


def test_behind_tls_the_cookie_never_travels_without_it(world: World) -> None:
    daemon = f'{LISTEN_WITH_TOKEN}\nstatus_url = "https://ferry.example.com"'
    with served(world, daemon) as page:
        headers = {"host": "ferry.example.com"}
        cookie = page.browser().get("/login", headers=headers).headers["set-cookie"]

    assert "Secure" in cookie


@pytest.mark.parametrize("given", ["", "wrong", TOKEN[:-1], TOKEN + "x", TOKEN.upper()])
def test_another_token_opens_nothing(closed: Page, given: str) -> None:
    client = closed.browser()
    answer = post(client, "/login", via="/login", token=given)

    assert answer.status_code == 403
    assert "This is not the token." in answer.text
    assert client.get("/").status_code == 303


@pytest.mark.parametrize(
    "path", ["https://attacker.example", "//attacker.example", "/\\attacker.example", "", "x"]
)
def test_signing_in_leads_to_pages_of_ours_only(closed: Page, path: str) -> None:
    client = closed.browser()
    answer = post(client, "/login", via="/login", token=TOKEN, next=path)

    assert answer.headers["location"] == "/"


def test_signing_in_needs_a_form_of_ours(closed: Page) -> None:
    """Otherwise another page could sign somebody in under a session that it knows."""
    answer = closed.browser().post(
        "/login", data={"token": TOKEN}, headers={"origin": "https://attacker.example"}
    )

    assert answer.status_code == 403


def test_signing_out_ends_the_session_even_for_a_stolen_cookie(
    closed: Page, member: httpx.Client
) -> None:
    stolen = dict(member.cookies)

    answer = post(member, "/logout", via="/")

    assert answer.status_code == 303
    assert member.get("/").status_code == 303
    thief = closed.browser(cookies=stolen)
    assert thief.get("/").status_code == 303


def test_a_session_ends_by_itself(world: World) -> None:
    time = [datetime(2026, 11, 23, 12, tzinfo=UTC)]
    with served(world, LISTEN_WITH_TOKEN, now=lambda: time[0]) as page:
        client = page.browser()
        post(client, "/login", via="/login", token=TOKEN)
        cookies = dict(client.cookies)
        time[0] += timedelta(hours=11)
        before = client.get("/").status_code
        time[0] += timedelta(hours=2)
        after = page.browser(cookies=cookies).get("/").status_code

    assert (before, after) == (200, 303)


def test_without_a_token_nobody_is_asked_for_one(page: Page) -> None:
    assert page.browser().get("/").status_code == 200
    assert "Sign out" not in page.browser().get("/").text
