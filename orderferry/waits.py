"""How long a failing subject is left alone; pure."""

from __future__ import annotations

from datetime import timedelta

FIRST_WAIT = timedelta(seconds=30)
LONGEST_WAIT = timedelta(minutes=30)


def wait_after(failures: int, jitter: float) -> timedelta:
    """
    Returns how long to wait after so many failures in a row.

    Doubles with every one from 30 s up to 30 min, and spreads by a quarter either way.

    Args:
        failures: In a row.
        jitter: Uniform in [0, 1).

    """
    wait: timedelta = min(FIRST_WAIT * 2 ** max(failures - 1, 0), LONGEST_WAIT)
    return wait * (0.75 + jitter / 2)
