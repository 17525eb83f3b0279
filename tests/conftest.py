"""
What holds for every test: no log line, at any level, tells a secret or a customer's data (R6).

The captured lines include those of httpx, httpcore and APScheduler.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator

import hypothesis
import pytest
import structlog

from connectors.http import quiet_http_logs
from orderferry.sandbox.shopify import addresses as shopify_addresses
from orderferry.sandbox.woocommerce import addresses

# no test is about how long it takes; a busy machine takes its time
hypothesis.settings.register_profile("orderferry", deadline=None)
hypothesis.settings.load_profile("orderferry")

_SECRETS = re.compile(
    r"""
      \bc[ks]_[0-9a-z]{6,}            # WooCommerce consumer keys
    | \bshp(at|ca|pa|ss|rt)_\w{4,}    # Shopify tokens
    | (consumer_secret|oauth_signature|client_secret|refresh_token|access_token)=\S
    | \bBearer\ \S
    | \bBasic\ [A-Za-z0-9+/=]{8,}
    | sandbox-secret
    | [\w.+-]+@[\w-]+\.\w             # any e-mail address
    """,
    re.VERBOSE,
)


class _Listener(logging.Handler):
    """Keeps every line of the current test, formatted."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(f"{record.name}: {self.format(record)}")


_LISTENER = _Listener()


def pytest_configure() -> None:
    root = logging.getLogger()
    root.addHandler(_LISTENER)
    root.setLevel(logging.DEBUG)
    quiet_http_logs()  # as every command does
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.KeyValueRenderer(key_order=["action"]),
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
    )


@pytest.fixture(autouse=True)
def _logs_tell_nothing() -> Iterator[None]:
    _LISTENER.lines.clear()
    yield
    personal = _personal_words()
    for line in _LISTENER.lines:
        assert not _SECRETS.search(line), f"a secret or an address in a log line: {line}"
        told = [word for word in personal if word in line]
        assert not told, f"a customer's data in a log line: {line}"


def _personal_words() -> set[str]:
    """Streets and phones of the simulated customers; names are too common as words."""
    woocommerce = {person[at] for person in addresses._PEOPLE.values() for at in (3, 8)}
    shopify = {person[at] for person in shopify_addresses._PEOPLE.values() for at in (3, 10)}
    return {word for word in woocommerce | shopify if word}
