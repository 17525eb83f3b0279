"""The status page of the installed command: its templates and styles came along."""

from __future__ import annotations

import json

import httpx
from conftest import Ferry, eventually


def address(ferry: Ferry) -> str:
    """Where the page is, as the log says; "" before it does."""
    for line in ferry.log.read_text(encoding="utf-8").splitlines():
        event = json.loads(line)
        if event["action"] == "page_served":
            return str(event["url"])
    return ""


def test_the_daemon_serves_its_page(ferry: Ferry) -> None:
    ferry.configure(daemon='poll_every = "1s"\nstatus_listen = "127.0.0.1:0"')
    order_id = ferry.add_order()
    daemon = ferry.start("run")
    try:
        eventually(lambda: bool(address(ferry)))
        url = address(ferry)
        eventually(lambda: ferry.accepted() == {str(order_id)})
        eventually(lambda: "All is well" in httpx.get(url).text)
        pages = [httpx.get(f"{url}{path}") for path in ("/merchants/bolt", "/static/style.css")]
    finally:
        result = ferry.finish(daemon)

    assert [page.status_code for page in pages] == [200, 200]
    assert result.status == 0
