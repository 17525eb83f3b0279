"""A pair of tokens, and its form in the vault."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import datetime

from pydantic import AwareDatetime, BaseModel, ValidationError


@dataclass(frozen=True, slots=True)
class Tokens:
    """An access token, and what the next one is asked with."""

    access: str = field(repr=False)
    refresh: str = field(repr=False)
    """Empty with client credentials, which need none."""
    issued_at: datetime
    expires_at: datetime | None
    """None if Shopify did not say."""
    mark: str
    """Which refresh token of the settings the pair stems from; see `seed_mark`."""


class _Stored(BaseModel):
    access: str
    refresh: str
    issued_at: AwareDatetime
    expires_at: AwareDatetime | None
    mark: str


def seed_mark(shop: str, client_id: str, refresh_token: str) -> str:
    """
    Returns what tells one refresh token of the settings from another, without telling it.

    While it stays the same, the vault's pair is newer than the settings; a
    changed one means that the operator authorised the app anew.
    """
    return hashlib.sha256(f"{shop}\n{client_id}\n{refresh_token}".encode()).hexdigest()


def dump(tokens: Tokens) -> str:
    """Returns the pair as text for the vault."""
    return _Stored(
        access=tokens.access,
        refresh=tokens.refresh,
        issued_at=tokens.issued_at,
        expires_at=tokens.expires_at,
        mark=tokens.mark,
    ).model_dump_json()


def load(text: str) -> Tokens | None:
    """Returns the pair from the vault's text, None if it is not one."""
    try:
        stored = _Stored.model_validate_json(text)
    except ValidationError:
        return None
    return Tokens(stored.access, stored.refresh, stored.issued_at, stored.expires_at, stored.mark)
