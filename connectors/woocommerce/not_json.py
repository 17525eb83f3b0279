"""What stands where JSON should be: a page or a redirect, and what it says of the set-up."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from urllib.parse import SplitResult, urljoin, urlsplit

from connectors.errors import Contract

PERMALINKS: Final = "Turn on pretty permalinks: Settings > Permalinks, anything but Plain."

_PAGES: Final = (
    (
        ("sgcaptcha", "challenge-platform", "just a moment", "not a robot", "are human"),
        "a bot protection page answered instead of the shop",
        "Exempt /wp-json/ from the bot protection, or allow this machine's address there.",
    ),
    (
        ("wp-login", "loginform", "<title>log in"),
        "a login page answered instead of the REST interface",
        "Exempt /wp-json/ from the plugin that closes the site to visitors.",
    ),
    (
        ("coming soon", "coming-soon", "under construction"),
        "a coming-soon page answered instead of the REST interface",
        "Exempt /wp-json/ from the coming-soon plugin.",
    ),
)
"""Signs in lower case; hints for the operator, nothing depends on them."""

_LOOKED_AT: Final = 200_000  # bytes of a page that are searched for signs


def page_fault(status: int, headers: Mapping[str, str], body: bytes, where: str) -> Contract:
    """Returns the fault behind an answer of 200 or 202 that is a page."""
    # with plain permalinks the Link header points to ?rest_route= (recorded); other pages repeat
    # a visitor's query there, so it is looked at and never shown
    if "rest_route=" in headers.get("link", ""):
        found = "plain permalinks, so the home page answered instead of the REST interface"
        return Contract(f"{where} answered {status}: {found}.", PERMALINKS)
    text = body[:_LOOKED_AT].decode("utf-8", "replace").lower()
    for signs, found, remedy in _PAGES:
        if any(sign in text for sign in signs):
            return Contract(f"{where} answered {status}: {found}.", remedy)
    return Contract(
        f"{where} answered {status}: a page instead of JSON (plain permalinks, a login or a bot"
        " protection).",
        f"{PERMALINKS} If they are, open that address in a browser to see which page it is.",
    )


def redirect_fault(status: int, location: str, asked: str, folder: str) -> Contract:
    """
    Returns the fault behind a redirect; none is followed, because keys must not travel on.

    Args:
        status: 301, 302, 303, 307 or 308.
        location: The Location header; its query is not repeated.
        asked: The address that was asked, without its query.
        folder: Path of the shop's home page, "" at the root of the host.

    """
    source = urlsplit(asked)
    try:
        target = urlsplit(urljoin(asked, location))
        origin = _origin(target)
    except ValueError:
        target, origin = source, _origin(source)
    if "wp-login" in target.path or "/login" in target.path:
        return Contract(
            f"{asked} answered {status}: a redirect to a login page.",
            "Exempt /wp-json/ from the plugin that closes the site to visitors.",
        )
    if origin != _origin(source):
        # the same path: the same shop under its own name; else only the host is certain
        kept = target.path.rstrip("/") == source.path.rstrip("/")
        own = f"{origin}{folder if kept else ''}"
        return Contract(
            f"{asked} answered {status}: the shop's own address is {own}.", f'Set url = "{own}".'
        )
    if target.path.rstrip("/") == folder.rstrip("/"):
        return Contract(
            f"{asked} answered {status}: plain permalinks, so it leads to the home page.",
            PERMALINKS,
        )
    return Contract(
        f"{asked} answered {status}: a redirect to {target.path}.",
        "Correct url and api_path, or exempt /wp-json/ from the plugin that redirects.",
    )


def _origin(url: SplitResult) -> str:
    port = f":{url.port}" if url.port else ""
    return f"{url.scheme}://{url.hostname or ''}{port}"
