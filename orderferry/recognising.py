"""
Recognising orders that were read before, so that they need not be mapped again.

An outcome is a function of the order, of what was fetched besides, of the shop,
of the merchant's decisions, of the mapping's code and of the time. The digest is
of all but the time; the state knows for which rows the time decides as well.
Every poll reads an overlap again, and a digest costs a twentieth of a mapping.
"""

from __future__ import annotations

import dataclasses
import hashlib
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from pydantic_core import PydanticSerializationError, to_json

from connectors.base import RawOrder, ShopProfile
from mapping.outcome import Mapper
from orderferry.config import Merchant

_SIZE = 16  # bytes; a collision would hide one change of one order: 2^-128


@dataclasses.dataclass(frozen=True, slots=True)
class Recogniser:
    """Tells whether the same is read again, for one merchant as it is configured now."""

    surroundings: bytes
    """Digest of all that decides beside the order itself."""

    @classmethod
    def of(cls, merchant: Merchant, shop: ShopProfile, mapper: Mapper) -> Recogniser:
        """Returns the recogniser of a merchant whose orders go through this mapper."""
        decides = (
            dataclasses.replace(shop, features=frozenset()),
            sorted(shop.features),
            merchant.settings.model_dump(mode="json"),
            merchant.policy,
            merchant.resend_on_change,
            code_of(getattr(mapper, "__module__", type(mapper).__module__)),
        )
        return cls(hashlib.blake2b(to_json(decides), digest_size=_SIZE).digest())

    def source(self, raw: RawOrder) -> bytes | None:
        """Returns the digest of all that decides about the order; None if it cannot be had."""
        try:
            order = to_json(raw.order) if raw.text is None else raw.text
            beside = to_json((raw.related, raw.modified_at))
        except (PydanticSerializationError, ValueError):  # half an emoji: not UTF-8
            return None
        digest = hashlib.blake2b(order, digest_size=_SIZE, key=self.surroundings)
        digest.update(beside)
        return digest.digest()


@cache
def code_of(module: str) -> str:
    """
    Returns a digest of the Python files of the package that a module belongs to.

    A version number would do, if nobody ever forgot to raise it; the files take
    some milliseconds, once per process.
    """
    package = module.partition(".")[0]
    digest = hashlib.blake2b(package.encode(), digest_size=_SIZE)
    for source in _sources(package):
        digest.update(source.read_bytes())
    return digest.hexdigest()


def _sources(package: str) -> list[Path]:
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        return []
    if spec.submodule_search_locations is None:
        return [Path(spec.origin)]
    folders = map(Path, spec.submodule_search_locations)
    return sorted(path for folder in folders for path in folder.rglob("*.py"))
