"""Telling a webhook: what a message holds, and one attempt to post it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from urllib.parse import urlsplit

import httpx

from connectors.base import Surroundings
from connectors.http import make_client
from orderferry.alert_settings import AlertSettings
from orderferry.alerts import Notice

_NAMES = 10
"""Subjects that a line for people names; programs get all of them."""
_LINES = 30
"""Lines of a message for people; Slack shows about as much without folding."""

_TITLES: Mapping[str, str] = {
    "credentials": "Credentials refused",
    "no_success": "No successful poll",
    "no_sweep": "No completed sweep",
    "quarantine": "The quarantine grows",
    "outbox": "Orders are not delivered",
}


class Undelivered(Exception):
    """The webhook was not told; a sentence and a remedy, without the webhook's address."""


def message(
    style: str, notices: Sequence[Notice], *, host: str, now: datetime
) -> dict[str, object]:
    """Returns the JSON to post, in the "json" or the "slack" format; no notice means a test."""
    if style == "slack":
        return {"text": "\n".join(_lines(notices, host))}
    return {
        "source": "orderferry",
        "host": host,
        "at": now.isoformat(timespec="seconds"),
        "test": not notices,
        "alerts": [
            {
                "alert": notice.kind,
                "status": "over" if notice.over else "begun",
                "subjects": list(notice.subjects),
                "problem": notice.words,
            }
            for notice in notices
        ],
    }


def post(settings: AlertSettings, document: Mapping[str, object], world: Surroundings) -> None:
    """
    Posts the message once; raises Undelivered unless it was taken (2xx).

    No error names the address: its path or its query is what lets one post there.
    """
    url = settings.url.get_secret_value()
    host = urlsplit(url).hostname
    client = make_client(
        base_url="",
        timeout=settings.timeout.total_seconds(),
        ssl=world.ssl(settings.ca_bundle),
        user_agent=world.user_agent,
        auth=None,
    )
    try:
        with client, client.stream("POST", url, json=document) as answer:
            status = answer.status_code
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise Undelivered(
            f"alerts.url: {host} could not be told ({type(error).__name__}); it is tried again by"
            " itself. Correct the address or the network if it lasts."
        ) from None
    if not httpx.codes.is_success(status):
        raise Undelivered(
            f"alerts.url: {host} answered {status}; it is tried again by itself. Make a new webhook"
            " there, or correct alerts.format, if it lasts."
        )


def _lines(notices: Sequence[Notice], host: str) -> Iterator[str]:
    yield f"*orderferry* on {_plain(host)}"
    if not notices:
        yield "This is a test; nothing is wrong."
    for notice in notices[:_LINES]:
        title = _TITLES[notice.kind]
        begun = f"*Over: {title}*" if notice.over else f"*{title}*"
        yield f"• {begun}, {_plain(_names(notice.subjects))}: {_plain(notice.words)}"
    if len(notices) > _LINES:
        yield f"and {len(notices) - _LINES} more. See: orderferry status"


def _names(subjects: Sequence[str]) -> str:
    shown = ", ".join(subjects[:_NAMES])
    more = len(subjects) - _NAMES
    return f"{shown} and {more} more" if more > 0 else shown


def _plain(text: str) -> str:
    """Returns the text with the three characters that Slack reads as markup replaced."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
