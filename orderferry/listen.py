"""An address to listen on, as written in the configuration; pure."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass

_FORM = re.compile(r"(?:\[(?P<six>[0-9A-Fa-f:.]+)\]|(?P<host>[A-Za-z0-9.-]+)):(?P<port>\d{1,5})")
_LAST_PORT = 65_535


@dataclass(frozen=True, slots=True)
class Listen:
    """A host and a port; port 0 takes any that is free."""

    host: str
    port: int

    @property
    def loopback(self) -> bool:
        """Whether only this machine can reach it."""
        return is_loopback(self.host)

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def parse_listen(text: str) -> Listen:
    """
    Returns the address.

    >>> parse_listen("127.0.0.1:8321").loopback, parse_listen("[::]:8321").loopback
    (True, False)

    Raises:
        ValueError: The text is none; says what one looks like.

    """
    found = _FORM.fullmatch(text)
    if found is None or int(found["port"]) > _LAST_PORT:
        raise ValueError('is not an address to listen on; write it like "127.0.0.1:8321"')
    if found["six"] and address(found["six"]) is None:
        raise ValueError('is not an address to listen on; write it like "[::1]:8321"')
    return Listen(found["six"] or found["host"].lower(), int(found["port"]))


def is_loopback(host: str) -> bool:
    """Returns whether the host is this machine alone, by name or by number."""
    number = address(host)
    return host == "localhost" if number is None else number.is_loopback


def address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """Returns the host as a number, None if it is a name."""
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None
