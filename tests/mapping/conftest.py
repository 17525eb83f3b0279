"""Settings of all mapping tests."""

from __future__ import annotations

import hypothesis
import pytest

from mapping import customs, dates

# the first example reads the table of countries; a busy machine takes its time over any
hypothesis.settings.register_profile("mapping", deadline=None)
# the same few examples for every mutant (pyproject.toml, tool.mutmut)
hypothesis.settings.register_profile(
    "mutants", deadline=None, max_examples=10, derandomize=True, database=None
)
hypothesis.settings.load_profile("mapping")


@pytest.fixture(scope="session", autouse=True)
def _tables_of_this_session() -> None:
    """A mutant inherits the memory of a session before it; what that found may not count."""
    customs._countries.cache_clear()
    dates.zone.cache_clear()
