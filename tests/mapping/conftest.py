"""Settings of all mapping tests."""

from __future__ import annotations

import importlib
import os

import hypothesis
import pytest

from mapping import customs
from mapping.shopify import fields
from mapping.woocommerce.tracking import outbound, places

# the first example reads the table of countries; a busy machine takes its time over any
hypothesis.settings.register_profile("mapping", deadline=None)
# the same few examples for every mutant (tests/mutants/run.py)
hypothesis.settings.register_profile(
    "mutants", deadline=None, max_examples=10, derandomize=True, database=None
)
hypothesis.settings.load_profile("mapping")


@pytest.fixture(autouse=True)
def _made_by_the_mutant(request: pytest.FixtureRequest) -> None:
    """Makes anew what mapping made before there was a mutant: mutmut forks after the imports."""
    if "MUTANT_UNDER_TEST" not in os.environ:
        return
    importlib.reload(places)
    vars(outbound)["PLACES"] = places.PLACES
    if request.path.name == "test_fields.py":
        importlib.reload(fields)
    if request.path.name == "test_customs.py":  # 30 ms each time
        customs._countries.cache_clear()
