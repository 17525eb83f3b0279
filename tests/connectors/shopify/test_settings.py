"""What a person may write into [merchants.NAME.shopify]."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from connectors import SecretSource
from connectors.shopify import PLATFORM, ShopifySettings

ENV = {
    "TOKEN": "shpat_test0123456789",
    "ID": "client-id",
    "SECRET": "shpss_test0123456789",
    "REFRESH": "shprt_test0123456789",
}


def read(tmp_path: Any, **table: Any) -> ShopifySettings:
    source = SecretSource(ENV, tmp_path)
    return ShopifySettings.model_validate({"shop": "acme", **table}, context=source)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("acme", id="its name"),
        pytest.param("acme.myshopify.com", id="its domain"),
        pytest.param(" ACME.myshopify.com ", id="blanks and capitals"),
        pytest.param("https://acme.myshopify.com/admin/orders?x=1", id="an address in the admin"),
        pytest.param("https://admin.shopify.com/store/acme", id="the new admin"),
        pytest.param("admin.shopify.com/store/acme/orders?selectedView=all", id="a page there"),
    ],
)
def test_any_form_of_the_shop_is_understood(tmp_path: Any, text: str) -> None:
    assert read(tmp_path, shop=text, access_token="env:TOKEN").shop == "acme.myshopify.com"


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("acme.example", id="the shop window"),
        pytest.param("acme.myshopify.com.evil.example", id="a domain that only begins like one"),
        pytest.param("", id="nothing"),
    ],
)
def test_what_is_no_shopify_shop_is_refused_with_the_form_to_write(
    tmp_path: Any, text: str
) -> None:
    with pytest.raises(ValidationError, match=r"acme\.myshopify\.com"):
        read(tmp_path, shop=text, access_token="env:TOKEN")


TOKEN = {"access_token": "env:TOKEN"}
APP = {"client_id": "env:ID", "client_secret": "env:SECRET"}
REFRESH = {"refresh_token": "env:REFRESH"}


@pytest.mark.parametrize("table", [TOKEN, APP, APP | REFRESH], ids=["token", "app", "refresh"])
def test_each_way_to_log_in_is_enough(tmp_path: Any, table: dict[str, str]) -> None:
    assert read(tmp_path, **table).shop == "acme.myshopify.com"


@pytest.mark.parametrize(
    "table",
    [
        pytest.param({}, id="nothing"),
        pytest.param({"client_id": "env:ID"}, id="half an app"),
        pytest.param(TOKEN | APP, id="two ways"),
        pytest.param(REFRESH, id="a refresh token without its app"),
        pytest.param(TOKEN | REFRESH, id="a refresh token beside a token"),
        pytest.param(TOKEN | {"client_secret": "env:SECRET"}, id="a token and half an app"),
    ],
)
def test_exactly_one_way_to_log_in_is_wanted(tmp_path: Any, table: dict[str, str]) -> None:
    with pytest.raises(ValidationError, match="needs one way to log in: access_token; or"):
        read(tmp_path, **table)


def test_the_apps_secret_in_the_tokens_place_is_noticed(tmp_path: Any) -> None:
    with pytest.raises(ValidationError, match="API secret key") as caught:
        read(tmp_path, access_token="env:SECRET")

    assert ENV["SECRET"] not in str(caught.value)


@pytest.mark.parametrize("version", ["2026-04", "2025-10", "2026-11", "latest", "2026"])
def test_versions_that_cannot_work_are_refused(tmp_path: Any, version: str) -> None:
    with pytest.raises(ValidationError, match=r'write "2026-07" or a later quarter'):
        read(tmp_path, **TOKEN, api_version=version)


@pytest.mark.parametrize("version", ["2026-07", "2026-10", "2027-01", "unstable"])
def test_versions_with_all_fields_are_taken(tmp_path: Any, version: str) -> None:
    assert read(tmp_path, **TOKEN, api_version=version).api_version == version


@pytest.mark.parametrize("url", ["https://proxy.example", "http://10.0.0.1", "http://evil.example"])
def test_the_token_goes_to_no_other_machine(tmp_path: Any, url: str) -> None:
    with pytest.raises(ValidationError, match="simulators on this machine only"):
        read(tmp_path, **TOKEN, base_url=url)


def test_references_need_no_source_to_be_checked() -> None:
    table = {"shop": "acme", "access_token": "env:NOWHERE"}

    assert ShopifySettings.model_validate(table).shop == "acme.myshopify.com"


def test_platform_shows_where_the_shop_is_and_wants_a_vault(tmp_path: Any) -> None:
    assert PLATFORM.where(read(tmp_path, **TOKEN)) == "acme.myshopify.com"
    assert PLATFORM.keeps
