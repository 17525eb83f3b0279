"""rename, adopt, and what happens to a shop under another name and to a name of another shop."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from conftest import Ferry, Result, eventually

from orderferry.sandbox.server import Server, reply
from orderferry.sandbox.shopify import ShopifyShop
from orderferry.sandbox.woocommerce import WooCommerceShop


def call_it(ferry: Ferry, name: str, old: str = "bolt") -> None:
    """Renames the merchant's table, as an operator does in an editor."""
    text = ferry.config.read_text()
    ferry.config.write_text(re.sub(rf"\[merchants\.{old}\b", f"[merchants.{name}", text))


def told(result: Result) -> str:
    return " ".join(f"{result.out} {result.err}".split())


def just_now() -> datetime:
    return datetime.now(UTC) - timedelta(seconds=30)


def pushed(ferry: Ferry) -> list[str]:
    """The ids of the orders that At Last accepted, as often as it did."""
    return [order_id for (_, order_id), pushes in ferry.atlast.accepted.items() for _ in pushes]


@pytest.fixture
def other(ferry: Ferry) -> Iterator[Server]:
    """Another shop, whose orders have the same ids as the first one's."""
    shop = WooCommerceShop(now=lambda: datetime.now(UTC))
    shop.keyring = ferry.shop.keyring
    ferry.shop, first = shop, ferry.shop
    ferry.add_order()
    ferry.shop = first
    with Server(shop.handle) as server:
        yield server


def test_a_renamed_table_sends_nothing_until_its_ledger_is_taken_over(ferry: Ferry) -> None:
    order_id = str(ferry.add_order())
    ferry("sync")
    call_it(ferry, "volt")

    stopped = ferry("sync")
    planned = ferry("backfill", "volt", "--order", order_id, "--dry-run")
    swept = ferry("sweep")
    status = ferry("--json", "status")
    check = ferry("--json", "check")
    between = pushed(ferry)
    renamed = ferry("rename", "bolt", "volt", "--note", "their new brand")
    new = str(ferry.add_order(modified_at=just_now()))
    synced = ferry("sync")
    swept_again = ferry("sweep")

    assert stopped.status == planned.status == swept.status == 78
    assert "is known as bolt" in told(stopped)
    assert "is known as bolt" in told(planned)
    assert "rename bolt volt" in told(stopped)
    (trouble,) = status.document["troubles"]
    assert trouble["subjects"] == ["volt"]
    assert "rename bolt volt" in trouble["problem"]
    (fault,) = [fact for fact in check.document["facts"] if fact["verdict"] == "fault"]
    assert (check.status, fact_of(fault)) == (78, ("volt", "shop", "set-up"))
    assert between == [order_id]
    assert renamed.status == 0, told(renamed)
    assert "bolt is volt now: 1 order, read up to" in told(renamed)
    assert synced.status == swept_again.status == 0, told(synced)
    assert ferry.accepted() == {order_id, new}
    assert ferry.atlast.duplicates == 0
    after = ferry("--json", "status").document
    assert after["ok"]
    assert after["merchants"][0]["orders"]["delivered"] == 2


def fact_of(fact: dict[str, Any]) -> tuple[str, str, str]:
    return fact["merchant"], fact["name"], fact["cause"]


def test_the_record_of_a_rename_is_told_by_check(ferry: Ferry) -> None:
    ferry.add_order()
    ferry("sync")
    call_it(ferry, "volt")
    ferry.environ["SUDO_USER"] = "ana"

    ferry("rename", "bolt", "volt", "--note", "their new brand")

    facts = ferry("--json", "check").document["facts"]
    (shop,) = [fact["found"] for fact in facts if fact["name"] == "shop"]
    assert shop.startswith("It was renamed from bolt on 20")
    assert "by ana on " in shop
    assert shop.endswith("their new brand")


