"""
Reads shops, one connector for each platform.

This is the public interface for authors of connectors: a distribution brings a
`Platform` under an entry point of the group "orderferry.connectors", and
`connectors.conformance` checks what it brings.
"""

from connectors.base import (
    Cause,
    CheckResult,
    Connector,
    OrderStamp,
    Page,
    Platform,
    RawOrder,
    ShopProfile,
    Surroundings,
    Unreadable,
    Vault,
    Verdict,
    Window,
)
from connectors.errors import ConnectorError, Contract, Credentials, Transient
from connectors.settings import CaBundle, Duration, Secret, SecretSource, Settings

__all__ = [
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
