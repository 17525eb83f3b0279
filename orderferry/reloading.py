"""What the log says of a configuration that was read again."""

from __future__ import annotations

import structlog

from orderferry.config import Config
from orderferry.errors import ConfigError
from orderferry.runs import where
from orderferry.settings import DaemonSettings

log = structlog.get_logger()

_AT_START = ("state", "status_listen", "status_token", "status_url")
"""Keys of [daemon] that a reload leaves as they were."""


def tell_refused(error: Exception) -> None:
    """Logs why the new configuration is not in force: a line per fault."""
    if isinstance(error, ConfigError):
        for fault in error.faults:
            log.warning("configuration refused", action="config_refused", fault=str(fault))
        return
    log.warning(
        "configuration refused",
        action="config_refused",
        fault=f"it cannot be used ({type(error).__name__})",
        at=where(error),
    )


def tell_reloaded(started: DaemonSettings, before: Config, config: Config) -> None:
    """
    Logs that the new configuration is in force, and what of it is not or is no more.

    Args:
        started: What the daemon was started with: the keys of _AT_START are in force as there.
        before: The configuration that was in force until now.
        config: The one that is.

    """
    for key in _AT_START:
        if getattr(config.daemon, key) != getattr(started, key):
            log.warning(
                "a changed key takes effect at the next start",
                action="config_partly",
                key=f"daemon.{key}",
            )
    number = len(config.merchants)
    removed = sorted(before.merchants.keys() - config.merchants.keys())
    if removed:
        log.warning(
            "configuration reloaded; the orders of merchants that it leaves out are not sent",
            action="config_reloaded",
            merchants=number,
            removed=removed,
        )
    else:
        log.info("configuration reloaded", action="config_reloaded", merchants=number)