def test_another_shop_under_a_known_name_loses_and_doubles_nothing(
    ferry: Ferry, other: Server
) -> None:
    first = ferry.add_order()
    ferry("sync")
    ferry.configure(url=other.url)

    stopped = ferry("sync")
    check = ferry("check")
    between = pushed(ferry)
    call_it(ferry, "corner")
    own_name = ferry("sync")

    assert stopped.status == check.status == 78
    assert "but its ledger is about" in told(stopped)
    assert "adopt bolt" in told(stopped)
    assert "adopt bolt" in told(check)
    assert between == [str(first)]
    assert own_name.status == 0, told(own_name)
    assert pushed(ferry) == [str(first)] * 2, "two orders with one id, each sent once"


def test_what_waits_for_delivery_is_not_sent_in_another_shops_name(
    ferry: Ferry, other: Server
) -> None:
    ferry.add_order()
    with ferry.atlast_server.failing(reply(503)):
        ferry("sync")
    ferry.configure(url=other.url, merchant='merchant_id = "m-other"')

    stopped = ferry("sync")
    kept = ferry("--json", "status").document["merchants"][0]["orders"]
    ferry.configure()
    sent = ferry("sync")

    assert stopped.status == 78
    assert kept["pending"] + kept["in_doubt"] == 1
    assert sent.status == 0, told(sent)
    assert len(pushed(ferry)) == 1


def test_a_shop_that_moved_is_adopted_with_its_ledger(ferry: Ferry) -> None:
    first = str(ferry.add_order())
    ferry("sync")
    with Server(ferry.shop.handle) as moved:
        ferry.configure(url=moved.url)

        stopped = ferry("sync")
        adopted = ferry("adopt", "bolt", "--note", "relaunch")
        again = ferry("adopt", "bolt")
        new = str(ferry.add_order(modified_at=just_now()))
        synced = ferry("sync")

    assert stopped.status == 78
    assert (adopted.status, again.status) == (0, 0), told(adopted)
    assert "Its ledger stays as it is." in told(adopted)
    assert "nothing was changed" in told(again)
    assert synced.status == 0, told(synced)
    assert ferry.accepted() == {first, new}
    assert ferry.atlast.duplicates == 0


def test_an_address_that_is_only_written_otherwise_is_the_same_shop(ferry: Ferry) -> None:
    ferry.add_order()
    ferry("sync")
    ferry.configure(url=f"{ferry.shop_server.url}/wp-admin/".replace("http://", "HTTP://"))

    assert ferry("sync").status == 0


def test_a_slip_in_the_address_is_forgotten_as_long_as_nothing_was_read(ferry: Ferry) -> None:
    order_id = str(ferry.add_order())
    with Server(ferry.shop.handle) as closed:
        nobody = closed.url
    ferry.configure(url=nobody)
    failed = ferry("sync")
    ferry.configure()

    synced = ferry("sync")

    assert failed.status == 75
    assert synced.status == 0, told(synced)
    assert ferry.accepted() == {order_id}


def test_sending_all_again_under_a_new_name_takes_a_yes(ferry: Ferry) -> None:
    ferry.add_order()
    ferry("sync")
    call_it(ferry, "volt")

    refused = ferry("adopt", "volt")
    adopted = ferry("adopt", "volt", "--yes")
    synced = ferry("--json", "sync")

    assert refused.status == 2
    assert "rename bolt volt" in told(refused)
    assert "--yes" in told(refused)
    assert adopted.status == 0
    assert synced.document["reports"][0]["counts"]["ready"] == 1


