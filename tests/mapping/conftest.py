"""Settings of all mapping tests."""

from __future__ import annotations

import hypothesis

# the first example reads the table of countries; a busy machine takes its time over any
hypothesis.settings.register_profile("mapping", deadline=None)
hypothesis.settings.load_profile("mapping")
