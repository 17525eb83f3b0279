"""Logs: one event per line with its `action`; JSON unless a person is reading."""

from __future__ import annotations

import logging
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

from connectors.http import quiet_http_logs

_SHARED: list[structlog.typing.Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.processors.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]


def configure(*, debug: bool = False, as_json: bool | None = None) -> None:
    """
    Sends every log line of the process to standard error.

    Args:
        debug: Also the debug level, of our own code and of libraries.
        as_json: One JSON object per line; None decides by whether a person is reading.

    """
    as_json = not sys.stderr.isatty() if as_json is None else as_json
    structlog.configure(
        processors=[*_SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer()
        if as_json
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*_SHARED, _foreign],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                renderer,
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.DEBUG if debug else logging.INFO)
    # its warnings are that a run takes longer than an interval: what run_deadline is for
    logging.getLogger("apscheduler").setLevel(logging.INFO if debug else logging.ERROR)
    quiet_http_logs()


def _foreign(
    _logger: object, _name: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Gives a line an action that was not logged here: a connector's own, or a library's name."""
    record = event.get("_record")
    name = f"library.{record.name}" if isinstance(record, logging.LogRecord) else "library"
    event["action"] = getattr(record, "action", name)
    return event
