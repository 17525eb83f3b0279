"""
The page in a real browser: what people see, with a mouse, a keyboard, a phone, in the dark.

RENEW_DOCS=1 also takes the pictures of docs/images (make screenshots).
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pytest

from orderferry.sandbox.server import Request, Response, Server
from tests.web.daemon import eventually, running
from tests.web.scene import REFUSED, scene
from tests.web.world import TOKEN, World

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
if CHROMIUM is None:
    pytest.skip("needs Chromium: apt-get install chromium", allow_module_level=True)
playwright = pytest.importorskip("playwright.sync_api", reason="needs the package playwright")

from axe_playwright_python.sync_playwright import Axe  # noqa: E402 - after the skips
from playwright.sync_api import Browser, Page, expect, sync_playwright  # noqa: E402

IMAGES = Path(__file__).parents[2] / "docs" / "images"
PATIENCE_MS = 30_000


@dataclass(frozen=True, slots=True)
class View:
    """How somebody looks at the page; colours do not depend on the width, so two views do."""

    scheme: Literal["light", "dark"]
    width: int


DESK = View("light", 1100)
PHONE = View("dark", 360)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    expect.set_options(timeout=PATIENCE_MS)  # a busy machine is no failure
    with sync_playwright() as works:
        launched = works.chromium.launch(executable_path=CHROMIUM)
        yield launched
        launched.close()


@pytest.fixture(scope="module")
def still(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a page whose figures and time stand still."""
    with scene(tmp_path_factory.mktemp("scene")) as url:
        yield url


@contextmanager
def visiting(browser: Browser, url: str, view: View = DESK) -> Iterator[Page]:
    """A fresh browser profile, at the page that asks for the token."""
    context = browser.new_context(
        base_url=url,
        color_scheme=view.scheme,
        viewport={"width": view.width, "height": 900},
    )
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    page.goto("/")
    try:
        yield page
    finally:
        context.close()


def sign_in(page: Page) -> None:
    page.get_by_label("Token of the status page").fill(TOKEN)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()


def reload_until(page: Page, text: str) -> None:
    def there() -> bool:
        page.reload()
        return text in page.get_by_role("main").inner_text()

    eventually(there)


# end to end, against the daemon --------------------------------------------


def test_a_failing_merchant_is_seen_and_is_well_again_by_itself(
    browser: Browser, world: World
) -> None:
    key = world.shop.keys[0]
    world.shop.revoke(key)
    with running(world) as daemon, visiting(browser, daemon.url) as page:
        sign_in(page)
        reload_until(page, "FAILED")
        expect(page.get_by_role("heading", level=1)).to_have_text("▲ Not well")
        trouble = page.get_by_role("list", name="What is wrong").get_by_role("listitem")
        expect(trouble).to_contain_text("bolt")
        trouble.get_by_role("link", name="bolt").click()
        expect(page.get_by_role("heading", level=1)).to_contain_text("bolt")
        expect(page.get_by_role("table", name="The last runs")).to_contain_text(
            "credentials refused"
        )


def test_a_quarantined_order_is_retried_and_seen_delivered(browser: Browser, world: World) -> None:
    order_id = world.add_order()
    world.atlast.poison = lambda order: order["id"] == order_id
    with running(world) as daemon, visiting(browser, daemon.url) as page:
        sign_in(page)
        reload_until(page, "1 order is quarantined")
        page.get_by_role("link", name="bolt").first.click()
        page.get_by_role("link", name=order_id, exact=True).click()
        expect(page.get_by_role("main")).to_contain_text("Validation failed")

        world.atlast.poison = lambda _order: False
        page.get_by_role("button", name="Retry").click()

        expect(page.get_by_role("status")).to_contain_text("1 order on the way to At Last")
        reload_until(page, "It was erased after delivery.")
        assert [accepted for _, accepted in world.atlast.accepted] == [order_id]
        expect(page.get_by_role("list").filter(has_text="created in")).to_contain_text("delivered")
        page.get_by_role("link", name="orderferry").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("● All is well")


