"""Platforms are found by name, among those that are installed."""

from __future__ import annotations

from importlib.metadata import EntryPoint, EntryPoints

import pytest

import connectors
from connectors import registry
from connectors.woocommerce import PLATFORM

GROUP = "orderferry.connectors"


def among(**entries: str) -> EntryPoints:
    return EntryPoints(EntryPoint(name, value, GROUP) for name, value in entries.items())


def test_the_installed_platform_is_found() -> None:
    assert registry.find("woocommerce") is PLATFORM
    assert registry.installed()["woocommerce"] is PLATFORM


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        pytest.param(
            "woocomerce",
            "has no installed connector (installed: other, woocommerce; did you mean woocommerce?)",
            id="a slip of the pen",
        ),
        pytest.param(
            "magento", "has no installed connector (installed: other, woocommerce).", id="unknown"
        ),
        pytest.param("other", "is installed, but cannot be loaded (ModuleNotFoundError:", id="bad"),
    ],
)
def test_a_platform_that_cannot_be_had_says_what_to_do(name: str, sentence: str) -> None:
    known = among(woocommerce="connectors.woocommerce:PLATFORM", other="no_such_package:PLATFORM")

    with pytest.raises(LookupError) as caught:
        registry.find(name, known)

    assert str(caught.value).startswith(sentence)
    assert "nstall" in str(caught.value).partition(")")[2]


def test_an_entry_point_to_something_else_is_refused() -> None:
    with pytest.raises(LookupError, match="is no Platform"):
        registry.find("other", among(other="connectors.woocommerce:WooCommerceSettings"))


def test_nothing_installed_is_said_so() -> None:
    with pytest.raises(LookupError, match=r"\(installed: none\)"):
        registry.find("woocommerce", among())


def test_the_public_interface_is_this() -> None:
    assert connectors.__all__ == [
        "CaBundle",
        "Cause",
        "CheckResult",
        "Connector",
        "ConnectorError",
        "Contract",
        "Credentials",
        "Duration",
        "OrderStamp",
        "Page",
        "Platform",
        "RawOrder",
        "Secret",
        "SecretSource",
        "Settings",
        "ShopProfile",
        "Surroundings",
        "Transient",
        "Unreadable",
        "Vault",
        "Verdict",
        "Window",
    ]
    assert all(hasattr(connectors, name) for name in connectors.__all__)


def test_the_platform_names_its_shop_without_secrets() -> None:
    settings = PLATFORM.settings.model_validate(
        {
            "url": "shop.example/wp-admin/",
            "consumer_key": "env:KEY",
            "consumer_secret": "env:SECRET",
        }
    )

    assert PLATFORM.where(settings) == "https://shop.example"
