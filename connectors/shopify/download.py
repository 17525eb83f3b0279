"""Fetches the file of a bulk operation, line by line."""

from __future__ import annotations

from collections.abc import Iterator

import httpx

from connectors.base import Surroundings
from connectors.errors import Transient
from connectors.failures import status_failure, transport_failure
from connectors.http import make_client, place
from connectors.shopify.settings import ShopifySettings

_LONGEST_LINE = 8 * 1024 * 1024  # bytes; an order is a few kilobytes


def fetch_lines(url: str, settings: ShopifySettings, surroundings: Surroundings) -> Iterator[bytes]:
    """
    Yields the lines of the file at a signed address.

    The storage is not Shopify's own: the access token is not sent along. The
    address lets everybody in who has it and is shown nowhere.

    Raises:
        ConnectorError: The file cannot be had, or its transfer broke off.

    """
    address = httpx.URL(url)
    where = place(address.copy_with(path="/", query=None))
    client = make_client(
        base_url="",
        timeout=settings.timeout.total_seconds(),
        ssl=surroundings.ssl(settings.ca_bundle),
        user_agent=surroundings.user_agent,
        auth=None,
    )
    failure: Exception | None = None
    try:
        with client, client.stream("GET", address) as response:
            if response.status_code == httpx.codes.OK:
                yield from _lines(response.iter_bytes(), where)
                return
            status = response.status_code
            failure = status_failure(status, where, None) or Transient(
                f"{where} answered {status} instead of the bulk operation's file.",
                "It is tried again by itself.",
            )
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        # not raised here: chained, it would carry the signed address
        failure = transport_failure(error, where)
    raise failure


def _lines(chunks: Iterator[bytes], where: str) -> Iterator[bytes]:
    """Yields complete lines; the last one may lack its end."""
    rest = b""
    for chunk in chunks:
        *whole, rest = (rest + chunk).split(b"\n")
        yield from whole
        if len(rest) > _LONGEST_LINE:
            raise Transient(f"{where} sent no lines.", "It is tried again by itself.")
    if rest:
        yield rest
