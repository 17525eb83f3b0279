"""Retry and drop from the page: what they do, and what keeps others from doing them."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from state import Lease, LedgerOrder, OrderState
from tests.web.world import Page, World, form_token, post, served

PATH = "/merchants/bolt"
MINUTES = timedelta(minutes=5)


def order(page: Page, order_id: str) -> LedgerOrder:
    found = page.services.store.order("bolt", order_id)
    assert found is not None
    return found


@pytest.fixture
def refused(page: Page) -> str:
    """An order that At Last refused, and would take now. Its id."""
    return refuse(page)


def refuse(page: Page) -> str:
    order_id = page.world.add_order()
    page.world.atlast.poison = lambda refused: refused["id"] == order_id
    page.poll()
    page.deliver()
    page.world.atlast.poison = lambda _order: False
    return order_id


def test_a_refused_order_that_is_retried_is_delivered(
    page: Page, browser: httpx.Client, refused: str
) -> None:
    answer = post(browser, PATH, via=f"{PATH}/orders/{refused}", order=refused, do="retry")
    page.deliver()

    assert answer.status_code == 303
    said = browser.get(answer.headers["location"]).text
    assert "Tried again: 1 order on the way to At Last." in said
    assert order(page, refused).state is OrderState.DELIVERED
    assert page.woken == list(page.services.accounts())


def test_an_order_of_a_disabled_merchant_stays_quarantined(
    page: Page, browser: httpx.Client, refused: str
) -> None:
    config = page.services.config
    bolt = dataclasses.replace(config.merchants["bolt"], enabled=False)
    page.services.replace_config(dataclasses.replace(config, merchants={"bolt": bolt}))

    answer = post(browser, PATH, via=f"{PATH}/orders/{refused}", order=refused, do="retry")

    assert answer.status_code == 409
    assert "The merchant is disabled" in answer.text
    assert order(page, refused).state is OrderState.QUARANTINED
    assert page.woken == []


def test_an_order_that_could_not_be_mapped_is_read_from_the_shop_again(
    page: Page, browser: httpx.Client
) -> None:
    ids = [page.world.add_unmappable() for _ in range(3)]
    page.poll()
    for order_id in ids[:2]:
        page.world.mend(order_id)

    answer = post(browser, PATH, via=PATH, order=ids, do="retry", **{"from": "list"})

    said = browser.get(answer.headers["location"]).text
    assert "Tried again: 3 orders read from the shop again." in said
    assert [order(page, order_id).state for order_id in ids] == [
        OrderState.PENDING,
        OrderState.PENDING,
        OrderState.QUARANTINED,
    ]


def test_a_shop_that_cannot_be_read_is_said_and_the_order_stays(
    page: Page, browser: httpx.Client
) -> None:
    order_id = page.world.add_unmappable()
    page.poll()
    page.world.shop.revoke(page.world.shop.keys[0])

    answer = post(browser, PATH, via=PATH, order=order_id, do="retry")

    assert answer.status_code == 502
    assert "Not every order was read again" in answer.text
    assert order(page, order_id).state is OrderState.QUARANTINED


def read_elsewhere(page: Page) -> Lease:
    """Another process begins to read the shop."""
    now = datetime.now(UTC)
    return page.services.store.acquire("merchant:bolt", "another", now=now, ttl=MINUTES)


def test_while_the_shop_is_read_what_needs_no_shop_is_sent_and_the_rest_stays(
    world: World,
) -> None:
    with served(world, pause=lambda _seconds: None) as page:
        browser = page.browser()
        ready = refuse(page)
        unmappable = page.world.add_unmappable()
        page.poll()
        read_elsewhere(page)

        answer = post(browser, PATH, via=PATH, order=[ready, unmappable], do="retry")

        assert answer.status_code == 409
        assert "Another run is reading this shop just now" in answer.text
        assert order(page, ready).state is OrderState.PENDING
        assert order(page, unmappable).state is OrderState.QUARANTINED


def test_a_poll_at_work_is_waited_for(world: World) -> None:
    held: list[Lease] = []

    def end_the_poll(_seconds: float) -> None:
        page.services.store.release(held.pop())

    page: Page
    with served(world, pause=end_the_poll) as page:
        order_id = page.world.add_unmappable()
        page.poll()
        page.world.mend(order_id)
        held.append(read_elsewhere(page))

        answer = post(page.browser(), PATH, via=PATH, order=order_id, do="retry")

        assert answer.status_code == 303
        assert held == []
        assert order(page, order_id).state is OrderState.PENDING


def test_dropping_asks_first_and_a_retry_takes_it_back(
    page: Page, browser: httpx.Client, refused: str
) -> None:
    path = f"{PATH}/orders/{refused}"

    asked = post(browser, PATH, via=path, order=refused, do="drop")
    assert asked.status_code == 200
    assert "Drop 1 order of bolt?" in asked.text
    assert order(page, refused).state is OrderState.QUARANTINED

    answer = post(browser, PATH, via=path, order=refused, do="drop", sure="yes")
    assert "Dropped: 1 order." in browser.get(answer.headers["location"]).text
    dropped = order(page, refused)
    assert (dropped.state, dropped.payload) == (OrderState.SKIPPED, None)

    post(browser, PATH, via=path, order=refused, do="retry")
    assert order(page, refused).state is OrderState.PENDING


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({"do": "retry"}, id="no order"),
        pytest.param({"order": "100"}, id="no button"),
        pytest.param({"order": "100", "do": "explode"}, id="another button"),
    ],
)
def test_a_form_without_a_choice_does_nothing(
    page: Page, browser: httpx.Client, refused: str, fields: dict[str, str]
) -> None:
    answer = post(browser, PATH, via=PATH, **fields)

    assert answer.status_code == 400
    assert order(page, refused).state is OrderState.QUARANTINED
    assert page.woken == []


def test_orders_of_other_states_cannot_be_changed_from_the_page(
    page: Page, browser: httpx.Client
) -> None:
    order_id, waiting = page.world.add_order(), page.world.add_waiting()
    page.poll()
    page.deliver()
    path = f"{PATH}/orders/{waiting}"
    for do in ("retry", "drop"):
        post(browser, PATH, via=path, order=[order_id, waiting], do=do, sure="yes")

    assert order(page, order_id).state is OrderState.DELIVERED
    assert order(page, waiting).state is OrderState.WAITING


# what keeps others out -----------------------------------------------------


def test_a_form_without_its_token_changes_nothing(
    page: Page, browser: httpx.Client, refused: str
) -> None:
    browser.get(PATH)  # for the cookie
    fields = {"order": refused, "do": "drop", "sure": "yes"}
    origin = {"origin": page.url}

    answers = [
        browser.post(PATH, data=fields, headers=origin),
        browser.post(PATH, data={**fields, "form_token": "0" * 64}, headers=origin),
        browser.post(PATH, content=b"\xff\xfe", headers=origin),
    ]

    assert [answer.status_code for answer in answers] == [403, 403, 403]
    assert order(page, refused).state is OrderState.QUARANTINED


def test_a_form_of_another_browser_or_without_its_cookie_changes_nothing(
    page: Page, browser: httpx.Client, refused: str
) -> None:
    fields = {"order": refused, "do": "drop", "sure": "yes"}
    other = page.browser()
    fields["form_token"] = form_token(other.get(PATH).text)
    browser.get(PATH)

    for client in (browser, page.browser()):
        answer = client.post(PATH, data=fields, headers={"origin": page.url})
        assert answer.status_code == 403
    assert order(page, refused).state is OrderState.QUARANTINED


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({"origin": "https://attacker.example"}, id="another site"),
        pytest.param({"origin": "http://127.0.0.1:1"}, id="another port of this machine"),
        pytest.param({"origin": "null"}, id="a hidden origin"),
        pytest.param({"origin": "http://[::1"}, id="half an address"),
        pytest.param({"sec-fetch-site": "cross-site"}, id="as the browser says"),
    ],
)
def test_a_form_of_another_page_changes_nothing_even_with_our_token(
    page: Page, browser: httpx.Client, refused: str, headers: dict[str, str]
) -> None:
    token = form_token(browser.get(PATH).text)
    fields = {"form_token": token, "order": refused, "do": "drop", "sure": "yes"}

    answer = browser.post(PATH, data=fields, headers=headers)

    assert answer.status_code == 403
    assert order(page, refused).state is OrderState.QUARANTINED


@pytest.mark.parametrize("path", ["/", PATH, "/login"])
def test_a_foreign_name_that_leads_here_is_turned_away(page: Page, path: str) -> None:
    answer = page.browser().get(path, headers={"host": "attacker.example"})

    assert answer.status_code == 421
    assert "set-cookie" not in answer.headers


def test_looking_never_changes_anything(page: Page, browser: httpx.Client, refused: str) -> None:
    for query in ("do=drop&sure=yes", "do=retry"):
        browser.get(f"{PATH}?{query}&order={refused}")
        browser.get(f"{PATH}/orders/{refused}?{query}&order={refused}")

    assert order(page, refused).state is OrderState.QUARANTINED
    assert browser.put(PATH).status_code == 405
    assert browser.delete(f"{PATH}/orders/{refused}").status_code == 405


def test_a_form_that_is_too_long_is_refused(
    page: Page, browser: httpx.Client, refused: str
) -> None:
    token = form_token(browser.get(PATH).text)
    fields = {"form_token": token, "do": "retry", "order": refused * 30_000}

    answer = browser.post(PATH, data=fields, headers={"origin": page.url})

    assert answer.status_code == 413
