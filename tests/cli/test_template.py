"""A written configuration: what it says is what was decided; everything else is the default."""

from __future__ import annotations

import re
import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.woocommerce.settings import WooCommerceSettings
from orderferry.config import load
from orderferry.template import main_file, merchant_tables, toml

SHOP = {
    "url": "https://bolt.example.com",
    "consumer_key": "env:KEY",
    "consumer_secret": "env:SECRET",
}
ATLAST = {"client_id": "env:ID", "client_secret": "env:SECRET"}
ENVIRON = {"KEY": "ck_1", "SECRET": "cs_1", "ID": "id", "NAME": "sixteen-and-more"}

VALUES = st.recursive(
    st.text() | st.integers() | st.booleans(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
)


def whole(**general: str) -> str:
    general = {"platform": "woocommerce"} | general
    return main_file(
        ATLAST, merchant_tables("bolt", general, "woocommerce", WooCommerceSettings, SHOP)
    )


def test_a_new_configuration_loads_and_holds_what_was_decided(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text(whole(merchant_id="m-1"))

    config = load(path, ENVIRON)

    assert config.merchants["bolt"].where == "https://bolt.example.com"
    assert config.merchants["bolt"].policy.merchant_id == "m-1"


def test_what_is_commented_out_are_the_defaults(tmp_path: Path) -> None:
    plain, spelled = tmp_path / "plain.toml", tmp_path / "spelled.toml"
    text = whole()
    plain.write_text(text)
    spelled.write_text(re.sub(r"^# (\w+ = )", r"\1", text, flags=re.MULTILINE))

    assert text != spelled.read_text()
    one, other = load(plain, ENVIRON), load(spelled, ENVIRON)
    # a secret has no default; what is shown is an example
    assert one.daemon == other.daemon.model_copy(update={"status_token": None})
    # the label alone follows what is written (docs/adr/0005)
    assert replace(one.merchants["bolt"], account="") == replace(
        other.merchants["bolt"], account=""
    )


def test_every_line_fits_a_terminal_wide_enough_to_edit_in() -> None:
    assert max(map(len, whole().splitlines())) <= 90


@given(value=VALUES)
@settings(deadline=None)
def test_every_value_comes_back_from_toml(value: Any) -> None:
    assert tomllib.loads(f"value = {toml(value)}")["value"] == value
