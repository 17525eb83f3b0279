"""What every command shares: opening things, and speaking to people and to programs."""

from __future__ import annotations

import dataclasses
import json
import os
import re
import shlex
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from connectors.errors import ConnectorError, Contract, Credentials, Transient
from orderferry.cli import COMMANDS, default_config, tell_faults
from orderferry.clock import Clock
from orderferry.config import Config, load
from orderferry.errors import CommandError, ConfigError, Exit
from orderferry.jobs import DRAIN_SECONDS, Jobs
from orderferry.runs import Report
from orderferry.services import Services
from state import LeaseHeld, LeaseLost, OperatorStore, OverviewStore, SqliteStore, StateError

_COMMAND = re.compile(rf"(?<![\w/-])orderferry (?=(?:{'|'.join(COMMANDS)})\b)")
"""Where a text tells somebody to type one of our commands."""

_CONNECTOR_STATUS: Mapping[type[ConnectorError], Exit] = {
    Transient: Exit.TRY_LATER,
    Credentials: Exit.CREDENTIALS,
    Contract: Exit.CONFIG,
}


_AT_ONCE_SECONDS = 0.1
"""How long what ends by itself takes to do so; nobody needs to be told."""


@dataclass(frozen=True, slots=True)
class App:
    """The options every command has, and what follows from them."""

    config_path: Path
    as_json: bool
    debug: bool

    @property
    def invocation(self) -> str:
        """How a further command that uses the same configuration begins."""
        if self.config_path == default_config():
            return "orderferry"
        return f"orderferry --config {shlex.quote(str(self.config_path))}"

    def typed(self, text: str) -> str:
        """
        Returns the text with commands that work as they are printed.

        Remedies name commands as they are where the default configuration is
        meant; those in the state file were written by another process.
        """
        return _COMMAND.sub(lambda _found: f"{self.invocation} ", text)

    def typed_reports(self, reports: Sequence[Report]) -> list[Report]:
        """Returns the reports with their problems told so."""
        return [
            dataclasses.replace(report, problem=report.problem and self.typed(report.problem))
            for report in reports
        ]

    def config(self, *, secrets: bool = True) -> Config:
        """Returns the configuration; raises ConfigError with all its faults."""
        return load(self.config_path, os.environ, secrets=secrets)

    def logs(self) -> None:
        """Sends the process's log lines to standard error."""
        from orderferry.logs import configure  # noqa: PLC0415 - only commands that work log

        configure(debug=self.debug, as_json=True if self.as_json else None)

    def quiet_logs(self) -> None:
        """The same, but below warning only with --debug: the command itself says what happened."""
        import logging  # noqa: PLC0415 - only commands that work log

        self.logs()
        if not self.debug:
            logging.getLogger().setLevel(logging.ERROR)

    @contextmanager
    def services(self, config: Config, *, create: bool = True) -> Iterator[Services]:
        """Opens the state and closes everything at the end; *create* allows a new state file."""
        clock = Clock()
        if not create:
            require_state(config)
        services = Services(config, SqliteStore.open(config.state_path, now=clock.now()), clock)
        try:
            yield services
        finally:
            clock.stop.set()
            try:
                _drain(clock.jobs)
            finally:
                services.close()

    @contextmanager
    def looking(self, config: Config) -> Iterator[OverviewStore]:
        """Opens the state for reading only: also while the daemon runs, and without secrets."""
        store = SqliteStore.open(config.state_path, now=Clock().now(), read_only=True)
        try:
            yield store
        finally:
            store.close()

    def emit(self, document: Mapping[str, Any], human: Callable[[Console], None]) -> None:
        """Prints the result: one JSON document, or text for people; both on standard output."""
        if self.as_json:
            click.echo(json.dumps(document, default=_plain, ensure_ascii=False, indent=2))
        else:
            human(stdout())


def require_state(config: Config) -> None:
    """Raises StateError where a change by hand would begin a new file: the path may be a slip."""
    if not config.state_path.exists():
        raise StateError(
            f"{config.state_path}: there is no state yet, so no merchant is known. Correct"
            " daemon.state, or run the first sync."
        )


@contextmanager
def existing(config: Config, clock: Clock) -> Iterator[OperatorStore]:
    """Opens the state for a change by hand; raises StateError instead of creating a new file."""
    require_state(config)
    store = SqliteStore.open(config.state_path, now=clock.now())
    try:
        yield store
    finally:
        store.close()


def _drain(jobs: Jobs) -> None:
    """Lets a push under way come to its end after Ctrl-C: At Last may have taken its orders."""
    if jobs.wait(_AT_ONCE_SECONDS):
        with suppress(OSError):  # the shell may have ended
            click.echo(f"Finishing the push under way; at most {DRAIN_SECONDS:.0f} s.", err=True)
        jobs.wait(DRAIN_SECONDS)


def _plain(value: object) -> str:
    """Returns a value that JSON does not know as text; instants as ISO 8601."""
    return value.isoformat() if isinstance(value, datetime) else str(value)


def stdout() -> Console:
    """Returns a console for results; plain when piped or with NO_COLOR."""
    return Console(highlight=False, soft_wrap=False)


def stderr() -> Console:
    """Returns a console for progress and people's text beside a JSON result."""
    return Console(stderr=True, highlight=False)


def pick(config: Config, names: Sequence[str], *, to_work: bool = False) -> tuple[str, ...]:
    """Returns the named merchants, or all that are enabled; *to_work* refuses disabled ones."""
    unknown = [name for name in names if name not in config.merchants]
    if unknown:
        known = ", ".join(config.merchants) or "none"
        raise CommandError(
            f"There is no merchant {unknown[0]!r} in {config.path} (there: {known}); correct the"
            " name.",
            Exit.USAGE,
        )
    disabled = [name for name in names if to_work and not config.merchants[name].enabled]
    if disabled:
        raise CommandError(
            f"{disabled[0]} is disabled (enabled = false in its table); enable it first.",
            Exit.USAGE,
        )
    return tuple(names) or tuple(n for n, merchant in config.merchants.items() if merchant.enabled)


def fail(error: Exception, typed: Callable[[str], str] = str, *, as_json: bool = False) -> int:
    """Prints what went wrong in one sentence per fault and returns the exit status."""
    said: list[str] = []
    status = _explain(error, lambda sentence: said.append(typed(sentence)))
    console = Console(stderr=True, highlight=False, markup=False, soft_wrap=True)
    for sentence in said:
        console.print(sentence)
    tell_faults(said, as_json=as_json)
    return status


def _explain(error: Exception, say: Callable[[str], None]) -> int:  # noqa: PLR0911 - one per kind
    match error:
        case ConfigError():
            for fault in error.faults:
                say(str(fault))
            return Exit.CONFIG
        case CommandError():
            say(str(error))
            return error.status
        case LeaseHeld():
            say(f"{error} Wait for it to end, or end that process, then run the command again.")
            return Exit.TRY_LATER
        case LeaseLost():
            say("Another process took over this one's work; this one ended. Nothing is lost.")
            return Exit.TRY_LATER
        case ConnectorError():
            say(str(error))
            return _CONNECTOR_STATUS.get(type(error), Exit.PARTLY)
        case StateError():
            say(str(error))
            return Exit.TRY_LATER if error.passes else Exit.CONFIG
        case _:
            say(
                f"orderferry met an unexpected {type(error).__name__}. This is a bug: run the"
                " command again with --debug and report what it prints; nothing is lost."
            )
            return Exit.PARTLY


def console_width() -> int:
    """Returns the width to fit: the terminal's, 80 where there is none."""
    return Console().width if sys.stdout.isatty() else 80
