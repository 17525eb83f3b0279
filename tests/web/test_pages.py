"""What the pages show, and to whom."""

from __future__ import annotations

import re
import sqlite3
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from state import RunOutcome
from tests.web.world import CUSTOMER, EMAIL, TOKEN, Page, World, post, served, signed_in

PERSONAL = [*CUSTOMER.values(), EMAIL]


def told(text: str) -> list[str]:
    return [word for word in PERSONAL if word in text]


@pytest.fixture
def refused(page: Page) -> str:
    """An order that At Last refused: its payload is kept. Its id."""
    return _refused(page)


def _refused(page: Page) -> str:
    order_id = page.world.add_order()
    page.world.atlast.poison = lambda order: order["id"] == order_id
    page.poll()
    page.deliver()
    return order_id


def test_the_first_heading_says_whether_all_is_well(page: Page, browser: httpx.Client) -> None:
    fresh = browser.get("/").text
    page.world.add_order()
    page.poll()
    page.deliver()

    well = browser.get("/").text

    assert "Not well" in fresh
    assert "Never polled; start the daemon: orderferry run" in fresh
    assert "All is well" in well
    assert "1 delivered" in well


def test_a_refused_key_is_told_in_the_words_of_status(page: Page, browser: httpx.Client) -> None:
    page.world.shop.revoke(page.world.shop.keys[0])
    problem = page.poll().problem

    text = browser.get("/").text

    assert problem is not None
    assert problem.split(".")[0] in text.replace("&#39;", "'").replace("&#34;", '"')
    assert "FAILED" in text


def test_a_merchant_shows_runs_waiting_and_quarantined_orders(
    page: Page, browser: httpx.Client, refused: str
) -> None:
    waiting, unmappable = page.world.add_waiting(), page.world.add_unmappable()
    page.poll()

    text = browser.get("/merchants/bolt").text

    for order_id in (refused, waiting, unmappable):
        assert f'href="/merchants/bolt/orders/{order_id}"' in text
    assert "Validation failed" in text
    assert "shipping.city" in text
    assert "no tracking number yet" in text
    assert "1 quarantined, 1 waiting" in " ".join(text.split()) or "1 waiting, " in text


def test_a_watermark_set_by_hand_is_told_with_who_did_it(page: Page, browser: httpx.Client) -> None:
    page.poll()
    store, now = page.services.store, datetime.now(UTC)
    lease = store.acquire("merchant:bolt", "tester", now=now, ttl=timedelta(minutes=1))
    store.set_watermark(lease, "bolt", now, now=now, by="alice on desk", note="after the move")

    text = browser.get("/merchants/bolt").text

    assert "by alice on desk: after the move" in text


def test_orders_of_every_state_are_listed_page_by_page_without_loss(
    page: Page, browser: httpx.Client
) -> None:
    ids = {page.world.add_waiting() for _ in range(120)}
    page.poll()

    seen: list[str] = []
    path = "/merchants/bolt/orders?state=waiting"
    while path:
        text = browser.get(path).text
        seen += re.findall(r'href="/merchants/bolt/orders/(\d+)"', text)
        following = re.search(r'href="([^"]+)">Next page', text)
        path = following[1].replace("&amp;", "&") if following else ""

    assert len(seen) == 120
    assert set(seen) == ids


def test_runs_are_listed_page_by_page(page: Page, browser: httpx.Client) -> None:
    store = page.services.store
    for number in range(60):
        run_id = store.start_run("bolt", "poll", now=datetime.now(UTC))
        counts = {"seen": number}
        store.finish_run(run_id, RunOutcome.DONE, now=datetime.now(UTC), counts=counts)

    first, second = (browser.get(f"/merchants/bolt/runs?page={n}").text for n in (1, 2))

    assert "59 seen" in first
    assert "9 seen" in second
    assert "Next page" in first
    assert "Next page" not in second


def test_an_order_is_found_by_its_id(page: Page, browser: httpx.Client, refused: str) -> None:
    answer = browser.get("/merchants/bolt/orders", params={"find": f" {refused} "})

    assert answer.status_code == 303
    assert answer.headers["location"] == f"/merchants/bolt/orders/{refused}"


def test_an_order_tells_its_life(page: Page, browser: httpx.Client) -> None:
    order_id = page.world.add_unmappable()
    page.poll()
    page.world.mend(order_id)
    post(
        browser,
        "/merchants/bolt",
        via=f"/merchants/bolt/orders/{order_id}",
        order=order_id,
        do="retry",
    )
    page.deliver()

    text = browser.get(f"/merchants/bolt/orders/{order_id}").text

    life = re.findall(r"UTC: ([^<(]+)", text.split("<ol")[1].split("</ol>")[0])
    assert [words.strip() for words in life] == [
        "created in the shop",
        "modified in the shop",
        "quarantined",
        "delivered",
    ]
    assert "It was erased after delivery." in text