def test_another_page_of_this_machine_cannot_act_in_the_visitors_name(
    browser: Browser, world: World
) -> None:
    """A browser sends the cookie along: ports do not make another site."""
    order_id = world.add_order()
    world.atlast.poison = lambda order: order["id"] == order_id
    with running(world) as daemon:

        def attack(_request: Request) -> Response:
            form = (
                f'<form method="post" action="{daemon.url}/merchants/bolt">'
                f'<input name="order" value="{order_id}"><input name="sure" value="yes">'
                '<button name="do" value="drop">Win a prize</button></form>'
            )
            return Response(200, form.encode(), {"content-type": "text/html"})

        with Server(attack) as attacker, visiting(browser, daemon.url) as page:
            sign_in(page)
            reload_until(page, "1 order is quarantined")
            page.goto(attacker.url)
            page.get_by_role("button", name="Win a prize").click()
            expect(page.locator("body")).to_contain_text("nothing was changed")
            page.goto(f"{daemon.url}/merchants/bolt/orders/{order_id}")
            expect(page.get_by_role("main")).to_contain_text("quarantined")


# a scene that stands still -------------------------------------------------


PAGES = {
    "overview": "/",
    "merchant": "/merchants/bolt",
    "failing merchant": "/merchants/cove",
    "orders": "/merchants/bolt/orders?state=quarantined",
    "no orders": "/merchants/elm/orders?state=waiting",
    "runs": "/merchants/cove/runs",
    "order": f"/merchants/bolt/orders/{REFUSED}",
    "nothing": "/merchants/bolt/orders/404",
}


def require_accessible(page: Page) -> None:
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    overflow = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    assert overflow <= 0, f"{page.url} is {overflow} pixels wider than the window"


@pytest.mark.parametrize("view", [DESK, PHONE], ids=["light, desk", "dark, phone"])
def test_every_page_is_accessible_and_fits(browser: Browser, still: str, view: View) -> None:
    with visiting(browser, still, view) as page:
        require_accessible(page)  # where one signs in
        page.get_by_role("button", name="Sign in").click()
        sign_in(page)
        for path in PAGES.values():
            page.goto(path)
            for summary in page.locator("summary").all():
                summary.click()
            require_accessible(page)
        page.goto(PAGES["order"])
        page.get_by_role("button", name="Show personal data").click()
        expect(page.locator("pre")).to_contain_text("1 Sample Street")
        require_accessible(page)
        page.get_by_role("button", name="Drop").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Drop 1 order of bolt?")
        require_accessible(page)


def tab_to(page: Page, selector: str) -> None:
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
    pytest.fail(f"the Tab key does not reach {selector}")


def test_everything_can_be_done_from_the_keyboard(browser: Browser, tmp_path: Path) -> None:
    with scene(tmp_path) as url, visiting(browser, url) as page:
        page.keyboard.press("Tab")
        expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
        page.keyboard.press("Enter")
        tab_to(page, "#token")
        page.keyboard.type(TOKEN)
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", level=1)).to_have_text("▲ Not well")

        tab_to(page, 'td a[href="/merchants/bolt"], th a[href="/merchants/bolt"]')
        outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", level=1)).to_contain_text("bolt")
        tab_to(page, f'input[name="order"][value="{REFUSED}"]')
        page.keyboard.press("Space")
        tab_to(page, 'button[name="do"][value="drop"]')
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", level=1)).to_have_text("Drop 1 order of bolt?")
        tab_to(page, "button.danger")
        page.keyboard.press("Enter")

        expect(page.get_by_role("status")).to_contain_text("Dropped: 1 order.")
        assert outline == "solid"


def test_the_chart_says_in_words_and_as_a_table_what_it_shows(browser: Browser, still: str) -> None:
    with visiting(browser, still) as page:
        sign_in(page)
        expect(page.get_by_role("img")).to_have_accessible_name(
            "Orders delivered and quarantined on each of the last 14 days; the table below has the"
            " numbers."
        )
        page.get_by_text("The same as a table").click()
        today = page.get_by_role("table", name="Orders per day").get_by_role("row").nth(1)
        expect(today).to_contain_text("2026-11-23")
        # 12 of bolt, 3 of elm, 6 of fern; two fell into the quarantine
        expect(today.get_by_role("cell").first).to_have_text("21")
        expect(today.get_by_role("cell").last).to_have_text("2")


@pytest.mark.skipif(not os.environ.get("RENEW_DOCS"), reason="make screenshots takes the pictures")
def test_pictures_for_the_documentation(browser: Browser, still: str) -> None:
    IMAGES.mkdir(exist_ok=True)
    for name, view, path in (
        ("overview", View("light", 1000), "overview"),
        ("overview-dark", View("dark", 1000), "overview"),
        ("overview-phone", PHONE, "overview"),
        ("merchant", View("light", 1000), "merchant"),
        ("order", View("light", 1000), "order"),
    ):
        with visiting(browser, still, view) as page:
            sign_in(page)
            page.goto(PAGES[path])
            page.screenshot(path=IMAGES / f"status-{name}.png", full_page=True)