def test_a_rename_that_makes_no_sense_is_refused_in_a_sentence(ferry: Ferry) -> None:
    nothing = ferry("rename", "bolt", "volt")
    absent = not ferry.state.exists()
    ferry.add_order()
    ferry("sync")

    still = ferry("rename", "bolt", "volt")
    call_it(ferry, "volt")
    slip = ferry("rename", "blot", "volt")
    unusable = ferry("rename", "bolt", "no/name")
    nowhere = ferry("rename", "bolt", "shelf")

    assert (nothing.status, absent) == (78, True)
    assert [one.status for one in (still, slip, unusable)] == [2, 2, 2]
    assert "still has the table merchants.bolt" in told(still)
    assert "knows nothing of 'blot' (known there: bolt)" in told(slip)
    assert "is no name for a merchant" in told(unusable)
    assert nowhere.status == 0
    assert "has no table merchants.shelf" in told(nowhere)


def test_unsent_orders_of_a_merchant_that_no_table_names_are_a_trouble(ferry: Ferry) -> None:
    ferry.add_order(tracking=[], completed_at=datetime.now(UTC))
    ferry("sync")
    before = ferry("status")
    call_it(ferry, "volt")
    volt = ferry.config.read_text()
    ferry.config.write_text(volt.replace(f'"{ferry.shop_server.url}"', '"volt.example"'))

    status = ferry("--json", "status")
    alone = ferry("--json", "status", "volt")
    check = ferry("--json", "check")
    ferry.config.write_text(volt)
    renamed = ferry("rename", "bolt", "volt")
    after = ferry("--json", "check")

    assert before.status == 0, before.out
    found = "The state holds 1 unsent order of bolt, which no table names."
    lost = [it for it in status.document["troubles"] if it["subjects"] == ["bolt"]]
    assert len(lost) == 1
    assert lost[0]["problem"].startswith(found)
    assert status.status == 1
    assert not [it for it in alone.document["troubles"] if it["subjects"] == ["bolt"]]
    faults = [it for it in check.document["facts"] if it["found"] == found]
    assert [(it["verdict"], it["cause"]) for it in faults] == [("fault", "set-up")]
    assert "rename bolt" in faults[0]["remedy"]
    assert check.status == 78
    assert renamed.status == 0, told(renamed)
    assert "which no table names" not in after.out


def test_a_reload_that_leaves_a_merchant_out_warns_of_it(ferry: Ferry) -> None:
    # connections of a merchant that is gone close with the last reference
    del ferry.environ["PYTHONWARNINGS"]
    daemon = ferry.start("run")
    eventually(lambda: ferry.logged("daemon_started"))
    call_it(ferry, "volt")

    daemon.send_signal(1)
    eventually(lambda: ferry.logged("config_reloaded"))
    ended = ferry.finish(daemon)

    (line,) = [one for one in ended.err.splitlines() if "config_reloaded" in one]
    event = json.loads(line)
    assert (event["level"], event["removed"]) == ("warning", ["bolt"])


def test_a_daemon_goes_on_with_the_old_table_harmlessly_and_with_the_new_one_after_sighup(
    ferry: Ferry,
) -> None:
    first = str(ferry.add_order())
    ferry.configure(daemon='poll_every = "1s"\nsettle_delay = "0s"')
    # of a merchant that is gone from the configuration, connections close with the last reference
    del ferry.environ["PYTHONWARNINGS"]
    daemon = ferry.start("run")
    eventually(lambda: ferry.accepted() == {first})
    call_it(ferry, "volt")

    renamed = ferry("rename", "bolt", "volt")
    for _ in range(20):  # a poll or a delivery may be at work
        if renamed.status != 75:
            break
        renamed = ferry("rename", "bolt", "volt")
    eventually(lambda: ferry.logged("is known as volt"))
    between = pushed(ferry)
    daemon.send_signal(1)
    eventually(lambda: ferry.logged("config_reloaded"))
    new = str(ferry.add_order(modified_at=just_now()))
    eventually(lambda: ferry.accepted() == {first, new})
    ended = ferry.finish(daemon)

    assert renamed.status == 0, told(renamed)
    assert ended.status == 0
    assert between == [first]
    assert ferry.atlast.duplicates == 0


