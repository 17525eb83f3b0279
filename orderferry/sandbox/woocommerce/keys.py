"""Consumer keys, and how WooCommerce 11.0.1 was measured to check them."""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal
from urllib.parse import quote, unquote

from orderferry.sandbox.woocommerce.php_query import PhpQuery, flat
from orderferry.sandbox.woocommerce.rest import RestError

Permissions = Literal["read", "write", "read_write"]
Role = Literal["administrator", "shop_manager", "customer"]

_OAUTH = (
    "oauth_consumer_key",
    "oauth_timestamp",
    "oauth_nonce",
    "oauth_signature",
    "oauth_signature_method",
)
_HASHES = {"HMAC-SHA1": "sha1", "HMAC-SHA256": "sha256"}
_WINDOW_SECONDS = 15 * 60


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A pair from WooCommerce > Settings > Advanced > REST API and its owner's role."""

    key: str
    secret: str
    permissions: Permissions = "read"
    role: Role = "administrator"

    @property
    def staff(self) -> bool:
        """Whether the owner may read orders and settings at all."""
        return self.role != "customer"


@dataclass(frozen=True, slots=True)
class Attempt:
    """What a request shows of itself to the key check."""

    method: str
    url: str
    """As the shop knows it: scheme://host:port and path, without the query."""
    query: PhpQuery
    authorization: str
    https: bool
    at: datetime
    """The shop's clock."""


class Keyring:
    """The keys of one shop and the nonces they have used."""

    def __init__(self, keys: tuple[ApiKey, ...]) -> None:
        self.keys = keys
        self._nonces: dict[str, dict[int, str]] = {}

    def revoke(self, key: str) -> None:
        """Removes a key, as its owner can at any time."""
        self.keys = tuple(known for known in self.keys if known.key != key)

    def grant(self, key: ApiKey) -> None:
        """Adds a key, or replaces the one of the same name."""
        self.revoke(key.key)
        self.keys += (key,)

    def limit(self, key: str, permissions: Permissions) -> None:
        """Changes what a key may do."""
        self.keys = tuple(
            replace(known, permissions=permissions) if known.key == key else known
            for known in self.keys
        )

    def authenticate(self, attempt: Attempt) -> ApiKey | None:
        """
        Returns whose request it is, None if it shows no key that counts.

        An unknown key over HTTPS is nobody, and so is any key in a Basic header
        over plain HTTP: both end as "cannot view" later, like no key at all.

        Raises:
            RestError: A known key with a wrong secret, or a bad OAuth signature.

        """
        known = self._shown(attempt) if attempt.https else None
        return known or self._signed(attempt)

    def _shown(self, attempt: Attempt) -> ApiKey | None:
        key, secret = attempt.query.get("consumer_key"), attempt.query.get("consumer_secret")
        if not (isinstance(key, str) and isinstance(secret, str) and key and secret):
            key, secret = _basic(attempt.authorization)
        known = self._known(key) if key and secret else None
        if known is not None and known.secret != secret:
            raise _refused("Consumer secret is invalid.")
        return known

    def _signed(self, attempt: Attempt) -> ApiKey | None:
        given = {name: attempt.query[name] for name in _OAUTH if name in attempt.query}
        if not given:
            return None
        missing = [name for name in _OAUTH if name not in given]
        if missing:
            raise RestError(
                401,
                "woocommerce_rest_authentication_missing_parameter",
                f"Missing OAuth parameters {', '.join(missing)}",
                allowed=False,
            )
        known = self._known(str(given["oauth_consumer_key"]))
        if known is None:
            raise _refused("Consumer key is invalid.")
        self._verify(attempt, known)
        self._use_once(known, str(given["oauth_timestamp"]), str(given["oauth_nonce"]), attempt.at)
        return known

    def _verify(self, attempt: Attempt, known: ApiKey) -> None:
        algorithm = _HASHES.get(str(attempt.query["oauth_signature_method"]))
        if algorithm is None:
            raise _refused("Invalid signature - signature method is invalid.")
        shown = unquote(str(attempt.query["oauth_signature"]).replace(" ", "+"))
        text = base_string(attempt.method, attempt.url, attempt.query)
        if not hmac.compare_digest(shown.encode(), sign(text, known.secret, algorithm).encode()):
            raise _refused("Invalid signature - provided signature does not match.")

    def _use_once(self, known: ApiKey, timestamp: str, nonce: str, at: datetime) -> None:
        now = int(at.timestamp())
        when = int(timestamp) if timestamp.isdigit() else 0
        if abs(now - when) > _WINDOW_SECONDS:
            raise _refused("Invalid timestamp.")
        used = self._nonces.setdefault(known.key, {})
        if nonce in used.values():
            raise _refused("Invalid nonce - nonce has already been used.")
        # one row per key, one nonce per second, as WooCommerce keeps them
        used[when] = nonce
        for old in [second for second in used if second < now - _WINDOW_SECONDS]:
            del used[old]

    def _known(self, key: str) -> ApiKey | None:
        # WooCommerce trims the key (measured: a trailing blank was accepted), not the secret
        return next((known for known in self.keys if known.key == key.strip()), None)


def check_permissions(known: ApiKey, method: str) -> None:
    """Raises the 401 for a key that may not read, or not write."""
    need = "read" if method in {"GET", "HEAD"} else "write"
    if need not in known.permissions.split("_"):
        raise _refused(f"The API key provided does not have {need} permissions.")


def base_string(method: str, url: str, query: Mapping[str, str | dict[str, str]]) -> str:
    """Returns the text that OAuth 1.0a signs; arrays are spelled `status[0]`, as PHP has them."""
    names = sorted(name for name in query if name != "oauth_signature")
    pairs = flat({name: query[name] for name in names})
    # each name and value is encoded once for itself and the whole once more
    text = "&".join(f"{_encode(name)}={_encode(value)}" for name, value in pairs)
    return "&".join((method.upper(), _encode(url), _encode(text)))


def sign(text: str, secret: str, algorithm: str) -> str:
    """Returns the signature of a base string, in base 64."""
    digest = hmac.new(f"{secret}&".encode(), text.encode(), algorithm).digest()
    return base64.b64encode(digest).decode()


def _encode(text: str) -> str:
    return quote(text, safe="~")


def _basic(authorization: str) -> tuple[str, str]:
    scheme, _, coded = authorization.partition(" ")
    if scheme.lower() != "basic":
        return "", ""
    try:
        key, _, secret = base64.b64decode(coded.strip(), validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return key, secret


def _refused(message: str) -> RestError:
    return RestError(401, "woocommerce_rest_authentication_error", message, allowed=False)
