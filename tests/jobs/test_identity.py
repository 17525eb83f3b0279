"""When a merchant is not read: it is not the shop that its ledger is about."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from orderferry.config import Merchant, load
from orderferry.identity import Known, objection
from state import Shop

BOLT, CORNER = (Shop("woocommerce", f"{name}.example.com") for name in ("bolt", "corner"))


def merchants(folder: Path, **tables: tuple[str, bool]) -> Mapping[str, Merchant]:
    """Merchants by name, from the host of each one's shop and whether it is enabled."""
    path = folder / "config.toml"
    path.write_text(
        '[atlast]\nclient_id = "env:ID"\nclient_secret = "env:KEY"\n'
        + "".join(
            f"""
[merchants.{name}]
platform = "woocommerce"
merchant_id = "m-{name}"
enabled = {str(enabled).lower()}
[merchants.{name}.woocommerce]
url = "https://www.{host}.example.com"
consumer_key = "env:KEY"
consumer_secret = "env:KEY"
"""
            for name, (host, enabled) in tables.items()
        )
    )
    return load(path, {}, secrets=False).merchants


def known(begun: str = "", **shops: Shop) -> Known:
    return Known(shops, frozenset(begun.split()))


@pytest.mark.parametrize(
    "state",
    [
        pytest.param(known(), id="a new state file"),
        pytest.param(known("bolt"), id="a file from before shops were noted"),
        pytest.param(known("bolt", bolt=BOLT), id="the same shop"),
        pytest.param(known(bolt=CORNER), id="another address, but nothing was read there"),
        pytest.param(known(elsewhere=BOLT), id="another name, but nothing was read under it"),
        pytest.param(known("corner", corner=CORNER), id="another merchant's shop"),
        pytest.param(
            known("bolt old", bolt=BOLT, old=BOLT), id="both names have ledgers of their own"
        ),
    ],
)
def test_what_loses_and_doubles_nothing_is_read(tmp_path: Path, state: Known) -> None:
    tables = merchants(tmp_path, bolt=("bolt", True))

    assert objection(tables["bolt"], tables, state) is None


def test_a_name_that_was_given_to_another_shop_is_not_read(tmp_path: Path) -> None:
    tables = merchants(tmp_path, bolt=("bolt", True))

    why = objection(tables["bolt"], tables, known("bolt", bolt=CORNER))

    assert why is not None
    assert why.found == (
        "The table of bolt names the shop bolt.example.com, but its ledger is about"
        " corner.example.com: nothing is read or sent."
    )
    assert "orderferry adopt bolt" in why.remedy


def test_a_shop_that_changed_its_platform_is_told_with_both(tmp_path: Path) -> None:
    tables = merchants(tmp_path, bolt=("bolt", True))
    was = Shop("shopify", "bolt.myshopify.com")

    why = objection(tables["bolt"], tables, known("bolt", bolt=was))

    assert why is not None
    assert "names the shop bolt.example.com (woocommerce)" in why.found
    assert "about bolt.myshopify.com (shopify)" in why.found


@pytest.mark.parametrize(
    "tables",
    [
        pytest.param({"fresh": ("bolt", True)}, id="the old table is gone"),
        pytest.param({"fresh": ("bolt", True), "old": ("bolt", False)}, id="it is disabled"),
        pytest.param({"fresh": ("bolt", True), "old": ("corner", True)}, id="it is another shop's"),
    ],
)
def test_a_shop_under_a_new_name_is_not_read(
    tmp_path: Path, tables: dict[str, tuple[str, bool]]
) -> None:
    found = merchants(tmp_path, **tables)

    why = objection(found["fresh"], found, known("old", old=BOLT))

    assert why is not None
    assert why.found == (
        "The shop bolt.example.com is known as old: under the name fresh, all of the last 60d would"
        " be sent again."
    )
    assert why.remedy.endswith("orderferry rename old fresh")


def test_two_tables_beside_each_other_may_read_one_shop(tmp_path: Path) -> None:
    """Both are named in one configuration: that is meant, and `check` says what it means."""
    found = merchants(tmp_path, bolt=("bolt", True), twin=("bolt", True))

    assert objection(found["twin"], found, known("bolt", bolt=BOLT)) is None
