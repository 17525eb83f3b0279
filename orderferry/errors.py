"""What ends a command, and with which exit status (sysexits where they fit)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum


class Exit(IntEnum):
    """The exit statuses of every command."""

    DONE = 0
    PARTLY = 1
    """Done, but some orders were quarantined or some merchants failed."""
    USAGE = 2
    TRY_LATER = 75
    CREDENTIALS = 77
    CONFIG = 78


@dataclass(frozen=True, slots=True, order=True)
class ConfigFault:
    """One thing wrong in the configuration."""

    file: str
    key: str
    """Dotted path of the key, empty if the whole file is meant."""
    problem: str
    """What was found and what to do, without the name of the key."""

    def __str__(self) -> str:
        return (
            f"{self.file}: {self.key} {self.problem}"
            if self.key
            else f"{self.file}: {self.problem}"
        )


class ConfigError(Exception):
    """The configuration cannot be used; carries every fault at once (R10)."""

    def __init__(self, faults: Sequence[ConfigFault]) -> None:
        super().__init__("\n".join(str(fault) for fault in faults))
        self.faults = tuple(faults)


class CommandError(Exception):
    """A command cannot go on: a sentence and a remedy, with the exit status they mean."""

    def __init__(self, message: str, status: Exit) -> None:
        super().__init__(message)
        self.status = status