def test_a_rotating_token_survives_the_rename(ferry: Ferry) -> None:
    """The token in the configuration is spent after two renewals: only the state has the next."""
    shop = ShopifyShop()
    first = shop.tokens.first_refresh_token(datetime.now(UTC))
    ferry.environ |= {
        "ACME_APP": shop.tokens.client_id,
        "ACME_APP_SECRET": shop.tokens.client_secret,
        "ACME_REFRESH": first,
    }
    head = ferry.config.read_text().split("[merchants.")[0]
    yesterday = datetime.now(UTC) - timedelta(days=1)
    tracking = [("UPS", "1Z999AA10000000001")]
    order_id = str(
        shop.add_order(
            created_at=yesterday, updated_at=yesterday, fulfilled=True, trackings=tracking
        )
    )
    with Server(shop.handle) as server:
        ferry.config.write_text(
            f"""{head}
[merchants.acme]
platform = "shopify"
[merchants.acme.shopify]
shop = "acme.myshopify.com"
base_url = "{server.url}"
client_id = "env:ACME_APP"
client_secret = "env:ACME_APP_SECRET"
refresh_token = "env:ACME_REFRESH"
"""
        )
        synced = ferry("sync")
        issued = shop.tokens.issued
        shop.tokens.revoke(first)
        call_it(ferry, "nova", "acme")

        check = ferry("--json", "check")
        preview = ferry("preview", "nova", order_id)
        backfill = ferry("backfill", "nova", "--from", f"{yesterday:%Y-%m-%d}")
        renamed = ferry("--json", "rename", "acme", "nova")
        after = ferry("sync")

    assert (synced.status, renamed.status) == (0, 0), told(synced) + told(renamed)
    facts = [fact for fact in check.document["facts"] if fact["merchant"] == "nova"]
    assert [fact["name"] for fact in facts] == ["shop"], "no token is tried in vain"
    assert (preview.status, backfill.status) == (78, 78)
    assert renamed.document["moved"]["kept"] == 1
    assert after.status == 0, told(after)
    assert shop.tokens.issued == issued, "the token that was kept was used"
    assert ferry.accepted() == {order_id}
    assert ferry.atlast.duplicates == 0


def test_two_names_are_swapped_and_nothing_is_sent_twice(ferry: Ferry, other: Server) -> None:
    ferry.add_order()
    ferry.configure(merchant='merchant_id = "m-1"')
    with ferry.config.open("a") as config:
        config.write(
            f"""
[merchants.corner]
platform = "woocommerce"
merchant_id = "m-2"
[merchants.corner.woocommerce]
url = "{other.url}"
consumer_key = "env:SHOP_KEY"
consumer_secret = "env:SHOP_SECRET"
"""
        )
    ferry("sync")
    for old, new in (("bolt", "between"), ("corner", "bolt"), ("between", "corner")):
        call_it(ferry, new, old)

    stopped = ferry("sync")
    renamed = [
        ferry("rename", old, new)
        for old, new in (("bolt", "between"), ("corner", "bolt"), ("between", "corner"))
    ]
    synced = ferry("sync")

    assert stopped.status == 78
    assert [one.status for one in renamed] == [0, 0, 0], [told(one) for one in renamed]
    assert synced.status == 0, told(synced)
    assert len(pushed(ferry)) == 2
    assert ferry.atlast.duplicates == 0


def test_a_ledger_that_is_put_away_leaves_the_name_to_another_shop(
    ferry: Ferry, other: Server
) -> None:
    ferry.add_order()
    ferry("sync")
    ferry.configure(url=other.url)

    away = ferry("rename", "bolt", "bolt-old")
    synced = ferry("sync")
    back = ferry("rename", "bolt-old", "bolt")

    assert away.status == 0, told(away)
    assert synced.status == 0, told(synced)
    assert len(pushed(ferry)) == 2, "an order of either shop, which have one id"
    assert back.status == 2
    assert "has orders of its own" in told(back)
