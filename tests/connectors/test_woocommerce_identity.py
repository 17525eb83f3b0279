"""What tells one WooCommerce shop from another, however its address is written."""

from __future__ import annotations

from pathlib import Path

import pytest

from connectors.settings import SecretSource
from connectors.woocommerce import PLATFORM, WooCommerceSettings


def identity(url: str) -> str:
    keys = {"consumer_key": "env:KEY", "consumer_secret": "env:KEY"}
    secrets = SecretSource({"KEY": "made-up"}, Path())
    settings = WooCommerceSettings.model_validate({"url": url, **keys}, context=secrets)
    return PLATFORM.identity(settings)


@pytest.mark.parametrize(
    "url",
    [
        pytest.param("https://bolt.example.com", id="plain"),
        pytest.param("http://bolt.example.com", id="without TLS"),
        pytest.param("bolt.example.com", id="no scheme"),
        pytest.param("https://www.bolt.example.com/", id="www and a slash"),
        pytest.param("https://BOLT.Example.com:443", id="capitals and the usual port"),
        pytest.param("http://bolt.example.com:80/wp-admin/", id="the usual port of http"),
        pytest.param("https://bolt.example.com./wp-json/wc/v3", id="a root dot and the interface"),
    ],
)
def test_one_shop_is_the_same_however_its_address_is_written(url: str) -> None:
    assert identity(url) == "bolt.example.com"


@pytest.mark.parametrize(
    ("url", "what"),
    [
        pytest.param("https://bolt.example.com/de", "bolt.example.com/de", id="path"),
        pytest.param("https://bolt.example.com/DE/", "bolt.example.com/DE", id="case of a path"),
        pytest.param("https://de.bolt.example.com", "de.bolt.example.com", id="host"),
        pytest.param("https://bolt.example.com:8443", "bolt.example.com:8443", id="port"),
        pytest.param("http://bolt.example.com:443", "bolt.example.com:443", id="port of the other"),
        pytest.param("http://[::1]:8080/shop", "[::1]:8080/shop", id="IPv6"),
        pytest.param("https://bücher.example.com", "xn--bcher-kva.example.com", id="umlaut"),
        pytest.param("https://www2.example.com", "www2.example.com", id="not www"),
    ],
)
def test_what_differs_is_another_shop(url: str, what: str) -> None:
    assert identity(url) == what


def test_a_name_in_other_letters_is_the_name_it_resolves_to() -> None:
    assert identity("https://xn--bcher-kva.example.com") == identity("https://bücher.example.com")
