"""Connections, lists and ids inside a Shopify order."""

from __future__ import annotations

import re
from collections.abc import Mapping

from mapping.raw import Raw, Unmappable, as_object, as_text

_GLOBAL_ID = re.compile(r"gid://shopify/[A-Za-z]+/([0-9]+)(\?.*)?")


def entries(source: Raw, key: str, path: str) -> tuple[Raw, ...]:
    """
    Returns the members of the list under *key*.

    Raises Unmappable if there is no list, or something else than objects in
    it: a line, a discount or a parcel must not get lost unseen.
    """
    members = source.get(key)
    if not isinstance(members, list | tuple):
        raise Unmappable(f"{path}{key}", "was not read; read the order again.")
    if not all(isinstance(member, Mapping) for member in members):
        raise Unmappable(f"{path}{key}", "holds gaps; read the order again.")
    return tuple(members)


def nodes(source: Raw, key: str, path: str) -> tuple[Raw, ...]:
    """Returns the members of the connection under *key*, which is {"nodes": [...]}."""
    return entries(as_object(source.get(key)), "nodes", f"{path}{key}.")


def legacy_id(value: object) -> str:
    """Returns the number at the end of a global id: "gid://shopify/LineItem/7" is "7"."""
    text = as_text(value)
    match = _GLOBAL_ID.fullmatch(text)
    return match[1] if match else text
