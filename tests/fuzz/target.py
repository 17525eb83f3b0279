"""
The target of `make fuzz`: one platform's mapping under atheris (libFuzzer for Python).

python -m tests.fuzz.target PLATFORM [options of libFuzzer] [corpus folders]

A document that breaks a rule is written to the folder of -artifact_prefix, as
JSON. Repeat it by naming the file instead of the folders.
"""

from __future__ import annotations

import json
import sys
from random import Random
from typing import Any

import atheris

with atheris.instrument_imports(include=["mapping"]):
    from tests.fuzz.changes import changed
    from tests.fuzz.rules import broken
    from tests.fuzz.seeds import PLATFORMS, Platform, seeds

_REJECTED = -1  # libFuzzer keeps no such document


def document(data: bytes) -> Any:
    """Returns the JSON in *data*; raises ValueError if it is none, or too deep for Python."""
    try:
        return json.loads(data)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


class Target:
    """One platform's mapping, and the changes of its orders."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._seeds = list(seeds(platform))

    def run(self, data: bytes) -> int:
        """Maps the document in *data*; raises if that raises, or breaks a rule."""
        try:
            found = document(data)
        except ValueError:
            return _REJECTED
        if rules := broken(self._platform, found):
            raise AssertionError("; ".join(rules))
        return 0

    def change(self, data: bytes, most: int, seed: int) -> bytes:
        """Returns a changed document of at most *most* bytes."""
        random = Random(seed)
        try:
            found = document(data)
        except ValueError:
            found = random.choice(self._seeds)
        for _ in range(3):
            new = json.dumps(changed(found, random, self._seeds)).encode()
            if len(new) <= most:
                return new
        return data[:most]

    def cross(self, data: bytes, other: bytes, most: int, seed: int) -> bytes:
        """Returns a document of *data* with pieces of *other*."""
        random = Random(seed)
        try:
            found, lender = document(data), document(other)
        except ValueError:
            return data[:most]
        new = json.dumps(changed(found, random, [lender])).encode()
        return new if len(new) <= most else data[:most]


def main(arguments: list[str]) -> None:
    """Fuzzes until libFuzzer's options say stop; ends the process."""
    name = arguments.pop(1) if len(arguments) > 1 else ""
    platform = next((known for known in PLATFORMS if known == name), None)
    if platform is None:
        raise SystemExit(f"name a platform: {', '.join(PLATFORMS)}")
    target = Target(platform)
    atheris.Setup(
        arguments, target.run, custom_mutator=target.change, custom_crossover=target.cross
    )
    atheris.Fuzz()


if __name__ == "__main__":
    main(sys.argv)
