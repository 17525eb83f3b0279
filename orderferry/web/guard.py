"""
Who may see the page and act on it: hosts, sessions, the token, forms.

Sessions are signed cookies with a secret of this process: a restart signs
everybody out, and nothing is stored. Every comparison with a secret takes the
same time whatever was given.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from orderferry.listen import Listen, address, is_loopback

LASTS = timedelta(hours=12)
"""How long a session is good for."""


@dataclass(frozen=True, slots=True)
class Session:
    """One browser."""

    nonce: str
    signed_in: bool
    """It has given the token, or there is none to be given."""
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Guard:
    """The rules of one status page."""

    listen: Listen
    token: str = ""
    """"" = whoever reaches the page may see it; possible on loopback only."""
    url: str = ""
    """The address that people use, if it is another one than *listen*."""
    secret: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    ended: set[str] = field(default_factory=set)
    """Nonces of sessions that were signed out before their time."""

    @property
    def secure(self) -> bool:
        """Whether browsers reach the page over TLS."""
        return self.url.startswith("https://")

    def knows_host(self, host: str | None) -> bool:
        """
        Returns whether a request was meant for this page, by its Host header.

        A foreign name that leads here is an attack (DNS rebinding): its page
        would be of the same origin as ours. A number cannot be such a name.
        """
        name = _hostname(host)
        if name is None:
            return False
        if name in {self.listen.host, _hostname(urlsplit(self.url).netloc)}:
            return True
        return is_loopback(name) or (address(name) is not None and not self.listen.loopback)

    def same_origin(self, origin: str | None, fetch_site: str | None, host: str | None) -> bool:
        """Returns whether a form was sent by a page of ours, as far as the browser says."""
        if origin is not None:
            # a proxy may not pass on the Host that the browser sent
            return origin == self.url or _netloc(origin) == (host or "-").lower()
        return fetch_site in {None, "same-origin"}

    def token_fits(self, given: str) -> bool:
        """Returns whether this is the token."""
        return bool(self.token) and _equal(self.token, given)

    def begin(self, now: datetime, *, signed_in: bool) -> Session:
        """Returns a new session; without a token everybody is signed in."""
        return Session(secrets.token_hex(16), signed_in or not self.token, now + LASTS)

    def cookie(self, session: Session) -> str:
        """Returns what the browser keeps of the session."""
        told = _told(session)
        return f"{told}.{self._sign('session', told)}"

    def session(self, cookie: str | None, now: datetime) -> Session | None:
        """Returns the session behind a cookie, None if there is none, or not any more."""
        told, _, signature = (cookie or "").rpartition(".")
        if not told or not _equal(self._sign("session", told), signature):
            return None
        nonce, signed_in, expires = told.split(".")
        session = Session(nonce, signed_in == "1", datetime.fromtimestamp(int(expires), now.tzinfo))
        return session if now < session.expires_at and nonce not in self.ended else None

    def end(self, session: Session) -> None:
        """Makes the session's cookie worthless."""
        self.ended.add(session.nonce)

    def form_token(self, session: Session) -> str:
        """Returns what each form of this session holds, and no other page can know."""
        return self._sign("form", _told(session))

    def form_fits(self, session: Session, given: str) -> bool:
        """Returns whether a form was made for this session."""
        return _equal(self.form_token(session), given)

    def _sign(self, purpose: str, text: str) -> str:
        message = f"{purpose}:{text}".encode()
        return hmac.new(self.secret, message, hashlib.sha256).hexdigest()


def _told(session: Session) -> str:
    return f"{session.nonce}.{int(session.signed_in)}.{int(session.expires_at.timestamp())}"


def _equal(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(), other.encode("utf-8", "surrogateescape"))


def _netloc(origin: str) -> str | None:
    """Returns host and port of an Origin header in lower case, None if it is none."""
    try:
        return urlsplit(origin).netloc.lower()
    except ValueError:  # half an IPv6 address, say
        return None


def _hostname(host: str | None) -> str | None:
    """Returns the host of a Host header in lower case, without its port."""
    if not host:
        return None
    try:
        return urlsplit(f"//{host}").hostname
    except ValueError:
        return None
