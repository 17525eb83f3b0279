"""The HTML pages that stand where JSON should: short, with the sentence one meets in the wild."""

from __future__ import annotations

from collections.abc import Mapping

from orderferry.sandbox.server import Response

HTML = "text/html; charset=UTF-8"


def page(
    status: int, title: str, sentence: str, headers: Mapping[str, str] | None = None
) -> Response:
    """Returns an HTML answer with a title and one sentence."""
    body = (
        f"<!DOCTYPE html>\n<html><head><title>{title}</title></head>"
        f'<body><div class="wp-die-message"><p>{sentence}</p></div></body></html>\n'
    )
    return Response(status, body.encode(), {"Content-Type": HTML} | dict(headers or {}))


def critical_error(headers: Mapping[str, str] | None = None) -> Response:
    """Returns what WordPress shows after a PHP fatal error, out of memory included."""
    sentence = "There has been a critical error on this website."
    answer = page(500, "WordPress &rsaquo; Error", sentence)
    return Response(500, answer.body, dict(headers or {}) | {"Content-Type": HTML})


def bad_gateway() -> Response:
    """Returns nginx's own page for a PHP that is down or sent too large a header."""
    title = "502 Bad Gateway"
    return page(502, title, title, {"Content-Type": "text/html"})
