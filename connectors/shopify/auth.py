"""
How requests to a shop prove who sends them: three kinds of credentials.

- a static access token, of an app made in the shop's admin;
- client credentials: a token for a day, asked for anew before it ends;
- a refresh token: each use yields an access token for an hour and the next
  refresh token. The new pair is durable in the vault before it is used; until
  then the old one stays valid (Shopify, since 2026-08-28).
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Final, Protocol

from pydantic import SecretStr

from connectors.base import Surroundings, Vault
from connectors.errors import Contract, Transient
from connectors.shopify.grants import Grant, Grants
from connectors.shopify.settings import ShopifySettings
from connectors.shopify.tokens import Tokens, dump, load, seed_mark

VAULT_NAME: Final = "shopify tokens"

RENEWAL_REMEDY: Final = (
    "It is tried again by itself; if it lasts, authorise the app in the shop again and put its new"
    " refresh token in place."
)

_SPENT: Final = 0.75  # of a token's life; then it is renewed
_LOCKS: Final[dict[str, threading.Lock]] = {}
_LOCKS_GUARD: Final = threading.Lock()


class Access(Protocol):
    """Gives the access token for the next request."""

    remedy: str
    """What the operator does when the shop refuses the token for good."""

    tokens: Tokens | None
    """What is renewed from time to time; None before the first use, and where nothing is."""

    def token(self) -> str:
        """Returns a token that should be valid; raises ConnectorError if none can be had."""
        ...

    def renew(self, refused: str) -> bool:
        """Returns whether there is now another token than the one the shop refused."""
        ...


class StaticToken:
    """The token from the settings, as long as it works."""

    remedy = (
        "Set access_token to the Admin API access token (shpat_...) that the shop shows under"
        " Settings > Apps > Develop apps, and check that the app is still installed."
    )

    tokens: Tokens | None = None

    def __init__(self, token: SecretStr) -> None:
        self._token = token.get_secret_value().strip()

    def token(self) -> str:
        """Returns the token."""
        return self._token

    def renew(self, refused: str) -> bool:
        """Returns False: there is no other."""
        del refused
        return False


class ClientCredentials:
    """A token for a day, kept in memory only."""

    remedy = (
        "Check in the Dev Dashboard that the app is installed in this shop, and that the shop"
        " belongs to the app's own organisation."
    )

    def __init__(self, grants: Grants, now: Callable[[], datetime]) -> None:
        self._grants = grants
        self._now = now
        self.tokens: Tokens | None = None

    def token(self) -> str:
        """Returns a token with at least a quarter of its life before it."""
        if self.tokens is None:
            return self._ask().access
        if is_spent(self.tokens, self._now()):
            with _outage_is_bridged(self.tokens, self._now()):
                self._ask()
        return self.tokens.access

    def renew(self, refused: str) -> bool:
        """Asks for another token; True if it is another."""
        return self._ask().access != refused

    def _ask(self) -> Tokens:
        self.tokens = _tokens(self._grants.by_client(), "", "", self._now())
        return self.tokens


class RefreshToken:
    """A pair of tokens that is renewed every hour, by one process at a time."""

    remedy = "Authorise the app in the shop again, and put its new refresh token in place."

    def __init__(
        self, grants: Grants, settings: ShopifySettings, surroundings: Surroundings
    ) -> None:
        seed = "" if settings.refresh_token is None else settings.refresh_token.get_secret_value()
        client = "" if settings.client_id is None else settings.client_id.get_secret_value()
        self._grants = grants
        self._now = surroundings.now
        self._vault = surroundings.vault
        self._seed = seed.strip()
        self._mark = seed_mark(settings.shop, client.strip(), self._seed)
        self.tokens: Tokens | None = None

    def token(self) -> str:
        """Returns a token with at least a quarter of its life before it."""
        if self.tokens is None:
            self.tokens = self._stored()
        if self.tokens is None:
            return self._refresh("").access
        if is_spent(self.tokens, self._now()):
            with _outage_is_bridged(self.tokens, self._now()):
                self._refresh(self.tokens.access)
        return self.tokens.access

    def renew(self, refused: str) -> bool:
        """Takes the pair that another process stored, or refreshes; True if it is another."""
        return self._refresh(refused).access != refused

    def _refresh(self, outworn: str) -> Tokens:
        with self._alone() as vault:
            stored = self._stored()
            if stored is not None and stored.access != outworn:
                self.tokens = stored  # another thread or process was faster
                if not is_spent(stored, self._now()):
                    return stored
            refresh = self._seed if stored is None else stored.refresh
            grant = self._grants.by_refresh_token(refresh)
            fresh = _tokens(grant, self._mark, refresh, self._now())
            vault.put(VAULT_NAME, dump(fresh))  # durable first: it may be the only valid one soon
            self.tokens = fresh
            return fresh

    def _stored(self) -> Tokens | None:
        """Returns the pair in the vault, None if it stems from another refresh token."""
        text = None if self._vault is None else self._vault.get(VAULT_NAME)
        tokens = None if text is None else load(text)
        return tokens if tokens is not None and tokens.mark == self._mark else None

    @contextmanager
    def _alone(self) -> Iterator[Vault]:
        if self._vault is None:
            raise Contract(
                "The rotating tokens of this shop have no place to be kept.",
                "Open the connector with a vault, or use client credentials.",
            )
        with _LOCKS_GUARD:
            lock = _LOCKS.setdefault(self._mark, threading.Lock())
        with lock, self._vault.lock(VAULT_NAME):
            yield self._vault


def make_access(settings: ShopifySettings, surroundings: Surroundings, grants: Grants) -> Access:
    """Returns the access that the settings name."""
    if settings.access_token is not None:
        return StaticToken(settings.access_token)
    if settings.refresh_token is not None:
        return RefreshToken(grants, settings, surroundings)
    return ClientCredentials(grants, surroundings.now)


def _tokens(grant: Grant, mark: str, refresh: str, now: datetime) -> Tokens:
    return Tokens(
        access=grant.access_token,
        # an answer without a new one leaves the old one valid
        refresh=grant.refresh_token or refresh,
        issued_at=now,
        # without a life told, the token is used until it is refused
        expires_at=now + timedelta(seconds=grant.expires_in) if grant.expires_in else None,
        mark=mark,
    )


@contextmanager
def _outage_is_bridged(tokens: Tokens, now: datetime) -> Iterator[None]:
    """Lets a token that is due for renewal go on to its end while no other can be had."""
    try:
        yield
    except Transient:
        if tokens.expires_at is None or now >= tokens.expires_at:
            raise


def is_spent(tokens: Tokens, now: datetime) -> bool:
    """Returns whether the access token is due for renewal."""
    if tokens.expires_at is None:
        return False
    return now >= tokens.issued_at + _SPENT * (tokens.expires_at - tokens.issued_at)
