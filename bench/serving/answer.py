"""What a shop of this server is asked, and what it answers."""

from __future__ import annotations

import gzip
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """A request to one shop."""

    method: str
    path: str
    """Below the shop's own folder, with a leading slash."""
    query: Mapping[str, str]
    headers: Mapping[str, str]
    """Names in lower case."""
    body: bytes
    url: str
    """The shop's own folder as the client wrote it, without a trailing slash."""


@dataclass(frozen=True)
class Body:
    """A body, compressed at most once."""

    plain: bytes

    @cached_property
    def gzipped(self) -> bytes:
        """The same, as a web server compresses it."""
        return gzip.compress(self.plain, compresslevel=6, mtime=0)


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer; `points` is what a query asks of the bucket."""

    body: Body
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    points: int = 0