@pytest.mark.parametrize(
    "path",
    [
        "/merchants/nobody",
        "/merchants/nobody/orders",
        "/merchants/nobody/runs",
        "/merchants/nobody/orders/1",
        "/merchants/bolt/orders/404",
        "/nothing",
    ],
)
def test_what_does_not_exist_is_said_to_not_exist(browser: httpx.Client, path: str) -> None:
    answer = browser.get(path)

    assert answer.status_code == 404
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")


@pytest.mark.parametrize("query", ["page=0", "page=-1", "page=x", f"page={'9' * 40}", "find=%00"])
def test_strange_queries_are_no_fault(browser: httpx.Client, query: str) -> None:
    assert browser.get(f"/?{query}").status_code == 200
    assert browser.get(f"/merchants/bolt/runs?{query}").status_code == 200
    assert browser.get(f"/merchants/bolt/orders?after={query[5:]}&state=x").status_code == 200


def test_an_id_is_text_whatever_it_holds(page: Page, browser: httpx.Client) -> None:
    answer = browser.get("/merchants/bolt/orders", params={"find": "<b>/../?x=1"})

    assert answer.headers["location"] == "/merchants/bolt/orders/%3Cb%3E%2F..%2F%3Fx%3D1"
    shown = browser.get(answer.headers["location"])
    assert shown.status_code == 404
    assert "<b>" not in shown.text


def test_what_a_shop_says_is_text_and_not_a_page(page: Page, browser: httpx.Client) -> None:
    run_id = page.services.store.start_run("bolt", "poll", now=datetime.now(UTC))
    page.services.store.finish_run(
        run_id,
        RunOutcome.TRANSIENT,
        now=datetime.now(UTC),
        counts={},
        problem="<script>alert(1)</script>",
    )

    for path in ("/", "/merchants/bolt", "/merchants/bolt/runs"):
        text = browser.get(path).text
        assert "<script" not in text
        assert "&lt;script&gt;" in text


# personal data -------------------------------------------------------------


def test_personal_data_is_hidden_until_it_is_asked_for(closed: Page, member: httpx.Client) -> None:
    order_id = _refused(closed)
    path = f"/merchants/bolt/orders/{order_id}"

    hidden = member.get(path)
    asked = post(member, "/merchants/bolt", via=path, order=order_id, do="show")

    assert not told(hidden.text)
    assert "(hidden, 11 characters)" in hidden.text
    assert told(asked.text) == PERSONAL
    assert asked.headers["cache-control"] == "no-store"
    assert not told(str(asked.url))


def test_no_address_shows_personal_data(closed: Page, member: httpx.Client) -> None:
    path = f"/merchants/bolt/orders/{_refused(closed)}"

    for query in ("do=show", "show=personal", "personal=yes"):
        assert not told(member.get(f"{path}?{query}").text)


def test_a_page_without_a_token_never_shows_personal_data(
    page: Page, browser: httpx.Client, refused: str
) -> None:
    path = f"/merchants/bolt/orders/{refused}"

    assert "shown only on a page with a token" in browser.get(path).text
    for do in ("show", "read"):
        asked = post(browser, "/merchants/bolt", via=path, order=refused, do=do, personal="yes")
        assert asked.status_code == 200
        assert not told(asked.text)


def test_an_order_is_read_from_the_shop_without_storing_anything(
    closed: Page, member: httpx.Client
) -> None:
    order_id = _refused(closed)
    path = f"/merchants/bolt/orders/{order_id}"
    before = closed.services.store.order("bolt", order_id)

    plain = post(member, "/merchants/bolt", via=path, order=order_id, do="read").text
    full = post(member, "/merchants/bolt", via=path, order=order_id, do="read", personal="yes").text

    assert "What would be sent" in plain
    assert "nothing of the order was stored" in plain
    assert not told(plain)
    assert told(full) == PERSONAL
    assert closed.services.store.order("bolt", order_id) == before


def test_a_read_order_says_where_each_value_comes_from(
    page: Page, browser: httpx.Client, refused: str
) -> None:
    path = f"/merchants/bolt/orders/{refused}"
    text = post(browser, "/merchants/bolt", via=path, order=refused, do="read").text

    row = text.split('data-label="field">customer.firstName<')[1].split("</tr>")[0]
    assert "first_name" in row
    assert not told(text)


def test_an_order_that_the_shop_does_not_have_any_more_is_said_to_be_gone(
    page: Page, browser: httpx.Client, refused: str
) -> None:
    del page.world.shop.records.orders[int(refused)]

    path = f"/merchants/bolt/orders/{refused}"
    answer = post(browser, "/merchants/bolt", via=path, order=refused, do="read")

    assert answer.status_code == 404
    assert "no such order any more" in answer.text


# headers, errors, size -----------------------------------------------------


@pytest.mark.parametrize(
    "path", ["/", "/merchants/bolt", "/login", "/readyz", "/livez", "/metrics", "/nothing"]
)
def test_every_answer_forbids_scripts_frames_and_caching(browser: httpx.Client, path: str) -> None:
    headers = browser.get(path).headers

    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert "unsafe-inline" not in policy
    assert "frame-ancestors 'none'" in policy
    assert headers["cache-control"] == "no-store"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert "server" not in headers


@pytest.mark.parametrize("path", ["/", "/merchants/bolt"])
def test_pages_hold_no_script_and_no_inline_style(browser: httpx.Client, path: str) -> None:
    text = browser.get(path).text

    assert not re.search(r"<script|<style|\sstyle=|\son\w+=", text)
    for address in re.findall(r'(?:href|src|action)="([^"]+)"', text):
        assert address.startswith(("/", "#")), address


def test_the_style_sheet_is_served_and_nothing_else_of_the_disk(browser: httpx.Client) -> None:
    assert browser.get("/static/style.css").headers["content-type"].startswith("text/css")
    assert browser.get("/static/../app.py").status_code == 404
    assert browser.get("/static/%2e%2e/app.py").status_code == 404


def test_a_state_that_cannot_be_read_is_said_on_the_page(page: Page, browser: httpx.Client) -> None:
    page.poll()
    with sqlite3.connect(page.services.config.state_path) as other:
        other.execute("ALTER TABLE run_totals RENAME TO elsewhere")
        other.execute("ALTER TABLE watermarks RENAME TO elsewhere_too")
    other.close()

    answers = {path: browser.get(path).status_code for path in ("/", "/readyz", "/metrics")}

    assert answers == {"/": 503, "/readyz": 503, "/metrics": 503}
    assert browser.get("/livez").text == "ok\n"
    reasons = browser.get("/readyz").json()["reasons"]
    assert reasons == ["The state file cannot be read; see the daemon's log."]


def test_a_fault_of_ours_shows_and_logs_no_order(
    page: Page, browser: httpx.Client, capsys: pytest.CaptureFixture[str]
) -> None:
    with sqlite3.connect(page.services.config.state_path) as other:
        other.execute(
            "INSERT INTO orders (merchant, order_id, state, since_at)"
            " VALUES ('bolt', '1', 'skipped', 'Gooseberry Lane')"
        )
    other.close()

    answer = browser.get("/merchants/bolt/orders/1")

    assert answer.status_code == 500
    assert "Gooseberry" not in answer.text + capsys.readouterr().err
    assert browser.get("/").status_code == 200


def test_readiness_is_told_to_whoever_asks_under_any_name(closed: Page) -> None:
    answer = closed.browser().get("/readyz", headers={"host": "orderferry:8321"})
    closed.poll()
    ready = closed.browser().get("/readyz")

    assert (answer.status_code, ready.status_code) == (503, 200)
    assert answer.json() == {
        "ready": False,
        "reasons": ["No shop was polled successfully yet."],
    }
    assert ready.json() == {"ready": True, "reasons": []}
    assert closed.browser().get("/livez", headers={"host": "any"}).text == "ok\n"


def test_five_hundred_merchants_are_paged_with_the_troubled_first_and_found_by_name(
    world: World,
) -> None:
    world.merchants = tuple(f"shop-{number:03}" for number in range(500))
    with served(world) as page:
        browser = page.browser()
        store, now = page.services.store, datetime.now(UTC)
        for name in world.merchants:
            run_id = store.start_run(name, "poll", now=now)
            outcome = RunOutcome.TRANSIENT if name == "shop-400" else RunOutcome.DONE
            problem = "The shop is in maintenance." if name == "shop-400" else None
            store.finish_run(run_id, outcome, now=now, counts={}, problem=problem)
        first = browser.get("/").text
        rows = re.findall(r'scope="row"[^>]*><a href="/merchants/([^"]+)"', first)
        found = browser.get("/", params={"find": "SHOP-12"}).text

        assert rows[:3] == ["shop-400", "shop-000", "shop-001"]
        assert len(rows) == 100
        assert "page 1 of 5" in first
        assert len(re.findall(r'data-label="merchant"', found)) == 10


def test_the_token_is_in_no_page(closed: Page) -> None:
    member = signed_in(closed)
    for path in ("/", "/login", "/merchants/bolt", "/metrics", "/readyz"):
        answer = member.get(path)
        assert TOKEN not in answer.text + str(answer.headers)


def test_what_should_be_done_in_time_is_told_apart_from_what_is_wrong(
    page: Page, browser: httpx.Client
) -> None:
    store, now = page.services.store, datetime.now(UTC)
    run_id = store.start_run("bolt", "poll", now=now)
    words = "The key ends on 2026-12-01; make a new one."
    store.finish_run(run_id, RunOutcome.DONE, now=now, counts={}, problem=words)

    for path in ("/", "/merchants/bolt"):
        text = browser.get(path).text
        assert "To be done in time" in text
        assert words in text
    assert "All is well" in browser.get("/").text
